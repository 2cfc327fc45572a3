package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// lead waits until an account may be worked here, and takes it. What another holds
// until its process ends is an error; what is held under a lease is waited for.
func (e *Engine) lead(ctx context.Context, a *account) (*hold, error) {
	info, ok := a.identity()
	if !ok {
		return nil, errNotIdentified
	}
	thing := "lead " + a.name()
	for {
		if h := a.held(); h != nil || e.roll.mayTake(info.ID, e.holder) && !e.standsBack() {
			h, err := e.take(ctx, a, e.view().setup.Settle)
			if err == nil {
				err = e.seated(ctx, a)
			}
			if err == nil {
				e.troubles.ends(thing)
				return h, nil
			}
			held, ok := errors.AsType[*HeldError](err)
			switch {
			case ok && held.Holder.ID == e.caretaker().ID:
				// It was configured again just now, and is given back in a moment.
			case ok && !e.roll.isShared():
				return nil, err
			case ok:
				e.elsewhere(ctx, a, held.Holder)
			case ctx.Err() == nil && e.troubles.begins(thing, err):
				// A state that fails now may do so no longer in a moment.
				e.log.ErrorContext(ctx, "The account could not be taken; it is tried again", "account", a.name(), "error", err)
			}
		} else if roster, ok := e.roll.last(); ok {
			if seat, taken := roster.seat(info.ID); taken {
				e.elsewhere(ctx, a, seat.Holder)
			}
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-a.seatNews:
		case <-time.After(attendEvery):
		}
	}
}

// seated begins to show an account that is worked here, as the state knows it by
// now: another replica may have worked it meanwhile.
func (e *Engine) seated(ctx context.Context, a *account) error {
	came := a.ledBy() != e.holder && e.roll.isShared()
	var state AccountState
	if came {
		info, _ := a.identity()
		var err error
		if state, err = e.store.Account(ctx, info.ID); err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("read account %d: %w", info.ID, err)
		}
	}
	a.mu.Lock()
	a.leader = e.holder
	a.mu.Unlock()
	a.metrics.leads(true)
	if !came {
		return nil
	}
	e.log.InfoContext(ctx, "This replica works the account", "account", a.name())
	a.metrics.begin(a.setup.Settings)
	a.metrics.poll(state.Poll)
	if !state.Poll.OrganizationsAt.IsZero() {
		e.setOrganizations(ctx, a, state.Organizations)
	}
	a.metrics.mapped(a.mapping(e.view().policy))
	return nil
}

// elsewhere stops showing an account that another works: only who works it knows
// how it stands.
func (e *Engine) elsewhere(ctx context.Context, a *account, holder Holder) {
	a.mu.Lock()
	before := a.leader
	a.leader = holder
	if a.offered.to == holder.ID {
		a.offered = offered{}
	}
	a.mu.Unlock()
	if before == holder {
		return
	}
	a.metrics.leads(false)
	e.hideMetrics(a)
	e.log.InfoContext(ctx, "Another process works the account; this one stands by", "account", a.name(), "holder", holder.String())
}

// offered is to which replica an account was last handed, and when.
type offered struct {
	to string // the ID of its holder; empty once it has taken the account
	at time.Time
}

// offerAgain is when an account is handed again to a replica that did not take it:
// one may be there and not know its accounts, because Huntress does not answer it.
const offerAgain = time.Hour

// offer reports whether an account is to be handed to a replica now.
func (a *account) offer(to Replica) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.offered.to == to.Holder.ID && time.Since(a.offered.at) < offerAgain {
		return false
	}
	a.offered = offered{to: to.Holder.ID, at: time.Now()}
	return true
}

// Why an account is not worked here any more.
var (
	errHandedOver = errors.New("another replica is to work the account")
	errTakenOver  = errors.New("another replica has taken the account")
)

// guard renews the lease on an account until the context ends. It ends earlier
// where the account is lost to another replica, or is to be handed to one.
func (e *Engine) guard(ctx context.Context, a *account, h *hold) error {
	if h.current().Expires.IsZero() {
		<-ctx.Done()
		return nil
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.seatNews:
		case <-time.After(h.ttl / 8):
		}
		err := e.renew(ctx, a, h)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // The account is given up with everything else.
		}
		if _, lost := errors.AsType[*HeldError](err); lost {
			return errTakenOver
		}
		// Whoever did not take it when it was free has to be there for good, or be gone.
		if err != nil || time.Since(h.takenAt()) <= attendance {
			continue
		}
		if e.standsBack() {
			return errHandedOver
		}
		roster, _ := e.roll.last()
		if to, ok := roster.handOver(h.account, e.holder); ok && a.offer(to) {
			return errHandedOver
		}
	}
}

// renew prolongs the lease on an account where it has aged, and tells when that
// begins to fail for other reasons than that another has taken it.
func (e *Engine) renew(ctx context.Context, a *account, h *hold) error {
	thing := "lease " + a.name()
	err := h.renew(ctx)
	_, lost := errors.AsType[*HeldError](err)
	switch {
	case lost || ctx.Err() != nil:
	case err == nil:
		if e.troubles.ends(thing) {
			e.log.InfoContext(ctx, "The lease on the account is renewed again", "account", a.name())
		}
	case e.troubles.begins(thing, err):
		e.log.ErrorContext(ctx, "The lease on the account could not be renewed; once it has ended nothing is done",
			"account", a.name(), "error", err)
	}
	return err
}

// keepHeld renews the lease on an account that no guard keeps, beside whatever is
// done under it, until stop is called: a walk, an adoption, or a person who is asked,
// can take longer than a lease lasts.
func (e *Engine) keepHeld(ctx context.Context, a *account, h *hold) (stop func()) {
	if h.current().Expires.IsZero() {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(h.ttl / 8):
			}
			if _, lost := errors.AsType[*HeldError](e.renew(ctx, a, h)); lost {
				return // Whatever is done under it finds that out.
			}
		}
	})
	return func() {
		cancel()
		renewing.Wait()
	}
}

// leave gives up an account that is not worked here any more.
func (e *Engine) leave(ctx context.Context, a *account, h *hold, why error) {
	if errors.Is(why, errHandedOver) {
		if err := h.release(ctx); err != nil && !errors.Is(err, ErrLeaseLost) {
			e.log.WarnContext(ctx, "The account could not be given back; its lease will end by itself", "account", a.name(), "error", err)
		}
	}
	h.end()
	a.mu.Lock()
	a.leader = Holder{}
	a.mu.Unlock()
	a.metrics.leads(false)
	e.log.InfoContext(ctx, "This replica does not work the account any more", "account", a.name(), "why", why.Error())
}
