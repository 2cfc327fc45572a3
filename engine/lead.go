package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// rollCall is what this process knows of the replicas that share its state.
type rollCall struct {
	mu     sync.Mutex
	roster Roster
	// answered tells that the roster was read at least once.
	answered bool
	// free tells since when accounts have been seen without a holder, by the
	// monotonic clock.
	free map[int64]time.Time
	// asked is the count of asked polls that each account's seat last showed.
	asked map[int64]int64
}

// hear takes in a roster. It returns the accounts for which a poll was asked since
// the last one.
func (c *rollCall) hear(r Roster, accounts []int64) (asked []int64) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	free, counts := map[int64]time.Time{}, map[int64]int64{}
	for _, id := range accounts {
		seat, taken := r.seat(id)
		if !taken {
			free[id] = now
			if since, ok := c.free[id]; ok {
				free[id] = since
			}
			continue
		}
		counts[id] = seat.Asked
		if before, ok := c.asked[id]; ok && seat.Asked > before {
			asked = append(asked, id)
		}
	}
	c.roster, c.answered, c.free, c.asked = r, true, free, counts
	return asked
}

// last is the roster that was last heard.
func (c *rollCall) last() (r Roster, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.roster, c.answered
}

// mayTake reports whether this process may try to take an account now.
func (c *rollCall) mayTake(account int64, holder Holder) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.answered {
		return false
	}
	var free time.Duration
	if since, ok := c.free[account]; ok {
		free = time.Since(since)
	}
	return c.roster.mayTake(account, holder, free)
}

// attend keeps this process on the roster, and tells every account how its seat
// stands. It ends at once where the state serves a single process.
func (e *Engine) attend(ctx context.Context) {
	const thing = "roster"
	for {
		roster, err := e.store.Attend(ctx, e.holder, attendance)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			if e.troubles.ends(thing) {
				e.log.InfoContext(ctx, "The state answers again")
			}
			e.hear(roster)
			if !roster.shared() {
				return
			}
		case e.troubles.begins(thing, err):
			e.log.ErrorContext(ctx, "The state does not tell which replica works what; accounts stay where they are", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(attendEvery):
		case <-e.poked:
			e.passOn(ctx)
		}
	}
}

// hear takes in a roster, and tells every account of it.
func (e *Engine) hear(roster Roster) {
	byID := map[int64]*account{}
	var ids []int64
	for _, a := range e.list() {
		if info, ok := a.identity(); ok {
			byID[info.ID] = a
			ids = append(ids, info.ID)
		}
	}
	asked := e.roll.hear(roster, ids)
	for _, id := range asked {
		if byID[id].held() != nil {
			e.gate.open()
			signal(byID[id].pollNow)
			signal(byID[id].applyNow)
		}
	}
	// Some may have come since, and looked before the roster was there.
	for _, a := range e.list() {
		signal(a.seatNews)
	}
}

// passOn asks the replicas that work the other accounts for a poll at once. What
// could not be asked is asked again.
func (e *Engine) passOn(ctx context.Context) {
	var elsewhere []int64
	for _, a := range e.list() {
		if info, ok := a.identity(); ok && a.held() == nil {
			elsewhere = append(elsewhere, info.ID)
		}
	}
	if len(elsewhere) == 0 {
		return
	}
	if err := e.store.AskPoll(ctx, elsewhere); err != nil && ctx.Err() == nil {
		e.log.WarnContext(ctx, "The other replicas could not be asked for a poll; they are asked again", "error", err)
		time.AfterFunc(attendEvery, func() { signal(e.poked) })
	}
}

// lead waits until an account may be worked here, and takes it. What another holds
// until its process ends is an error; what is held under a lease is waited for.
func (e *Engine) lead(ctx context.Context, a *account) (*hold, error) {
	info, ok := a.identity()
	if !ok {
		return nil, errNotIdentified
	}
	thing := "lead " + a.name()
	for {
		if h := a.held(); h != nil || e.roll.mayTake(info.ID, e.holder) {
			h, err := e.take(ctx, a, e.view().setup.Settle)
			if err == nil {
				e.troubles.ends(thing)
				return h, e.seated(ctx, a)
			}
			roster, _ := e.roll.last()
			if !roster.shared() {
				return nil, err
			}
			if held, ok := errors.AsType[*HeldError](err); !ok && ctx.Err() == nil && e.troubles.begins(thing, err) {
				e.log.ErrorContext(ctx, "The account could not be taken; it is tried again", "account", a.name(), "error", err)
			} else if ok {
				e.elsewhere(ctx, a, held.Holder)
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
	a.mu.Lock()
	came := a.leader != e.holder
	a.leader = e.holder
	a.mu.Unlock()
	a.metrics.leads(true)
	roster, _ := e.roll.last()
	if !came || !roster.shared() {
		return nil
	}
	e.log.InfoContext(ctx, "This replica works the account", "account", a.name())
	info, _ := a.identity()
	state, err := e.store.Account(ctx, info.ID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read account %d: %w", info.ID, err)
	}
	a.metrics.begin(a.setup.Settings)
	a.metrics.poll(state.Poll)
	a.mu.Lock()
	same := slices.Equal(a.organizations, state.Organizations)
	a.mu.Unlock()
	if same {
		a.metrics.mapped(a.mapping(e.view().policy))
		return nil
	}
	e.setOrganizations(ctx, a, state.Organizations)
	return nil
}

// elsewhere stops showing an account that another works: only who works it knows
// how it stands.
func (e *Engine) elsewhere(ctx context.Context, a *account, holder Holder) {
	a.mu.Lock()
	before := a.leader
	a.leader = holder
	a.mu.Unlock()
	if before == holder {
		return
	}
	a.metrics.leads(false)
	e.hideMetrics(a)
	e.log.InfoContext(ctx, "Another process works the account; this one stands by", "account", a.name(), "holder", holder.String())
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
	thing := "lease " + a.name()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.seatNews:
		case <-time.After(h.ttl / 8):
		}
		err := h.renew(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // The account is given up with everything else.
		}
		_, lost := errors.AsType[*HeldError](err)
		roster, _ := e.roll.last()
		switch {
		case lost:
			return errTakenOver
		case err == nil:
			if e.troubles.ends(thing) {
				e.log.InfoContext(ctx, "The lease on the account is renewed again", "account", a.name())
			}
			// Whoever did not take it when it was free has to be there for good, or be gone.
			if time.Since(h.takenAt()) > attendance && roster.handOver(h.account, e.holder) {
				return errHandedOver
			}
		case e.troubles.begins(thing, err):
			e.log.ErrorContext(ctx, "The lease on the account could not be renewed; once it has ended nothing is done",
				"account", a.name(), "error", err)
		}
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
