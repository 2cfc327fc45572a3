package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// workers is how many incidents of an account are worked on at a time.
const workers = 4

// batch is how many due records are read at a time, and relist for how long their
// order is taken as true.
const (
	batch  = 200
	relist = 5 * time.Second
)

// PassReport is what one pass did.
type PassReport struct {
	PassID  string
	Account string
	// Rows counts the incidents that the poll listed, Changed those that were news.
	Rows, Changed int
	// Outcomes counts changes by action and outcome.
	Outcomes map[Action]map[Outcome]int
	Began    time.Time
	Took     time.Duration
	Err      error
}

// IncompleteError says what the configuration lacks before anything can be done.
type IncompleteError struct{ Blocking []Reminder }

// Error names what is lacking.
func (e *IncompleteError) Error() string {
	var lacking []string
	for _, r := range e.Blocking {
		lacking = append(lacking, r.Path+": "+r.Problem)
	}
	return "the configuration is incomplete: " + strings.Join(lacking, "; ")
}

// Hold takes every account for writing, and keeps it until Close, or fails with
// [*HeldError].
func (e *Engine) Hold(ctx context.Context) error {
	for _, a := range e.list() {
		if _, ok := a.identity(); !ok {
			continue // It is asked for again by the pass.
		}
		h, err := e.take(ctx, a, e.view().setup.Settle)
		if err != nil {
			return err
		}
		stop := e.keepHeld(ctx, a, h)
		e.mu.Lock()
		e.kept = append(e.kept, stop)
		e.mu.Unlock()
	}
	return nil
}

// Pass observes every account once and brings the desk up to date, as far as it
// is due. Only, where not nil, limits the changes to those it approves. The
// report of each account is returned with what failed, joined.
func (e *Engine) Pass(ctx context.Context, only func(Change) bool) ([]PassReport, error) {
	if v := e.view(); len(v.blocking) > 0 {
		return nil, &IncompleteError{Blocking: v.blocking}
	}
	var reports []PassReport
	var failures []error
	for _, a := range e.list() {
		v := e.view()
		report := PassReport{PassID: newPassID(), Account: a.name(), Began: e.now()}
		err := e.passOne(ctx, v, a, only, &report)
		report.Took, report.Err = e.now().Sub(report.Began), err
		if err != nil {
			failures = append(failures, fmt.Errorf("account %q: %w", a.name(), err))
		}
		reports = append(reports, report)
	}
	return reports, errors.Join(failures...)
}

func (e *Engine) passOne(ctx context.Context, v view, a *account, only func(Change) bool, report *PassReport) error {
	if _, ok := a.identity(); !ok {
		if err := e.identify(ctx, a, nil); err != nil {
			return err
		}
		e.refresh(ctx)
		v = e.view()
	}
	h, err := e.take(ctx, a, v.setup.Settle)
	if err != nil {
		return err
	}
	defer e.keepHeld(ctx, a, h)()
	if err := e.wake(ctx, h); err != nil {
		return err
	}
	observeErr := e.observe(ctx, a, report)
	if _, gone := errors.AsType[*PausedError](observeErr); gone || ctx.Err() != nil {
		return observeErr
	}
	// What was observed is owed whether or not the rest could be read.
	return errors.Join(observeErr, e.apply(ctx, a, scope{only: only}, report))
}

// observe reads the account and commits what it saw.
func (e *Engine) observe(ctx context.Context, a *account, report *PassReport) error {
	observing := e.turnsOf(a).observing
	if err := observing.take(ctx); err != nil {
		return err
	}
	defer observing.give()
	h, state, err := e.known(ctx, a)
	if err != nil {
		if ctx.Err() == nil {
			a.metrics.notPolled(err, e.now())
		}
		return err
	}
	a.remember(&state.Poll)
	before, epoch := state.Organizations, h.current().Epoch
	o := &observer{
		source: a.setup.Source, settings: a.setup.Settings, books: e.store, now: e.now, state: state,
		commit: func(ctx context.Context, seen Observation) error {
			lease := h.current()
			if lease.Epoch != epoch {
				return ErrLeaseLost // Another may have observed more since.
			}
			return e.store.Observe(ctx, lease, seen)
		},
		organizations: func(ctx context.Context, organizations []Organization) { e.setOrganizations(ctx, a, organizations) },
	}
	began := e.now()
	err = o.observe(ctx)
	report.Rows, report.Changed = o.rows, o.changed
	if ctx.Err() == nil {
		a.metrics.polled(o.state.Poll, e.now().Sub(began))
		a.mu.Lock()
		a.untold = PollState{}
		if o.untold {
			a.untold = o.state.Poll
		}
		a.mu.Unlock()
	}
	if o.unread != nil {
		e.log.WarnContext(ctx, "Incidents could not be read by id; they are taken as open until the next census",
			"account", a.name(), "pass", report.PassID, "error", o.unread)
	}
	if !sameOrganizations(before, o.state.Organizations) {
		if err := e.wake(ctx, h); err != nil {
			return err
		}
	}
	e.log.DebugContext(ctx, "Poll", "account", a.name(), "pass", report.PassID, "rows", o.rows, "changed", o.changed, "error", err)
	return err
}

