package providertest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
)

// nowhere is an id that names nothing.
func nowhere() string { return uuid.NewString() }

func testRefusedReferences(t *testing.T, s *session) {
	before := s.Tickets()
	for name, change := range map[string]func(*engine.Draft){
		"a status of another board": func(d *engine.Draft) { d.StatusID = s.boards[1].fresh },
		"an unknown board":          func(d *engine.Draft) { d.BoardID = nowhere() },
		"an unknown status":         func(d *engine.Draft) { d.StatusID = nowhere() },
		"an unknown client":         func(d *engine.Draft) { d.ClientID = nowhere() },
		"an unknown contact":        func(d *engine.Draft) { d.ContactID = nowhere() },
		"an unknown category":       func(d *engine.Draft) { d.CategoryID = nowhere() },
	} {
		d := s.draft(1)
		change(&d)
		_, err := s.Desk.Create(t.Context(), d)
		if e := s.refused(t, name, err); !e.InvalidReference {
			t.Errorf("%s: not recognized as an invalid reference: %v", name, err)
		}
	}
	if n := s.Tickets() - before; n != 0 {
		t.Errorf("refused creates made %d tickets", n)
	}
	ticket := s.create(t, s.draft(2))
	for name, u := range map[string]engine.TicketUpdate{
		"a status of another board": {StatusID: s.boards[1].closed},
		"an unknown status":         {StatusID: nowhere()},
		"an unknown client":         {ClientID: nowhere()},
		"a board without its own":   {BoardID: s.boards[1].id, StatusID: s.boards[0].active},
	} {
		if e := s.refused(t, name, s.Desk.Update(t.Context(), ticket.ID, u)); !e.InvalidReference {
			t.Errorf("%s: not recognized as an invalid reference: %v", name, e)
		}
	}
	s.changed(t, ticket)
}

// testMisuse asks for what the desk's interface forbids: nothing is sent.
func testMisuse(t *testing.T, s *session) {
	ticket := s.create(t, s.draft(1))
	requests := s.Requests()
	noID, noParent := s.draft(2), s.draft(3)
	noID.CorrelationID = uuid.Nil
	noParent.SubcategoryID = s.child.ID
	for _, d := range []engine.Draft{noID, noParent} {
		if _, err := s.Desk.Create(t.Context(), d); err == nil || engine.InDoubt(err) {
			t.Errorf("create %+v: %v, want an error that is no doubt", d, err)
		}
	}
	if err := s.Desk.Update(t.Context(), ticket.ID, engine.TicketUpdate{BoardID: s.boards[1].id}); err == nil || engine.InDoubt(err) {
		t.Errorf("a board without a status: %v, want an error that is no doubt", err)
	}
	if err := s.Desk.Note(t.Context(), ticket.ID, engine.Note{Body: text("x")}); err == nil || engine.InDoubt(err) {
		t.Errorf("a note without operation: %v, want an error that is no doubt", err)
	}
	if n := s.Requests() - requests; n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func testDeleted(t *testing.T, s *session) {
	ticket := s.create(t, s.draft(1))
	s.Delete(ticket.ID)
	_, readErr := s.Desk.Ticket(t.Context(), ticket.ID)
	_, _, noteErr := s.Desk.FindNote(t.Context(), ticket.ID, uuid.New())
	for name, err := range map[string]error{
		"read":   readErr,
		"notes":  noteErr,
		"note":   s.Desk.Note(t.Context(), ticket.ID, note("x")),
		"close":  s.Desk.Update(t.Context(), ticket.ID, engine.TicketUpdate{StatusID: s.boards[0].closed}),
		"change": s.Desk.Update(t.Context(), ticket.ID, engine.TicketUpdate{PriorityID: s.priority[1]}),
	} {
		if e := s.refused(t, name, err); !errors.Is(e, engine.ErrNotFound) {
			t.Errorf("%s: %v, want the desk's own not found", name, err)
		}
	}
	if found := s.list(t, engine.TicketQuery{Title: engine.Marker(1)}); len(found) != 0 {
		t.Errorf("a deleted ticket is found: %+v", found)
	}
}

// testCanceled gives up before anything was sent: that is proved.
func testCanceled(t *testing.T, s *session) {
	ticket := s.create(t, s.draft(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	requests := s.Requests()
	_, createErr := s.Desk.Create(ctx, s.draft(2))
	for name, err := range map[string]error{
		"create": createErr,
		"note":   s.Desk.Note(ctx, ticket.ID, note("x")),
		"update": s.Desk.Update(ctx, ticket.ID, engine.TicketUpdate{StatusID: s.boards[0].closed}),
	} {
		if e := s.failed(t, name, err); !e.NotDone || e.NotFound {
			t.Errorf("%s: %v, want a failure before anything was sent", name, err)
		}
	}
	if n := s.Requests() - requests; n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	s.changed(t, ticket)
}
