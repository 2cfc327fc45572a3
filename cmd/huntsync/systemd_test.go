package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSystemdUnit has systemd read the example unit, and weigh what it leaves open.
func TestSystemdUnit(t *testing.T) {
	analyze := tool(t, "systemd-analyze", "systemd")
	unit, err := os.ReadFile("../../examples/systemd/huntsync.service")
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=\S+/huntsync (.+)$`).FindSubmatch(unit)
	if start == nil {
		t.Fatal("the unit does not start huntsync")
	}
	runExpecting(t, exitOK, append(strings.Fields(string(start[1])), "--help")...)

	// A program that is not there is an error for systemd: this one is.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, "huntsync.service", strings.Replace(string(unit), "=/usr/local/bin/huntsync ", "="+self+" ", 1))
	path := filepath.Join(dir, "huntsync.service")
	if said := runTool(t, dir, analyze, "verify", path); strings.Contains(said, "huntsync.service:") {
		t.Errorf("systemd-analyze verify:\n%s", said)
	}
	// 15 is an exposure of 1.5, of 10.
	runTool(t, dir, analyze, "security", "--offline=true", "--threshold=15", path)
}
