package engine

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
)

// failing is a desk that fails some calls about one ticket.
func failing(ticket string, f func() fault, ops ...string) func(deskCall) fault {
	return func(c deskCall) fault {
		for _, op := range ops {
			if c.ticket == ticket && c.op == op {
				return f()
			}
		}
		return fault{}
	}
}

// TestAuthorThatCannotBeAsked has a lost state, and a ticket of ours without our id
// that no note can be added to: only its own incident waits, until a create of
// another one shows who enters our tickets. It never gets
// a second ticket.
func TestAuthorThatCannotBeAsked(t *testing.T) {
	for name, f := range map[string]func() fault{"failing": cutBefore, "silent": timedOut} {
		for _, ops := range [][]string{{"note"}, {"note", "find note"}} {
			for others := range 2 {
				t.Run(fmt.Sprintf("%s %v, %d others", name, ops, others), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w, kept := lostWithoutIDs(t)
						w.desk.person(kept.ID, func(d *deskTicket) { d.EnteredAt = d.EnteredAt.Add(-48 * time.Hour) })
						delete(w.desk.tickets, "theirs")
						w.source.remove(2)
						w.desk.setFault(failing(kept.ID, f, ops...))
						p := w.start(t)
						p.run()
						for id := range int64(others) {
							w.send(id+10, orgGlobex, SeverityCritical)
						}
						time.Sleep(2 * time.Minute)
						for id := range int64(others) {
							w.one(t, id+10)
						}
						p.kill() // What is undecided is so after a restart too.
						p.ran.Wait()
						p = w.start(t)
						p.run()
						time.Sleep(3 * time.Hour)
						w.one(t, 1)
						if r := w.record(t, 1); (r.Work.Ticket != nil) != (others > 0) {
							t.Errorf("ticket %v: %s", r.Work.Ticket, w.outcomes(1))
						}
						w.desk.setFault(nil)
						time.Sleep(maxBackOff)
						w.one(t, 1)
						if r := w.record(t, 1); r.Work.Ticket == nil || r.Work.Ticket.ID != kept.ID || !r.DueAt.IsZero() {
							t.Errorf("ticket %v, due %s: %s", r.Work.Ticket, r.DueAt, w.outcomes(1))
						}
						if err := p.stop(); err != nil {
							t.Error(err)
						}
					})
				})
			}
		}
	}
}

// TestAuthorAskedOfAnother asks about the next ticket where the desk fails for one.
func TestAuthorAskedOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, kept := lostWithoutIDs(t)
		w.desk.setFault(failing(kept.ID, cutBefore, "note"))
		p := w.start(t)
		p.mustPass(t)
		w.one(t, 1)
		w.one(t, 2)
		if r := w.record(t, 1); r.Work.Ticket == nil || r.Work.Ticket.ID != kept.ID {
			t.Errorf("ticket %v: %s", r.Work.Ticket, w.outcomes(1))
		}
	})
}

// TestTicketOfAnotherAccount has tickets of two accounts at one desk lose our id: each
// is its own account's all the same, in the books that know it and after their loss.
func TestTicketOfAnotherAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 2)
		r.store.expiring = false
		p := r.come()
		r.sendOne(0, 1)
		r.sendOne(1, 2)
		time.Sleep(6 * time.Minute)
		for _, ticket := range r.desk.all() {
			r.desk.person(ticket.ID, func(d *deskTicket) { d.CorrelationID = uuid.Nil })
		}
		r.sendOne(0, 3)
		r.sendOne(1, 4)
		time.Sleep(6 * time.Minute)
		for _, e := range r.store.entries() {
			if e.Outcome == OutcomeAdopted {
				t.Errorf("account %d adopted ticket %s of incident %d", e.Key.AccountID, e.Ticket, e.Key.IncidentID)
			}
		}
		if strings.Contains(r.logged(), "another writer") {
			t.Error("another writer was reported")
		}
		r.next = 4
		r.expectTickets()
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		r.store.lose()
		p = r.come()
		time.Sleep(6 * time.Minute)
		r.expectTickets()
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestRememberedTicketThatCannotBeRead has the desk fail to show a ticket that an
// earlier read found, and another writer made: only its own incident waits.
func TestRememberedTicketThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 2)
		r.store.expiring = false
		p := r.come()
		r.sendOne(0, 4)
		r.sendOne(1, 5)
		time.Sleep(6 * time.Minute)
		key := Key{AccountID: r.sources[1].account.ID, Kind: KindIncident, IncidentID: 2}
		ticket := r.enter(key)
		r.sendOne(0, 1) // Its account reads the tickets, and remembers that one.
		time.Sleep(90 * time.Minute)
		r.desk.setFault(failing(ticket.ID, cutBefore, "ticket"))
		r.sendOne(1, 2)
		r.sendOne(1, 3)
		time.Sleep(3 * time.Hour)
		r.next = 5
		r.expectTickets()
		r.desk.setFault(nil)
		time.Sleep(maxBackOff)
		r.expectTickets()
		if got, err := r.store.Record(t.Context(), key); err != nil || got.Work.Ticket == nil || got.Work.Ticket.ID != ticket.ID {
			t.Errorf("ticket %v, error %v", got.Work.Ticket, err)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestNoteThatTellsNothing has a desk that does not keep what marks our notes, or who
// wrote them: one note is enough to find that out, and other incidents do not wait.
func TestNoteThatTellsNothing(t *testing.T) {
	for name, spoil := range map[string]func(*fakeDesk){
		"its mark is lost": func(d *fakeDesk) { d.mute = true }, "nobody wrote it": func(d *fakeDesk) { d.anonymous = true },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, kept := lostWithoutIDs(t)
				spoil(w.desk)
				p := w.start(t)
				p.run()
				time.Sleep(3 * time.Hour)
				if n := w.desk.count(); n != 2 {
					t.Errorf("%d tickets, want no more than there were: they may be ours", n)
				}
				w.send(10, orgGlobex, SeverityCritical)
				time.Sleep(2 * time.Hour)
				w.one(t, 10)
				w.one(t, 2)
				if r := w.record(t, 1); r.Work.Ticket == nil || r.Work.Ticket.ID != kept.ID {
					t.Errorf("ticket %v: %s", r.Work.Ticket, w.outcomes(1))
				}
				asked := 0
				for _, ticket := range w.desk.all() {
					asked += len(ticket.notes)
				}
				if asked != 1 {
					t.Errorf("the question is on %d notes, want one", asked)
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
