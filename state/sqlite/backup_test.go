package sqlite_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/state/sqlite"
)

// A backup is one moment of a state that goes on being written.
func TestBackupBesideAWriter(t *testing.T) {
	t.Parallel()
	path := made(t)
	s := temporary(t, sqlite.Options{Path: path})
	lease := acquire(t, s, "a")
	var writing sync.WaitGroup
	writing.Go(func() {
		for i := range int64(30) {
			if err := s.Observe(t.Context(), lease, rows(11+10*i, 20+10*i)); err != nil {
				t.Error(err)
			}
		}
	})
	for _, from := range []*sqlite.Store{s, temporary(t, sqlite.Options{Path: path, ReadOnly: true})} {
		file := filepath.Join(t.TempDir(), "backup 'of' it.db")
		if err := from.Backup(t.Context(), file); err != nil {
			t.Fatal(err)
		}
		about, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if about.Mode().Perm() != 0o600 {
			t.Errorf("the backup may be used by others: %v", about.Mode())
		}
		backup := temporary(t, sqlite.Options{Path: file})
		if n := count(t, backup); n < 10 || n%10 != 0 {
			t.Errorf("the backup has %d records: not what any moment had", n)
		}
		if err := backup.Check(t.Context()); err != nil {
			t.Error(err)
		}
		acquire(t, backup, "b")
	}
	writing.Wait()
	if n := count(t, s); n != 310 {
		t.Errorf("the state has %d records after its backup, want 310", n)
	}
}

// TestNoBackupBesideAnotherLog puts a backup in the place of a state whose log
// stayed after a crash: SQLite would replay the one onto the other.
func TestNoBackupBesideAnotherLog(t *testing.T) {
	t.Parallel()
	crashed := made(t)
	s := temporary(t, sqlite.Options{Path: crashed})
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := s.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	observe(t, s, acquire(t, s, "a"), rows(11, 20))
	folder := t.TempDir()
	path := filepath.Join(folder, "state.db")
	for from, to := range map[string]string{backup: path, crashed + "-wal": path + "-wal"} {
		content, err := os.ReadFile(from)
		if err != nil || len(content) == 0 {
			t.Fatalf("%s has %d bytes: %v", from, len(content), err)
		}
		if err := os.WriteFile(to, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := files(t, folder)
	for _, readOnly := range []bool{true, false} {
		_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, ReadOnly: readOnly})
		wantProblem(t, err, sqlite.ProblemOtherLog)
	}
	if diff := cmp.Diff(before, files(t, folder)); diff != "" {
		t.Errorf("the folder changed (+ after):\n%.2000s", diff)
	}
	if err := os.Remove(path + "-wal"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, temporary(t, sqlite.Options{Path: path})); n != 10 {
		t.Errorf("the backup has %d records, want 10", n)
	}
}

func TestBackupIsWholeOrNotThere(t *testing.T) {
	t.Parallel()
	s := temporary(t, sqlite.Options{Path: made(t)})
	folder := t.TempDir()
	kept := filepath.Join(folder, "kept.db")
	if err := os.WriteFile(kept, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), kept); !errors.Is(err, os.ErrExist) {
		t.Errorf("over a file that exists: %v", err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Backup(canceled, filepath.Join(folder, "canceled.db")); !errors.Is(err, context.Canceled) {
		t.Errorf("with a canceled context: %v", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(folder, "nowhere", "backup.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into a folder that does not exist: %v", err)
	}
	if err := s.Backup(t.Context(), s.Path()); !errors.Is(err, os.ErrExist) {
		t.Errorf("over itself: %v", err)
	}
	if diff := cmp.Diff([]string{"kept.db"}, slices.Sorted(maps.Keys(files(t, folder)))); diff != "" {
		t.Errorf("left in the folder (+), want (-):\n%s", diff)
	}
	if text := files(t, folder)["kept.db"]; text != "precious" {
		t.Errorf("the file that existed is %q now", text)
	}
}

// What lies where an unfinished backup would is removed, never written through.
func TestBackupFollowsNoLink(t *testing.T) {
	t.Parallel()
	s := temporary(t, sqlite.Options{Path: made(t)})
	folder := t.TempDir()
	precious := filepath.Join(folder, "precious")
	if err := os.WriteFile(precious, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "backup.db")
	if err := os.Symlink(precious, file+".partial"); err != nil {
		t.Skip(err)
	}
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	about, err := os.Lstat(file)
	if err != nil {
		t.Fatal(err)
	}
	if about.Mode() != 0o600 {
		t.Errorf("the backup is no private file: %v", about.Mode())
	}
	if text := files(t, folder)["precious"]; text != "precious" {
		t.Error("the backup was written through a link")
	}
}
