package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/sqlite"
)

func TestOpenMakesPrivateFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"state.db", "a b?c#d%41&e=f.db", "zustände-🦀.db", "no-suffix", "'quoted'.db"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			s := openStore(t, sqlite.Options{Path: filepath.Join(folder, name)})
			observe(t, s, acquire(t, s, "a"), rows(1, 10))
			if want := filepath.Join(folder, name); s.Path() != want {
				t.Errorf("the path is %s, want %s", s.Path(), want)
			}
			for name := range files(t, folder) {
				about, err := os.Stat(filepath.Join(folder, name))
				if err != nil {
					t.Fatal(err)
				}
				if about.Mode().Perm() != 0o600 {
					t.Errorf("%s may be used by others: %v", name, about.Mode())
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			left := slices.Sorted(maps.Keys(files(t, folder)))
			if diff := cmp.Diff([]string{name, name + ".lock"}, left); diff != "" {
				t.Errorf("left in the folder (+), want (-):\n%s", diff)
			}
		})
	}
}

func TestOpenReadOnlyWithoutFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := temporary(t, sqlite.Options{Path: filepath.Join(folder, "state.db"), ReadOnly: true})
	if n := count(t, s); n != 0 {
		t.Errorf("a state that does not exist has %d records", n)
	}
	_, err := s.Acquire(t.Context(), account, holder("a"), 0)
	wantProblem(t, err, sqlite.ProblemReadOnly)
	if err := s.Backup(t.Context(), filepath.Join(folder, "backup.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("backing up nothing: %v", err)
	}
	if left := files(t, folder); len(left) > 0 {
		t.Errorf("reading created %v", left)
	}
}

func TestOpenReadOnly(t *testing.T) {
	t.Parallel()
	path := made(t)
	writer := temporary(t, sqlite.Options{Path: path})
	lease := acquire(t, writer, "a")
	reader := temporary(t, sqlite.Options{Path: path, ReadOnly: true})
	observe(t, writer, lease, rows(11, 20))
	if n := count(t, reader); n != 20 {
		t.Errorf("beside a writer, %d records are read, want 20", n)
	}
	wantProblem(t, reader.Observe(t.Context(), lease, rows(21, 30)), sqlite.ProblemReadOnly)
	wantProblem(t, reader.Release(t.Context(), lease), sqlite.ProblemReadOnly)
	_, err := reader.Acquire(t.Context(), account, holder("a"), 0)
	wantProblem(t, err, sqlite.ProblemReadOnly)
}

// Whatever is wrong with a file, it is refused with words that help, and it and
// its folder stay as they are.
func TestOpenRefusesAndLeavesAlone(t *testing.T) {
	t.Parallel()
	change := func(offset int, with string) func(string) string {
		return func(content string) string { return content[:offset] + with + content[offset+len(with):] }
	}
	tests := []struct {
		name   string
		change func(string) string
		want   sqlite.Problem
	}{
		{"empty", func(string) string { return "" }, sqlite.ProblemDamaged},
		{"zeros only", func(c string) string { return strings.Repeat("\x00", len(c)) }, sqlite.ProblemDamaged},
		{"header cut off", func(c string) string { return c[:50] }, sqlite.ProblemDamaged},
		{"half of it", func(c string) string { return c[:len(c)/2] }, sqlite.ProblemDamaged},
		{"last page lost", func(c string) string { return c[:len(c)-4096] }, sqlite.ProblemDamaged},
		{"zeros in the middle", change(3*4096, strings.Repeat("\x00", 4096)), sqlite.ProblemDamaged},
		{"noise in the middle", change(5*4096, strings.Repeat("\xa5", 2000)), sqlite.ProblemDamaged},
		{"noise in the schema", change(200, strings.Repeat("\xa5", 3000)), sqlite.ProblemDamaged},
		{"a text", func(string) string { return "notes of a person\n" + strings.Repeat("x", 5000) }, sqlite.ProblemForeign},
		{"another program's", change(68, "\x00\x00\x00\x00"), sqlite.ProblemForeign},
	}
	for _, test := range tests {
		for _, readOnly := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, read-only %t", test.name, readOnly), func(t *testing.T) {
				t.Parallel()
				path := made(t)
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(test.change(string(content))), 0o600); err != nil {
					t.Fatal(err)
				}
				before := files(t, filepath.Dir(path))

				s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, ReadOnly: readOnly})
				if err == nil {
					t.Fatal("it was opened", s.Close())
				}
				wantProblem(t, err, test.want)
				if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "left as it is") && !strings.Contains(err.Error(), "left as it was") {
					t.Errorf("the message does not help: %v", err)
				}
				if diff := cmp.Diff(before, files(t, filepath.Dir(path))); diff != "" {
					t.Errorf("the folder changed (+ after):\n%.2000s", diff)
				}
			})
		}
	}
}

func TestOpenNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "nowhere", "state.db")})
	wantProblem(t, err, sqlite.ProblemNoFolder)
	_, err = sqlite.Open(t.Context(), sqlite.Options{})
	if err == nil {
		t.Error("a state without a path was opened")
	}
	_, err = sqlite.Open(t.Context(), sqlite.Options{Path: t.TempDir()})
	if err == nil {
		t.Error("a folder was opened")
	}
}

// setVersion makes a file look as if another huntsync had migrated it.
func setVersion(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesAnotherSchema(t *testing.T) {
	t.Parallel()
	path := made(t)
	setVersion(t, path, "INSERT INTO schema_versions (version_id, is_applied) VALUES (9, 1)")
	want := "state schema 9 is newer than this huntsync supports (3): upgrade huntsync or restore a backup"
	for _, readOnly := range []bool{false, true} {
		s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, ReadOnly: readOnly})
		if err == nil {
			t.Fatal("it was opened", s.Close())
		}
		if !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %q, want it to end with %q", err, want)
		}
	}
}

// A new huntsync does not change the schema under an old one that is running.
func TestOpenMigratesUnderTheLock(t *testing.T) {
	t.Parallel()
	path := made(t)
	running := temporary(t, sqlite.Options{Path: path})
	acquire(t, running, "old")
	setVersion(t, path, "DELETE FROM schema_versions WHERE version_id > 0")

	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, ReadOnly: true})
	if err == nil || !strings.Contains(err.Error(), "state schema 0 is older than this huntsync reads (3)") {
		t.Errorf("reading an older schema: %v", err)
	}
	_, err = sqlite.Open(t.Context(), sqlite.Options{Path: path})
	held, ok := errors.AsType[*engine.HeldError](err)
	if !ok || held.Holder.ID != "old" {
		t.Errorf("migrating beside a writer: %v", err)
	}
}

func TestOpenTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	// What a creation that was cut off leaves behind does not matter.
	for _, suffix := range []string{".new", ".new-wal", ".new-shm", ".new-journal"} {
		if err := os.WriteFile(path+suffix, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for name := range files(t, filepath.Dir(path)) {
		if strings.Contains(name, ".new") {
			t.Errorf("%s is left of creating the state", name)
		}
	}
}

// TestNoStateBesideAnOldLog moves only the state file away after a crash: SQLite would
// replay the log that stayed onto a new one.
func TestNoStateBesideAnOldLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	if err := os.WriteFile(path+"-wal", []byte("what a crash left"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := files(t, filepath.Dir(path))
	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	wantProblem(t, err, sqlite.ProblemOldLog)
	after := files(t, filepath.Dir(path))
	delete(after, "state.db.lock")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the folder changed (+ after):\n%.2000s", diff)
	}
	if err := os.Truncate(path+"-wal", 0); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
