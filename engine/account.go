package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// account is one Huntress account that the engine works on.
type account struct {
	setup   AccountSetup
	metrics *accountMetrics
	// pollNow and applyNow are one-slot: they ask for another turn.
	pollNow, applyNow chan struct{}
	// seatNews is one-slot: how the replicas stand was heard of.
	seatNews chan struct{}

	mu            sync.Mutex
	info          Account // zero until identified
	organizations []Organization
	hold          *hold
	// leader works the account, as far as that is known.
	leader  Holder
	offered offered // to whom it was handed last
	trouble error   // why it could not be identified
	// untold is how the last poll went, where the state could not be told of it.
	untold PollState
}

// remember adds to what the state knows of the polls what it could not be told.
func (a *account) remember(p *PollState) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.untold.Failures > p.Failures {
		p.Failures, p.Reason, p.Error = a.untold.Failures, a.untold.Reason, a.untold.Error
	}
}

// turns admit one observing and one applying of a Huntress account at a time,
// also across a change of its configuration, whatever its block is called.
type turns struct{ observing, applying turn }

// turnsOf are the turns of the Huntress account that an account is known to be.
func (e *Engine) turnsOf(a *account) *turns {
	info, _ := a.identity()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.turns[info.ID] == nil {
		e.turns[info.ID] = &turns{observing: newTurn(), applying: newTurn()}
	}
	return e.turns[info.ID]
}

func (a *account) name() string { return a.setup.Settings.Name }

func (a *account) identity() (Account, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.info, a.info.ID != 0
}

// held is the hold of an account that is worked here; nil where it is not.
func (a *account) held() *hold {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.hold == nil || a.hold.isOver() {
		return nil
	}
	return a.hold
}

// ledBy is who works the account, as far as that is known.
func (a *account) ledBy() Holder {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.leader
}

// identifying is how many accounts Huntress is asked for at a time.
const identifying = 8

