package engine

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// next makes a fault function of one that is asked for one operation only, once.
func nextCall(op string, f fault) func(deskCall) fault {
	used := false
	return func(c deskCall) fault {
		if used || c.op != op {
			return fault{}
		}
		used = true
		return f
	}
}

// times lists when an operation was called, as seconds since the first of all calls.
func (d *fakeDesk) times(op string) []int {
	d.mu.Lock()
	defer d.mu.Unlock()
	var at []int
	for _, c := range d.calls {
		if c.op == op {
			at = append(at, int(c.at.Sub(d.calls[0].at).Seconds()))
		}
	}
	return at
}

// TestCreateInDoubt is every way in which the answer to a create can be lost, and
// what it says of the ticket.
func TestCreateInDoubt(t *testing.T) {
	for name, test := range map[string]struct {
		fault fault
		// creates counts the calls; repeated creates are looked at once more an hour later.
		creates, tickets int
		outcomes         string
	}{
		"never sent":       {neverSent(), 2, 1, "create/new done"},
		"not authorized":   {unauthorized(), 2, 1, "create/new done"},
		"limited":          {limited(10 * time.Second), 2, 1, "create/new done"},
		"refused":          {refusedHere(), 2, 1, "create/new refused, create/new done"},
		"cut after acting": {cutAfter(), 1, 1, "create/new in_doubt, create/in_doubt found"},
		"timed out, done":  {timedOutDone(), 1, 1, "create/new in_doubt, create/in_doubt found"},
		"done late":        {doneLate(55 * time.Second), 1, 1, "create/new in_doubt, create/in_doubt found"},
		"done very late":   {doneLate(110 * time.Second), 1, 1, "create/new in_doubt, create/new found"},
		"cut before acting": {
			cutBefore(), 2, 1,
			"create/new in_doubt, create/in_doubt absent, create/new done, lookup/recheck absent",
		},
		"timed out, not done": {
			timedOut(), 2, 1,
			"create/new in_doubt, create/in_doubt absent, create/new done, lookup/recheck absent",
		},
		"done too late for anybody to tell": {
			doneLate(5 * time.Minute), 2, 2,
			"create/new in_doubt, create/in_doubt absent, create/new done, lookup/recheck found, note/duplicate done, close/duplicate done",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.desk.fault = nextCall("create", test.fault)
				w.send(1, orgAcme, SeverityLow)
				p := w.start(t)
				p.run()
				time.Sleep(3 * time.Hour)
				if got := w.outcomes(1); got != test.outcomes {
					t.Errorf("journal: %s\nwant:    %s", got, test.outcomes)
				}
				if n := len(w.desk.times("create")); n != test.creates {
					t.Errorf("%d creates, want %d", n, test.creates)
				}
				tickets := w.desk.of(1)
				open := slices.DeleteFunc(slices.Clone(tickets), func(d deskTicket) bool { return d.Closed })
				if len(tickets) != test.tickets || len(open) != 1 {
					t.Errorf("%d tickets, %d open; want %d and one", len(tickets), len(open), test.tickets)
				}
				if r := w.record(t, 1); r.Work.Intent != nil || !r.DueAt.IsZero() {
					t.Errorf("still owed: due %s, %+v", r.DueAt, r.Work.Intent)
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestRepeatNeedsTwoEmptyLookUps times what comes between a create whose answer
// was lost and its repetition.
func TestRepeatNeedsTwoEmptyLookUps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(9, orgAcme, SeverityLow) // The first one that is ever read begins with adoption.
		p := w.start(t)
		p.run()
		time.Sleep(5 * time.Second)
		w.send(1, orgAcme, SeverityLow)
		w.desk.setFault(nextCall("create", cutBefore()))
		w.desk.forgetCalls()
		p.engine.Poke()
		time.Sleep(2 * time.Hour)
		creates, looks := w.desk.times("create"), w.desk.times("tickets")
		if want := []int{0, 120}; !slices.Equal(creates, want) {
			t.Errorf("creates at %v, want %v", creates, want)
		}
		// The two look-ups, the look for other writers of the pass that creates again,
		// and the recheck an hour later; for the first create the adoption has looked.
		if want := []int{60, 120, 120, 3720}; !slices.Equal(looks, want) {
			t.Errorf("looks at %v, want %v", looks, want)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestSettleCountsFromTheCrash has a process die while its create is under way,
// which acts only after the next process has started: settle counts from when the
// change was found.
func TestSettleCountsFromTheCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		w.desk.fault = nextCall("create", doneLate(100*time.Second))
		w.crash = func(point string) bool { return point == "created" }
		p := w.start(t)
		if err := p.pass(); err == nil && !w.store.isDead(p.holder) {
			t.Fatal("the process lives")
		}
		w.crash = nil
		q := w.start(t)
		q.run()
		time.Sleep(3 * time.Hour)
		w.one(t, 1)
		if err := q.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestCrashAnywhere dies at each point of each step of an incident's life, starts
// again and goes on, under both kinds of lease.
func TestCrashAnywhere(t *testing.T) {
	for _, point := range []string{"intended", "created", "changed"} {
		for nth := range 4 {
			for _, expiring := range []bool{false, true} {
				t.Run(point, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { crashAt(t, point, nth, expiring) })
				})
			}
		}
	}
}

func crashAt(t *testing.T, point string, nth int, expiring bool) {
	t.Helper()
	w := newWorld()
	w.store.expiring = expiring
	w.crash = func(at string) bool {
		if at == point {
			nth--
		}
		return nth < 0 && at == point
	}
	w.send(1, orgAcme, SeverityLow)
	var p *process
	pass := func() {
		t.Helper()
		for range 5 {
			if p == nil {
				p = w.start(t)
			}
			_ = p.pass() // it may die
			if !w.store.isDead(p.holder) {
				time.Sleep(leaseTime(w.settle)) // what is in doubt is decided by the next pass
				continue
			}
			w.mu.Lock()
			w.crash = nil
			w.mu.Unlock()
			p = nil
			if expiring {
				if err := w.start(t).pass(); err == nil {
					t.Error("another process works while the lease of the dead one runs")
				}
				time.Sleep(leaseTime(w.settle))
			}
		}
	}
	pass()
	w.source.change(1, func(inc *Incident) { inc.Severity, inc.Summary = SeverityCritical, "worse" })
	pass()
	w.source.setStatus(1, StatusClosed)
	pass()
	w.source.setStatus(1, StatusSent)
	pass()
	pass()
	time.Sleep(recheckAfter)
	pass()
	ticket := w.one(t, 1)
	if ticket.Closed || ticket.PriorityID != "p1" || len(ticket.notes) != 3 {
		t.Errorf("ticket %+v with %d notes\n%s", ticket.Ticket, len(ticket.notes), w.outcomes(1))
	}
	if r := w.record(t, 1); r.Work.Intent != nil || !r.DueAt.IsZero() {
		t.Errorf("still owed: due %s, intent %+v", r.DueAt, r.Work.Intent)
	}
}

// TestNoteAndUpdateInDoubt loses the answers to everything but creates: nothing is
// done twice, nothing is left out.
func TestNoteAndUpdateInDoubt(t *testing.T) {
	for _, op := range []string{"note", "update"} {
		for name, f := range map[string]fault{
			"before": cutBefore(), "after": cutAfter(), "timed out": timedOut(), "timed out, done": timedOutDone(), "late": doneLate(40 * time.Second),
		} {
			t.Run(op+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld()
					w.send(1, orgAcme, SeverityLow)
					p := w.start(t)
					p.run()
					time.Sleep(5 * time.Second)
					for _, news := range []func(){
						func() { w.source.change(1, func(inc *Incident) { inc.Severity = SeverityCritical }) },
						func() { w.source.setStatus(1, StatusClosed) },
						func() { w.source.setStatus(1, StatusSent) },
					} {
						w.desk.setFault(nextCall(op, f))
						news()
						time.Sleep(20 * time.Minute)
					}
					ticket := w.one(t, 1)
					if ticket.Closed || ticket.PriorityID != "p1" || len(ticket.notes) != 3 {
						t.Errorf("ticket %+v with %d notes\n%s", ticket.Ticket, len(ticket.notes), w.outcomes(1))
					}
					if err := p.stop(); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

// TestFoundTicketKeepsWhatPeopleDid has a person change a ticket while its create
// is in doubt: that is theirs as well.
func TestFoundTicketKeepsWhatPeopleDid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		w.desk.fault = nextCall("create", cutAfter())
		p := w.start(t)
		p.run()
		time.Sleep(30 * time.Second)
		w.desk.person(w.one(t, 1).ID, func(d *deskTicket) { d.PriorityID = "p0" })
		time.Sleep(2 * time.Minute)
		w.source.change(1, func(inc *Incident) { inc.Severity = SeverityCritical })
		time.Sleep(10 * time.Minute)
		if ticket := w.one(t, 1); ticket.PriorityID != "p0" {
			t.Errorf("priority %s, want the person's", ticket.PriorityID)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestLostState loses everything and starts again: adoption doubles nothing, and
// takes each ticket as it is.
func TestLostState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for id := range int64(8) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		p := w.start(t)
		p.mustPass(t)
		time.Sleep(2 * time.Second)
		w.source.setStatus(1, StatusClosed)
		p.mustPass(t)
		time.Sleep(2 * time.Second)
		// What people did meanwhile, and what Huntress did while nobody looked.
		w.desk.person(w.one(t, 2).ID, func(d *deskTicket) { d.Title = Marker(2) + " renamed" })
		w.desk.person(w.one(t, 3).ID, func(d *deskTicket) { d.StatusID, d.Closed = closedStatus(d.BoardID), true })
		w.desk.person(w.one(t, 4).ID, func(d *deskTicket) { d.CorrelationID = [16]byte{} })
		w.source.setStatus(5, StatusClosed)
		w.source.change(6, func(inc *Incident) { inc.Summary = "news" })
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		w.store.lose()
		w.send(9, orgAcme, SeverityLow)
		w.desk.forgetCalls()
		q := w.start(t)
		q.mustPass(t)
		q.mustPass(t)
		for id := range int64(9) {
			w.one(t, id+1)
		}
		if ticket := w.one(t, 3); !ticket.Closed {
			t.Error("adoption reopened a ticket that a person had closed")
		}
		if ticket := w.one(t, 5); !ticket.Closed {
			t.Error("the open ticket of an incident that is over stayed open")
		}
		if ticket := w.one(t, 6); len(ticket.notes) != 0 {
			t.Error("adoption wrote a note for the past")
		}
		made := strings.Split(w.desk.made(), ", ")
		slices.Sort(made)
		if want := []string{"catalogue", "create", "ticket", "tickets", "update"}; !slices.Equal(made, want) {
			t.Errorf("the desk was asked %q, want %q", made, want)
		}
		// From then on it is as ever.
		time.Sleep(2 * time.Second)
		w.source.setStatus(3, StatusDismissed)
		w.source.setStatus(4, StatusDismissed)
		q.mustPass(t)
		if ticket := w.one(t, 4); !ticket.Closed || len(ticket.notes) != 1 {
			t.Errorf("adopted without its id: closed %t, %d notes", ticket.Closed, len(ticket.notes))
		}
	})
}

// TestNothingIsCreatedBeforeAdoption has a desk whose list of tickets fails.
func TestNothingIsCreatedBeforeAdoption(t *testing.T) {
	for name, f := range map[string]fault{"down": cutBefore(), "refused": refusedHere()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.send(1, orgAcme, SeverityLow)
				w.desk.fault = func(c deskCall) fault { return map[bool]fault{true: f}[c.op == "tickets"] }
				p := w.start(t)
				p.run()
				time.Sleep(2 * time.Hour)
				if n := len(w.desk.times("create")); n != 0 {
					t.Errorf("%d creates while adoption is owed", n)
				}
				w.desk.setFault(nil)
				time.Sleep(time.Minute)
				w.one(t, 1)
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestAnotherWriter finds tickets of ours that are not in the books.
func TestAnotherWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		p.mustPass(t)
		// A second state at the same desk, which knows nothing of the first.
		other := newWorld()
		other.source, other.desk = w.source, w.desk
		w.send(2, orgAcme, SeverityLow)
		other.start(t).mustPass(t)
		w.one(t, 1)
		w.one(t, 2)
		// The first one finds the second's ticket before it makes one.
		w.send(3, orgAcme, SeverityLow)
		p.mustPass(t)
		for id := range int64(3) {
			w.one(t, id+1)
		}
		if !strings.Contains(w.logged(), "another writer") {
			t.Error("nothing warns of the other writer")
		}
	})
}

// TestDuplicates has several tickets of one incident: the oldest is kept, the
// others get a note that names it, and are closed unless people work on them.
func TestDuplicates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		p.mustPass(t)
		kept := w.one(t, 1)
		for i, edit := range []func(*deskTicket){
			func(*deskTicket) {},
			func(d *deskTicket) { d.StatusID = "working@" + boardSecurity },
			func(d *deskTicket) { d.StatusID, d.Closed = closedStatus(boardSecurity), true },
		} {
			double := kept
			double.ID, double.Number = "u"+string(rune('1'+i)), "2000"
			double.EnteredAt = double.EnteredAt.Add(time.Duration(i+1) * time.Minute)
			edit(&double)
			w.desk.tickets[double.ID] = &double
		}
		time.Sleep(2 * time.Second)
		w.send(2, orgAcme, SeverityLow)
		for range 3 {
			p.mustPass(t)
		}
		list := w.desk.of(1)
		if len(list) != 4 {
			t.Fatalf("%d tickets", len(list))
		}
		if len(list[0].notes) != 0 || list[0].Closed {
			t.Errorf("the oldest was touched: %+v", list[0])
		}
		for _, double := range list[1:] {
			if len(double.notes) != 1 || !strings.Contains(plain(double.notes[0].Body), kept.Number) {
				t.Errorf("%s: notes %v do not name %s", double.ID, double.notes, kept.Number)
			}
		}
		if !list[1].Closed || list[2].Closed {
			t.Errorf("untouched closed %t, worked on closed %t", list[1].Closed, list[2].Closed)
		}
		w.desk.forgetCalls()
		p.mustPass(t)
		if got := w.desk.made(); got != "" {
			t.Errorf("it does not come to rest: %s", got)
		}
		// News go to the one that is kept.
		w.source.change(1, func(inc *Incident) { inc.Summary = "news" })
		p.mustPass(t)
		if n := len(w.desk.of(1)[0].notes); n != 1 {
			t.Errorf("%d notes on the one that is kept", n)
		}
	})
}

// TestOlderTicketTurnsUp keeps the oldest, also where it is found last.
func TestOlderTicketTurnsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		p.mustPass(t)
		ours := w.one(t, 1)
		older := ours
		older.ID, older.Number, older.EnteredAt = "t0000", "0999", ours.EnteredAt.Add(-30*time.Minute)
		w.desk.tickets[older.ID] = &older
		w.send(2, orgAcme, SeverityLow)
		p.mustPass(t)
		p.mustPass(t)
		r := w.record(t, 1)
		if r.Work.Ticket.ID != older.ID || len(r.Work.Extras) != 1 || r.Work.Extras[0].Ticket.ID != ours.ID {
			t.Errorf("kept %+v, extras %+v", r.Work.Ticket, r.Work.Extras)
		}
		if list := w.desk.of(1); !list[1].Closed || list[0].Closed {
			t.Errorf("closed: older %t, newer %t", list[0].Closed, list[1].Closed)
		}
	})
}

