package engine

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLifeCosts follows one incident through its life and counts every call that
// the desk gets for it.
func TestLifeCosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityHigh)
		p := w.start(t)
		w.source.forgetRequests()
		w.desk.forgetCalls()
		step := func(what, calls string) {
			t.Helper()
			p.mustPass(t)
			if got := w.desk.made(); got != calls {
				t.Errorf("%s: the desk was asked %q, want %q", what, got, calls)
			}
			w.desk.forgetCalls()
			time.Sleep(2 * time.Second)
		}
		step("first pass: adoption, then the create", "tickets, create")
		step("nothing new", "")
		w.source.change(1, func(inc *Incident) { inc.Summary = "More is known." })
		step("news: read, note", "ticket, note")
		w.source.change(1, func(inc *Incident) { inc.Severity = SeverityCritical })
		step("raised: read, note, priority", "ticket, note, update")
		w.source.setStatus(1, StatusClosed)
		step("over: read, note, close", "ticket, note, update")
		step("nothing new", "")
		w.source.setStatus(1, StatusSent)
		step("open again: read, note, reopen", "ticket, note, update")
		w.send(2, orgUnmapped, SeverityLow)
		w.send(3, orgGlobex, SeverityLow)
		step("two more: one look for other writers", "tickets, create, create")
		if ticket := w.one(t, 1); ticket.Closed || ticket.PriorityID != "p1" || len(ticket.notes) != 4 {
			t.Errorf("ticket %+v with %d notes", ticket.Ticket, len(ticket.notes))
		}
		if ticket := w.one(t, 2); ticket.ClientID != clientTriage || ticket.BoardID != boardTriage {
			t.Errorf("unmapped: ticket %+v", ticket.Ticket)
		}
	})
}

// TestQuietPass is the cost of the steady state: one request to Huntress, none to
// the desk, no write of a record.
func TestQuietPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for id := range int64(30) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		p := w.start(t)
		p.run()
		time.Sleep(10 * time.Second)
		w.source.forgetRequests()
		w.desk.forgetCalls()
		time.Sleep(49 * time.Minute) // less than a census
		if n, all := w.source.asked("page"), w.source.asked(); n < 9 || n > 11 || n != all {
			t.Errorf("%d of %d requests to Huntress were pages; want one page a poll and nothing else", n, all)
		}
		if calls := w.desk.made(); calls != "" {
			t.Errorf("the desk was asked %q", calls)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestBadIncidentDelaysNoOther is I4: incidents that the desk refuses are tried
// again by themselves, while every other has its ticket within the first pass.
func TestBadIncidentDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for id := range int64(40) {
			w.send(id+1, orgAcme, SeverityCritical)
		}
		w.send(41, orgAcme, SeverityLow)
		bad := func(id int64) bool { return id <= 40 && id%2 == 0 }
		w.desk.fault = func(c deskCall) fault {
			if id, ok := ParseMarker(c.title); ok && c.op == "create" && bad(id) {
				return refusedHere()
			}
			return fault{}
		}
		p := w.start(t)
		p.mustPass(t)
		for id := range int64(41) {
			if n := len(w.desk.of(id + 1)); bad(id+1) != (n == 0) {
				t.Errorf("incident %d has %d tickets after the first pass", id+1, n)
			}
		}
		r := w.record(t, 2)
		if retry := r.Work.Retries[ActionCreate]; retry.Attempts != 1 || !r.DueAt.Equal(retry.NextAt.Truncate(time.Millisecond)) {
			t.Errorf("due %s, retry %+v", r.DueAt, retry)
		}
		p.run()
		time.Sleep(24 * time.Hour)
		attempts := w.record(t, 2).Work.Retries[ActionCreate].Attempts
		if attempts < 24 || attempts > 40 {
			t.Errorf("%d attempts in a day, want about one an hour", attempts)
		}
		// It is never given up, and tried at once when the configuration changes.
		w.desk.setFault(nil)
		w.configuration.change(func(c *fakeConfiguration) { c.hash = "hash-2" })
		if _, err := p.engine.Configure(t.Context(), p.setup()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		for id := range int64(41) {
			w.one(t, id+1)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestCreatesBySeverityAndAge checks the order of work, which is the plan's.
func TestCreatesBySeverityAndAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		start := time.Now()
		for i, severity := range []Severity{SeverityLow, SeverityHigh, SeverityCritical, "", SeverityHigh, SeverityLow} {
			inc := w.incident(int64(i+1), orgAcme, severity)
			inc.SentAt = start.Add(-time.Duration(i) * time.Hour)
			w.source.put(inc)
		}
		w.desk.fault = func(c deskCall) fault { return fault{hang: time.Duration(len(c.op)) * time.Millisecond} }
		w.start(t).mustPass(t)
		var order []int64
		for _, c := range w.desk.calls {
			if id, ok := ParseMarker(c.title); ok && c.op == "create" {
				order = append(order, id)
			}
		}
		// Four at a time, of which the first creates alone: their order is free, and the
		// fifth comes as soon as that one is done.
		first := order[0]
		slices.Sort(order[:5])
		if want := []int64{2, 3, 4, 5, 6, 1}; !slices.Equal(order, want) || first == 6 {
			t.Errorf("created in the order %v, want %v", order, want)
		}
	})
}

