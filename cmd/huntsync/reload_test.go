package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/state"
)

// reloading is a daemon whose configuration the test edits.
type reloading struct {
	*simulation
	w     *wiring
	e     *engine.Engine
	r     *reloader
	store state.Store
	files map[string]string
}

// startReloading runs a reloader in a world in which nothing goes wrong by itself.
func startReloading(t *testing.T, dir string) *reloading {
	t.Helper()
	s := newQuietWorld(t, dir)
	s.stop()
	x := &reloading{simulation: s, files: map[string]string{"huntsync.hcl": readFile(t, dir, "huntsync.hcl")}}
	x.w = newWiring("run", slog.New(slog.DiscardHandler))
	x.w.transport = s.network
	tried := x.read(t.Context())
	store, err := x.w.open(t.Context(), tried.config, false)
	if err != nil {
		t.Fatal(err)
	}
	x.store, x.e = store, x.w.engine(store)
	x.r = &reloader{read: x.read, wiring: x.w, engine: x.e, log: x.w.log}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func (x *reloading) read(context.Context) attempt {
	snapshot := &config.Snapshot{Dir: x.dir}
	for name, text := range x.files {
		snapshot.Files = append(snapshot.Files, config.File{Name: name, Content: []byte(text)})
		snapshot.Hash += text
	}
	c, diags := config.Load(snapshot, config.Options{LookupEnv: simEnvironment})
	return attempt{snapshot: snapshot, config: c, diags: diags}
}

func (x *reloading) edit(old, text string) {
	x.files["huntsync.hcl"] = strings.Replace(x.files["huntsync.hcl"], old, text, 1)
}

func (x *reloading) policy(t *testing.T) *engine.Policy {
	t.Helper()
	r, ok := x.e.Resolution()
	if !ok {
		t.Fatal("no configuration runs")
	}
	return r.Policy
}

// TestReloadKeepsTheLastGood edits a running configuration badly in every way
// there is. What runs stays, to the pointer; the metric tells; going back to what
// ran is a success again.
func TestReloadKeepsTheLastGood(t *testing.T) {
	for name, c := range map[string]struct {
		old, text string
		wants     func(ReloadResult) bool
	}{
		"a syntax error":            {`routing {`, `routing {{`, func(r ReloadResult) bool { return r.Diagnostics.HasErrors() }},
		"an unknown argument":       {`board    = "Security"`, `bored = "Security"`, func(r ReloadResult) bool { return r.Diagnostics.HasErrors() }},
		"something missing":         {`critical = "P1", `, ``, func(r ReloadResult) bool { return len(r.Blocking) == 1 }},
		"a board that is not there": {`board    = "Security"`, `board = "Nowhere"`, func(r ReloadResult) bool { return len(r.Blocking) > 0 }},
		"no desk":                   {`desk "algapsa"`, `locals {}` + "\n" + `variable "x" { default = "" }` + "\n" + `desk "algapsa"`, func(r ReloadResult) bool { return r.OK() }},
		"no key of the desk":        {`api_key = env("DESK")`, `api_key = env("NOT_THERE")`, func(r ReloadResult) bool { return len(r.Blocking) > 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := simulationDir(t)
			synctest.Test(t, func(t *testing.T) {
				x := startReloading(t, dir)
				defer x.closePipes()
				if r := x.r.reload(t.Context()); !r.OK() {
					t.Fatalf("the good configuration does not run: %+v", r)
				}
				before, good := x.policy(t), x.files["huntsync.hcl"]
				x.edit(c.old, c.text)
				if x.files["huntsync.hcl"] == good {
					t.Fatal("the edit changed nothing")
				}
				r := x.r.reload(t.Context())
				if !c.wants(r) {
					t.Fatalf("unexpected outcome: %+v", r)
				}
				if r.OK() {
					return
				}
				if x.policy(t) != before {
					t.Error("what runs was replaced")
				}
				if v := testutil.ToFloat64(x.w.metrics.reloadSuccessful); v != 0 {
					t.Errorf("config_last_reload_successful is %v after a bad edit", v)
				}
				x.files["huntsync.hcl"] = good
				if r := x.r.reload(t.Context()); !r.OK() {
					t.Errorf("going back to what ran failed: %+v", r)
				}
				if v := testutil.ToFloat64(x.w.metrics.reloadSuccessful); v != 1 {
					t.Errorf("config_last_reload_successful is %v after going back", v)
				}
			})
		})
	}
}

// TestReloadWaitsForTheDesk reloads a configuration with a new name while the desk
// is away: nothing changes until it answers, and then by itself.
func TestReloadWaitsForTheDesk(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		if r := x.r.reload(t.Context()); !r.OK() {
			t.Fatalf("the good configuration does not run: %+v", r)
		}
		before := x.policy(t)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		hangUp := make(chan struct{})
		go func() {
			defer close(ended)
			x.r.follow(ctx, nil, hangUp, nil)
		}()
		x.desk.SetFault(algapsasim.Always(algapsasim.Fault{Reset: algapsasim.ResetBefore}))
		x.desk.AddBoard(algapsasim.Board{ID: "5f0c3a52-6d0e-4c7b-9a3e-2f6f1d0b8aaa", Name: "New Board"})
		x.desk.AddStatus(algapsasim.Status{BoardID: "5f0c3a52-6d0e-4c7b-9a3e-2f6f1d0b8aaa", Name: "Open", Default: true})
		x.desk.AddStatus(algapsasim.Status{BoardID: "5f0c3a52-6d0e-4c7b-9a3e-2f6f1d0b8aaa", Name: "Closed", Closed: true})
		x.edit(`category = "Security / Incident"`, ``)
		x.edit(`board    = "Security"`, `board = "New Board"`)
		hangUp <- struct{}{}
		x.wait(10 * time.Minute)
		if r := x.r.result(); r.Failure == nil || r.Active {
			t.Errorf("while the desk is away the configuration should wait: %+v", r)
		}
		if x.policy(t) != before {
			t.Error("what runs was replaced while the desk was away")
		}
		x.desk.SetFault(nil)
		x.wait(31 * time.Second)
		if r := x.r.result(); !r.OK() {
			t.Errorf("the desk answers again, and the configuration still waits: %+v", r)
		}
		if name := x.policy(t).BoardName(x.policy(t).BoardID); name != "New Board" {
			t.Errorf("the board is %q", name)
		}
		stop()
		<-ended
	})
}