// TestOlderTicketTurnsUpAfterTheEnd has the desk show a ticket only when its incident is
// over, and another one was closed in its place: the one that is kept is closed as well.
func TestOlderTicketTurnsUpAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.desk.setFault(nextCall("create", timedOutDone()))
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		_ = p.pass()
		first := w.one(t, 1).ID
		w.desk.person(first, func(d *deskTicket) { d.deleted = true }) // No list shows it.
		p.run()
		time.Sleep(10 * time.Minute)
		w.source.setStatus(1, StatusClosed)
		time.Sleep(10 * time.Minute)
		w.desk.person(first, func(d *deskTicket) { d.deleted = false })
		time.Sleep(time.Hour)
		if r := w.record(t, 1); r.Work.Ticket.ID != first || len(r.Work.Extras) != 1 || !r.DueAt.IsZero() {
			t.Errorf("kept %s, %d extras, due %s", r.Work.Ticket.ID, len(r.Work.Extras), r.DueAt)
		}
		for _, ticket := range w.desk.of(1) {
			if !ticket.Closed {
				t.Errorf("ticket %s is open: %s", ticket.ID, w.outcomes(1))
			}
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestAdoptionLeavesAloneWhatIsInHand has the look for other writers find a second
// ticket of an incident that another worker has in hand.
func TestAdoptionLeavesAloneWhatIsInHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		p.mustPass(t)
		double := w.one(t, 1)
		double.ID, double.EnteredAt = "u1", double.EnteredAt.Add(time.Minute)
		w.desk.tickets[double.ID] = &double
		time.Sleep(2 * time.Second)
		w.source.change(1, func(inc *Incident) { inc.Summary = "news" })
		w.send(2, orgAcme, SeverityLow)
		w.desk.fault = func(c deskCall) fault {
			return fault{hang: map[string]time.Duration{"tickets": 5 * time.Second, "note": 8 * time.Second}[c.op]}
		}
		p.mustPass(t)
		p.mustPass(t)
		if r := w.record(t, 1); len(r.Work.Extras) != 1 || !r.Work.Extras[0].Settled {
			t.Errorf("the second ticket was forgotten: %+v", r.Work)
		}
		if list := w.desk.of(1); len(list[0].notes) != 1 || !list[1].Closed {
			t.Errorf("%d notes, the second ticket is closed %t", len(list[0].notes), list[1].Closed)
		}
	})
}

