package providertest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
)

// session is one test's view of the desk: the harness and the places in it.
type session struct {
	Harness

	catalogue *engine.Catalogue
	boards    [2]place
	priority  [2]string
	client    [2]string
	category  engine.Category
	child     engine.Category
}

// place is a board with three of its statuses.
type place struct {
	id                    string
	fresh, active, closed string
}

// newSession finds the places that the tests need.
func newSession(t *testing.T, h Harness) *session {
	t.Helper()
	c, err := h.Desk.Catalogue(t.Context())
	if err != nil {
		t.Fatalf("read the catalogue: %v", err)
	}
	s := &session{Harness: h, catalogue: c}
	boards := slices.DeleteFunc(slices.Clone(c.Boards), func(b engine.Board) bool { return b.Inactive })
	clients := slices.DeleteFunc(slices.Clone(c.Clients), func(c engine.Client) bool { return c.Inactive })
	if len(boards) < 2 || len(clients) < 2 || len(c.Priorities) < 2 {
		t.Fatalf("the desk under test needs two boards, clients and priorities; it has %d, %d and %d",
			len(boards), len(clients), len(c.Priorities))
	}
	for i := range 2 {
		s.boards[i] = placeOf(t, c, boards[i].ID)
		s.client[i], s.priority[i] = clients[i].ID, c.Priorities[i].ID
	}
	for _, child := range c.Categories {
		at := slices.IndexFunc(c.Categories, func(o engine.Category) bool {
			return o.ID == child.ParentID && o.BoardID == s.boards[0].id
		})
		if at >= 0 {
			s.category, s.child = c.Categories[at], child
		}
	}
	if s.child.ID == "" {
		t.Fatal("the first board of the desk under test needs a category with a subcategory")
	}
	return s
}

func placeOf(t *testing.T, c *engine.Catalogue, board string) place {
	t.Helper()
	p := place{id: board}
	for _, status := range c.Statuses {
		switch {
		case status.BoardID != board:
		case status.Closed:
			p.closed = status.ID
		case status.Default:
			p.fresh = status.ID
		default:
			p.active = status.ID
		}
	}
	if p.fresh == "" || p.active == "" || p.closed == "" {
		t.Fatalf("board %s of the desk under test needs a default open status, another open one and a closed one", board)
	}
	return p
}

// key is the incident that a test's tickets are about.
func key(incident int64) engine.Key {
	return engine.Key{AccountID: 7, Kind: engine.KindIncident, IncidentID: incident}
}

// draft is a ticket on the first board for the first client.
func (s *session) draft(incident int64) engine.Draft {
	return engine.Draft{
		CorrelationID: key(incident).CorrelationID(),
		Title:         engine.Marker(incident) + " Ransomware canary on HOST-" + fmt.Sprint(incident),
		Body:          text("Somebody should look at this."),
		BoardID:       s.boards[0].id, StatusID: s.boards[0].fresh, ClientID: s.client[0], PriorityID: s.priority[0],
	}
}

// create makes a ticket and fails the test where that does not work.
func (s *session) create(t *testing.T, d engine.Draft) engine.Ticket {
	t.Helper()
	ticket, err := s.Desk.Create(t.Context(), d)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return ticket
}

// read reads a ticket and fails the test where that does not work.
func (s *session) read(t *testing.T, id string) engine.Ticket {
	t.Helper()
	ticket, err := s.Desk.Ticket(t.Context(), id)
	if err != nil {
		t.Fatalf("read ticket %s: %v", id, err)
	}
	return ticket
}

// update changes a ticket and fails the test where that does not work.
func (s *session) update(t *testing.T, id string, u engine.TicketUpdate) {
	t.Helper()
	if err := s.Desk.Update(t.Context(), id, u); err != nil {
		t.Fatalf("update %+v: %v", u, err)
	}
}

// list looks tickets up and fails the test where that does not work.
func (s *session) list(t *testing.T, q engine.TicketQuery) []engine.Ticket {
	t.Helper()
	found, err := s.Desk.Tickets(t.Context(), q)
	if err != nil {
		t.Fatalf("list %+v: %v", q, err)
	}
	return found.Tickets
}

// refused checks a refusal: the desk's own, provably without effect, and not a
// reason to think that the desk is away.
func (s *session) refused(t *testing.T, what string, err error) *engine.Error {
	t.Helper()
	e := s.failed(t, what, err)
	if e.Reason != engine.ReasonRejected || !e.NotDone {
		t.Errorf("%s: reason %s, not done %v; want %s and true (%v)", what, e.Reason, e.NotDone, engine.ReasonRejected, err)
	}
	return e
}

// failed checks what every error has to be.
func (s *session) failed(t *testing.T, what string, err error) *engine.Error {
	t.Helper()
	e, ok := errors.AsType[*engine.Error](err)
	if !ok {
		t.Fatalf("%s: got %v (%T), want an *engine.Error", what, err, err)
	}
	if e.Side == "" || e.Op == "" || !slices.Contains(engine.Reasons(), e.Reason) {
		t.Errorf("%s: %#v does not say who failed at what, and why", what, e)
	}
	for _, secret := range s.Secrets {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error holds a secret: %v", what, err)
		}
	}
	return e
}

// text is a document of one paragraph.
func text(words string) engine.Document {
	return engine.Document{{Kind: engine.Paragraph, Spans: []engine.Span{{Text: words}}}}
}

func ids(tickets []engine.Ticket) []string {
	all := make([]string, len(tickets))
	for i, t := range tickets {
		all[i] = t.ID
	}
	slices.Sort(all)
	return all
}

func sorted(all ...string) []string {
	slices.Sort(all)
	return all
}

// note is a note with an operation of its own.
func note(words string) engine.Note {
	return engine.Note{Operation: uuid.New(), Body: text(words)}
}

// pass lets time go by, so that what follows is later by the desk's clock.
func pass(d time.Duration) {
	<-time.After(d)
}
