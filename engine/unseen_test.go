package engine

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// away is a world that lost its state after it made tickets for some incidents, and
// in which nobody polled for longer than the look-back: what closed dismisses there is
// on no page that the first poll of the new state reads.
func away(t *testing.T, incidents int, dismissed func(id int64) bool) *world {
	t.Helper()
	w := newWorld()
	for id := range int64(incidents) {
		w.send(id+1, orgAcme, SeverityLow)
	}
	p := w.start(t)
	p.mustPass(t)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(24 * time.Hour)
	for id := range int64(incidents) {
		if dismissed(id + 1) {
			w.source.setStatus(id+1, StatusDismissed)
		}
	}
	time.Sleep(40 * 24 * time.Hour)
	w.bury()
	w.store.lose()
	w.source.forgetRequests()
	w.desk.forgetCalls()
	return w
}

func every(int64) bool { return true }

func (w *world) account(t *testing.T) AccountState {
	t.Helper()
	a, err := w.store.Account(t.Context(), 5)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// closed lists the incidents whose only ticket is closed.
func (w *world) closed(t *testing.T, incidents int) (ids []int64) {
	t.Helper()
	for id := range int64(incidents) {
		if w.one(t, id+1).Closed {
			ids = append(ids, id+1)
		}
	}
	return ids
}

// TestTicketOfAnIncidentThatEndedUnseen has incidents end where no walk of the new
// state comes: their open tickets are closed after the next census, with no note of the
// past as for any that is adopted, and what is closed at the desk costs no read.
func TestTicketOfAnIncidentThatEndedUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := away(t, 3, func(id int64) bool { return id != 3 })
		w.desk.person(w.one(t, 2).ID, func(d *deskTicket) { d.StatusID, d.Closed = closedStatus(d.BoardID), true })
		p := w.start(t)
		p.mustPass(t)
		if got := w.account(t).Adoption; got.Owed || !slices.Equal(got.Unseen, []int64{1}) {
			t.Errorf("adoption %+v", got)
		}
		for range 3 {
			time.Sleep(61 * time.Minute)
			p.mustPass(t)
		}
		if got := w.closed(t, 3); !slices.Equal(got, []int64{1, 2}) {
			t.Errorf("the tickets of %v are closed", got)
		}
		for id := range int64(3) {
			if notes := w.one(t, id+1).notes; len(notes) != 0 {
				t.Errorf("incident %d has notes of the past: %v", id+1, notes)
			}
		}
		if got := w.source.asked("incident"); got != 1 {
			t.Errorf("Huntress was asked for single incidents %d times, want once", got)
		}
		// The next ticket's read of the desk forgets what was observed by now.
		w.send(4, orgAcme, SeverityLow)
		p.mustPass(t)
		if got := w.account(t).Adoption.Unseen; len(got) != 0 {
			t.Errorf("still unseen: %v", got)
		}
	})
}

// TestUnseenIncidentThatIsGone has Huntress know neither an incident of a ticket that
// is adopted nor one that was open: each is asked for once, and nothing befalls its
// ticket, before and after tickets are made.
func TestUnseenIncidentThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := away(t, 2, func(id int64) bool { return id == 1 })
		w.source.remove(1)
		p := w.start(t)
		p.mustPass(t)
		w.source.remove(2)
		for i := range int64(4) {
			time.Sleep(61 * time.Minute)
			w.send(10+i, orgAcme, SeverityLow)
			p.mustPass(t)
		}
		if got := w.source.asked("incident"); got != 2 {
			t.Errorf("Huntress was asked for single incidents %d times, want twice", got)
		}
		for id := range int64(2) {
			if ticket := w.one(t, id+1); ticket.Closed || len(ticket.notes) != 0 {
				t.Errorf("the ticket of incident %d: closed %t, notes %v", id+1, ticket.Closed, ticket.notes)
			}
		}
		if got := w.account(t); !slices.Equal(got.Adoption.Unseen, []int64{1}) || !slices.Equal(got.Poll.Census.Gone, []int64{2, 1}) {
			t.Errorf("unseen %v, gone %v", got.Adoption.Unseen, got.Poll.Census.Gone)
		}
		// What is listed again is there again, and read by id where it is missing later.
		inc := w.incident(2, orgAcme, SeverityLow)
		inc.Status = "archived" // Open, but no census can list it.
		w.source.put(inc)
		p.mustPass(t)
		if got := w.account(t).Poll.Census.Gone; !slices.Equal(got, []int64{1}) {
			t.Errorf("gone %v, though one was listed again", got)
		}
		time.Sleep(61 * time.Minute)
		p.mustPass(t)
		if !slices.Contains(w.account(t).Poll.Census.Open, 2) {
			t.Error("what was listed again counts as gone")
		}
	})
}

// TestManyUnseenIncidents bounds how many of them one census reads, and has the others
// read by the next ones, whether or not Huntress fails on some and has lost others.
func TestManyUnseenIncidents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const incidents = 300
		w := away(t, incidents, every)
		var left []int64
		for id := int64(1); id <= incidents; id += 29 {
			w.source.remove(id)
			left = append(left, id)
		}
		p := w.start(t)
		p.mustPass(t)
		if got := w.account(t).Adoption.Unseen; len(got) != incidents {
			t.Fatalf("%d are unseen", len(got))
		}
		// All reads fail in the first two censuses, and every seventh later.
		reads, down := 0, true
		w.source.setBefore(func(op string) error {
			if op != "incident" {
				return nil
			}
			if reads++; down || reads%7 == 0 {
				return huntressDown(op)
			}
			return nil
		})
		pass := func() int {
			t.Helper()
			before := w.source.asked("incident")
			time.Sleep(61 * time.Minute)
			p.mustPass(t)
			return w.source.asked("incident") - before
		}
		for range 2 {
			if got := pass(); got != maxUnread {
				t.Errorf("a census that Huntress fails read %d incidents", got)
			}
		}
		down = false
		for range 20 {
			if got := pass(); got > maxUnseen {
				t.Fatalf("a census read %d incidents", got)
			}
		}
		if got := len(w.closed(t, incidents)); got != incidents-len(left) {
			t.Errorf("%d tickets are closed, want %d", got, incidents-len(left))
		}
		w.source.setBefore(nil)
		if got := pass(); got != 0 {
			t.Errorf("the last census read %d incidents", got)
		}
		if got := w.account(t).Poll.Census; !slices.Equal(got.Gone, left) || len(got.Unread) != 0 {
			t.Errorf("gone %v, unread %v", got.Gone, got.Unread)
		}
	})
}

// TestPoisonedUnseenIncidents has Huntress fail for ever on more incidents than a
// census may try in vain: the others are read all the same, at most so many at a time.
func TestPoisonedUnseenIncidents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const incidents, poisoned = 220, 8
		w := away(t, incidents, every)
		p := w.start(t)
		p.mustPass(t)
		w.source.setUnreadable(func(id int64) error {
			if id <= poisoned {
				return huntressDown("incident")
			}
			return nil
		})
		var counts []int
		for range 6 {
			before := w.source.asked("incident")
			time.Sleep(61 * time.Minute)
			p.mustPass(t)
			counts = append(counts, w.source.asked("incident")-before)
		}
		if got := len(w.closed(t, incidents)); got != incidents-poisoned {
			t.Errorf("%d tickets are closed, want %d", got, incidents-poisoned)
		}
		if slices.Max(counts) != maxUnseen {
			t.Errorf("the censuses read %v incidents", counts)
		}
	})
}
