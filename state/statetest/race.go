package statetest

import (
	"sync"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// Observing goes on while changes are applied. Whatever the two halves' writers
// do to each other's timing, no news is lost: in the end the record is due, or
// the last save had read the last version.
func testHalvesRace(t *testing.T, place Place) {
	s := begin(t, place)
	const rounds = 60
	s.observe(t, row(1, 1))
	var both sync.WaitGroup
	both.Go(func() {
		for version := int64(2); version <= rounds; version++ {
			o := engine.Observation{AccountID: account, Rows: []engine.Record{row(1, version)}}
			if err := s.Observe(t.Context(), s.lease, o); err != nil {
				t.Error(err)
			}
		}
	})
	both.Go(func() {
		for range rounds {
			r, err := s.Record(t.Context(), key(1))
			if err != nil {
				t.Error(err)
				return
			}
			r.Work.Told.Version, r.DueAt = r.Seen.Version, time.Time{}
			if err := s.Save(t.Context(), s.lease, r); err != nil {
				t.Error(err)
			}
		}
	})
	both.Wait()

	got := s.record(t, 1)
	if got.Seen.Version != rounds {
		t.Errorf("version %d was seen last, stored is %d", rounds, got.Seen.Version)
	}
	if got.Work.Told.Version < rounds && got.DueAt.IsZero() {
		t.Errorf("version %d was dealt with, %d was seen, and nothing is owed", got.Work.Told.Version, rounds)
	}
	if got.Work.Told.Version == rounds && !got.DueAt.IsZero() {
		t.Errorf("everything was dealt with, and it is due at %v", got.DueAt)
	}
}

func testAccountsRace(t *testing.T, place Place) {
	store := open(t, place)
	const accounts, records = 8, 15
	var all sync.WaitGroup
	for id := int64(1); id <= accounts; id++ {
		lease := acquire(t, store, id, "a")
		all.Go(func() {
			for incident := int64(1); incident <= records; incident++ {
				r := row(incident, 1)
				r.Key.AccountID, r.Seen.Incident.AccountID = id, id
				if err := store.Observe(t.Context(), lease, engine.Observation{AccountID: id, Rows: []engine.Record{r}}); err != nil {
					t.Error(err)
				}
				r.Work.Ticket = ticket("1")
				if err := store.Save(t.Context(), lease, r, entry(r.Key, noon(), "")); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range records {
				if _, err := store.Records(t.Context(), engine.RecordQuery{AccountID: id, DueBy: noon()}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	size, err := store.Size(t.Context())
	must(t, err)
	journal, err := store.Journal(t.Context(), engine.JournalQuery{})
	must(t, err)
	if size != accounts*records || len(journal) != accounts*records {
		t.Errorf("%d records and %d entries, want %d of each", size, len(journal), accounts*records)
	}
}
