package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/postgres"
)

// Waking takes records in the order in which observing does, whatever the order in
// which they came: otherwise each could wait for a record that the other has.
func TestWakeBesideAnObservation(t *testing.T) {
	t.Parallel()
	s := temporary(t, postgres.Options{URL: server.Fresh(t)})
	lease := acquire(t, s, "a", time.Hour)
	for _, id := range []int64{3, 2, 1} {
		observeAtRest(t, s, lease, id)
	}
	woken := make(chan error, 1)
	err := s.Write(t.Context(), lease, func(tx pgx.Tx) error {
		if err := lock(t.Context(), tx, 1); err != nil {
			return err
		}
		go func() { woken <- s.Wake(t.Context(), lease, time.Unix(9, 0)) }()
		if err := untilWaitedFor(t.Context(), tx); err != nil {
			return err
		}
		if err := lock(t.Context(), tx, 2); err != nil {
			return err
		}
		return lock(t.Context(), tx, 3)
	})
	if err != nil {
		t.Errorf("observing: %v", err)
	}
	if err := <-woken; err != nil {
		t.Error(err)
	}
	due, err := s.Records(t.Context(), engine.RecordQuery{AccountID: account, DueBy: time.Unix(9, 0)})
	if err != nil || len(due) != 3 {
		t.Errorf("%d records are due (%v), want 3", len(due), err)
	}
}

// observeAtRest observes an open incident that nothing is owed of.
func observeAtRest(t *testing.T, s *postgres.Store, lease engine.Lease, id int64) {
	t.Helper()
	row := engine.Record{
		Key: engine.Key{AccountID: account, Kind: engine.KindIncident, IncidentID: id},
		Seen: engine.Seen{
			Version: 1, ChangedAt: time.Unix(id, 0),
			Incident: engine.Incident{ID: id, AccountID: account, Status: engine.StatusSent},
		},
	}
	if err := s.Observe(t.Context(), lease, engine.Observation{AccountID: account, Rows: []engine.Record{row}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), lease, row); err != nil {
		t.Fatal(err)
	}
}

// lock takes a record as an observation does that writes it.
func lock(ctx context.Context, tx pgx.Tx, id int64) error {
	_, err := tx.Exec(ctx, `SELECT 1 FROM records WHERE incident_id = $1 FOR UPDATE`, id)
	return err
}

// untilWaitedFor returns when somebody waits for what a transaction has.
func untilWaitedFor(ctx context.Context, tx pgx.Tx) error {
	const query = `
		SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))`
	for waits := false; !waits; {
		if err := tx.QueryRow(ctx, query).Scan(&waits); err != nil {
			return err
		}
	}
	return nil
}