// identifyAll makes the accounts of a setup, with their identities where
// Huntress tells them. Accounts that go on keep what they are in the middle of.
func (e *Engine) identifyAll(ctx context.Context, s Setup) (map[string]*account, error) {
	e.mu.Lock()
	running := e.accounts
	e.mu.Unlock()
	known, err := e.store.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	accounts := map[string]*account{}
	var unknown []*account // that run
	var group errgroup.Group
	group.SetLimit(identifying)
	for _, setup := range s.Accounts {
		a := &account{
			setup: setup, metrics: e.metrics.forAccount(setup.Settings.Name),
			pollNow: make(chan struct{}, 1), applyNow: make(chan struct{}, 1),
			seatNews: make(chan struct{}, 1),
		}
		old := running[a.name()]
		if old != nil && old.setup == setup {
			a = old // Nothing changed: its timetable goes on.
			if _, ok := a.identity(); !ok {
				unknown = append(unknown, a)
			}
		}
		accounts[a.name()] = a
		group.Go(func() error {
			err := e.identify(ctx, a, known)
			if ctx.Err() != nil {
				return err
			}
			return nil // It is asked again, and the status tells of it.
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(unknown, func(a *account) bool { _, ok := a.identity(); return ok }) {
		// Whatever becomes of this setup, the one that runs knows their organizations now.
		e.refresh(ctx)
	}
	return accounts, distinct(s, accounts)
}

// distinct fails where two blocks are known to reach one account.
func distinct(s Setup, accounts map[string]*account) error {
	byID := map[int64]string{}
	for _, setup := range s.Accounts {
		a := accounts[setup.Settings.Name]
		if info, ok := a.identity(); ok {
			if other, ok := byID[info.ID]; ok {
				return &SameAccountError{Account: info, First: other, Second: a.name()}
			}
			byID[info.ID] = a.name()
		}
	}
	return nil
}

// inherit takes over the hold of an account that ran under another setup.
func (e *Engine) inherit(a *account, running map[string]*account) {
	info, ok := a.identity()
	if !ok {
		return
	}
	for _, old := range running {
		// It may be identified this very moment.
		if was, ok := old.identity(); ok && old != a && was.ID == info.ID {
			a.hold, a.leader = old.held(), old.ledBy()
		}
	}
}

// identify finds out which account this is, and which organizations it has: from
// the accounts that the state knows where these credentials are among them, else
// from Huntress.
func (e *Engine) identify(ctx context.Context, a *account, known []AccountState) error {
	thing := "identity " + a.name()
	state, err := e.knownAccount(ctx, a, known)
	if err == nil {
		err = e.recognize(a, state)
	}
	if err != nil {
		if ctx.Err() == nil && e.troubles.begins(thing, err) {
			e.log.ErrorContext(ctx, "Huntress does not tell which account this is, or that of another block; it is asked again",
				"account", a.name(), "reason", ReasonOf(err), "error", err)
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.trouble = err
		return err
	}
	if e.troubles.ends(thing) {
		e.log.InfoContext(ctx, "Huntress tells which account this is", "account", a.name(), "id", state.Poll.Account.ID)
	}
	if !e.isElsewhere(a) {
		a.metrics.poll(state.Poll)
	}
	return nil
}

// recognize writes down which account this is, unless a block that runs beside this
// one reaches it too: together they would make two tickets for an incident.
func (e *Engine) recognize(a *account, state AccountState) error {
	info := state.Poll.Account
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.accounts[a.name()] == a { // Else it does not run yet; see Configure.
		for _, other := range e.accounts {
			if theirs, ok := other.identity(); ok && other != a && theirs.ID == info.ID {
				return &SameAccountError{Account: info, First: other.name(), Second: a.name()}
			}
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.info, a.organizations, a.trouble = info, state.Organizations, nil
	return nil
}

func (e *Engine) knownAccount(ctx context.Context, a *account, known []AccountState) (AccountState, error) {
	for _, s := range known {
		if s.Poll.Identity != "" && s.Poll.Identity == a.setup.Settings.Identity && !s.Poll.OrganizationsAt.IsZero() {
			return s, nil
		}
	}
	info, err := a.setup.Source.Account(ctx)
	if err != nil {
		return AccountState{}, err
	}
	state, err := e.store.Account(ctx, info.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return AccountState{}, fmt.Errorf("read account %d: %w", info.ID, err)
	}
	state.Poll.Account = info
	if state.Poll.OrganizationsAt.IsZero() {
		state.Organizations, err = a.setup.Source.Organizations(ctx)
	}
	return state, err
}

// mapping counts how the account's organizations are mapped.
func (a *account) mapping(p *Policy) (mapped, unmapped, optedOut int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, o := range a.organizations {
		m, ok := p.Organizations[OrganizationKey{AccountID: a.info.ID, OrganizationID: o.ID}]
		switch {
		case ok && m.OptedOut:
			optedOut++
		case !ok || m.Problem != "":
			unmapped++
		default:
			mapped++
		}
	}
	return mapped, unmapped, optedOut
}

func organizationsOf(accounts map[string]*account) []AccountOrganizations {
	var list []AccountOrganizations
	for _, a := range accounts {
		a.mu.Lock()
		if a.info.ID != 0 {
			list = append(list, AccountOrganizations{Account: a.info, Organizations: a.organizations})
		}
		a.mu.Unlock()
	}
	slices.SortFunc(list, func(a, b AccountOrganizations) int { return cmp.Compare(a.Account.ID, b.Account.ID) })
	return list
}

// take acquires the account for writing, once, and renews its lease where that grows old.
func (e *Engine) take(ctx context.Context, a *account, settle time.Duration) (*hold, error) {
	info, ok := a.identity()
	if !ok {
		return nil, errNotIdentified
	}
	if h := a.held(); h != nil {
		return h, h.renew(ctx)
	}
	h := &hold{store: e.store, account: info.ID, holder: e.holder, ttl: leaseTime(settle), now: e.now}
	if err := h.take(ctx); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hold = h
	return h, nil
}
