package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Options are what an engine is made of. Store, Holder, Metrics and Log are required.
type Options struct {
	Store   Store
	Holder  Holder
	Metrics *Metrics
	Log     *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Crash is called at the points between a call and what is written about it,
	// so that tests can die there; nil does nothing.
	Crash func(point string)
}

// Setup is a configuration with the parts that it names.
type Setup struct {
	Configuration Configuration
	Desk          Desk
	// DeskName is how messages call the desk: "AlgaPSA".
	DeskName string
	// DeskURL binds the state to the desk.
	DeskURL string
	// Settle is how long an unclear answer is left alone.
	Settle   time.Duration
	Accounts []AccountSetup
}

// AccountSetup is one Huntress account of a [Setup].
type AccountSetup struct {
	Settings AccountSettings
	Source   Source
}

// Engine reconciles the accounts of a setup with its desk. All methods may be
// called concurrently.
type Engine struct {
	store   Store
	holder  Holder
	metrics *Metrics
	log     *slog.Logger
	now     func() time.Time
	crash   func(point string)
	gate    gate
	line    line
	proof   proof
	reads   markedReads
	// cataloging admits one reading of the catalogue at a time.
	cataloging turn
	memory     deskMemory
	stumbles   stumbles
	// troubles are those that the log told of.
	troubles troubles
	// pulse is answered by Run.
	pulse chan struct{}
	// roll tells of the replicas; poked is one-slot: theirs are to poll at once.
	roll  rollCall
	poked chan struct{}

	// configuring admits one Configure at a time.
	configuring turn

	mu       sync.Mutex
	setup    Setup
	current  Resolution
	ready    bool // a setup was published
	accounts map[string]*account
	turns    map[int64]*turns // by the id of the Huntress account
	// kept end the renewing of the leases that Hold took.
	kept []func()
	// changed is closed, and replaced, whenever a setup or a resolution is published.
	changed chan struct{}
}

// New makes an engine. It does nothing until it is configured.
func New(o Options) *Engine {
	e := &Engine{
		store: o.Store, holder: o.Holder, metrics: o.Metrics, log: o.Log, now: o.Now, crash: o.Crash,
		accounts: map[string]*account{}, changed: make(chan struct{}), configuring: newTurn(), pulse: make(chan struct{}),
		turns: map[int64]*turns{}, poked: make(chan struct{}, 1), cataloging: newTurn(), reads: markedReads{reading: newTurn()}, proof: proof{alone: newTurn()},
	}
	e.memory.store, e.memory.storing = o.Store, newTurn()
	e.line.gate = &e.gate
	if e.now == nil {
		e.now = time.Now
	}
	if e.crash == nil {
		e.crash = func(string) {}
	}
	return e
}

// Configure holds a setup against the live desk and Huntress, and publishes it if
// it is complete, or if nothing complete runs yet: the running policy never
// becomes less complete. Everything that can fail comes first; the resolution
// tells what blocks.
//
// An account that Huntress does not answer for is published all the same; it is
// identified once it does.
func (e *Engine) Configure(ctx context.Context, s Setup) (Resolution, error) {
	if err := e.configuring.take(ctx); err != nil {
		return Resolution{}, err
	}
	defer e.configuring.give()
	defer e.trimMetrics()
	if err := e.loadMemory(ctx, s); err != nil {
		return Resolution{}, err
	}
	accounts, err := e.identifyAll(ctx, s)
	if err != nil {
		return Resolution{}, err
	}
	catalogue, away, err := e.freshCatalogue(ctx, s)
	if err != nil {
		return Resolution{}, err
	}
	// Accounts are identified beside this: whoever does that afterwards refreshes what
	// is published here.
	e.mu.Lock()
	defer e.mu.Unlock()
	resolution := s.Configuration.Resolve(catalogue, organizationsOf(accounts))
	if away != nil && len(resolution.Blocking) > 0 {
		// What is not in the catalogue of earlier may be there by now.
		return Resolution{}, away
	}
	if e.ready && len(e.current.Blocking) == 0 && len(resolution.Blocking) > 0 {
		return resolution, nil
	}
	// One may have been identified while the desk was asked.
	if err := distinct(s, accounts); err != nil {
		return Resolution{}, err
	}
	e.memory.learn(s.DeskURL, catalogue)
	e.publish(s, resolution, accounts)
	return resolution, nil
}

// loadMemory reads what is remembered of the desk, and refuses another one. Which
// desk it is to be is only remembered once a setup with it is published.
func (e *Engine) loadMemory(ctx context.Context, s Setup) error {
	state, err := e.store.Desk(ctx)
	if err != nil {
		return fmt.Errorf("read what is known of the desk: %w", err)
	}
	if !bindable(state.URL, s.DeskURL) {
		return &OtherDeskError{Bound: state.URL, Wanted: s.DeskURL}
	}
	e.memory.mu.Lock()
	defer e.memory.mu.Unlock()
	if e.memory.state.URL == "" {
		// A stop of creates ends with the process that found it: starting again
		// is how an operator says that the cause is gone.
		e.memory.lifted, e.memory.unsaved = state.CreatesStopped, state.CreatesStopped != ""
		state.CreatesStopped = ""
		e.memory.state = state
	}
	return nil
}

