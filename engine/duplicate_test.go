package engine

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// second makes another ticket of the incident of one, as another writer does.
func (w *world) second(kept deskTicket) deskTicket {
	w.desk.mu.Lock()
	defer w.desk.mu.Unlock()
	second := kept
	second.ID, second.Number, second.EnteredAt = "t9999", "9999", w.now()
	w.desk.tickets[second.ID] = &second
	return second
}

// doubled starts a process that made the ticket of incident 1, of which there is
// another by now.
func (w *world) doubled(t *testing.T, s Severity) (p *process, kept, second deskTicket) {
	t.Helper()
	p = w.start(t)
	w.send(1, orgAcme, s)
	p.mustPass(t)
	kept = w.one(t, 1)
	time.Sleep(time.Minute)
	return p, kept, w.second(kept)
}

// TestSecondTicketIsKeptWhereTheFirstIsGone has a person delete the older of two
// tickets, before and after the second is known: it is the incident's only one then,
// and goes on as such.
func TestSecondTicketIsKeptWhereTheFirstIsGone(t *testing.T) {
	for name, known := range map[string]bool{"before it is known": false, "before it is noted on": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				p, kept, second := w.doubled(t, SeverityCritical)
				w.send(2, orgAcme, SeverityLow) // Its create finds the second ticket.
				if known {
					w.desk.setFault(nextCall("note", refusedHere()))
					p.mustPass(t)
				}
				w.desk.person(kept.ID, func(d *deskTicket) { d.deleted = true })
				w.source.change(1, func(inc *Incident) { inc.Subject = "Another subject" })
				for range 10 {
					p.mustPass(t)
					time.Sleep(61 * time.Second)
				}
				left := w.desk.of(1)[1]
				if left.Closed || len(left.notes) != 1 {
					t.Errorf("closed %t, %d notes, want the news: %s", left.Closed, len(left.notes), w.outcomes(1))
				}
				if r := w.record(t, 1); r.Work.Ticket.ID != second.ID || len(r.Work.Extras) != 0 || !r.DueAt.IsZero() {
					t.Errorf("kept %s with the extras %v, due at %s", r.Work.Ticket.ID, r.Work.Extras, r.DueAt)
				}
			})
		})
	}
}

// TestDoubtAboutSecondTicket has a change of a second ticket in doubt when a person
// deletes that ticket: it says nothing of the first, also where a look-up would not
// find that one.
func TestDoubtAboutSecondTicket(t *testing.T) {
	for _, op := range []string{"note", "update"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				p, kept, second := w.doubled(t, SeverityLow)
				w.desk.person(kept.ID, func(d *deskTicket) { d.Title = "Renamed by a person" })
				w.desk.setFault(nextCall(op, cutBefore()))
				w.send(2, orgAcme, SeverityLow) // Its create finds the second ticket.
				_ = p.pass()
				if r := w.record(t, 1); r.Work.Intent == nil {
					t.Fatalf("nothing is in doubt: %+v", r.Work)
				}
				w.desk.person(second.ID, func(d *deskTicket) { d.deleted = true })
				for range 6 {
					time.Sleep(61 * time.Second)
					_ = p.pass()
				}
				w.source.setStatus(1, StatusClosed)
				time.Sleep(2 * time.Minute)
				p.mustPass(t)
				r := w.record(t, 1)
				settled := slices.ContainsFunc(r.Work.Extras, func(x Extra) bool { return x.Noted && x.Settled })
				if r.Work.Skip != "" || !w.desk.of(1)[0].Closed || !settled {
					t.Errorf("skip %q, closed %t, extras %+v: %s", r.Work.Skip, w.desk.of(1)[0].Closed, r.Work.Extras, w.outcomes(1))
				}
			})
		})
	}
}

// TestSecondTicketThatIsRefused has a desk refuse for ever what a second ticket is
// owed: the first gets its news and its close all the same, and a third what it is owed.
func TestSecondTicketThatIsRefused(t *testing.T) {
	for _, op := range []string{"note", "update"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				p, _, second := w.doubled(t, SeverityLow)
				third := second
				third.ID, third.EnteredAt = "t9998", w.now().Add(time.Second)
				w.desk.tickets[third.ID] = &third
				w.desk.setFault(func(c deskCall) fault {
					return map[bool]fault{true: refusedHere()}[c.op == op && c.ticket == second.ID]
				})
				w.send(2, orgAcme, SeverityLow) // Its create finds the others.
				p.run()
				time.Sleep(6 * time.Minute)
				w.source.setStatus(1, StatusClosed)
				time.Sleep(6 * time.Minute)
				for i, got := range w.desk.of(1) {
					if want := i < 2; got.Closed != want || want && len(got.notes) != 1 {
						t.Errorf("ticket %s is closed %t with %d notes: %s", got.ID, got.Closed, len(got.notes), w.outcomes(1))
					}
				}
				w.desk.setFault(nil)
				time.Sleep(2 * time.Hour)
				r := w.record(t, 1)
				if left := w.desk.of(1)[2]; !left.Closed || !r.DueAt.IsZero() || r.Work.Extras[0].Retry != (Retry{}) {
					t.Errorf("closed %t, due %s, extras %+v", left.Closed, r.DueAt, r.Work.Extras)
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestSecondTicketWithoutClose has no closed status for the second ticket, because the
// configuration closes nothing: the note is all that it gets, and nothing is owed for ever.
func TestSecondTicketWithoutClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.configuration.edit = func(p *Policy) {
			p.Close = nil
			for id, b := range p.Boards {
				b.ClosedID = ""
				p.Boards[id] = b
			}
		}
		p := w.start(t)
		w.send(1, orgAcme, SeverityLow)
		p.mustPass(t)
		kept := w.one(t, 1)
		time.Sleep(time.Minute)
		w.second(kept)
		w.send(2, orgAcme, SeverityLow) // Its create finds the second ticket.
		p.mustPass(t)
		second := w.desk.of(1)[1]
		if r := w.record(t, 1); second.Closed || len(second.notes) != 1 || !r.DueAt.IsZero() {
			t.Errorf("closed %t, %d notes, due %s: %s", second.Closed, len(second.notes), r.DueAt, w.outcomes(1))
		}
	})
}