// TestNoteOfAnEarlierLife loses the state, so that versions are counted anew, and
// then the answer to a note: the one of the same version, written before, is not it.
func TestNoteOfAnEarlierLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		p.mustPass(t)
		time.Sleep(2 * time.Second)
		w.source.change(1, func(inc *Incident) { inc.Summary = "first news" })
		p.mustPass(t)
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		w.store.lose()
		q := w.start(t)
		q.run()
		time.Sleep(time.Minute)
		w.desk.setFault(nextCall("note", cutBefore()))
		w.source.change(1, func(inc *Incident) { inc.Summary = "second news" })
		time.Sleep(20 * time.Minute)
		if notes := w.one(t, 1).notes; len(notes) != 2 || !strings.Contains(plain(notes[1].Body), "second news") {
			t.Errorf("%d notes; the second news were not told", len(notes))
		}
		if err := q.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestPersonWasThereBeforeTheAnswer has a process die right after a create, and a person
// change the ticket before the create of another incident makes the next process find it:
// what the person chose is theirs, as where the ticket is looked up for its own sake.
func TestPersonWasThereBeforeTheAnswer(t *testing.T) {
	for name, other := range map[string]bool{"found by its look-up": false, "found before another's create": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.crash = func(point string) bool { return point == "created" }
				w.send(1, orgAcme, SeverityLow)
				p := w.start(t)
				_ = p.pass()
				w.crash = nil
				time.Sleep(10 * time.Minute)
				w.desk.person(w.one(t, 1).ID, func(d *deskTicket) { d.PriorityID = "p0" })
				if other {
					w.send(2, orgAcme, SeverityLow)
				}
				p = w.start(t)
				p.mustPass(t)
				time.Sleep(2 * time.Minute)
				p.mustPass(t)
				w.source.change(1, func(inc *Incident) { inc.Severity = SeverityHigh })
				p.mustPass(t)
				if got := w.one(t, 1).PriorityID; got != "p0" {
					t.Errorf("priority %s: %s", got, w.outcomes(1))
				}
			})
		})
	}
}
