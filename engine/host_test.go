package engine

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// hostWorld has one incident on a host, which Huntress does not tell of in time.
func hostWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld()
	inc := w.incident(1, orgAcme, SeverityHigh)
	inc.AgentID = 9
	w.source.put(inc)
	w.source.agents[9] = Agent{ID: 9, Hostname: "DESKTOP-1", OS: "Windows 11 Pro", Serial: "ABC-123"}
	w.source.setBefore(noAgents)
	return w
}

// noAgents is Huntress without time for details.
func noAgents(op string) error {
	if op == "agent" {
		return &Error{Reason: ReasonRateLimited, Side: "Huntress", Op: "read agent", Status: 429}
	}
	return nil
}

// TestHostFollows has hosts that cannot be read while their tickets are made: the
// ticket comes at once and says so, and one note follows when the host is known.
func TestHostFollows(t *testing.T) {
	for name, test := range map[string]struct {
		then   func(*world)
		after  time.Duration // of looking
		note   string        // the note that follows; empty for none
		closes bool
	}{
		"read a little later": {then: func(w *world) { w.source.setBefore(nil) }, after: 2 * time.Minute, note: "DESKTOP-1"},
		"read hours later": {then: func(w *world) {
			time.Sleep(9 * time.Hour)
			w.source.setBefore(nil)
		}, after: 2 * time.Hour, note: "DESKTOP-1"},
		"gone meanwhile": {then: func(w *world) {
			w.source.setBefore(func(op string) error {
				if op == "agent" {
					return &Error{Reason: ReasonRejected, Side: "Huntress", Op: "read agent", Status: 404, NotFound: true}
				}
				return nil
			})
		}, after: 2 * time.Minute, note: "its Huntress agent has been uninstalled"},
		"never read": {then: func(*world) { time.Sleep(23 * time.Hour) }, after: 30 * time.Hour},
		"no longer of a host": {then: func(w *world) {
			w.source.change(1, func(inc *Incident) { inc.AgentID = 0 })
			time.Sleep(10 * time.Minute)
			w.source.setBefore(nil)
		}, after: 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := hostWorld(t)
				p := w.start(t)
				p.run()
				time.Sleep(5 * time.Second)
				ticket := w.one(t, 1)
				if text := plain(ticket.draft.Body); !strings.Contains(text, "a note follows") {
					t.Errorf("the ticket does not say that the host follows:\n%s", text)
				}
				if len(ticket.notes) > 0 {
					t.Errorf("%d notes before the host is known", len(ticket.notes))
				}
				test.then(w)
				time.Sleep(test.after)
				// The process may go: what is owed is in the state.
				if err := p.stop(); err != nil {
					t.Error(err)
				}
				p = w.start(t)
				p.mustPass(t)
				var texts []string
				for _, n := range w.one(t, 1).notes {
					texts = append(texts, plain(n.Body))
				}
				switch {
				case test.note == "" && len(texts) > 0, test.note != "" && len(texts) != 1:
					t.Errorf("%d notes: %q", len(texts), texts)
				case test.note != "" && !strings.Contains(texts[0], test.note):
					t.Errorf("the note lacks %q: %s", test.note, texts[0])
				}
				if r := w.record(t, 1); r.Work.Ticket.Host != nil || !r.DueAt.IsZero() {
					t.Errorf("something is owed still: %+v, due %s", r.Work.Ticket.Host, r.DueAt)
				}
			})
		})
	}
}

