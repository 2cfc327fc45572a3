package web_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// axeVersion is the release of axe-core that pages are held against.
const axeVersion = "4.14.1"

// axeScript is the accessibility checker that runs in the page. It is far too
// large for the repository: AXE_CORE names a copy of axe.min.js, otherwise npm
// brings the package into a temporary folder. Where neither is there the check is
// skipped, except in CI.
func axeScript(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("AXE_CORE"); path != "" {
		script, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(script)
	}
	script, err := fetchAxe(t)
	if err == nil {
		return script
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("axe-core is missing: %v", err)
	}
	t.Skipf("axe-core is missing (%v); install npm, or name a copy of axe.min.js in AXE_CORE", err)
	return ""
}

// fetchAxe has npm bring the package, and takes the script out of it. Nothing of
// the package is run here.
func fetchAxe(t *testing.T) (string, error) {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", err
	}
	folder := t.TempDir()
	cmd := exec.CommandContext(t.Context(), npm, "pack", "--silent", "--ignore-scripts", "axe-core@"+axeVersion)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(out)))
	}
	packed, err := os.ReadFile(filepath.Join(folder, "axe-core-"+axeVersion+".tgz"))
	if err != nil {
		return "", err
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	archive := tar.NewReader(unzipped)
	for {
		header, err := archive.Next()
		if err != nil {
			return "", err
		}
		if header.Name == "package/axe.min.js" {
			script, err := io.ReadAll(archive)
			return string(script), err
		}
	}
}
