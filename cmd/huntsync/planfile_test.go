package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestAPlanIsPrivate writes plans where something is already.
func TestAPlanIsPrivate(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"there", "linked"} {
		if err := os.WriteFile(at(name), []byte("earlier"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"link": "linked", "dangling": "nowhere"} {
		if err := os.Symlink(target, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	for path, written := range map[string]string{"new": "new", "there": "there", "link": "linked", "dangling": "nowhere"} {
		if err := writePrivate(at(path), []byte("a plan")); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(at(written))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(at(path))
		if info.Mode() != 0o600 || string(text) != "a plan" || err != nil {
			t.Errorf("%s: %s has mode %s and holds %q, %v", path, written, info.Mode(), text, err)
		}
	}
	if info, err := os.Lstat(at("link")); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link is gone: %v, %v", info, err)
	}
	if err := writePrivate(os.DevNull, []byte("a plan")); err != nil {
		t.Error(err)
	}
	if left, err := filepath.Glob(at(".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
