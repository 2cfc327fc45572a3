package providertest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
)

// Failure is what befalls one write. Unless it says otherwise the desk does not
// act.
type Failure string

// The failures that a harness has to know.
const (
	Unreachable     Failure = "unreachable"       // No connection can be made.
	RequestLost     Failure = "request lost"      // The connection is cut before the desk acts.
	AnswerLost      Failure = "answer lost"       // It acts, and the connection is cut.
	Hanging         Failure = "hanging"           // It neither acts nor answers.
	Late            Failure = "late"              // It acts, and answers when nobody waits any more.
	Cut             Failure = "answer cut"        // It acts, and its success arrives in part.
	Garbled         Failure = "answer garbled"    // It acts, and something in between answers 200 with a page of its own.
	ServerError     Failure = "server error"      // It answers 500 in its own form, not having acted.
	ServerErrorDone Failure = "server error done" // It acts, and something in between answers 502 with a page of its own.
	Redirected      Failure = "redirected"        // Something in between sends the caller elsewhere.
	Refused         Failure = "refused"           // It refuses in its own form: 400.
	RefusedPage     Failure = "refused by page"   // Something in between refuses with a page of its own: 403, the desk having acted.
	Limited         Failure = "limited"           // Its rate limit is used up; it asks for 7 seconds.
	Unauthorized    Failure = "unauthorized"      // It does not know the credentials, as in a hiccup of its database.
)

// expectation is what a client has to make of a failure.
type expectation struct {
	failure Failure
	reason  engine.Reason
	done    bool // The desk acted.
	proved  bool // The client knows that it did not.
	wait    time.Duration
	sent    int // Requests that reach the desk.
}

func failures() []expectation {
	return []expectation{
		{failure: Unreachable, reason: engine.ReasonUnavailable, proved: true},
		{failure: RequestLost, reason: engine.ReasonUnavailable, sent: 1},
		{failure: AnswerLost, reason: engine.ReasonUnavailable, done: true, sent: 1},
		{failure: Hanging, reason: engine.ReasonTimeout, sent: 1},
		{failure: Late, reason: engine.ReasonTimeout, done: true, sent: 1},
		{failure: Cut, reason: engine.ReasonUnavailable, done: true, sent: 1},
		{failure: Garbled, reason: engine.ReasonUnavailable, done: true, sent: 1},
		{failure: ServerError, reason: engine.ReasonUnavailable, sent: 1},
		{failure: ServerErrorDone, reason: engine.ReasonUnavailable, done: true, sent: 1},
		{failure: Redirected, reason: engine.ReasonUnavailable, sent: 1},
		{failure: Refused, reason: engine.ReasonRejected, proved: true, sent: 1},
		{failure: RefusedPage, reason: engine.ReasonUnavailable, done: true, sent: 1},
		{failure: Limited, reason: engine.ReasonRateLimited, proved: true, wait: 7 * time.Second, sent: 1},
		{failure: Unauthorized, reason: engine.ReasonAuth, proved: true, sent: 1},
	}
}

// write is one kind of write on a ticket, with a way to see whether it happened.
type write struct {
	name string
	try  func(*testing.T, *session, engine.Ticket, uuid.UUID) error
	done func(*testing.T, *session, engine.Ticket, uuid.UUID) bool
}

func writes() []write {
	return []write{
		{"create", func(t *testing.T, s *session, _ engine.Ticket, _ uuid.UUID) error {
			t.Helper()
			_, err := s.Desk.Create(t.Context(), s.draft(77))
			return err
		}, func(t *testing.T, s *session, _ engine.Ticket, _ uuid.UUID) bool {
			t.Helper()
			found := s.list(t, engine.TicketQuery{Title: engine.Marker(77)})
			return slices.ContainsFunc(found, func(f engine.Ticket) bool { return f.CorrelationID == key(77).CorrelationID() })
		}},
		{"note", func(t *testing.T, s *session, ticket engine.Ticket, operation uuid.UUID) error {
			t.Helper()
			return s.Desk.Note(t.Context(), ticket.ID, engine.Note{Operation: operation, Body: text("x")})
		}, func(t *testing.T, s *session, ticket engine.Ticket, operation uuid.UUID) bool {
			t.Helper()
			_, has, err := s.Desk.FindNote(t.Context(), ticket.ID, operation)
			if err != nil {
				t.Fatal(err)
			}
			return has
		}},
		{"close", func(t *testing.T, s *session, ticket engine.Ticket, _ uuid.UUID) error {
			t.Helper()
			return s.Desk.Update(t.Context(), ticket.ID, engine.TicketUpdate{StatusID: s.boards[0].closed})
		}, func(t *testing.T, s *session, ticket engine.Ticket, _ uuid.UUID) bool {
			t.Helper()
			return s.read(t, ticket.ID).Closed
		}},
		{"move", func(t *testing.T, s *session, ticket engine.Ticket, _ uuid.UUID) error {
			t.Helper()
			return s.Desk.Update(t.Context(), ticket.ID, engine.TicketUpdate{BoardID: s.boards[1].id, StatusID: s.boards[1].active})
		}, func(t *testing.T, s *session, ticket engine.Ticket, _ uuid.UUID) bool {
			t.Helper()
			return s.read(t, ticket.ID).BoardID == s.boards[1].id
		}},
	}
}

// testFailure lets one write fail, and checks that the client says no more than
// it can know, never sends it again, and can find out what happened.
func testFailure(t *testing.T, s *session, w write, want expectation) {
	ticket := s.create(t, s.draft(1))
	operation := uuid.New()
	tickets, notes, requests := s.Tickets(), len(s.Notes(ticket.ID)), s.Requests()
	s.Fail(want.failure)
	err := w.try(t, s, ticket, operation)
	e := s.failed(t, w.name, err)
	if e.Reason != want.reason {
		t.Errorf("reason %s, want %s: %v", e.Reason, want.reason, err)
	}
	if e.RetryAfter != want.wait {
		t.Errorf("asks to wait %v, want %v", e.RetryAfter, want.wait)
	}
	if e.NotDone && want.done {
		t.Errorf("says that nothing happened, but it did: %v", err)
	}
	if e.NotDone != want.proved {
		t.Errorf("not done %v, want %v: %v", e.NotDone, want.proved, err)
	}
	if e.NotFound || e.InvalidReference || len(e.CloseRules) > 0 {
		t.Errorf("says more than it knows: %+v", e)
	}
	pass(time.Minute) // Whatever was on its way has arrived.
	if n := s.Requests() - requests; n != want.sent {
		t.Errorf("%d requests were sent, want %d", n, want.sent)
	}
	if done := w.done(t, s, ticket, operation); done != want.done {
		t.Errorf("looking it up says done %v, want %v", done, want.done)
	}
	if n := s.Tickets() - tickets; n > 1 || w.name != "create" && n != 0 {
		t.Errorf("%d tickets came of it", n)
	}
	if n := len(s.Notes(ticket.ID)) - notes; n > 1 || w.name != "note" && n != 0 {
		t.Errorf("%d notes came of it", n)
	}

	// The desk is well again: the same write works.
	if want.done {
		return
	}
	if err := w.try(t, s, ticket, operation); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if !w.done(t, s, ticket, operation) {
		t.Error("afterwards it is still not done")
	}
}