// TestWhatAPersonDidIsTheirs edits tickets as people do before Huntress's news come.
func TestWhatAPersonDidIsTheirs(t *testing.T) {
	type given struct {
		name   string
		person func(*deskTicket)
		news   func(*world)
		check  func(*testing.T, deskTicket, Record)
	}
	raise := func(w *world) { w.source.change(1, func(inc *Incident) { inc.Severity = SeverityCritical }) }
	closed := func(w *world) { w.source.setStatus(1, StatusClosed) }
	for _, test := range []given{
		{
			"a priority that a person chose stays", func(d *deskTicket) { d.PriorityID = "p0" }, raise,
			func(t *testing.T, d deskTicket, _ Record) {
				if d.PriorityID != "p0" || len(d.notes) != 1 {
					t.Errorf("priority %s, %d notes", d.PriorityID, len(d.notes))
				}
			},
		},
		{
			"a close uses the board that the ticket is on now",
			func(d *deskTicket) { d.BoardID, d.StatusID = boardVIP, openStatus(boardVIP) }, closed,
			func(t *testing.T, d deskTicket, _ Record) {
				if !d.Closed || d.BoardID != boardVIP || d.StatusID != closedStatus(boardVIP) {
					t.Errorf("ticket %+v", d.Ticket)
				}
			},
		},
		{
			"a client, a title and a board that a person chose survive a raise",
			func(d *deskTicket) {
				d.BoardID, d.StatusID, d.ClientID, d.Title = boardVIP, "working@"+boardVIP, clientGlobex, "mine"
			}, raise,
			func(t *testing.T, d deskTicket, _ Record) {
				if d.BoardID != boardVIP || d.StatusID != "working@"+boardVIP || d.ClientID != clientGlobex || d.Title != "mine" || d.PriorityID != "p1" {
					t.Errorf("ticket %+v", d.Ticket)
				}
			},
		},
		{
			"a ticket that a person closed gets the news and stays closed",
			func(d *deskTicket) { d.StatusID, d.Closed = closedStatus(d.BoardID), true },
			func(w *world) { w.source.change(1, func(inc *Incident) { inc.Summary = "news" }) },
			func(t *testing.T, d deskTicket, _ Record) {
				if !d.Closed || len(d.notes) != 1 {
					t.Errorf("closed %t, %d notes", d.Closed, len(d.notes))
				}
			},
		},
		{
			"a board without a closed status keeps the ticket, and says so once",
			func(d *deskTicket) { d.BoardID, d.StatusID = boardEndless, openStatus(boardEndless) }, closed,
			func(t *testing.T, d deskTicket, r Record) {
				if d.Closed || len(d.notes) != 2 || !strings.Contains(plain(d.notes[1].Body), `the board "Endless" has no closed status`) {
					t.Errorf("closed %t, notes %v", d.Closed, d.notes)
				}
				if r.DueAt.IsZero() || r.Work.Ended {
					t.Errorf("the close is not tried again: due %s", r.DueAt)
				}
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.send(1, orgAcme, SeverityLow)
				p := w.start(t)
				p.mustPass(t)
				w.desk.person(w.one(t, 1).ID, test.person)
				time.Sleep(2 * time.Second)
				test.news(w)
				for range 3 {
					p.mustPass(t)
					time.Sleep(time.Hour)
				}
				test.check(t, w.one(t, 1), w.record(t, 1))
			})
		})
	}
}

