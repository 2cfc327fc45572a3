package engine

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestLeftAccounts is about accounts of the state that no block reaches: they are
// taken for as long as something is done about them, unless somebody has them, or
// they may be configured.
func TestLeftAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		other := Holder{ID: "other"}
		for _, id := range []int64{77, 78} {
			lease, err := w.store.Acquire(t.Context(), id, other, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.store.Observe(t.Context(), lease, Observation{AccountID: id, Poll: &PollState{Account: Account{ID: id}}}); err != nil {
				t.Fatal(err)
			}
			if id == 77 {
				if err := w.store.Release(t.Context(), lease); err != nil {
					t.Fatal(err)
				}
			}
		}
		var left []int64
		do := func(lease Lease) error {
			left = append(left, lease.AccountID)
			return w.store.write("prune", lease)
		}
		expect := func(p *process, want ...int64) {
			t.Helper()
			left = nil
			if err := p.engine.ForEachLeft(p.ctx, do); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(left, want) {
				t.Errorf("the accounts %v were taken, want %v", left, want)
			}
		}
		w.source.setBefore(huntressDown)
		p := w.start(t)
		expect(p)
		w.source.setBefore(nil)
		p = w.start(t)
		p.mustPass(t)
		expect(p, 77)
		w.store.died(other)
		expect(p, 77, 78)
		if _, err := w.store.Acquire(t.Context(), 77, Holder{ID: "next"}, time.Hour); err != nil {
			t.Errorf("it was not given back: %v", err)
		}
	})
}

// TestLeftAccountComesBack has an account configured again while it is taken as one
// that nobody configures: it is waited for, and the process goes on.
func TestLeftAccountComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		p.mustPass(t)
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		p = w.start(t)
		other := p.setup()
		source := newFakeSource(w.now)
		source.account.ID = 6
		other.Accounts[0].Settings.Name, other.Accounts[0].Source = "other", source
		if _, err := p.engine.Configure(p.ctx, other); err != nil {
			t.Fatal(err)
		}
		p.run()
		time.Sleep(time.Minute)
		taken := false
		err := p.engine.ForEachLeft(p.ctx, func(Lease) error {
			taken = true
			_, err := p.engine.Configure(p.ctx, p.setup())
			time.Sleep(time.Minute)
			return err
		})
		if err != nil || !taken {
			t.Fatalf("taken %t: %v", taken, err)
		}
		w.send(1, orgAcme, SeverityLow)
		time.Sleep(10 * time.Minute)
		w.one(t, 1)
		if err := errors.Join(p.stop(), p.err); err != nil {
			t.Error(err)
		}
	})
}
