package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/engine"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
)

// TestRetention lets closed incidents grow old: one of an account that is
// configured, and one of an account that no block reaches any more.
func TestRetention(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		x.edit(`state "sqlite" { path = "state.db" }`, "state \"sqlite\" {\n  path = \"state.db\"\n  retention = \"30d\"\n}\n")
		if r := x.r.reload(t.Context()); !r.OK() {
			t.Fatalf("the configuration does not run: %+v", r)
		}
		for _, status := range []string{"sent", "closed"} {
			x.huntress.AddIncident(huntresssim.Incident{
				ID: 1, AccountID: simAccount, OrganizationID: 100, Severity: "high", Platform: "windows", Subject: "Incident", Status: status,
			})
			if _, err := x.e.Pass(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		ours := engine.Key{AccountID: simAccount, Kind: engine.KindIncident, IncidentID: 1}
		left := engine.Key{AccountID: simAccount + 1, Kind: engine.KindIncident, IncidentID: 2}
		d := &daemon{store: x.store, engine: x.e, reloader: x.r, log: x.w.log}
		leave(t, d, left)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { d.prune(ctx); close(ended) }()
		for _, wait := range []struct {
			days int
			gone bool
		}{{29, false}, {2, true}} {
			time.Sleep(time.Duration(wait.days) * 24 * time.Hour)
			for _, key := range []engine.Key{ours, left} {
				raw, err := d.store.RawIncident(t.Context(), key)
				if gone := errors.Is(err, engine.ErrNotFound); gone != wait.gone || !gone && (err != nil || len(raw) == 0) {
					t.Errorf("after %d more days %s is there with %d bytes: %v", wait.days, key, len(raw), err)
				}
			}
		}
		stop()
		<-ended
		if err := x.e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// leave makes a closed incident of an account that is configured no more.
func leave(t *testing.T, d *daemon, key engine.Key) {
	t.Helper()
	lease, err := d.store.Acquire(t.Context(), key.AccountID, engine.Holder{ID: "of before"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	record := engine.Record{Key: key, Seen: engine.Seen{
		Incident: engine.Incident{ID: key.IncidentID, Status: engine.StatusClosed, Raw: []byte(`{"id":2}`)},
		Digest:   "2", Version: 1, FirstAt: now, ChangedAt: now,
	}}
	err = d.store.Observe(t.Context(), lease, engine.Observation{
		AccountID: key.AccountID, Poll: &engine.PollState{Account: engine.Account{ID: key.AccountID, Name: "Left"}, Cursor: now},
		Rows: []engine.Record{record},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.store.Save(t.Context(), lease, record); err != nil {
		t.Fatal(err)
	}
	if err := d.store.Release(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
}