// TestNewAccountOfAResellerIsPolled adds an account at Huntress while the daemon
// runs: it is polled within the hour, without anybody touching the files.
func TestNewAccountOfAResellerIsPolled(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		key := huntresssim.Key{Key: huntressKey, Secret: huntressSecret, Reseller: 1, Accounts: []int64{simAccount}}
		x.huntress.AddKey(key)
		x.edit(`base_url   = "http://127.0.0.1:1"`, "base_url   = \"http://127.0.0.1:1\"\n  accounts   = [\"*\"]")
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		defer running.Wait()
		defer stop()
		if result := x.r.reload(ctx); !result.OK() {
			t.Fatalf("%+v", result)
		}
		running.Go(func() { x.r.follow(ctx, nil, nil, nil) })
		names := func() (names []string) {
			accounts, err := x.e.Status(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range accounts {
				names = append(names, a.Name)
			}
			return names
		}
		time.Sleep(lookForAccounts + time.Minute)
		if got := names(); !slices.Equal(got, []string{"main/msp"}) {
			t.Fatalf("accounts %v", got)
		}
		x.huntress.AddAccount(huntresssim.Account{ID: 78, Name: "Second", Subdomain: "second"})
		key.Accounts = append(key.Accounts, 78)
		x.huntress.AddKey(key)
		time.Sleep(lookForAccounts)
		if got := names(); !slices.Contains(got, "main/second") {
			t.Errorf("accounts %v", got)
		}
	})
}

func (s *simulation) closePipes() {
	for _, p := range s.pipes {
		_ = p.Close()
	}
}

func readFile(t *testing.T, dir, name string) string {
	t.Helper()
	snapshot, diags := config.Read(t.Context(), dir)
	if diags.HasErrors() {
		t.Fatalf("read %s: %+v", dir, diags)
	}
	for _, f := range snapshot.Files {
		if strings.HasSuffix(f.Name, name) {
			return string(f.Content)
		}
	}
	t.Fatalf("there is no %s", name)
	return ""
}
