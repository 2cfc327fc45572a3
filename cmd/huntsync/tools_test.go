package main

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"
)

// tool finds a program that a test needs. Where it is missing the test is
// skipped on a person's machine, and fails in continuous integration.
func tool(t *testing.T, name, debianPackage string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
		return path
	case os.Getenv("CI") == "true":
		t.Fatalf("%s is missing; the Debian package is %s", name, debianPackage)
	default:
		t.Skipf("%s is not installed; the Debian package is %s", name, debianPackage)
	}
	return ""
}

// runTool runs a program that must succeed, and returns what it said.
func runTool(t *testing.T, dir, path string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", path, args, err, out)
	}
	return string(out)
}
