package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/config"
)

// readFailures are paths that cannot be read, by the code that says so.
func readFailures(t *testing.T) map[config.Code]string {
	t.Helper()
	dir := t.TempDir()
	empty, large, odd := filepath.Join(dir, "empty"), filepath.Join(dir, "large"), filepath.Join(dir, "odd")
	for _, d := range []string{empty, large, odd} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(large, "a.hcl"), strings.Repeat("#", 3<<20))
	if err := os.Symlink("/dev/null", filepath.Join(odd, "a.hcl")); err != nil {
		t.Fatal(err)
	}
	return map[config.Code]string{
		config.CodeNoFiles:    empty,
		config.CodeTooLarge:   large,
		config.CodeUnreadable: odd,
	}
}

func TestReadSaysWhyItCannot(t *testing.T) {
	for code, path := range readFailures(t) {
		s, diags := config.Read(t.Context(), path)
		if s != nil || len(diags) != 1 || diags[0].Code != code {
			t.Errorf("Read(%s) = %v, %v, want one %s", path, s, diags, code)
			continue
		}
		got := strings.ReplaceAll(text(t, diags), filepath.Dir(path), "DIR")
		golden(t, filepath.Join("testdata", "read_"+string(code)+".txt"), got)
	}
}