// TestReopenWhoeverClosed opens an incident again in Huntress after its ticket was
// closed in each way that there is.
func TestReopenWhoeverClosed(t *testing.T) {
	for name, closeTicket := range map[string]func(*testing.T, *world, *process){
		"by us": func(t *testing.T, w *world, p *process) {
			w.source.setStatus(1, StatusClosed)
			p.mustPass(t)
		},
		"by a person before the incident ended": func(t *testing.T, w *world, p *process) {
			w.desk.person(w.one(t, 1).ID, func(d *deskTicket) { d.StatusID, d.Closed = closedStatus(d.BoardID), true })
			w.source.setStatus(1, StatusDismissed)
			p.mustPass(t)
		},
		"by a person after the board refused us": func(t *testing.T, w *world, p *process) {
			w.desk.closeRules = func(deskTicket) []string { return []string{"A resolution comment is required"} }
			w.source.setStatus(1, StatusClosed)
			p.mustPass(t)
			w.desk.person(w.one(t, 1).ID, func(d *deskTicket) { d.StatusID, d.Closed = closedStatus(d.BoardID), true })
		},
	} {
		for _, through := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld()
					if !through {
						w.configuration.edit = func(p *Policy) { p.Close = nil }
					}
					w.send(1, orgAcme, SeverityLow)
					p := w.start(t)
					p.mustPass(t)
					time.Sleep(2 * time.Second)
					closeTicket(t, w, p)
					if !through {
						w.desk.person(w.one(t, 1).ID, func(d *deskTicket) { d.StatusID, d.Closed = closedStatus(d.BoardID), true })
					}
					time.Sleep(2 * time.Second)
					w.source.setStatus(1, StatusSent)
					p.mustPass(t)
					ticket := w.one(t, 1)
					if ticket.Closed || ticket.StatusID != openStatus(boardSecurity) {
						t.Errorf("close-through %t: the ticket is not open again: %+v", through, ticket.Ticket)
					}
					if last := plain(ticket.notes[len(ticket.notes)-1].Body); !strings.Contains(last, "opened this incident again") {
						t.Errorf("last note: %s", last)
					}
				})
			})
		}
	}
}

// TestCloseRefused has a board whose rules refuse a close for a while.
func TestCloseRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		rules := []string{"A resolution comment is required", "A time entry is required"}
		w.desk.closeRules = func(deskTicket) []string { return rules }
		p := w.start(t)
		p.run()
		time.Sleep(5 * time.Second)
		w.source.setStatus(1, StatusClosed)
		time.Sleep(12 * time.Hour)
		ticket := w.one(t, 1)
		if ticket.Closed || len(ticket.notes) != 2 {
			t.Fatalf("closed %t, notes %d", ticket.Closed, len(ticket.notes))
		}
		for _, rule := range rules {
			if text := plain(ticket.notes[1].Body); !strings.Contains(text, rule) {
				t.Errorf("the note does not name the rule %q: %s", rule, text)
			}
		}
		w.desk.setCloseRules(nil)
		time.Sleep(time.Hour + time.Minute)
		if !w.one(t, 1).Closed {
			t.Errorf("not closed within an hour after the rules allow it: %s", w.outcomes(1))
		}
		// Another closing of the same incident says it again.
		w.desk.setCloseRules(rules)
		w.source.setStatus(1, StatusSent)
		time.Sleep(10 * time.Minute)
		w.source.setStatus(1, StatusClosed)
		time.Sleep(10 * time.Minute)
		if n := len(w.one(t, 1).notes); n != 5 {
			t.Errorf("%d notes, want news, refusal, reopening, news, refusal", n)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestRefusedNoteDoesNotHoldBackClose has a desk that takes no notes.
func TestRefusedNoteDoesNotHoldBackClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		p.mustPass(t)
		w.desk.fault = func(c deskCall) fault {
			if c.op == "note" {
				return refusedHere()
			}
			return fault{}
		}
		time.Sleep(2 * time.Second)
		w.source.setStatus(1, StatusClosed)
		p.mustPass(t)
		if !w.one(t, 1).Closed {
			t.Error("the ticket is open")
		}
		w.desk.setFault(nil)
		time.Sleep(time.Hour)
		p.mustPass(t)
		if ticket := w.one(t, 1); len(ticket.notes) != 1 {
			t.Errorf("%d notes", len(ticket.notes))
		}
	})
}

