package main

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
)

// TestIncompleteWhileTheDeskIsAway starts with a configuration that lacks something,
// and a desk that does not answer: what it lacks is told all the same.
func TestIncompleteWhileTheDeskIsAway(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		x.desk.SetFault(algapsasim.Always(algapsasim.Fault{Reset: algapsasim.ResetBefore}))
		x.edit(`critical = "P1", `, ``)
		store, err := x.w.open(t.Context(), x.read(t.Context()).config, true)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		d := &daemon{wiring: x.w, store: store, engine: x.e, reloader: x.r, log: x.w.log}
		answer := d.Reload(t.Context())
		if !strings.Contains(answer.Text, "It is tried again") || !strings.Contains(answer.Text, "critical") {
			t.Errorf("the answer does not tell both what it waits for and what it lacks:\n%s", answer.Text)
		}
		if v := testutil.ToFloat64(x.w.metrics.complete); v != 0 {
			t.Errorf("config_complete is %v", v)
		}
		s, err := d.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Configuration.Blocking) != 1 || s.Configuration.Complete {
			t.Errorf("the status shows as lacking %v, complete is %t", s.Configuration.Blocking, s.Configuration.Complete)
		}
		x.desk.SetFault(nil)
		if r := x.r.reload(t.Context()); r.Failure != nil || len(r.Blocking) != 1 || !r.Active {
			t.Errorf("the desk answers again, and the configuration should run incomplete: %+v", r)
		}
	})
}

// TestReloadThatWaitsIsTriedAgain asks over HTTP for a reload while the desk is away:
// it is made up for as soon as the desk answers, with nobody asking again.
func TestReloadThatWaitsIsTriedAgain(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		if r := x.r.reload(t.Context()); !r.OK() {
			t.Fatalf("the good configuration does not run: %+v", r)
		}
		d := &daemon{wiring: x.w, engine: x.e, reloader: x.r, log: x.w.log, again: make(chan struct{}, 1)}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			x.r.follow(ctx, nil, nil, d.again)
		}()
		synctest.Wait()
		x.desk.SetFault(algapsasim.Always(algapsasim.Fault{Reset: algapsasim.ResetBefore}))
		x.desk.AddBoard(algapsasim.Board{ID: "5f0c3a52-6d0e-4c7b-9a3e-2f6f1d0b8aaa", Name: "New Board"})
		x.desk.AddStatus(algapsasim.Status{BoardID: "5f0c3a52-6d0e-4c7b-9a3e-2f6f1d0b8aaa", Name: "Open", Default: true})
		x.desk.AddStatus(algapsasim.Status{BoardID: "5f0c3a52-6d0e-4c7b-9a3e-2f6f1d0b8aaa", Name: "Closed", Closed: true})
		x.edit(`category = "Security / Incident"`, ``)
		x.edit(`board    = "Security"`, `board = "New Board"`)
		if answer := d.Reload(t.Context()); answer.Applied {
			t.Fatalf("the configuration runs, with the desk away:\n%s", answer.Text)
		}
		x.desk.SetFault(nil)
		x.wait(5 * time.Second)
		if r := x.r.result(); !r.OK() {
			t.Errorf("the desk answers again, and the configuration still waits: %+v", r)
		}
		stop()
		<-ended
	})
}

// TestReloadWaitsBesideTheWatcher has somebody say again and again that the files may
// have changed, as the watcher does: what waits for the desk is tried again all the
// same.
func TestReloadWaitsBesideTheWatcher(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		x.desk.SetFault(algapsasim.Always(algapsasim.Fault{Reset: algapsasim.ResetBefore}))
		if r := x.r.reload(t.Context()); r.Failure == nil {
			t.Fatalf("the desk is away, and the configuration runs: %+v", r)
		}
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		defer running.Wait()
		defer stop()
		changes := make(chan struct{}, 1)
		running.Go(func() {
			for ctx.Err() == nil {
				changes <- struct{}{}
				time.Sleep(retryLast - time.Second)
			}
		})
		running.Go(func() { x.r.follow(ctx, changes, nil, nil) })
		x.wait(10 * time.Minute)
		x.desk.SetFault(nil)
		x.wait(retryLast + time.Second)
		if r := x.r.result(); !r.OK() {
			t.Errorf("the desk answers again, and the configuration still waits: %+v", r)
		}
	})
}

// TestResellerThatIsNotReached starts with a reseller's key that is refused beside an
// account's own: that account is worked on, and the others are once the key is good.
func TestResellerThatIsNotReached(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		x.edit("desk \"algapsa\" {", `huntress "partner" {
  api_key    = "partner-key"
  api_secret = "partner-secret"
  base_url   = "http://127.0.0.1:1"
  accounts   = ["second", "gone"]
}

desk "algapsa" {`)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		defer running.Wait()
		defer stop()
		if r := x.r.reload(ctx); !r.Active || r.OK() || r.Failure == nil {
			t.Fatalf("what is reached should run, and the rest be waited for: %+v", r)
		}
		troubles := func() map[string]string {
			accounts, err := x.e.Status(ctx)
			if err != nil {
				t.Fatal(err)
			}
			list := map[string]string{}
			for _, a := range accounts {
				list[a.Name] = a.Trouble
			}
			return list
		}
		if got := troubles(); len(got) != 2 || got["main"] != "" || got["partner"] == "" {
			t.Errorf("accounts and their troubles: %q", got)
		}
		running.Go(func() { x.r.follow(ctx, nil, nil, nil) })
		x.huntress.AddAccount(huntresssim.Account{ID: 78, Name: "Second", Subdomain: "second"})
		x.huntress.AddKey(huntresssim.Key{Key: "partner-key", Secret: "partner-secret", Reseller: 1, Accounts: []int64{78}})
		x.wait(retryLast + time.Second)
		got := troubles()
		if len(got) != 3 || got["main"]+got["partner/second"] != "" {
			t.Errorf("accounts and their troubles: %q", got)
		}
		if why := got["partner/gone"]; !strings.Contains(why, `reaches no account "gone"; it reaches "Second"`) {
			t.Errorf("an account that is not there has the trouble %q", why)
		}
		if r := x.r.result(); !r.OK() {
			t.Errorf("one that is not there keeps the configuration waiting: %+v", r)
		}
		// Once it is, it is found.
		x.huntress.AddAccount(huntresssim.Account{ID: 79, Name: "Gone", Subdomain: "gone"})
		x.huntress.AddKey(huntresssim.Key{Key: "partner-key", Secret: "partner-secret", Reseller: 1, Accounts: []int64{78, 79}})
		x.wait(lookForAccounts)
		if got := troubles(); len(got) != 3 || got["main"]+got["partner/second"]+got["partner/gone"] != "" {
			t.Errorf("accounts and their troubles: %q", got)
		}
		// That the key is refused later is no reason to keep a change of the routing back.
		x.huntress.RevokeKey("partner-key")
		before := x.policy(t)
		x.edit(`critical = "P1"`, `critical = "P2"`)
		if r := x.r.reload(ctx); !r.OK() || x.policy(t) == before {
			t.Errorf("a change of the routing waits for Huntress: %+v", r)
		}
		if got := troubles(); len(got) != 3 {
			t.Errorf("accounts and their troubles: %q", got)
		}
	})
}