// freshCatalogue reads the desk's catalogue. While the desk is away the last one
// known is returned, with why.
func (e *Engine) freshCatalogue(ctx context.Context, s Setup) (catalogue *Catalogue, away, err error) {
	catalogue, err = s.Desk.Catalogue(ctx)
	if err != nil {
		err = fmt.Errorf("read the catalogue of the desk: %w", err)
		known := e.memory.catalogueOf(s.DeskURL)
		if known == nil || !deskFailure(err) {
			return nil, nil, err
		}
		e.memory.catalogueFailed()
		e.log.WarnContext(ctx, "The desk does not answer; its catalogue of earlier is used", "read_at", known.ReadAt, "error", err)
		return known, err, nil
	}
	catalogue.ReadAt = e.now()
	return catalogue, nil, nil
}

// publish makes a setup the one that runs. The caller holds e.mu.
func (e *Engine) publish(s Setup, r Resolution, accounts map[string]*account) {
	for _, a := range accounts {
		e.inherit(a, e.accounts)
	}
	e.setup, e.current, e.accounts, e.ready = s, r, accounts, true
	e.announce()
}

// announce tells everyone who waits that something was published.
func (e *Engine) announce() {
	close(e.changed)
	e.changed = make(chan struct{})
	complete := 0.0
	if len(e.current.Blocking) == 0 {
		complete = 1
	}
	e.metrics.enabled.Set(complete)
	for _, a := range e.accounts {
		if e.isElsewhere(a) {
			continue
		}
		a.metrics.begin(a.setup.Settings)
		a.metrics.mapped(a.mapping(e.current.Policy))
	}
}

// view is what a pass runs on from its beginning to its end.
type view struct {
	setup    Setup
	policy   *Policy
	blocking []Reminder
	changed  <-chan struct{}
}

func (e *Engine) view() view {
	e.mu.Lock()
	defer e.mu.Unlock()
	return view{setup: e.setup, policy: e.current.Policy, blocking: e.current.Blocking, changed: e.changed}
}

// Resolution is the published one; ok is false before the first.
func (e *Engine) Resolution() (r Resolution, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.current, e.ready
}

// refresh resolves the running configuration again, after the catalogue or an
// account's organizations changed.
func (e *Engine) refresh(ctx context.Context) {
	catalogue := e.memory.catalogue()
	if catalogue == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.ready {
		return
	}
	before := e.current.Blocking
	e.current = e.setup.Configuration.Resolve(catalogue, organizationsOf(e.accounts))
	e.announce()
	same := func(a, b Reminder) bool { return a.Path == b.Path && a.Problem == b.Problem }
	if slices.EqualFunc(before, e.current.Blocking, same) {
		return // The log says so already.
	}
	for _, reminder := range e.current.Blocking {
		e.log.ErrorContext(ctx, "Polling is disabled: the configuration is incomplete",
			"path", reminder.Path, "problem", reminder.Problem, "file", reminder.Pos.File, "line", reminder.Pos.Line)
	}
}

// trimMetrics removes what is shown of accounts that are not configured any more:
// nothing would ever correct it.
func (e *Engine) trimMetrics() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.metrics.keep(e.accounts)
}

// hideMetrics removes what is shown of an account unless it is worked here.
func (e *Engine) hideMetrics(a *account) {
	e.mu.Lock()
	defer e.mu.Unlock()
	present := e.accounts[a.name()]
	if present == nil || e.isElsewhere(present) {
		e.metrics.drop(a.name())
	}
	if present == nil {
		e.metrics.leader.DeleteLabelValues(a.name())
	}
}

// isElsewhere reports whether another process is known to work the account.
func (e *Engine) isElsewhere(a *account) bool {
	leader := a.ledBy()
	return leader.ID != "" && leader.ID != e.holder.ID
}

// list is the accounts by name.
func (e *Engine) list() []*account {
	e.mu.Lock()
	defer e.mu.Unlock()
	accounts := make([]*account, 0, len(e.accounts))
	for _, a := range e.accounts {
		accounts = append(accounts, a)
	}
	slices.SortFunc(accounts, func(a, b *account) int {
		if a.name() < b.name() {
			return -1
		}
		return 1
	})
	return accounts
}

// Poke asks for a poll of every account at once, and for a probe of a desk that
// is paused. Asked during a pass it is remembered and runs another.
func (e *Engine) Poke() {
	e.gate.open()
	for _, a := range e.list() {
		signal(a.pollNow)
		signal(a.applyNow)
	}
	signal(e.poked)
}

// signal puts a token into a one-slot channel: asked twice is asked once.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Close gives back every account. The engine must not be running any more.
func (e *Engine) Close(ctx context.Context) error {
	var failures []error
	e.mu.Lock()
	kept := e.kept
	e.kept = nil
	e.mu.Unlock()
	for _, stop := range kept {
		stop()
	}
	for _, a := range e.list() {
		if h := a.held(); h != nil {
			failures = append(failures, h.release(ctx))
		}
	}
	return errors.Join(failures...)
}

// ForEachHold calls do with the lease of every account that is held.
func (e *Engine) ForEachHold(do func(Lease) error) error {
	var failures []error
	for _, a := range e.list() {
		if h := a.held(); h != nil {
			failures = append(failures, do(h.current()))
		}
	}
	return errors.Join(failures...)
}

func newPassID() string { return uuid.NewString()[:8] }

// SameAccountError says that two huntress blocks reach one account.
type SameAccountError struct {
	Account       Account
	First, Second string
}

// Error names both blocks.
func (e *SameAccountError) Error() string {
	return fmt.Sprintf("the huntress blocks %q and %q reach the same Huntress account %q (%d): remove one of them",
		e.First, e.Second, e.Account.Name, e.Account.ID)
}

var errNotIdentified = errors.New("it is not yet known which Huntress account this is")
