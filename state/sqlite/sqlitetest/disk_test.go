package sqlitetest_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/sqlite"
	"github.com/huntsync/huntsync/state/sqlite/sqlitetest"
)

// A fault is met by who is at work and by who comes later, and it ends.
func TestDisk(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	disks := sqlitetest.NewDisks()
	disk := disks.Add(folder)
	t.Cleanup(func() { disks.Remove(folder) })
	// Full comes first: what was written once leaves pages that a full disk has.
	for _, test := range []struct {
		fault sqlitetest.Fault
		want  sqlite.Problem
	}{{sqlitetest.Full, sqlite.ProblemFull}, {sqlitetest.ReadOnly, sqlite.ProblemReadOnly}} {
		fault, want := test.fault, test.want
		s := open(t, folder)
		lease, err := s.Acquire(t.Context(), 5, engine.Holder{ID: string(fault)}, 0)
		if err != nil {
			t.Fatal(err)
		}
		fill := func(id int64) error { return disk.Use(func() error { return s.Observe(t.Context(), lease, long(id)) }) }
		set(t, disk, fault)
		wantProblem(t, fill(1), want)
		set(t, disk, sqlitetest.Well)
		if err := fill(1); err != nil {
			t.Errorf("%s: it is over, but: %v", fault, err)
		}
		set(t, disk, fault)
		_ = s.Close() // A disk that is read-only lets nothing be given back.
		s = open(t, folder)
		if lease, err = s.Acquire(t.Context(), 5, engine.Holder{ID: string(fault)}, 0); err == nil {
			err = fill(2)
		}
		wantProblem(t, err, want)
		set(t, disk, sqlitetest.Well)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func open(t *testing.T, folder string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(folder, "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func set(t *testing.T, disk *sqlitetest.Disk, fault sqlitetest.Fault) {
	t.Helper()
	if err := disk.Set(fault, true); err != nil {
		t.Fatal(err)
	}
}

// long is an observation that does not fit into the pages that there are.
func long(id int64) engine.Observation {
	return engine.Observation{AccountID: 5, Rows: []engine.Record{{
		Key: engine.Key{AccountID: 5, Kind: engine.KindIncident, IncidentID: id},
		Seen: engine.Seen{
			Incident: engine.Incident{ID: id, AccountID: 5, Body: string(make([]byte, 100_000))},
			Version:  time.Now().UnixNano(), ChangedAt: time.Unix(1, 0),
		},
	}}}
}

func wantProblem(t *testing.T, err error, want sqlite.Problem) {
	t.Helper()
	if e, ok := errors.AsType[*sqlite.FileError](err); !ok || e.Problem != want {
		t.Errorf("got the error %v, want the problem %q", err, want)
	}
}
