package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestVanishedTicketsHoldUpNoOther has so many tickets vanish that none is believed, at a
// desk that lets us read less than them in a pass: the others are told their news, and
// the desk is not asked for little else than what it does not have.
func TestVanishedTicketsHoldUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const vanished, others, budget = 100, 10, 60
		w := newWorld()
		for id := range int64(vanished + others) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		p := w.start(t)
		p.mustPass(t)
		change := func(inc *Incident) { inc.Subject = "Another subject" }
		for id := range int64(vanished) {
			w.desk.person(w.one(t, id+1).ID, func(d *deskTicket) { d.deleted = true })
			w.source.change(id+1, change)
		}
		minute, left := time.Time{}, 0
		w.desk.setFault(func(deskCall) fault {
			if now := time.Now(); now.Sub(minute) >= time.Minute {
				minute, left = now, budget
			}
			if left--; left < 0 {
				return limited(time.Until(minute.Add(time.Minute)))
			}
			return fault{}
		})
		p.run()
		time.Sleep(6 * time.Minute)
		for id := range int64(others) {
			w.source.change(vanished+id+1, change)
		}
		time.Sleep(10 * time.Minute)
		for id := range int64(others) {
			if got := w.one(t, vanished+id+1); len(got.notes) != 1 {
				t.Errorf("incident %d has %d notes", vanished+id+1, len(got.notes))
			}
		}
		w.desk.forgetCalls()
		time.Sleep(time.Hour)
		if n := len(w.desk.times("ticket")); n < vanished || n > 5*vanished {
			t.Errorf("%d reads in an hour", n)
		}
		if r := w.record(t, 1); r.Work.Skip != "" || r.DueAt.IsZero() {
			t.Errorf("it was believed: skip %q, due %s", r.Work.Skip, r.DueAt)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestVanishedTicketsThatAreReadLater has a few of very many vanished tickets read in a
// pass of their own: they are believed no more than the others, until those are back.
func TestVanishedTicketsThatAreReadLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for id := range int64(22) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		p := w.start(t)
		p.mustPass(t)
		p.run()
		gone := func(yes bool) {
			for id := range int64(22) {
				w.desk.person(w.one(t, id+1).ID, func(d *deskTicket) { d.deleted = yes })
			}
		}
		change := func(inc *Incident) { inc.Subject = "Another subject" }
		gone(true)
		for id := range int64(20) {
			w.source.change(id+1, change)
		}
		time.Sleep(6 * time.Minute)
		w.source.change(21, change)
		time.Sleep(time.Hour)
		for _, id := range []int64{1, 21} {
			if r := w.record(t, id); r.Work.Skip != "" || r.DueAt.IsZero() {
				t.Errorf("incident %d: skip %q, due %s", id, r.Work.Skip, r.DueAt)
			}
		}
		gone(false)
		time.Sleep(time.Hour)
		if n := len(w.one(t, 21).notes); n != 1 {
			t.Errorf("%d notes", n)
		}
		w.desk.person(w.one(t, 22).ID, func(d *deskTicket) { d.deleted = true })
		w.source.change(22, change)
		time.Sleep(20 * time.Minute)
		if r := w.record(t, 22); r.Work.Skip != SkipDeletedByPerson {
			t.Errorf("a ticket that a person deleted is not believed to be: %+v", r.Work)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}
