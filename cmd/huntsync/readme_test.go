package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readmePath is where the README is, from here.
const readmePath = "../../README.md"

// TestReadmeConfigurations takes the configurations of the README at their word:
// the first is complete as it stands, and the routing test passes on the second.
func TestReadmeConfigurations(t *testing.T) {
	blocks := readmeBlocks(t, "hcl")
	if len(blocks) != 3 {
		t.Fatalf("the README has %d blocks of HCL, and this test knows 3", len(blocks))
	}
	first := t.TempDir()
	write(t, first, "huntsync.hcl", blocks[0])
	runExpecting(t, exitOK, "validate", "-c", first)

	second := t.TempDir()
	write(t, second, "algapsa.key", "psa_1234567890")
	write(t, second, "huntsync.hcl", strings.ReplaceAll(blocks[1], "/run/secrets/algapsa", "algapsa.key"))
	write(t, second, "routing.test.hcl", blocks[2])
	runExpecting(t, exitOK, "validate", "-c", second)
	runExpecting(t, exitOK, "test", "-c", second)
}

// TestScaleConfiguration puts the state of docs/scale.md into the first
// configuration of the README, and finds the commands that the page names.
func TestScaleConfiguration(t *testing.T) {
	page := readText(t, "../../docs/scale.md")
	blocks := fenced(page, "hcl")
	if len(blocks) != 1 {
		t.Fatalf("docs/scale.md has %d blocks of HCL, and this test knows 1", len(blocks))
	}
	dir := t.TempDir()
	write(t, dir, "huntsync.hcl", readmeBlocks(t, "hcl")[0]+blocks[0])
	runExpecting(t, exitOK, "validate", "-c", dir)
	commands := regexp.MustCompile("`huntsync ([a-z]+)(?: ([a-z]+))?").FindAllStringSubmatch(page, -1)
	if len(commands) == 0 {
		t.Error("docs/scale.md names no command")
	}
	for _, m := range commands {
		args := []string{m[1]}
		if m[2] != "" {
			args = append(args, m[2])
		}
		runExpecting(t, exitOK, append(args, "--help")...)
	}
}

// TestReadmeCommands finds every command and flag that the README names in the
// program itself.
func TestReadmeCommands(t *testing.T) {
	text := readme(t)
	for _, m := range regexp.MustCompile("`huntsync ([a-z]+)").FindAllStringSubmatch(text, -1) {
		runExpecting(t, exitOK, m[1], "--help")
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?m)(?:`|\\$ )make ([a-z]+)").FindAllStringSubmatch(text, -1) {
		if !bytes.Contains(makefile, []byte("\n"+m[1]+":")) {
			t.Errorf("the README names make %s, which there is not", m[1])
		}
	}
}

func readme(t *testing.T) string {
	t.Helper()
	return readText(t, readmePath)
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readmeBlocks are the fenced blocks of a language.
func readmeBlocks(t *testing.T, language string) []string {
	t.Helper()
	return fenced(readme(t), language)
}

func fenced(text, language string) []string {
	var blocks []string
	fence := regexp.MustCompile("(?ms)^( *)```" + language + "\n(.*?)^ *```")
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, strings.ReplaceAll("\n"+m[2], "\n"+m[1], "\n"))
	}
	return blocks
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// runExpecting runs a command line in this process, with credentials in its environment.
func runExpecting(t *testing.T, code int, args ...string) {
	t.Helper()
	var out, problems bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &problems, lookupEnv: func(name string) (string, bool) {
		if name == "DATABASE_URL" {
			return "postgres://user:password@host:5432/database", true
		}
		return "value-of-" + name, strings.HasSuffix(name, "_KEY") || strings.HasSuffix(name, "_SECRET")
	}}
	if got := a.execute(t.Context(), args); got != code {
		t.Errorf("huntsync %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, &out, &problems)
	}
}
