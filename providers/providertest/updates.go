package providertest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/huntsync/huntsync/engine"
)

// changed reads the ticket after an update and compares everything but the time
// of the change.
func (s *session) changed(t *testing.T, want engine.Ticket) {
	t.Helper()
	got := s.read(t, want.ID)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(engine.Ticket{}, "UpdatedAt")); diff != "" {
		t.Errorf("the ticket after the update (-want +got):\n%s", diff)
	}
}

func testCloseAndReopen(t *testing.T, s *session) {
	ticket := s.create(t, s.draft(1))
	for range 2 {
		s.update(t, ticket.ID, engine.TicketUpdate{StatusID: s.boards[0].closed, Quiet: true})
		ticket.StatusID, ticket.Closed = s.boards[0].closed, true
		s.changed(t, ticket)
		s.update(t, ticket.ID, engine.TicketUpdate{StatusID: s.boards[0].fresh})
		ticket.StatusID, ticket.Closed = s.boards[0].fresh, false
		s.changed(t, ticket)
	}
}

func testCloseTwice(t *testing.T, s *session) {
	ticket := s.create(t, s.draft(1))
	ticket.StatusID, ticket.Closed = s.boards[0].closed, true
	for range 2 {
		s.update(t, ticket.ID, engine.TicketUpdate{StatusID: s.boards[0].closed})
		s.changed(t, ticket)
	}
}

func testMove(t *testing.T, s *session) {
	ticket := s.create(t, s.draft(1))
	body := s.Body(ticket.ID)
	requests := s.Requests()
	s.update(t, ticket.ID, engine.TicketUpdate{BoardID: s.boards[1].id, StatusID: s.boards[1].fresh, ClientID: s.client[1]})
	if n := s.Requests() - requests; n != 1 {
		t.Errorf("a move took %d requests, want 1", n)
	}
	ticket.BoardID, ticket.StatusID, ticket.ClientID = s.boards[1].id, s.boards[1].fresh, s.client[1]
	s.changed(t, ticket)
	if got := s.Body(ticket.ID); got != body {
		t.Errorf("a move changed the body from %q to %q", body, got)
	}
}

// testMoveWithCategory moves a ticket to a board and into a category there at once:
// that of the board it was on would make it a broken ticket.
func testMoveWithCategory(t *testing.T, s *session) {
	d := s.draft(1)
	d.BoardID, d.StatusID = s.boards[1].id, s.boards[1].fresh
	ticket := s.create(t, d)
	requests := s.Requests()
	s.update(t, ticket.ID, engine.TicketUpdate{
		BoardID: s.boards[0].id, StatusID: s.boards[0].fresh, CategoryID: s.category.ID, SubcategoryID: s.child.ID,
	})
	if n := s.Requests() - requests; n != 1 {
		t.Errorf("a move took %d requests, want 1", n)
	}
	ticket.BoardID, ticket.StatusID, ticket.CategoryID = s.boards[0].id, s.boards[0].fresh, s.category.ID
	s.changed(t, ticket)
}

func testReprioritize(t *testing.T, s *session) {
	ticket := s.create(t, s.draft(1))
	s.update(t, ticket.ID, engine.TicketUpdate{PriorityID: s.priority[1]})
	ticket.PriorityID = s.priority[1]
	s.changed(t, ticket)
}

// testUpdateOnly changes one field after a person changed others: theirs stay.
func testUpdateOnly(t *testing.T, s *session) {
	ticket := s.create(t, s.draft(1))
	s.Rename(ticket.ID, "a title of a person")
	s.SetPriority(ticket.ID, s.priority[1])
	ticket.Title, ticket.PriorityID = "a title of a person", s.priority[1]
	s.update(t, ticket.ID, engine.TicketUpdate{StatusID: s.boards[0].active, Quiet: true})
	ticket.StatusID = s.boards[0].active
	s.changed(t, ticket)
	s.update(t, ticket.ID, engine.TicketUpdate{ClientID: s.client[1]})
	ticket.ClientID = s.client[1]
	s.changed(t, ticket)
	s.update(t, ticket.ID, engine.TicketUpdate{Quiet: true})
	s.changed(t, ticket)
}
