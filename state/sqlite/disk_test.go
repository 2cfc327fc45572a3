package sqlite_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/huntsync/huntsync/state/sqlite"
)

func execute(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// Every connection that may ever write makes what it commits durable: without that a
// loss of power takes intents with it that were sent already.
func TestCommitsAreDurable(t *testing.T) {
	t.Parallel()
	s := temporary(t, sqlite.Options{Path: made(t)})
	s.Writer().SetMaxIdleConns(0) // so that each statement gets a new connection
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} {
		var got string
		if err := s.Writer().QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
}

// A full disk stops writing, loses nothing, and is over when there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	s := temporary(t, sqlite.Options{Path: made(t)})
	lease := acquire(t, s, "a")
	var pages int
	if err := s.Writer().QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	execute(t, s.Writer(), fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	wantProblem(t, s.Observe(t.Context(), lease, rows(11, 1000)), sqlite.ProblemFull)
	if n := count(t, s); n != 10 {
		t.Errorf("a write that did not fit left %d records, want 10", n)
	}
	execute(t, s.Writer(), fmt.Sprintf("PRAGMA max_page_count = %d", pages+10_000))
	observe(t, s, lease, rows(11, 1000))
}

func TestDiskTurnsReadOnly(t *testing.T) {
	t.Parallel()
	s := temporary(t, sqlite.Options{Path: made(t)})
	lease := acquire(t, s, "a")
	execute(t, s.Writer(), "PRAGMA query_only = 1")
	wantProblem(t, s.Observe(t.Context(), lease, rows(11, 20)), sqlite.ProblemReadOnly)
	execute(t, s.Writer(), "PRAGMA query_only = 0")
	observe(t, s, lease, rows(11, 20))
}

func TestFolderIsReadOnly(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(folder, "state.db")})
	wantProblem(t, err, sqlite.ProblemReadOnly)
}

func TestLockedByAnotherProgram(t *testing.T) {
	t.Parallel()
	path := made(t)
	s := temporary(t, sqlite.Options{Path: path})
	lease := acquire(t, s, "a")
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	execute(t, other, "BEGIN IMMEDIATE")
	execute(t, s.Writer(), "PRAGMA busy_timeout = 10")
	wantProblem(t, s.Observe(t.Context(), lease, rows(11, 20)), sqlite.ProblemLocked)
	execute(t, other, "ROLLBACK")
	observe(t, s, lease, rows(11, 20))
}