// setOrganizations resolves the configuration against an account's organizations.
func (e *Engine) setOrganizations(ctx context.Context, a *account, organizations []Organization) {
	a.mu.Lock()
	same := sameOrganizations(a.organizations, organizations)
	a.organizations = organizations
	a.mu.Unlock()
	if !same {
		e.refresh(ctx)
	}
}

// known is what the state knows of an account, held for writing.
func (e *Engine) known(ctx context.Context, a *account) (*hold, AccountState, error) {
	info, ok := a.identity()
	if !ok {
		return nil, AccountState{}, errNotIdentified
	}
	h, err := e.take(ctx, a, e.view().setup.Settle)
	if err != nil {
		return nil, AccountState{}, err
	}
	state, err := e.store.Account(ctx, info.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, AccountState{}, fmt.Errorf("read account %d: %w", info.ID, err)
	}
	state.Poll.Account = info
	return h, state, nil
}

// scope is what a pass is limited to; the zero value is everything that is due.
type scope struct {
	// only, where set, approves each change: a saved plan holds it.
	only func(Change) bool
	// until, where set, is when the pass ends, done or not.
	until time.Time
}

// apply works on what is due until nothing is, and shows how the account stands
// whatever came of it: what waits for a desk that is away has to be seen waiting.
func (e *Engine) apply(ctx context.Context, a *account, s scope, report *PassReport) error {
	applying := e.turnsOf(a).applying
	if err := applying.take(ctx); err != nil {
		return err
	}
	defer applying.give()
	err := e.bringUpToDate(ctx, a, s, report)
	return errors.Join(err, e.measure(ctx, a))
}

func (e *Engine) bringUpToDate(ctx context.Context, a *account, s scope, report *PassReport) error {
	h, err := e.take(ctx, a, e.view().setup.Settle)
	if err != nil {
		return err
	}
	if err := e.memory.flush(ctx, h.current()); err != nil {
		return err
	}
	if err := e.refreshCatalogue(ctx, h); err != nil {
		return err
	}
	v := e.view()
	if len(v.blocking) > 0 {
		return &IncompleteError{Blocking: v.blocking}
	}
	ap := e.applier(a, h, v, report.PassID, s)
	if err := e.prepareCreates(ctx, ap); err != nil {
		return err
	}
	err = ap.run(ctx)
	report.Outcomes = ap.tally.count
	return errors.Join(err, ap.believeVanished(ctx))
}

func (e *Engine) applier(a *account, h *hold, v view, passID string, s scope) *applier {
	return &applier{
		desk: v.setup.Desk, name: v.setup.DeskName, source: a.setup.Source, store: e.store, policy: v.policy,
		newest: func() *Policy { return e.view().policy },
		hold:   h, epoch: h.current().Epoch, gate: &e.gate, line: &e.line, proof: &e.proof, reads: &e.reads, memory: &e.memory, stumbles: &e.stumbles, metrics: a.metrics, now: e.now, crash: e.crash,
		log: e.log.With("account", a.name(), "pass", passID), passID: passID, scope: s,
	}
}

// prepareCreates does the adoption that is owed, or remembers from when tickets
// are to be read before the first create.
func (e *Engine) prepareCreates(ctx context.Context, ap *applier) error {
	state, err := e.store.Account(ctx, ap.hold.account)
	if errors.Is(err, ErrNotFound) {
		return nil // Never observed: nothing can be due.
	}
	if err != nil {
		return fmt.Errorf("read account %d: %w", ap.hold.account, err)
	}
	ap.creates.since, ap.creates.unseen = state.Adoption.ReadAt, state.Adoption.Unseen
	// While the first walk has not been finished the books may be those of a lost
	// state, whatever they say.
	ap.creates.owed = state.Adoption.Owed || state.Poll.Cursor.IsZero() || state.Adoption.ReadAt.IsZero()
	if !state.Adoption.Owed {
		return nil
	}
	if err := ap.adoptAll(ctx); err != nil {
		return err
	}
	ap.creates.done, ap.creates.owed = true, false
	return e.memory.listen(ctx, ap.lease())
}