// TestHostIsLookedUpWithinBounds counts the look-ups of a host that never answers:
// they follow the back-off, and end with the day. Nobody is paged for it.
func TestHostIsLookedUpWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hostWorld(t)
		p := w.start(t)
		p.run()
		time.Sleep(5 * time.Hour)
		tally, err := w.store.Tally(t.Context(), 5)
		if err != nil {
			t.Fatal(err)
		}
		if tally.Pending != 0 || tally.NextDue.IsZero() || !tally.OldestPending.IsZero() {
			t.Errorf("%d pending, waited for since %s; want none, for nobody waits for the host", tally.Pending, tally.OldestPending)
		}
		time.Sleep(43 * time.Hour)
		if n := w.source.asked("agent"); n < 24 || n > 40 {
			t.Errorf("the host was looked up %d times in a day, want about once an hour", n)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestHostNoteInDoubt loses the answer of the note, and of the create before it.
func TestHostNoteInDoubt(t *testing.T) {
	for _, op := range []string{"note", "create"} {
		for _, happened := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				w := hostWorld(t)
				lost := false
				w.desk.fault = func(c deskCall) fault {
					switch {
					case c.op != op || lost:
						return fault{}
					case happened:
						lost = true
						return cutAfter()
					default:
						lost = true
						return cutBefore()
					}
				}
				p := w.start(t)
				p.run()
				time.Sleep(10 * time.Minute)
				w.source.setBefore(nil)
				time.Sleep(2 * time.Hour)
				if ticket := w.one(t, 1); len(ticket.notes) != 1 {
					t.Errorf("%s lost, having happened %t: %d notes, want one (%s)", op, happened, len(ticket.notes), w.outcomes(1))
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestHostOfAdoptedCreate loses the answer of a create whose ticket is then found
// by the look for other writers: it is our own, and what it lacks is still owed.
func TestHostOfAdoptedCreate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hostWorld(t)
		w.configuration.edit = func(p *Policy) { p.Settle = time.Hour }
		w.desk.fault = func(c deskCall) fault {
			if c.op == "create" {
				return cutAfter()
			}
			return fault{}
		}
		p := w.start(t)
		_ = p.pass() // the lost answer pauses the desk
		w.desk.setFault(nil)
		time.Sleep(time.Minute)
		w.send(2, orgAcme, SeverityLow)
		p.mustPass(t)
		if got := w.outcomes(1); got != "create/new in_doubt, create/new found" {
			t.Fatalf("journal: %s", got)
		}
		w.source.setBefore(nil)
		time.Sleep(2 * time.Minute)
		p.mustPass(t)
		if n := len(w.one(t, 1).notes); n != 1 {
			t.Errorf("%d notes, want that of the host", n)
		}
	})
}

// TestAdoptedTicketOwesNoHost has a state that lost everything: nothing is known
// of what the ticket says, so nothing is added.
func TestAdoptedTicketOwesNoHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hostWorld(t)
		w.start(t).mustPass(t)
		w.store = newFakeStore(w.now)
		w.source.setBefore(nil)
		time.Sleep(2 * time.Minute)
		p := w.start(t)
		p.mustPass(t)
		if ticket := w.one(t, 1); len(ticket.notes) > 0 || w.record(t, 1).Work.Ticket.Host != nil {
			t.Errorf("notes %d, owed %+v", len(ticket.notes), w.record(t, 1).Work.Ticket.Host)
		}
	})
}

// TestDetailsComeLast has a backlog of tickets to be created and hosts to be told
// of: no host is asked for again before the last ticket.
func TestDetailsComeLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hostWorld(t)
		p := w.start(t)
		p.mustPass(t)
		time.Sleep(time.Hour)
		w.source.setBefore(nil)
		for id := range int64(20) {
			w.send(id+2, orgAcme, SeverityLow)
		}
		w.desk.forgetCalls()
		plan, err := p.engine.Preview(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if last := plan.Changes[len(plan.Changes)-1]; last.Action != ActionNote || last.Cause != CauseHost || len(plan.Changes) != 21 {
			t.Errorf("%d changes, the last is %s (%s)", len(plan.Changes), last.Action, last.Cause)
		}
		p.mustPass(t)
		calls := strings.Split(w.desk.made(), ", ")
		if last := calls[len(calls)-1]; last != "note" || strings.Count(w.desk.made(), "create") != 20 {
			t.Errorf("the desk was asked %v", calls)
		}
	})
}

// TestHostLookupIsCancelled ends the process while Huntress is asked for a host:
// that counts as no attempt.
func TestHostLookupIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := hostWorld(t)
		p := w.start(t)
		p.mustPass(t)
		before := *w.record(t, 1).Work.Ticket.Host
		time.Sleep(time.Minute)
		w.source.setBefore(func(op string) error {
			if op == "agent" {
				p.end()
				return &Error{Reason: ReasonUnavailable, Side: "Huntress", Op: "read agent"}
			}
			return nil
		})
		if err := p.pass(); err == nil || errors.Is(err, errProcessDied) {
			t.Errorf("the pass ended with %v", err)
		}
		if after := *w.record(t, 1).Work.Ticket.Host; after != before {
			t.Errorf("it was %+v, and is %+v", before, after)
		}
	})
}
