package engine

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// world is everything around an engine: Huntress, a desk, a disk and a
// configuration. Processes come and go in it.
type world struct {
	store         *fakeStore
	source        *fakeSource
	desk          *fakeDesk
	configuration *fakeConfiguration
	settings      AccountSettings
	settle        time.Duration
	now           func() time.Time

	mu sync.Mutex
	// crash is asked at each point where a process can die.
	crash     func(point string) bool
	processes int
	log       strings.Builder
}

func newWorld() *world { return newWorldWithClock(time.Now) }

func newWorldWithClock(now func() time.Time) *world {
	return &world{
		store: newFakeStore(now), source: newFakeSource(now), desk: newFakeDesk(now),
		configuration: newFakeConfiguration(),
		settings:      AccountSettings{Name: "main", Interval: 5 * time.Minute, Backfill: 7 * 24 * time.Hour, Census: time.Hour},
		settle:        time.Minute, now: now,
	}
}

// fakeConfiguration is a configuration that resolves to one policy.
type fakeConfiguration struct {
	mu       sync.Mutex
	hash     string
	blocking []Reminder
	// edit changes each policy that is made.
	edit func(*Policy)
}

func newFakeConfiguration() *fakeConfiguration { return &fakeConfiguration{hash: "hash-1"} }

// change is an edit while an engine runs on it.
func (c *fakeConfiguration) change(edit func(*fakeConfiguration)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	edit(c)
}

func (c *fakeConfiguration) Resolve(catalogue *Catalogue, accounts []AccountOrganizations) Resolution {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := &Policy{
		Hash: c.hash, Catalogue: catalogue, BoardID: boardSecurity,
		Priorities:        map[Severity]string{SeverityCritical: "p1", SeverityHigh: "p2", SeverityLow: "p3"},
		Fallback:          Fallback{ClientID: clientTriage, BoardID: boardTriage},
		Organizations:     map[OrganizationKey]Mapping{},
		OrganizationNames: map[OrganizationKey]string{},
		Accounts:          map[int64]Account{}, Boards: map[string]BoardStatuses{},
		Close: &Close{}, Settle: time.Minute,
	}
	if catalogue != nil {
		for _, b := range catalogue.Boards {
			var s BoardStatuses
			for _, status := range catalogue.Statuses {
				if status.BoardID == b.ID && status.Default {
					s.OpenID = status.ID
				}
				if status.BoardID == b.ID && status.Closed {
					s.ClosedID = status.ID
				}
			}
			p.Boards[b.ID] = s
		}
	}
	for _, a := range accounts {
		p.Accounts[a.Account.ID] = a.Account
		for _, o := range a.Organizations {
			key := OrganizationKey{a.Account.ID, o.ID}
			p.OrganizationNames[key] = o.Name
			switch o.ID {
			case orgAcme:
				p.Organizations[key] = Mapping{Label: o.Name, By: "name", ClientID: clientAcme}
			case orgGlobex:
				p.Organizations[key] = Mapping{Label: o.Name, By: "id", ClientID: clientGlobex}
			case orgOptedOut:
				p.Organizations[key] = Mapping{Label: o.Name, By: "name", ClientID: clientQuiet, OptedOut: true}
			}
		}
	}
	if c.edit != nil {
		c.edit(p)
	}
	return Resolution{Policy: p, Blocking: c.blocking}
}

// process is one life of huntsync in a world.
type process struct {
	world  *world
	holder Holder
	engine *Engine
	ctx    context.Context //nolint:containedctx // it is the life of the process.
	end    context.CancelFunc
	ran    sync.WaitGroup
	err    error
}

// boot starts a process and configures it.
func (w *world) boot() (*process, error) {
	w.mu.Lock()
	w.processes++
	p := &process{world: w, holder: Holder{ID: fmt.Sprintf("process-%d", w.processes), Host: "host", Command: "run", Since: w.now()}}
	w.mu.Unlock()
	p.ctx, p.end = context.WithCancel(context.Background())
	p.engine = New(Options{
		Store: w.store, Holder: p.holder, Metrics: NewMetrics(prometheus.NewRegistry()),
		Log: slog.New(slog.NewTextHandler(&lockedWriter{w: w}, nil)), Now: w.now, Crash: p.atPoint,
	})
	_, err := p.engine.Configure(p.ctx, p.setup())
	return p, err
}

// start is boot that must succeed.
func (w *world) start(t *testing.T) *process {
	t.Helper()
	p, err := w.boot()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.end()
		p.ran.Wait()
	})
	return p
}

