package config_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/config"
)

// canary is what env and file give away in tests: it may show up nowhere.
const canary = "canary"

// options give every environment variable and file the canary, except for those
// named ABSENT.
func options() config.Options {
	return config.Options{
		LookupEnv: func(name string) (string, bool) {
			if strings.HasPrefix(name, "HUNTSYNC_VAR_") || strings.Contains(name, "ABSENT") {
				return "", false
			}
			return canary + "-from-" + name, true
		},
		ReadFile: func(path string) ([]byte, error) {
			if strings.Contains(path, "absent") {
				return nil, os.ErrNotExist
			}
			return []byte(canary + " from a file\n"), nil
		},
	}
}

func read(t *testing.T, path string) *config.Snapshot {
	t.Helper()
	s, diags := config.Read(t.Context(), path)
	if diags.HasErrors() {
		t.Fatalf("Read(%s): %s", path, text(t, diags))
	}
	return s
}

// snapshot makes a snapshot of files: name, content, name, content...
func snapshot(t *testing.T, files ...string) *config.Snapshot {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		write(t, filepath.Join(dir, files[i]), files[i+1])
	}
	return read(t, dir)
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, files ...string) *config.Config {
	t.Helper()
	c, diags := config.Load(snapshot(t, files...), options())
	if diags.HasErrors() {
		t.Fatalf("Load: %s", text(t, diags))
	}
	return c
}

func text(t *testing.T, diags config.Diagnostics) string {
	t.Helper()
	var b strings.Builder
	if err := diags.Write(&b, config.Styles{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestInvalid(t *testing.T) {
	for _, name := range cases(t, "invalid") {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", "invalid", name)
			_, diags := config.Load(read(t, dir), options())
			got := text(t, diags)
			golden(t, filepath.Join(dir, "want.txt"), got)
			asJSON, err := json.Marshal(diags)
			if err != nil {
				t.Fatal(err)
			}
			for _, shown := range []string{got, string(asJSON)} {
				for _, secret := range []string{canary + "-", canary + "_", canary + " from", "4711"} {
					if at := strings.Index(shown, secret); at >= 0 {
						t.Errorf("something sensitive is shown: %q", shown[at:min(at+80, len(shown))])
					}
				}
			}
		})
	}
}

// Every diagnostic that can be produced is in a golden file.
func TestEveryCodeHasAGoldenFile(t *testing.T) {
	seen := map[config.Code]bool{}
	for _, name := range cases(t, "invalid") {
		_, diags := config.Load(read(t, filepath.Join("testdata", "invalid", name)), options())
		for _, d := range diags {
			seen[d.Code] = true
		}
	}
	for _, name := range cases(t, "invalid_tests") {
		s := read(t, filepath.Join("testdata", "invalid_tests", name))
		c, _ := config.Load(s, options())
		_, diags := c.LoadTests(s)
		for _, d := range diags {
			seen[d.Code] = true
		}
	}
	for code := range readFailures(t) {
		seen[code] = true
	}
	for _, code := range config.Codes() {
		if !seen[code] {
			t.Errorf("no case below testdata produces %q", code)
		}
		delete(seen, code)
	}
	for code := range seen {
		t.Errorf("Codes() lacks %q", code)
	}
}

// Comments and empty lines neither end an expression within brackets nor join
// the lines outside of them.
func TestOperatorsOfManyLines(t *testing.T) {
	for _, line := range []string{"1+\n", "1 /**/ + /**/\n", "1 + # why\n", "1 + // why\n", "1 +\n\n", "1 +\n# why\n\n", "/**/\n+ 1", "-\r\n\r\n"} {
		_, diags := config.Load(snapshot(t, "a.hcl", "locals {\n  a = (1"+strings.Repeat(line, 1000)+"1)\n}\n"), options())
		if len(diags) != 1 || diags[0].Code != config.CodeTooDeep {
			t.Errorf("1000 times %q: got %s", line, text(t, diags))
		}
	}
	for _, end := range []string{"\n", "\r\n", " # why\n", " // why\n", " /* why */\n", " /* w\nhy */ # why\n\n"} {
		var b strings.Builder
		b.WriteString("variable \"v\" { default = 1 }\nlocals {\n")
		for i := range 1000 {
			fmt.Fprintf(&b, "  l%d = var.v%s", i, end)
		}
		load(t, "a.hcl", b.String()+"}\n")
	}
}

// A configuration that would overflow the stack, or take hours, is refused instead:
// neither could be recovered from.
func TestDeepValuesAreRefused(t *testing.T) {
	was := debug.SetMaxStack(8 << 20) // so that little is enough
	t.Cleanup(func() { debug.SetMaxStack(was) })
	row := func(n int, line string) string {
		var b strings.Builder
		b.WriteString("locals {\n  l0 = 1\n")
		for i := 1; i < n; i++ {
			fmt.Fprintf(&b, "  l%d = "+line+"\n", i, i-1)
		}
		return b.String() + "}\n"
	}
	upward := strings.Split(row(20_000, "local.l%d"), "\n")
	slices.Reverse(upward[1 : len(upward)-2])
	brackets := strings.Repeat("[", 60_000)
	for name, content := range map[string]string{
		"brackets":       "locals {\n  a = \"" + brackets + "\"\n  b = \"${local.a}${local.a}\"\n  c = jsondecode(local.b)\n}\n",
		"objects":        "locals {\n  a = jsondecode(\"" + strings.Repeat(`{\"a\":`, 9_000) + "1" + strings.Repeat("}", 9_000) + "\")\n}\n",
		"locals":         row(1_000, strings.Repeat("[", 30)+"local.l%d"+strings.Repeat("]", 30)),
		"locals, upward": strings.Join(upward, "\n"),
	} {
		_, diags := config.Load(snapshot(t, "a.hcl", content), options())
		if len(diags) != 1 || !strings.Contains(diags[0].Detail, "100") {
			t.Errorf("%s: got %.1000s", name, text(t, diags))
		}
	}
	load(t, "a.hcl", row(100, "[local.l%d]")) // as many as there may be
	load(t, "a.hcl", "locals {\n  a = jsondecode(\""+strings.Repeat("[", 100)+strings.Repeat("]", 100)+"\")\n"+
		"  b = jsondecode(\"[\\\""+strings.Repeat(`[\\\"`, 200)+"\\\"]\")\n}\n") // brackets within a text are text
}
