package main

import (
	"context"
	"io"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	algapsadata "github.com/huntsync/huntsync/providers/algapsa/sim/dataset"
	"github.com/huntsync/huntsync/providers/huntress"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
	huntressdata "github.com/huntsync/huntsync/providers/huntress/sim/dataset"
	"github.com/huntsync/huntsync/state"
)

// benchWorld is what a benchmark works in: the real clients, engine and state, with
// simulators over in-memory pipes on the other ends. Nothing limits the requests.
type benchWorld struct {
	dir      string
	env      map[string]string
	clock    *benchClock
	huntress *huntresssim.Server
	desk     *algapsasim.Sim
	network  byPort
	// template is an incident of the demo.
	template huntresssim.Incident
}

// benchClock is the simulators' own: it runs as the real one does, and can be put
// forward, so that what happens at one time has many.
type benchClock struct{ ahead atomic.Int64 }

// Now is the time of the simulators.
func (c *benchClock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *benchClock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

// newBenchWorld is a world without an incident. State is the block of the
// configuration that says where the state is kept.
func newBenchWorld(b *testing.B, stateBlock string) *benchWorld {
	b.Helper()
	w := &benchWorld{dir: b.TempDir(), env: map[string]string{}, clock: &benchClock{}}
	w.template = huntressdata.Incidents(w.clock.Now())[0]
	w.huntress = huntresssim.New(huntresssim.Options{Now: w.clock.Now})
	(&simulation{huntress: w.huntress}).fillHuntress()
	w.desk = algapsasim.New(algapsasim.Options{
		Seed: 1, Now: w.clock.Now, RateLimit: algapsasim.RateLimit{Burst: math.MaxInt32, Refill: math.MaxInt32},
	})
	algapsadata.Load(w.desk)
	w.desk.AddKey(algapsasim.Key{Key: deskKey, UserID: algapsadata.UserID, Permissions: algapsadata.Permissions()})
	h, d := huntresssim.Serve(w.huntress), algapsasim.NewPipe(w.desk)
	b.Cleanup(func() {
		for _, end := range []io.Closer{h, d} {
			if err := end.Close(); err != nil {
				b.Error(err)
			}
		}
	})
	w.network = byPort{"1": h.Transport(), "2": d.Transport()}
	text := strings.NewReplacer(
		`state "sqlite" { path = "state.db" }`, stateBlock,
		`base_url   = "http://127.0.0.1:1"`, "base_url   = \"http://127.0.0.1:1\"\n  backfill   = \"30d\"\n  census     = \"24h\"",
	).Replace(simConfig)
	if err := os.WriteFile(filepath.Join(w.dir, "huntsync.hcl"), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	return w
}

// incident is the one of the demo as another incident of the account.
func (w *benchWorld) incident(id int64) huntresssim.Incident {
	i := w.template
	i.ID, i.AccountID, i.OrganizationID, i.AgentID = id, simAccount, 100, 0
	i.Status, i.ClosedAt, i.SentAt, i.UpdatedAt, i.StatusUpdatedAt = "", time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return i
}

// perSecond is how many incidents are updated in a second of Huntress's.
const perSecond = 7

// publish sends so many incidents, one after the other.
func (w *benchWorld) publish(first, many int64) {
	for n := range many {
		if n%perSecond == 0 {
			w.clock.forward(time.Second)
		}
		w.huntress.AddIncident(w.incident(first + n))
	}
	w.clock.forward(2 * time.Minute) // Beyond what the next poll looks at twice.
}

// update changes the summaries of so many incidents, one after the other.
func (w *benchWorld) update(b *testing.B, first, many int64) {
	b.Helper()
	for n := range many {
		if n%perSecond == 0 {
			w.clock.forward(time.Second)
		}
		if err := w.huntress.UpdateIncident(simAccount, first+n, func(i *huntresssim.Incident) { i.Summary += " It went on." }); err != nil {
			b.Fatal(err)
		}
	}
	w.clock.forward(2 * time.Minute)
}

// benchLife is one start of huntsync.
type benchLife struct {
	wiring *wiring
	store  state.Store
	engine *engine.Engine
	took   benchStart
}

// benchStart is what a start took.
type benchStart struct{ open, configure time.Duration }

// start begins on whatever the last life left. Wrap, where not nil, goes around
// the state.
func (w *benchWorld) start(b *testing.B, wrap func(state.Store) state.Store) *benchLife {
	b.Helper()
	a := &app{configPath: w.dir, lookupEnv: func(name string) (string, bool) {
		if value, ok := w.env[name]; ok {
			return value, true
		}
		return simEnvironment(name)
	}}
	tried := a.read(b.Context())
	if tried.config == nil {
		b.Fatalf("configuration: %+v", tried.diags)
	}
	l := &benchLife{wiring: newWiring("apply", slog.New(slog.DiscardHandler))}
	l.wiring.transport = w.network
	began := time.Now()
	store, err := l.wiring.open(b.Context(), tried.config, false)
	if err != nil {
		b.Fatal(err)
	}
	l.took.open = time.Since(began)
	l.store = store
	if wrap != nil {
		l.store = wrap(store)
	}
	l.engine = engine.New(engine.Options{
		Store: l.store, Holder: l.wiring.holder(), Metrics: l.wiring.metrics.engine, Log: l.wiring.log,
	})
	began = time.Now()
	setup, err := l.wiring.setup(b.Context(), tried.config)
	if err != nil {
		b.Fatal(err)
	}
	for i := range setup.Accounts {
		setup.Accounts[i].Source = &benchSource{transport: w.network, clock: w.clock}
	}
	resolution, err := l.engine.Configure(b.Context(), setup)
	if err != nil || len(resolution.Blocking) > 0 {
		b.Fatalf("configure: %v %v", err, resolution.Blocking)
	}
	l.took.configure = time.Since(began)
	return l
}

// pass observes and applies, and makes sure that so many incidents were news.
func (l *benchLife) pass(b *testing.B, news int64) {
	b.Helper()
	reports, err := l.engine.Pass(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	if got := int64(reports[0].Changed); got != news {
		b.Fatalf("the pass saw news of %d incidents, want %d", got, news)
	}
}

func (l *benchLife) end(b *testing.B) {
	b.Helper()
	if err := l.engine.Close(context.WithoutCancel(b.Context())); err != nil {
		b.Error(err)
	}
	if err := l.store.Close(); err != nil {
		b.Error(err)
	}
}

// benchSource is the real client, but never waits for the budget that Huntress
// gives: it goes on with another one, at a later minute.
type benchSource struct {
	transport http.RoundTripper
	clock     *benchClock

	mu     sync.Mutex
	client *huntress.Client
	left   int
}

func (s *benchSource) next() (*huntress.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left > 0 {
		s.left--
		return s.client, nil
	}
	s.clock.forward(61 * time.Second)
	var err error
	s.client, err = huntress.New(huntress.Options{
		Name: "main", Key: huntressKey, Secret: huntressSecret, BaseURL: "http://127.0.0.1:1", Transport: s.transport,
	})
	s.left = 50
	return s.client, err
}

// Account asks the client.
func (s *benchSource) Account(ctx context.Context) (engine.Account, error) {
	c, err := s.next()
	if err != nil {
		return engine.Account{}, err
	}
	return c.Account(ctx)
}

// Organizations asks the client.
func (s *benchSource) Organizations(ctx context.Context) ([]engine.Organization, error) {
	c, err := s.next()
	if err != nil {
		return nil, err
	}
	return c.Organizations(ctx)
}

// Page asks the client.
func (s *benchSource) Page(ctx context.Context, q engine.PageQuery) (engine.Page, error) {
	c, err := s.next()
	if err != nil {
		return engine.Page{}, err
	}
	return c.Page(ctx, q)
}

// Incident asks the client.
func (s *benchSource) Incident(ctx context.Context, id int64) (engine.Incident, error) {
	c, err := s.next()
	if err != nil {
		return engine.Incident{}, err
	}
	return c.Incident(ctx, id)
}

// Remediations asks the client.
func (s *benchSource) Remediations(ctx context.Context, incidentID int64) ([]engine.Remediation, error) {
	c, err := s.next()
	if err != nil {
		return nil, err
	}
	return c.Remediations(ctx, incidentID)
}

// Agent asks the client.
func (s *benchSource) Agent(ctx context.Context, id int64) (engine.Agent, error) {
	c, err := s.next()
	if err != nil {
		return engine.Agent{}, err
	}
	return c.Agent(ctx, id)
}