func (p *process) setup() Setup {
	w := p.world
	return Setup{
		Configuration: w.configuration, Desk: mortalDesk{w.desk, p}, DeskName: "Desk", DeskURL: "https://desk.example.com",
		Settle:   w.settle,
		Accounts: []AccountSetup{{Settings: w.settings, Source: w.source}},
	}
}

// atPoint dies where the world says so.
func (p *process) atPoint(point string) {
	w := p.world
	w.mu.Lock()
	dies := w.crash != nil && w.crash(point)
	w.mu.Unlock()
	if dies {
		p.kill()
	}
	if w.store.isDead(p.holder) {
		runtime.Goexit()
	}
}

// kill is kill -9: nothing of the process has any effect from now on.
func (p *process) kill() {
	p.world.store.died(p.holder)
	p.end()
}

// run is the daemon, in the background.
func (p *process) run() {
	p.ran.Go(func() { p.err = p.engine.Run(p.ctx) })
}

// stop is SIGTERM.
func (p *process) stop() error {
	p.end()
	p.ran.Wait()
	if !p.world.store.isDead(p.holder) {
		return p.engine.Close(context.Background())
	}
	return nil
}

// pass is one "apply"; it survives the death of the process.
func (p *process) pass() (err error) {
	err = errProcessDied
	var done sync.WaitGroup
	done.Go(func() { _, err = p.engine.Pass(p.ctx, nil) })
	done.Wait()
	return err
}

// mortalDesk is the desk as one process sees it: the dead write nothing.
type mortalDesk struct {
	*fakeDesk

	process *process
}

func (m mortalDesk) dead() error {
	if m.process.world.store.isDead(m.process.holder) {
		return errProcessDied
	}
	return nil
}

func (m mortalDesk) Create(ctx context.Context, d Draft) (Ticket, error) {
	if err := m.dead(); err != nil {
		return Ticket{}, err
	}
	return m.fakeDesk.Create(ctx, d)
}

func (m mortalDesk) Update(ctx context.Context, id string, u TicketUpdate) error {
	if err := m.dead(); err != nil {
		return err
	}
	return m.fakeDesk.Update(ctx, id, u)
}

func (m mortalDesk) Note(ctx context.Context, id string, n Note) error {
	if err := m.dead(); err != nil {
		return err
	}
	return m.fakeDesk.Note(ctx, id, n)
}

func (m mortalDesk) LinkAsset(ctx context.Context, ticketID, assetID string) error {
	if err := m.dead(); err != nil {
		return err
	}
	return m.fakeDesk.LinkAsset(ctx, ticketID, assetID)
}

type lockedWriter struct{ w *world }

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.w.log.Write(p)
}

func (w *world) logged() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// incident is a new open incident of an organization, sent and updated now.
func (w *world) incident(id, organization int64, severity Severity) Incident {
	at := w.now().UTC().Truncate(time.Second)
	return Incident{
		ID: id, OrganizationID: organization, Subject: fmt.Sprintf("Incident on HOST-%d", id), Summary: "Something happened.",
		Severity: severity, Status: StatusSent, Platform: "windows", Indicators: []string{"footholds"},
		SentAt: at, StatusUpdatedAt: at, UpdatedAt: at,
	}
}

func (w *world) send(id, organization int64, severity Severity) {
	w.source.put(w.incident(id, organization, severity))
}

func incidentKey(id int64) Key { return Key{AccountID: 5, Kind: KindIncident, IncidentID: id} }

func (w *world) record(t *testing.T, id int64) Record {
	t.Helper()
	r, err := w.store.Record(t.Context(), incidentKey(id))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// one is the only ticket of an incident.
func (w *world) one(t *testing.T, id int64) deskTicket {
	t.Helper()
	list := w.desk.of(id)
	if len(list) != 1 {
		t.Fatalf("incident %d has %d tickets, want one", id, len(list))
	}
	return list[0]
}

// mustPass makes a pass that must succeed.
func (p *process) mustPass(t *testing.T) {
	t.Helper()
	if err := p.pass(); err != nil {
		t.Fatalf("pass: %v", err)
	}
}

// outcomes lists the journal of an incident, the oldest first: "create/new done".
func (w *world) outcomes(id int64) string {
	var list []string
	for _, e := range w.store.entries() {
		if e.Key == incidentKey(id) {
			list = append(list, fmt.Sprintf("%s/%s %s", e.Action, e.Cause, e.Outcome))
		}
	}
	return strings.Join(list, ", ")
}
