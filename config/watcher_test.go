package config_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/huntsync/huntsync/config"
)

// watched is a configuration under the eyes of a real watcher.
type watched struct {
	*testing.T
	path    string
	watcher *config.Watcher
	hash    string
}

// watch begins to watch. The poll is out of the way, so that only events count.
func watch(t *testing.T, path string) *watched {
	t.Helper()
	w := &watched{T: t, path: path, watcher: config.NewWatcher(path, config.WatchOptions{
		Poll: time.Hour, Quiet: 20 * time.Millisecond, Longest: 200 * time.Millisecond,
	})}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.watcher.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	w.hash = "none"
	w.expect("the first look", read(t, path).Hash)
	return w
}

// expect waits until a look at the configuration shows the content wanted. Every
// look has to show a whole configuration or none.
func (w *watched) expect(what, wanted string) {
	w.Helper()
	deadline := time.After(20 * time.Second)
	for w.hash != wanted {
		select {
		case <-w.watcher.Changes():
			if s, diags := config.Read(w.Context(), w.path); !diags.HasErrors() {
				w.hash = s.Hash
			}
		case <-deadline:
			w.Fatalf("%s: the watcher did not lead to the new content", what)
		}
	}
}

// hashOf is the hash that a directory of these files has.
func hashOf(t *testing.T, files ...string) string {
	t.Helper()
	return snapshot(t, files...).Hash
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWatchEdits(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.hcl")
	write(t, file, "# 1")
	w := watch(t, dir)

	write(t, file, "# 2")
	w.expect("a plain edit", hashOf(t, "a.hcl", "# 2"))

	write(t, filepath.Join(dir, ".a.hcl.swp"), "# 3")
	must(t, os.Rename(filepath.Join(dir, ".a.hcl.swp"), file))
	w.expect("a rename over the file", hashOf(t, "a.hcl", "# 3"))

	must(t, os.Remove(file))
	write(t, file, "# 4")
	w.expect("delete and create again", hashOf(t, "a.hcl", "# 4"))

	write(t, file, "# 5")
	write(t, filepath.Join(dir, "b.hcl"), "# 5")
	w.expect("two files together", hashOf(t, "a.hcl", "# 5", "b.hcl", "# 5"))

	for i := range 200 {
		write(t, file, fmt.Sprintf("# edit %d", i))
	}
	w.expect("two hundred edits", hashOf(t, "a.hcl", "# edit 199", "b.hcl", "# 5"))
}

func TestWatchOneFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.hcl")
	write(t, file, "# 1")
	w := watch(t, file)
	must(t, os.Rename(file, file+"~"))
	write(t, file, "# 2")
	w.expect("an editor that moves the old file away", hashOf(t, "a.hcl", "# 2"))
}

// Kubernetes writes each version of a ConfigMap to a directory of its own and
// renames a link to it.
func TestWatchConfigMap(t *testing.T) {
	dir := t.TempDir()
	swap := func(version int) {
		t.Helper()
		name := fmt.Sprintf("..v%d", version)
		must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		for _, f := range []string{"a.hcl", "b.hcl"} {
			write(t, filepath.Join(dir, name, f), fmt.Sprintf("# %d", version))
		}
		must(t, os.Symlink(name, filepath.Join(dir, "..data_tmp")))
		must(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
		must(t, os.RemoveAll(filepath.Join(dir, fmt.Sprintf("..v%d", version-1))))
	}
	swap(1)
	for _, f := range []string{"a.hcl", "b.hcl"} {
		must(t, os.Symlink(filepath.Join("..data", f), filepath.Join(dir, f)))
	}
	w := watch(t, dir)
	for version := 2; version < 5; version++ {
		swap(version)
		content := fmt.Sprintf("# %d", version)
		w.expect("swap to "+content, hashOf(t, "a.hcl", content, "b.hcl", content))
	}
}

// git-sync checks each revision out beside the others and renames a link to it.
// The configuration is below that link.
func TestWatchGitSync(t *testing.T) {
	root := t.TempDir()
	flip := func(revision string) {
		t.Helper()
		tree := filepath.Join(root, ".worktrees", revision, "huntsync")
		must(t, os.MkdirAll(tree, 0o700))
		write(t, filepath.Join(tree, "a.hcl"), "# "+revision)
		must(t, os.Symlink(filepath.Join(".worktrees", revision), filepath.Join(root, "tmp-link")))
		must(t, os.Rename(filepath.Join(root, "tmp-link"), filepath.Join(root, "current")))
	}
	flip("a1")
	w := watch(t, filepath.Join(root, "current", "huntsync"))
	for _, revision := range []string{"b2", "c3"} {
		flip(revision)
		w.expect("flip to "+revision, hashOf(t, "a.hcl", "# "+revision))
	}
	must(t, os.RemoveAll(filepath.Join(root, ".worktrees", "a1")))
	write(t, filepath.Join(root, ".worktrees", "c3", "huntsync", "a.hcl"), "# edited in place")
	w.expect("an edit after flips", hashOf(t, "a.hcl", "# edited in place"))
}

func TestWatchDirectoryThatVanishes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "conf")
	must(t, os.Mkdir(dir, 0o700))
	write(t, filepath.Join(dir, "a.hcl"), "# 1")
	w := watch(t, dir)
	for i := 2; i < 5; i++ {
		content := fmt.Sprintf("# %d", i)
		must(t, os.RemoveAll(dir))
		must(t, os.Mkdir(dir, 0o700))
		write(t, filepath.Join(dir, "a.hcl"), content)
		w.expect("return of the directory", hashOf(t, "a.hcl", content))
	}
}

func TestWatchFilesWithCredentials(t *testing.T) {
	dir, secrets := t.TempDir(), t.TempDir()
	key := filepath.Join(secrets, "key")
	write(t, key, "old")
	write(t, filepath.Join(dir, "a.hcl"), `huntress "main" { api_key = file("`+key+`") }`)
	c, diags := config.Load(read(t, dir), config.Options{})
	if diags.HasErrors() {
		t.Fatal(text(t, diags))
	}
	if c.Stale(read(t, dir)) {
		t.Error("a configuration is stale at once")
	}
	w := config.NewWatcher(dir, config.WatchOptions{Poll: time.Hour, Quiet: 20 * time.Millisecond, Files: c.CredentialFiles})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.Run(ctx)
	}()
	<-w.Changes()
	write(t, key, "new")
	deadline := time.After(20 * time.Second)
	for !c.Stale(read(t, dir)) {
		select {
		case <-w.Changes():
		case <-deadline:
			t.Fatal("a new credential is not noticed")
		}
	}
	cancel()
	<-done
}
