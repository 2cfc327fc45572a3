package engine

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
)

// lostWithoutIDs is a world whose state was lost when the only ticket of ours, of
// incident 1, had lost our correlation id; a person entered one with the marker of
// incident 2.
func lostWithoutIDs(t *testing.T) (w *world, kept deskTicket) {
	t.Helper()
	w = newWorld()
	w.send(1, orgAcme, SeverityLow)
	p := w.start(t)
	p.mustPass(t)
	kept = w.one(t, 1)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	theirs := kept
	theirs.ID, theirs.Number, theirs.Author = "theirs", "77", "user-person"
	theirs.Title, theirs.CorrelationID, theirs.draft = Marker(2)+" copied", uuid.Nil, Draft{}
	w.desk.tickets[theirs.ID] = &theirs
	w.desk.person(kept.ID, func(d *deskTicket) { d.CorrelationID = uuid.Nil })
	w.store.lose()
	w.send(2, orgAcme, SeverityLow)
	w.desk.forgetCalls()
	return w, kept
}

// TestAuthorAfterLoss asks the desk who our tickets are entered by, once, where no
// ticket tells any more, and whatever becomes of the question.
func TestAuthorAfterLoss(t *testing.T) {
	for name, notes := range map[string][]fault{
		"answered":               nil,
		"the answer was lost":    {cutAfter()},
		"the question was lost":  {cutBefore()},
		"nobody was let in":      {unauthorized()},
		"asked again":            {cutBefore(), cutAfter()},
		"an answer that is late": {timedOutDone()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, kept := lostWithoutIDs(t)
				w.desk.fault = func(c deskCall) fault {
					if c.op != "note" || len(notes) == 0 {
						return fault{}
					}
					f := notes[0]
					notes = notes[1:]
					return f
				}
				p := w.start(t)
				p.run()
				time.Sleep(3 * time.Hour)
				if got := w.one(t, 1); got.ID != kept.ID {
					t.Errorf("incident 1 has ticket %s, want the one it had, %s", got.ID, kept.ID)
				}
				w.one(t, 2)
				if got := w.outcomes(1) + ", " + w.outcomes(2); strings.Count(got, "note/author done") != 1 {
					t.Errorf("the journal does not have the note once: %s", got)
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

// TestAuthorRefused has a desk that takes no note on any of the tickets in question:
// they cannot be told for ours, and no incident waits for that.
func TestAuthorRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := lostWithoutIDs(t)
		w.desk.fault = func(c deskCall) fault { return map[bool]fault{true: refusedHere()}[c.op == "note"] }
		p := w.start(t)
		p.mustPass(t)
		if n := len(w.desk.times("create")); n != 2 {
			t.Errorf("%d creates, want one for each incident", n)
		}
	})
}
