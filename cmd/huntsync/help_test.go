package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// TestHelp compares the help of every command with a golden file, and asks that
// each has an example. UPDATE=1 writes the files.
func TestHelp(t *testing.T) {
	known := map[string]bool{}
	for _, command := range commands((&app{}).root()) {
		name := strings.ReplaceAll(command.CommandPath(), " ", "_") + ".txt"
		known[name] = true
		t.Run(command.CommandPath(), func(t *testing.T) {
			if command.Example == "" || command.Short == "" {
				t.Error("it needs an example and a line that says what it does")
			}
			var out bytes.Buffer
			a := &app{in: strings.NewReader(""), out: &out, err: &out, lookupEnv: os.LookupEnv}
			args := append(strings.Fields(command.CommandPath())[1:], "--help")
			if code := a.execute(t.Context(), args); code != exitOK {
				t.Fatalf("--help ends with %d", code)
			}
			for line := range strings.Lines(out.String()) {
				if len(line) > 140 {
					t.Errorf("a line of %d characters: %q", len(line), line)
				}
			}
			compareGolden(t, filepath.Join("testdata", "help", name), out.String())
		})
	}
	files, err := filepath.Glob("testdata/help/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !known[filepath.Base(file)] {
			t.Errorf("%s is of no command", file)
		}
	}
}

// commands lists a command and all below it; cobra's own are left out.
func commands(root *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{root}
	for _, c := range root.Commands() {
		if c.Name() != "help" && c.Name() != "completion" {
			list = append(list, commands(c)...)
		}
	}
	return list
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (UPDATE=1 writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
