package main

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state"
)

// slowStore takes a second for each write, and its leases end, as those of a
// database far away.
type slowStore struct {
	state.Store
	ends map[int64]time.Time
}

func (s *slowStore) Acquire(ctx context.Context, accountID int64, h engine.Holder, ttl time.Duration) (engine.Lease, error) {
	s.ends[accountID] = time.Now().Add(ttl)
	return s.Store.Acquire(ctx, accountID, h, ttl)
}

func (s *slowStore) write(lease engine.Lease) error {
	time.Sleep(time.Second)
	if time.Now().After(s.ends[lease.AccountID]) {
		return engine.ErrLeaseLost
	}
	return nil
}

func (s *slowStore) Observe(ctx context.Context, lease engine.Lease, o engine.Observation) error {
	if err := s.write(lease); err != nil {
		return err
	}
	return s.Store.Observe(ctx, lease, o)
}

func (s *slowStore) Save(ctx context.Context, lease engine.Lease, r engine.Record, entries ...engine.Entry) error {
	if err := s.write(lease); err != nil {
		return err
	}
	return s.Store.Save(ctx, lease, r, entries...)
}

// repairOf opens an SQLite state to be repaired.
func repairOf(t *testing.T, name string) *repair {
	t.Helper()
	store, err := state.Open(t.Context(), state.Options{Kind: state.KindSQLite, Path: filepath.Join(t.TempDir(), name)})
	if err != nil {
		t.Fatal(err)
	}
	return &repair{Store: &slowStore{store, map[int64]time.Time{}}, holder: engine.Holder{ID: name, Host: "host", Command: "state"}}
}

// fill gives a state two accounts with n incidents that have their tickets.
func fill(t *testing.T, store state.Store, n int64) {
	t.Helper()
	r := &repair{Store: store, holder: engine.Holder{ID: "filling"}}
	for _, account := range []int64{5, 6} {
		lease, err := r.take(t.Context(), account)
		if err != nil {
			t.Fatal(err)
		}
		seen := engine.Observation{AccountID: account, Poll: &engine.PollState{Account: engine.Account{ID: account}, Cursor: time.Now()}}
		for id := range n {
			key := engine.Key{AccountID: account, Kind: engine.KindIncident, IncidentID: id + 1}
			seen.Rows = append(seen.Rows, engine.Record{Key: key, Seen: engine.Seen{
				Incident: engine.Incident{ID: id + 1, AccountID: account, Status: engine.StatusSent, Raw: []byte("{}")}, Version: 1,
			}})
		}
		if err := r.Observe(t.Context(), lease, seen); err != nil {
			t.Fatal(err)
		}
		for _, record := range seen.Rows {
			record.Work.Ticket = &engine.TicketLink{ID: fmt.Sprintf("t%d", record.Key.IncidentID)}
			if err := r.keep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := r.Save(t.Context(), lease, record, r.entry(record.Key, "made")); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Release(t.Context(), lease); err != nil {
			t.Fatal(err)
		}
		r.leases = nil
	}
}

// TestLongMigration copies for longer than a lease lasts.
func TestLongMigration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := repairOf(t, "from"), repairOf(t, "to")
		fill(t, from, 100)
		m := &migration{from: from, to: to}
		if err := m.run(t.Context()); err != nil || m.records != 200 || m.entries != 200 {
			t.Errorf("copied %d records and %d entries, %v; want 200 of each", m.records, m.entries, err)
		}
		if err := to.close(t.Context()); err != nil {
			t.Error(err)
		}
		if err := from.close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestLongRebind parts for longer than a lease lasts.
func TestLongRebind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := repairOf(t, "state")
		fill(t, r, 100)
		move := deskMove{}
		records, err := r.Records(t.Context(), engine.RecordQuery{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range records {
			move.count(x, nil)
		}
		if err := r.rebind(t.Context(), "https://old.example.com", "https://new.example.com", move); err != nil {
			t.Error(err)
		}
		if tied, err := r.Records(t.Context(), engine.RecordQuery{Ticketless: true}); err != nil || len(tied) != 200 {
			t.Errorf("%d incidents were parted from their tickets, %v; want 200", len(tied), err)
		}
		if err := r.close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
