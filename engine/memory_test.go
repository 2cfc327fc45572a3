package engine

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// TestMistypedDesk begins with the URL of a desk that does not answer, and goes on
// with the right one: that is the one which the state belongs to.
func TestMistypedDesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.desk.setFault(func(deskCall) fault { return neverSent() })
		p, err := w.boot()
		if err == nil {
			t.Fatal("the desk answered")
		}
		w.desk.setFault(nil)
		fixed := p.setup()
		fixed.DeskURL = "https://right.example.com"
		if _, err := p.engine.Configure(p.ctx, fixed); err != nil {
			t.Fatal(err)
		}
		w.send(1, orgAcme, SeverityLow)
		p.mustPass(t)
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		q, _ := w.boot() // with the wrong one
		if _, err := q.engine.Configure(q.ctx, fixed); err != nil {
			t.Errorf("after a restart: %v", err)
		}
	})
}

// TestCatalogueOfAnotherDesk corrects the URL of a desk that answered, before anything
// was done there: its catalogue is not taken for that of the other.
func TestCatalogueOfAnotherDesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		w.desk.setFault(func(deskCall) fault { return neverSent() })
		fixed := p.setup()
		fixed.DeskURL = "https://right.example.com"
		if _, err := p.engine.Configure(p.ctx, fixed); err == nil {
			t.Error("the other desk was configured unseen")
		}
		w.desk.setFault(nil)
		w.send(1, orgAcme, SeverityLow)
		p.mustPass(t)
		if got := w.store.desk.URL; got != p.setup().DeskURL {
			t.Errorf("the state is bound to %s, which never ran", got)
		}
	})
}

// TestReloadLiftsNoStop lets one replica find out that the desk drops correlation ids.
// That another reads its configuration again is no reason to go on.
func TestReloadLiftsNoStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 8)
		a, b := r.come(), r.come()
		time.Sleep(time.Minute)
		r.expectLed(a, b)
		r.desk.dropIDs = true
		r.sourceOf(a.led()[0]).put(r.incident(1000, orgAcme, SeverityHigh))
		time.Sleep(6 * time.Minute)
		if n := r.desk.count(); n != 1 || a.engine.CreatesStopped() == "" {
			t.Fatalf("%d tickets, stopped %q", n, a.engine.CreatesStopped())
		}
		again := b.setup()
		again.Accounts = nil
		for _, account := range b.engine.list() {
			again.Accounts = append(again.Accounts, account.setup)
		}
		if _, err := b.engine.Configure(b.ctx, again); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Minute)
		r.sendAll()
		time.Sleep(6 * time.Minute)
		if n := r.desk.count(); n != 1 {
			t.Errorf("%d tickets were made although creates were stopped (a: %q, b: %q)", n, a.engine.CreatesStopped(), b.engine.CreatesStopped())
		}
	})
}

// TestStartLiftsTheStopThatItFound starts a process while creates are stopped: that
// ends the stop, but not one that comes before anything was written.
func TestStartLiftsTheStopThatItFound(t *testing.T) {
	for _, test := range []struct{ name, later, want string }{
		{"the same", "ticket 1 lost its id", ""},
		{"another", "ticket 2 lost its id", "ticket 2 lost its id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.store.expiring = true
			w.store.desk = DeskState{URL: "https://desk.example.com", CreatesStopped: "ticket 1 lost its id"}
			p := w.start(t)
			w.store.desk.CreatesStopped = test.later
			w.store.desk.Author = "somebody"
			p.mustPass(t)
			if got := p.engine.CreatesStopped(); got != test.want || w.store.desk.CreatesStopped != test.want {
				t.Errorf("stopped by %q, in the store by %q, want %q", got, w.store.desk.CreatesStopped, test.want)
			}
			if got := w.store.desk.Author; got != "somebody" {
				t.Errorf("the author is %q: what another replica wrote is lost", got)
			}
		})
	}
}

// sourceOf is Huntress as an account sees it.
func (r *replicas) sourceOf(account string) *fakeSource {
	for i, source := range r.sources {
		if account == fmt.Sprintf("account-%d", i) {
			return source
		}
	}
	return nil
}

// TestRefusedReferencesReadTheCatalogueOnce has a desk refuse an id of every create for
// ever, though its catalogue has it: that is read again for each of them, not for each
// refusal, or the desk would be asked for little else.
func TestRefusedReferencesReadTheCatalogueOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.desk.setFault(func(c deskCall) fault {
			gone := deskError(ReasonRejected, true)
			gone.InvalidReference = true
			return map[bool]fault{true: {err: gone}}[c.op == "create"]
		})
		for id := range int64(50) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		p := w.start(t)
		p.run()
		time.Sleep(2 * time.Hour)
		if n, most := len(w.desk.times("catalogue")), 2+int(2*time.Hour/catalogueAge); n > most {
			t.Errorf("the catalogue was read %d times for %d creates, want %d at most", n, len(w.desk.times("create")), most)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestCatalogueThatCannotBeRead has a list of the desk fail for hours while its tickets
// work: incidents get tickets by the catalogue of before, and it is asked for again and
// again.
func TestCatalogueThatCannotBeRead(t *testing.T) {
	for name, failure := range map[string]*Error{
		"unavailable": deskError(ReasonUnavailable, true),
		"refused":     deskError(ReasonAuth, true),
		"nonsense":    deskError(ReasonRejected, true),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				p := w.start(t)
				p.run()
				time.Sleep(time.Minute)
				w.desk.setFault(func(c deskCall) fault {
					return map[bool]fault{true: {err: failure}}[c.op == "catalogue"]
				})
				time.Sleep(catalogueAge)
				for id := int64(1); id <= 4; id++ {
					w.send(id, orgAcme, SeverityLow)
					time.Sleep(30 * time.Minute)
					w.one(t, id)
				}
				if n := len(w.desk.times("catalogue")); n < 5 {
					t.Errorf("the catalogue was asked for %d times", n)
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
				if deskFailure(failure) { // Also where a process begins without it.
					w.start(t).mustPass(t)
				}
			})
		})
	}
}
