package algapsa

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

const testKey = "canary-0123456789abcdef-key"

// world is a simulated AlgaPSA and a client with all the permissions that it needs.
type world struct {
	sim       *sim.Sim
	client    *Client
	transport *http.Transport
	observed  *observations
	refuse    *dialFailure // Of connections.

	security, triage   desk
	high, low          sim.Priority
	acme, globex       sim.Client
	category, incident sim.Category
	jane               sim.Contact
	user               sim.User
}

// desk is a board with its statuses.
type desk struct {
	sim.Board

	fresh, active, closed sim.Status
}

// dialFailure lets the next connection fail.
type dialFailure struct {
	mu   sync.Mutex
	next error
}

func (r *dialFailure) set(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next = err
}

func (r *dialFailure) take() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.next
	r.next = nil
	return err
}

// observations collects what the observer was told.
type observations struct {
	mu    sync.Mutex
	codes []string
	took  []time.Duration
}

func (o *observations) observe(code string, took time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.codes, o.took = append(o.codes, code), append(o.took, took)
}

func (o *observations) all() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.codes)
}

func permissions() []string {
	return []string{
		"ticket:read", "ticket:create", "ticket:update", "client:read", "contact:read", "ticket_settings:read", "asset:read",
	}
}

// newSim furnishes a simulator.
func newSim(o sim.Options) *world {
	s := sim.New(o)
	w := &world{sim: s}
	w.user = s.AddUser(sim.User{Name: "huntsync"})
	s.AddKey(sim.Key{Key: testKey, UserID: w.user.ID, Permissions: permissions()})
	w.security, w.triage = addDesk(s, "Security"), addDesk(s, "Triage")
	w.high = s.AddPriority(sim.Priority{Name: "P1", Order: 1})
	w.low = s.AddPriority(sim.Priority{Name: "P3", Order: 3})
	s.AddPriority(sim.Priority{Name: "of a task", ItemType: "project_task"})
	s.AddStatus(sim.Status{Name: "of a project", Type: "project"})
	w.acme = s.AddClient(sim.Client{Name: "Acme Corporation", Email: "it@acme.example"})
	w.globex = s.AddClient(sim.Client{Name: "Globex", Email: "it@globex.example"})
	w.jane = s.AddContact(sim.Contact{ClientID: w.acme.ID, Name: "Jane 100%_Doe", Email: "jane@acme.example"})
	s.AddContact(sim.Contact{ClientID: w.acme.ID, Name: "Jane 100 XDoe", Email: "jane.x@acme.example"})
	s.AddContact(sim.Contact{ClientID: w.globex.ID, Name: "Jane 100%_Doe", Email: "jane@globex.example"})
	for _, board := range []desk{w.security, w.triage} {
		c := s.AddCategory(sim.Category{BoardID: board.ID, Name: "Security"})
		i := s.AddCategory(sim.Category{BoardID: board.ID, Name: "Incident", Parent: c.ID})
		if board.ID == w.security.ID {
			w.category, w.incident = c, i
		}
	}
	return w
}

func addDesk(s *sim.Sim, name string) desk {
	board := s.AddBoard(sim.Board{Name: name})
	return desk{
		Board:  board,
		fresh:  s.AddStatus(sim.Status{BoardID: board.ID, Name: "New", Default: true, Order: 1}),
		active: s.AddStatus(sim.Status{BoardID: board.ID, Name: "In Progress", Order: 2}),
		closed: s.AddStatus(sim.Status{BoardID: board.ID, Name: "Closed", Closed: true, Order: 3}),
	}
}

// serve puts a handler behind the client's own transport, over connections in memory.
func serve(t *testing.T, h http.Handler) (*http.Transport, *dialFailure) {
	t.Helper()
	pipe, refuse := sim.NewPipe(h), &dialFailure{}
	dial := pipe.Transport().DialContext
	transport := newTransport(func(ctx context.Context, network, address string) (net.Conn, error) {
		if err := refuse.take(); err != nil {
			return nil, err
		}
		return dial(ctx, network, address)
	})
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := pipe.Close(); err != nil {
			t.Error(err)
		}
	})
	return transport, refuse
}

func newClient(t *testing.T, transport http.RoundTripper, observe func(string, time.Duration)) *Client {
	t.Helper()
	c, err := New(Options{URL: "http://127.0.0.1", APIKey: testKey + "\n", Transport: transport, Observe: observe})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newWorld is to be called in a bubble.
func newWorld(t *testing.T, o sim.Options) *world {
	t.Helper()
	w := newSim(o)
	w.observed = &observations{}
	w.transport, w.refuse = serve(t, w.sim)
	w.client = newClient(t, w.transport, w.observed.observe)
	return w
}

// inBubble runs a test against the simulator in virtual time.
func inBubble(t *testing.T, o sim.Options, test func(*testing.T, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newWorld(t, o)) })
}

// answering runs a test against a handler of its own.
func answering(t *testing.T, h http.HandlerFunc, test func(*testing.T, *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		transport, _ := serve(t, h)
		test(t, newClient(t, transport, nil))
	})
}

func (w *world) draft(incident int64) engine.Draft {
	key := engine.Key{AccountID: 7, Kind: engine.KindIncident, IncidentID: incident}
	return engine.Draft{
		CorrelationID: key.CorrelationID(), Title: engine.Marker(incident) + " Malware",
		Body:    engine.Document{{Kind: engine.Paragraph, Spans: []engine.Span{{Text: "Look."}}}},
		BoardID: w.security.ID, StatusID: w.security.fresh.ID, ClientID: w.acme.ID, PriorityID: w.high.ID,
	}
}

func (w *world) create(t *testing.T, incident int64) engine.Ticket {
	t.Helper()
	ticket, err := w.client.Create(t.Context(), w.draft(incident))
	if err != nil {
		t.Fatal(err)
	}
	return ticket
}

// failure is the engine's error in err.
func failure(t *testing.T, err error) *engine.Error {
	t.Helper()
	e, ok := errors.AsType[*engine.Error](err)
	if !ok {
		t.Fatalf("got %v (%T), want an *engine.Error", err, err)
	}
	if e.Side != Side || e.Op == "" {
		t.Errorf("%#v does not say who failed at what", e)
	}
	for _, shown := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", e)} {
		if strings.Contains(shown, testKey) {
			t.Errorf("the API key is in an error: %s", shown)
		}
	}
	return e
}
