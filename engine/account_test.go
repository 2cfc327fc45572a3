package engine

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestConfiguringWhileIdentifying reads a configuration again and again while the
// account that runs is being identified; the race detector watches.
func TestConfiguringWhileIdentifying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.source.setBefore(huntressDown)
		p := w.start(t)
		running := p.engine.list()[0]
		w.source.setBefore(nil)
		renamed := p.setup()
		renamed.Accounts[0].Settings.Name = "renamed"
		identified := make(chan error, 1)
		go func() { identified <- p.engine.identify(p.ctx, running, nil) }()
		for range 50 {
			if _, err := p.engine.identifyAll(p.ctx, renamed); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-identified; err != nil {
			t.Error(err)
		}
	})
}

// TestSameAccountFoundLater lets Huntress be away at the start, so that it shows only
// later that two blocks reach one account: one of them works it, and once that one is
// removed the other does.
func TestSameAccountFoundLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.source.agents[7] = Agent{ID: 7, Hostname: "HOST"}
		w.source.setBefore(huntressDown)
		p := w.start(t)
		twice := p.configureTwice(t)
		p.run()
		time.Sleep(time.Minute)
		// What a create asks of Huntress is where one could overtake another.
		w.source.setBefore(func(op string) error {
			if op == "agent" {
				time.Sleep(time.Second)
			}
			return nil
		})
		w.sendOnHost(20)
		time.Sleep(30 * time.Minute)
		w.expectOneEach(t, 20)
		var same *SameAccountError
		if err := p.engine.Identified(); !errors.As(err, &same) {
			t.Fatalf("both blocks are worked: %v", err)
		}
		var rest []AccountSetup
		for _, a := range twice.Accounts {
			if a.Settings.Name == same.Second {
				rest = append(rest, a)
			}
		}
		left := twice
		left.Accounts = rest
		if _, err := p.engine.Configure(p.ctx, left); err != nil {
			t.Fatal(err)
		}
		w.sendOnHost(40)
		time.Sleep(10 * time.Minute)
		w.expectOneEach(t, 40)
		if err := errors.Join(p.engine.Identified(), p.stop()); err != nil {
			t.Error(err)
		}
	})
}

// TestSameAccountInOnePass lets two blocks turn out to reach one account in a preview
// and in a pass.
func TestSameAccountInOnePass(t *testing.T) {
	for name, do := range map[string]func(*process) error{
		"pass": (*process).pass,
		"preview": func(p *process) error {
			_, err := p.engine.Preview(p.ctx)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.source.setBefore(huntressDown)
			p := w.start(t)
			p.configureTwice(t)
			w.source.setBefore(nil)
			var same *SameAccountError
			if err := do(p); !errors.As(err, &same) || same.First != "main" || same.Second != "second" {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestSameAccountFoundMeanwhile lets the block that runs be identified while the desk
// is asked for the sake of another that reaches the same account.
func TestSameAccountFoundMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.source.setBefore(huntressDown)
		p := w.start(t)
		p.run()
		time.Sleep(time.Minute)
		twice := p.setup()
		second := twice.Accounts[0]
		second.Settings.Name, second.Source = "second", newFakeSource(w.now)
		twice.Accounts = append(twice.Accounts, second)
		w.desk.setFault(func(deskCall) fault {
			w.source.setBefore(nil)
			return fault{hang: lastProbe}
		})
		var same *SameAccountError
		if _, err := p.engine.Configure(p.ctx, twice); !errors.As(err, &same) {
			t.Errorf("got %v", err)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// sendOnHost sends 20 incidents, up to an id, of a host.
func (w *world) sendOnHost(last int64) {
	for id := last - 19; id <= last; id++ {
		inc := w.incident(id, orgAcme, SeverityLow)
		inc.AgentID = 7
		w.source.put(inc)
	}
}

// expectOneEach makes sure that each incident, up to an id, has exactly one ticket.
func (w *world) expectOneEach(t *testing.T, last int64) {
	t.Helper()
	for id := int64(1); id <= last; id++ {
		if n := len(w.desk.of(id)); n != 1 {
			t.Errorf("incident %d has %d tickets", id, n)
		}
	}
}

// TestIdentifiedByARefusedReload lets a reload that is not used find out which account
// this is, and what organizations it has: the configuration that runs on knows them.
func TestIdentifiedByARefusedReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.source.setBefore(huntressDown)
		p := w.start(t)
		p.run()
		time.Sleep(10 * time.Minute)
		w.source.setBefore(nil)
		refused := newFakeConfiguration()
		refused.blocking = []Reminder{{Path: "routing.board", Problem: "no such board"}}
		setup := p.setup()
		setup.Configuration = refused
		if r, err := p.engine.Configure(t.Context(), setup); err != nil || len(r.Blocking) != 1 {
			t.Fatalf("configure: %v, %v", r.Blocking, err)
		}
		w.send(1, orgAcme, SeverityHigh)
		time.Sleep(10 * time.Minute)
		if ticket := w.one(t, 1); ticket.ClientID != clientAcme || ticket.BoardID != boardSecurity {
			t.Errorf("the ticket of a mapped organization is for %s on %s", ticket.ClientID, ticket.BoardID)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestStateThatFailsAtTheStart has a state that cannot be written to when the account
// is to be taken: that is waited out, and ends nothing.
func TestStateThatFailsAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityHigh)
		w.store.setFails(func(op string) error {
			return map[bool]error{true: errors.New("the state is locked by another program")}[op == "acquire"]
		})
		p := w.start(t)
		p.run()
		time.Sleep(time.Minute)
		w.store.setFails(nil)
		time.Sleep(time.Minute)
		w.one(t, 1)
		if n := strings.Count(w.logged(), "could not be taken"); n != 1 {
			t.Errorf("the log says %d times that the account could not be taken", n)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// configureTwice has two blocks for one account, where nobody can tell yet.
func (p *process) configureTwice(t *testing.T) Setup {
	t.Helper()
	twice := p.setup()
	second := twice.Accounts[0]
	second.Settings.Name = "second"
	twice.Accounts = append(twice.Accounts, second)
	if _, err := p.engine.Configure(p.ctx, twice); err != nil {
		t.Fatal(err)
	}
	return twice
}
