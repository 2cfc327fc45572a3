package sqlite_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/sqlite"
)

const account int64 = 5

func holder(id string) engine.Holder {
	return engine.Holder{ID: id, Host: "host", PID: os.Getpid(), Command: "run", Since: time.Unix(1, 0).UTC()}
}

// openStore opens a store that the caller closes.
func openStore(tb testing.TB, o sqlite.Options) *sqlite.Store {
	tb.Helper()
	s, err := sqlite.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// temporary opens a store that the end of the test closes.
func temporary(tb testing.TB, o sqlite.Options) *sqlite.Store {
	tb.Helper()
	s := openStore(tb, o)
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func acquire(tb testing.TB, s *sqlite.Store, id string) engine.Lease {
	tb.Helper()
	lease, err := s.Acquire(tb.Context(), account, holder(id), 0)
	if err != nil {
		tb.Fatal(err)
	}
	return lease
}

func rows(from, to int64) engine.Observation {
	o := engine.Observation{AccountID: account}
	for id := from; id <= to; id++ {
		o.Rows = append(o.Rows, engine.Record{
			Key: engine.Key{AccountID: account, Kind: engine.KindIncident, IncidentID: id},
			Seen: engine.Seen{
				Incident: engine.Incident{ID: id, AccountID: account, Raw: []byte(`{"id":1}`)},
				Version:  1, ChangedAt: time.Unix(id, 0).UTC(),
			},
		})
	}
	return o
}

func observe(tb testing.TB, s *sqlite.Store, lease engine.Lease, o engine.Observation) {
	tb.Helper()
	if err := s.Observe(tb.Context(), lease, o); err != nil {
		tb.Fatal(err)
	}
}

func count(tb testing.TB, s *sqlite.Store) int {
	tb.Helper()
	n, err := s.Size(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// made is the path of a state with ten records, which is closed.
func made(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "state.db")
	s := openStore(tb, sqlite.Options{Path: path})
	observe(tb, s, acquire(tb, s, "a"), rows(1, 10))
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

// wantProblem fails unless err names the problem, and the file.
func wantProblem(tb testing.TB, err error, want sqlite.Problem) {
	tb.Helper()
	if e, ok := errors.AsType[*sqlite.FileError](err); !ok || e.Problem != want {
		tb.Errorf("got the error %v, want the problem %q", err, want)
	}
}

// files are the contents of a folder, by name.
func files(tb testing.TB, folder string) map[string]string {
	tb.Helper()
	contents := map[string]string{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(filepath.Join(folder, path))
		contents[path] = string(text)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return contents
}