// TestMove maps an organization after its incidents came.
func TestMove(t *testing.T) {
	for name, test := range map[string]struct {
		person func(*deskTicket)
		raised bool
		moves  bool
	}{
		"untouched":            {func(*deskTicket) {}, false, true},
		"raised at once":       {func(*deskTicket) {}, true, true},
		"renamed by a person":  {func(d *deskTicket) { d.Title += " (Bob)" }, false, false},
		"taken up by a person": {func(d *deskTicket) { d.StatusID = "working@" + boardTriage }, false, false},
		"closed by a person":   {func(d *deskTicket) { d.StatusID, d.Closed = closedStatus(boardTriage), true }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.configuration.edit = func(p *Policy) { p.MoveOnMap = true }
				w.send(1, orgUnmapped, SeverityLow)
				p := w.start(t)
				p.mustPass(t)
				w.desk.person(w.one(t, 1).ID, test.person)
				w.configuration.edit = func(p *Policy) {
					p.MoveOnMap = true
					p.Organizations[OrganizationKey{5, orgUnmapped}] = Mapping{Label: "Nobody & Sons", By: "name", ClientID: clientGlobex}
				}
				w.configuration.hash = "hash-2"
				time.Sleep(2 * time.Second)
				if test.raised {
					w.source.change(1, func(inc *Incident) { inc.Severity = SeverityCritical })
				}
				if _, err := p.engine.Configure(t.Context(), p.setup()); err != nil {
					t.Fatal(err)
				}
				p.mustPass(t)
				w.desk.forgetCalls()
				p.mustPass(t)
				if calls := w.desk.made(); calls != "" {
					t.Errorf("it does not come to rest: %s", calls)
				}
				ticket := w.one(t, 1)
				moved := ticket.BoardID == boardSecurity && ticket.ClientID == clientGlobex && ticket.StatusID == openStatus(boardSecurity)
				if moved != test.moves {
					t.Errorf("moved %t, want %t: %+v", moved, test.moves, ticket.Ticket)
				}
				if test.raised && ticket.PriorityID != "p1" {
					t.Errorf("priority %s", ticket.PriorityID)
				}
			})
		})
	}
}

