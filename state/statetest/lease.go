package statetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
)

func testAcquire(t *testing.T, place Place) {
	store := open(t, place)
	first := acquire(t, store, account, "a")
	if first.AccountID != account || first.Holder != holder("a") || first.Epoch < 1 {
		t.Errorf("the lease is %+v", first)
	}
	if !first.Expires.IsZero() && time.Until(first.Expires) < ttl/2 {
		t.Errorf("a lease of %v ends in %v", ttl, time.Until(first.Expires))
	}
	again := acquire(t, store, account, "a")
	if again.Epoch != first.Epoch {
		t.Errorf("renewing changed the epoch from %d to %d", first.Epoch, again.Epoch)
	}

	_, err := store.Acquire(t.Context(), account, holder("b"), ttl)
	held, ok := errors.AsType[*engine.HeldError](err)
	if !ok || held.Holder != holder("a") {
		t.Fatalf("a second holder got %v, want to hear of the first", err)
	}
	must(t, store.Release(t.Context(), first))
	second := acquire(t, store, account, "b")
	if second.Epoch <= first.Epoch {
		t.Errorf("the next holder has epoch %d after %d", second.Epoch, first.Epoch)
	}
	wantError(t, store.Release(t.Context(), first), engine.ErrLeaseLost)
	_, err = store.Acquire(t.Context(), account, holder("a"), ttl)
	if _, ok := errors.AsType[*engine.HeldError](err); !ok {
		t.Errorf("a release under a lost lease gave away the present one: %v", err)
	}
	if _, err := store.Acquire(t.Context(), account+1, engine.Holder{}, ttl); err == nil {
		t.Error("a holder without an ID was taken")
	}
}

func testTwoProcesses(t *testing.T, place Place) {
	one, two := open(t, place), open(t, place)
	lease := acquire(t, one, account, "a")
	_, err := two.Acquire(t.Context(), account, holder("b"), ttl)
	held, ok := errors.AsType[*engine.HeldError](err)
	if !ok || held.Holder != holder("a") {
		t.Fatalf("a second process got %v, want to hear of the first", err)
	}
	// Reading needs no hold.
	must(t, one.Observe(t.Context(), lease, engine.Observation{AccountID: account, Rows: []engine.Record{row(1, 1)}}))
	if _, err := two.Record(t.Context(), key(1)); err != nil {
		t.Errorf("a process that holds nothing cannot read: %v", err)
	}
	must(t, one.Release(t.Context(), lease))
	next := acquire(t, two, account, "b")
	if next.Epoch <= lease.Epoch {
		t.Errorf("the next process has epoch %d after %d", next.Epoch, lease.Epoch)
	}
	wantError(t, one.Wake(t.Context(), lease, noon()), engine.ErrLeaseLost)
	wantError(t, one.Release(t.Context(), lease), engine.ErrLeaseLost)
	must(t, two.Wake(t.Context(), next, noon()))
}

func testFencing(t *testing.T, place Place) {
	s := begin(t, place)
	s.observe(t, row(1, 1))
	must(t, s.Release(t.Context(), s.lease))
	before := readAll(t, s)
	for name, write := range eachWrite(s) {
		if err := write(t.Context(), s.lease); !errors.Is(err, engine.ErrLeaseLost) {
			t.Errorf("%s under a lease that was given back: got %v", name, err)
		}
	}
	present := acquire(t, s.Store, account, "b")

	forged := present
	forged.Holder = holder("c")
	later := present
	later.Epoch++
	leases := map[string]engine.Lease{
		"lost": s.lease, "another's": forged, "of the future": later, "none": {AccountID: account},
	}
	for what, lease := range leases {
		for name, write := range eachWrite(s) {
			if err := write(t.Context(), lease); !errors.Is(err, engine.ErrLeaseLost) {
				t.Errorf("%s under a lease that is %s: got %v", name, what, err)
			}
		}
	}
	equal(t, readAll(t, s), before)
	for name, write := range eachWrite(s) {
		if err := write(t.Context(), present); err != nil && !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("%s under the present lease: %v", name, err)
		}
	}
}

func testCanceled(t *testing.T, place Place) {
	s := begin(t, place)
	s.observe(t, row(1, 1))
	before := readAll(t, s)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, write := range eachWrite(s) {
		if err := write(canceled, s.lease); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a canceled context: got %v", name, err)
		}
	}
	equal(t, readAll(t, s), before)
}

func testClose(t *testing.T, place Place) {
	store := place(t)
	lease := acquire(t, store, account, "a")
	other := acquire(t, store, account+1, "a")
	must(t, store.Close())
	if err := store.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if store.Wake(t.Context(), lease, noon()) == nil {
		t.Error("a closed store was written to")
	}
	next := open(t, place)
	for _, before := range []engine.Lease{lease, other} {
		if after := acquire(t, next, before.AccountID, "b"); after.Epoch <= before.Epoch {
			t.Errorf("account %d: the next holder has epoch %d after %d", before.AccountID, after.Epoch, before.Epoch)
		}
	}
}

func testRestart(t *testing.T, place Place) {
	store := place(t)
	s := session{Store: store, lease: acquire(t, store, account, "a")}
	poll := engine.PollState{Account: engine.Account{ID: account}, Cursor: noon()}
	must(t, s.Observe(t.Context(), s.lease, engine.Observation{
		AccountID: account, Rows: []engine.Record{row(1, 1), row(2, 1)}, Poll: &poll, Organizations: []engine.Organization{{ID: 1}},
	}))
	s.settle(t, 1, engine.Work{Ticket: ticket("1"), Intent: intent()}, noon(), entry(key(1), noon(), "made"))
	must(t, s.SaveDesk(t.Context(), s.lease, engine.DeskState{URL: "https://desk.example.com"}))
	want := readAll(t, s)

	// A process that never closed what it had open: what was written is there.
	equal(t, readAll(t, open(t, place)), want)
	must(t, store.Close())
	equal(t, readAll(t, open(t, place)), want)
}