// refreshCatalogue reads the catalogue again where it is stale and something is
// due: a quiet pass asks the desk for nothing.
func (e *Engine) refreshCatalogue(ctx context.Context, h *hold) error {
	if !e.memory.stale(e.now()) {
		return nil
	}
	due, err := e.store.Records(ctx, RecordQuery{AccountID: h.account, DueBy: e.now(), Limit: 1})
	if err != nil {
		return fmt.Errorf("read what is due: %w", err)
	}
	if len(due) == 0 && len(e.view().blocking) == 0 {
		return nil
	}
	if err := e.cataloging.take(ctx); err != nil {
		return err
	}
	defer e.cataloging.give()
	if !e.memory.stale(e.now()) {
		return nil // Another account was quicker.
	}
	if err := e.gate.wait(ctx, relist); err != nil {
		return err
	}
	before := e.memory.catalogue()
	mark := e.gate.mark()
	catalogue, err := e.view().setup.Desk.Catalogue(ctx)
	e.gate.noteSince(mark, err)
	if err != nil {
		e.memory.catalogueFailed()
		if before != nil && deskFailure(err) {
			return err
		}
		return fmt.Errorf("read the catalogue of the desk: %w", err)
	}
	catalogue.ReadAt = e.now()
	if err := e.memory.setCatalogue(ctx, h.current(), catalogue); err != nil {
		return err
	}
	if before.equal(catalogue) {
		return nil
	}
	e.refresh(ctx)
	return e.wake(ctx, h)
}

// run works through what is due, and then, as long as nothing else is, through
// the details.
func (a *applier) run(ctx context.Context) error {
	// Whatever came of it, an incident has one turn in a pass: the keys of those that
	// had theirs.
	var turned sync.Map
	for {
		if err := a.runDue(ctx, &turned); err != nil {
			return err
		}
		if a.over() {
			return nil
		}
		if more, err := a.workDetails(ctx); err != nil || !more {
			return err
		}
	}
}

// runDue works through what is due, in the order of the plan.
func (a *applier) runDue(ctx context.Context, turned *sync.Map) error {
	// Those that had their turn and stay due all the same, as a saved plan has it that
	// does not hold them, are read again each time: stuck is how many. Ever longer lists
	// keep the cost of that in proportion.
	stuck := 0
	for {
		limit := batch + 2*stuck
		due, err := a.store.Records(ctx, RecordQuery{AccountID: a.hold.account, DueBy: a.now(), Limit: limit})
		if err != nil {
			return fmt.Errorf("read what is due: %w", err)
		}
		read := len(due)
		due = slices.DeleteFunc(due, func(r Record) bool {
			_, had := turned.Load(r.Key)
			return had
		})
		stuck = read - len(due)
		if len(due) == 0 && read < limit {
			return nil
		}
		if err := a.beforeCreate(ctx, due); err != nil {
			return err
		}
		if err := a.runList(ctx, due, turned); err != nil {
			return err
		}
		if a.over() {
			return nil
		}
	}
}

// runList works on a list of incidents that are due, several at a time.
func (a *applier) runList(ctx context.Context, due []Record, turned *sync.Map) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	listed := time.Now()
	for _, r := range due {
		if time.Since(listed) > relist {
			break // Something more urgent may have come.
		}
		group.Go(func() error {
			came, err := a.inLine(ctx, urgencyOf(r), r.Key)
			if came {
				turned.Store(r.Key, true)
			}
			return err // Else it is due again, and waits in line.
		})
	}
	return group.Wait()
}

// over reports whether the pass has had its time.
func (a *applier) over() bool { return !a.until.IsZero() && time.Now().After(a.until) }

// inLine works on an incident when its turn comes. It reports false where it did
// not come, or was for nothing because the desk only limits us for a moment.
func (a *applier) inLine(ctx context.Context, u urgency, key Key) (came bool, err error) {
	came, err = a.line.enter(ctx, u, relist)
	if err != nil || !came {
		return false, err
	}
	defer a.line.leave()
	err = a.work(ctx, key)
	if a.limited(err) {
		return false, nil
	}
	if err == nil {
		a.stumbles.forget(key)
	}
	return true, err
}

// limited reports whether the desk only limits us for a moment: that is no reason
// to end the pass.
func (a *applier) limited(err error) bool {
	return err != nil && ReasonOf(err) == ReasonRateLimited && momentary(a.gate.check(), relist)
}

// measure shows how the account stands.
func (e *Engine) measure(ctx context.Context, a *account) error {
	info, ok := a.identity()
	if !ok {
		return nil
	}
	tally, err := e.store.Tally(ctx, info.ID)
	if err != nil {
		return fmt.Errorf("count records: %w", err)
	}
	a.metrics.tally(tally, e.now())
	if policy := e.view().policy; policy != nil {
		state, err := e.store.Account(ctx, info.ID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("read account %d: %w", info.ID, err)
		}
		unticketed, err := Unticketed(ctx, e.store, policy, info.ID, state.Poll.Census, a.setup.Settings.Interval, e.now())
		if err != nil {
			return err
		}
		a.metrics.unticketed.WithLabelValues(a.name()).Set(float64(unticketed))
	}
	stopped := 0.0
	if e.memory.createsStopped() != "" {
		stopped = 1
	}
	e.metrics.createsStopped.Set(stopped)
	return nil
}
