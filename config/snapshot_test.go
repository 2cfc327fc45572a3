package config_test

import (
	"fmt"
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

// A link that leads nowhere is told apart from a configuration that is not there.
func TestReadNamesADanglingLink(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.hcl"), "")
	must(t, os.Symlink("/nonexistent", filepath.Join(dir, "b.hcl")))
	_, diags := config.Read(t.Context(), dir)
	golden(t, filepath.Join("testdata", "read_dangling.txt"), strings.ReplaceAll(text(t, diags), dir, "DIR"))
}

// A snapshot taken while Kubernetes swaps versions all the time holds files of
// one version only.
func TestReadIsNeverTorn(t *testing.T) {
	const files = 20
	dir := t.TempDir()
	swap := func(version int) error {
		name := fmt.Sprintf("..v%d", version)
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return err
		}
		for i := range files {
			if err := os.WriteFile(filepath.Join(dir, name, fmt.Sprintf("%d.hcl", i)), fmt.Appendf(nil, "# %d", version), 0o600); err != nil {
				return err
			}
		}
		if err := os.Symlink(name, filepath.Join(dir, "..data_tmp")); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
			return err
		}
		return os.RemoveAll(filepath.Join(dir, fmt.Sprintf("..v%d", version-1)))
	}
	must(t, swap(1))
	for i := range files {
		name := fmt.Sprintf("%d.hcl", i)
		must(t, os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
	}
	stop, done := make(chan struct{}), make(chan error)
	go func() {
		for version := 2; ; version++ {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := swap(version); err != nil {
				done <- err
				return
			}
		}
	}()
	whole, versions := 0, map[string]bool{}
	for range 300 {
		s, diags := config.Read(t.Context(), dir)
		if diags.HasErrors() {
			continue // it says so, and is asked again
		}
		whole++
		versions[string(s.Files[0].Content)] = true
		for _, f := range s.Files {
			if string(f.Content) != string(s.Files[0].Content) || len(s.Files) != files {
				t.Fatalf("%s is %q in a snapshot of %d files that begins with %q", f.Name, f.Content, len(s.Files), s.Files[0].Content)
			}
		}
	}
	close(stop)
	must(t, <-done)
	if whole == 0 || len(versions) < 2 {
		t.Errorf("%d snapshots of %d versions: nothing was shown", whole, len(versions))
	}
}

// Links to files elsewhere are followed, directories and other files are not read.
func TestReadFollowsLinks(t *testing.T) {
	elsewhere, dir := t.TempDir(), t.TempDir()
	write(t, filepath.Join(elsewhere, "real.hcl"), "# linked")
	must(t, os.Symlink(filepath.Join(elsewhere, "real.hcl"), filepath.Join(dir, "a.hcl")))
	must(t, os.Mkdir(filepath.Join(dir, "directory.hcl"), 0o700))
	write(t, filepath.Join(dir, "a.test.hcl"), "# a test")
	s := read(t, dir)
	if len(s.Files) != 1 || string(s.Files[0].Content) != "# linked" || len(s.Tests) != 1 {
		t.Errorf("the snapshot is %+v", s)
	}
	write(t, filepath.Join(dir, "a.test.hcl"), "# another test")
	if got := read(t, dir).Hash; got != s.Hash {
		t.Error("a test changes the hash of the configuration")
	}
	one := read(t, filepath.Join(dir, "a.hcl"))
	if len(one.Files) != 1 || one.Hash != s.Hash || one.Dir != dir {
		t.Errorf("a single file is %+v", one)
	}
}

// The hash tells contents apart that only differ in where a file ends.
func TestHash(t *testing.T) {
	seen := map[string]string{}
	for name, files := range map[string][]string{
		"one":     {"a.hcl", "#1#2"},
		"other":   {"a.hcl", "#1#3"},
		"two":     {"a.hcl", "#1", "b.hcl", "#2"},
		"renamed": {"a.hcl", "#1", "c.hcl", "#2"},
		"shifted": {"a.hcl", "#1#", "b.hcl", "2"},
	} {
		h := hashOf(t, files...)
		if other, ok := seen[h]; ok {
			t.Errorf("%s and %s have one hash", name, other)
		}
		seen[h] = name
	}
}
