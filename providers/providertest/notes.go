package providertest

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
)

func testNote(t *testing.T, s *session) {
	ticket, other := s.create(t, s.draft(1)), s.create(t, s.draft(2))
	n := note("The incident was escalated.")
	s.has(t, ticket.ID, n.Operation, false)
	requests := s.Requests()
	if err := s.Desk.Note(t.Context(), ticket.ID, n); err != nil {
		t.Fatal(err)
	}
	if got := s.Requests() - requests; got != 1 {
		t.Errorf("a note took %d requests, want 1", got)
	}
	s.has(t, ticket.ID, n.Operation, true)
	s.has(t, ticket.ID, uuid.New(), false)
	s.has(t, other.ID, n.Operation, false)
	quiet := note("Another one.")
	quiet.Quiet, quiet.Resolution = true, true
	if err := s.Desk.Note(t.Context(), ticket.ID, quiet); err != nil {
		t.Fatal(err)
	}
	s.has(t, ticket.ID, quiet.Operation, true)
	notes := s.Notes(ticket.ID)
	if len(notes) != 2 || !strings.Contains(notes[0].Text, "The incident was escalated.") {
		t.Fatalf("the ticket has the notes %+v", notes)
	}
	for _, n := range notes {
		if !n.Internal {
			t.Errorf("the client can read %q", n.Text)
		}
	}
	if got := s.read(t, ticket.ID); got.StatusID != ticket.StatusID || got.Title != ticket.Title || got.CorrelationID != ticket.CorrelationID {
		t.Errorf("a note changed the ticket from %+v to %+v", ticket, got)
	}
}

func testNoteOnClosed(t *testing.T, s *session) {
	ticket := s.create(t, s.draft(1))
	s.update(t, ticket.ID, engine.TicketUpdate{StatusID: s.boards[0].closed})
	n := note("After the end.")
	if err := s.Desk.Note(t.Context(), ticket.ID, n); err != nil {
		t.Fatal(err)
	}
	s.has(t, ticket.ID, n.Operation, true)
	if got := s.read(t, ticket.ID); !got.Closed || got.StatusID != s.boards[0].closed {
		t.Errorf("a note opened the ticket again: %+v", got)
	}
}

// has checks whether the ticket has the note of an operation, written by who
// entered the ticket.
func (s *session) has(t *testing.T, ticketID string, operation uuid.UUID, want bool) {
	t.Helper()
	author, found, err := s.Desk.FindNote(t.Context(), ticketID, operation)
	if err != nil || found != want {
		t.Errorf("found: %v, %v; want %v", found, err, want)
	}
	if entered := s.read(t, ticketID).Author; found && (author == "" || author != entered) {
		t.Errorf("the note is by %q, the ticket by %q; both are ours", author, entered)
	}
}