// TestDeskThatDropsOurID must not go on making tickets that could not be found again.
func TestDeskThatDropsOurID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.desk.dropIDs = true
		w.desk.setFault(func(deskCall) fault { return fault{hang: time.Second} })
		for id := range int64(100) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		p := w.start(t)
		p.run()
		time.Sleep(3 * time.Hour)
		if n := w.desk.count(); n != 1 {
			t.Errorf("%d tickets were made by a desk that drops their id, want the one that shows it", n)
		}
		if p.engine.CreatesStopped() == "" {
			t.Error("nothing says that creating has stopped")
		}
		// Those that were made are followed all the same.
		made := w.desk.of(1)
		w.source.setStatus(1, StatusClosed)
		time.Sleep(10 * time.Minute)
		if len(made) == 1 && !w.one(t, 1).Closed {
			t.Error("a ticket without our id is not closed")
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
		// Mended and started again, all have one, also the one made without an id.
		w.desk.dropIDs = false
		w.desk.setFault(nil)
		q := w.start(t)
		q.run()
		time.Sleep(time.Minute)
		for id := range int64(100) {
			w.one(t, id+1)
		}
		if err := q.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestDeskThatDropsOurIDLater drops it from when huntsync was started again, with
// tickets to look at before any is created.
func TestDeskThatDropsOurIDLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for id := range int64(10) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		p := w.start(t)
		p.mustPass(t)
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		w.desk.dropIDs = true
		w.desk.setFault(func(deskCall) fault { return fault{hang: time.Second} })
		p = w.start(t)
		p.run()
		time.Sleep(time.Minute)
		for id := range int64(100) {
			w.send(id+11, orgAcme, SeverityLow)
		}
		time.Sleep(time.Hour)
		if n := w.desk.count(); n != 11 {
			t.Errorf("%d tickets were made by a desk that drops their id, want the one that shows it", n-10)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestDeletedTicket is deleted by a person; it is looked for once and left alone.
func TestDeletedTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		w.send(2, orgAcme, SeverityLow)
		p := w.start(t)
		p.run()
		time.Sleep(5 * time.Second)
		w.desk.person(w.one(t, 1).ID, func(d *deskTicket) { d.deleted = true })
		w.desk.forgetCalls()
		w.source.change(1, func(inc *Incident) { inc.Summary = "news" })
		time.Sleep(3 * time.Hour)
		if got := w.desk.made(); got != "ticket, tickets" {
			t.Errorf("the desk was asked %q", got)
		}
		w.source.setStatus(1, StatusClosed)
		time.Sleep(10 * time.Minute)
		w.source.setStatus(1, StatusSent)
		time.Sleep(10 * time.Minute)
		if ticket := w.one(t, 1); !ticket.deleted {
			t.Error("it is not deleted any more")
		}
		if r := w.record(t, 1); r.Work.Skip != SkipDeletedByPerson || !r.DueAt.IsZero() {
			t.Errorf("skip %q, due %s", r.Work.Skip, r.DueAt)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestMassVanish is a desk that suddenly does not know its tickets: restored from
// an old backup, or another desk under the old name.
func TestMassVanish(t *testing.T) {
	for name, test := range map[string]struct {
		lost     int64
		believed bool
	}{"five of forty": {5, true}, "six of forty": {6, false}, "all": {40, false}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				for id := range int64(40) {
					w.send(id+1, orgAcme, SeverityLow)
				}
				p := w.start(t)
				p.mustPass(t)
				time.Sleep(2 * time.Second)
				for id := range int64(40) {
					w.source.change(id+1, func(inc *Incident) { inc.Summary = "news" })
					if id < test.lost {
						w.desk.person(w.one(t, id+1).ID, func(d *deskTicket) { d.deleted = true })
					}
				}
				var failures []error
				for range 4 {
					failures = append(failures, p.pass())
					time.Sleep(time.Hour)
				}
				if err := errors.Join(failures...); (err == nil) != test.believed {
					t.Errorf("passes failed with %v", err)
				}
				if !test.believed && !strings.Contains(errors.Join(failures...).Error(), "none is taken as deleted") {
					t.Errorf("the failure does not say what is wrong: %v", failures)
				}
				for id := range int64(40) {
					skip := w.record(t, id+1).Work.Skip
					if want := test.believed && id < test.lost; (skip == SkipDeletedByPerson) != want {
						t.Errorf("incident %d: skip %q", id+1, skip)
					}
					if n := len(w.desk.of(id + 1)); n != 1 {
						t.Errorf("incident %d has %d tickets", id+1, n)
					}
				}
				if test.believed {
					return
				}
				for id := range test.lost {
					w.desk.person(w.one(t, id+1).ID, func(d *deskTicket) { d.deleted = false })
				}
				p.mustPass(t)
				for id := range int64(40) {
					if n := len(w.one(t, id+1).notes); n != 1 {
						t.Errorf("incident %d: %d notes once the desk is back", id+1, n)
					}
				}
			})
		})
	}
}

// TestContactIsLeftOutWhereUnclear never lets a ticket wait for a contact.
func TestContactIsLeftOutWhereUnclear(t *testing.T) {
	for name, test := range map[string]struct {
		contacts []Contact
		fault    func(deskCall) fault
		want     string
	}{
		"one":     {contacts: []Contact{{ID: "k1", ClientID: clientAcme, Name: "Jane Doe"}}, want: "k1"},
		"none":    {},
		"two":     {contacts: []Contact{{ID: "k1", ClientID: clientAcme, Name: "Jane Doe"}, {ID: "k2", ClientID: clientAcme, Name: "Jane Doe"}}},
		"refused": {fault: func(c deskCall) fault { return map[bool]fault{true: refusedHere()}[c.op == "contacts"] }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.desk.contacts, w.desk.fault = test.contacts, test.fault
				w.configuration.edit = func(p *Policy) {
					key := OrganizationKey{5, orgAcme}
					if m, ok := p.Organizations[key]; ok {
						m.Contact = "Jane Doe"
						p.Organizations[key] = m
					}
				}
				w.send(1, orgAcme, SeverityLow)
				w.start(t).mustPass(t)
				if got := w.one(t, 1).draft.ContactID; got != test.want {
					t.Errorf("contact %q, want %q", got, test.want)
				}
			})
		})
	}
}
