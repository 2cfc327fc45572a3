package engine

import (
	"context"
	"sync"
	"time"
)

// rollCall is what this process knows of the replicas that share its state.
type rollCall struct {
	mu     sync.Mutex
	roster Roster
	// answered tells that the roster was read at least once.
	answered bool
	// shared tells that several processes may work on the state. A roster alone does
	// not: who stands back is not on it.
	shared bool
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
	c.shared = c.shared || r.shared()
	return asked
}

// last is the roster that was last heard.
func (c *rollCall) last() (r Roster, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.roster, c.answered
}

// isShared reports whether several processes may work on the state, as far as that
// is known.
func (c *rollCall) isShared() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shared
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

// attend keeps this process on the roster while it can poll, and tells every account
// how its seat stands. It ends at once where the state serves a single process.
func (e *Engine) attend(ctx context.Context) {
	const thing = "roster"
	for {
		changed := e.view().changed
		roster, err := e.rosterNow(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			if e.troubles.ends(thing) {
				e.log.InfoContext(ctx, "The state answers again")
			}
			e.hear(roster)
			if !e.roll.isShared() {
				return
			}
		case e.troubles.begins(thing, err):
			e.log.ErrorContext(ctx, "The state does not tell which replica works what; accounts stay where they are", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(attendEvery):
		case <-changed:
		case <-e.poked:
			e.passOn(ctx)
		}
	}
}

// rosterNow asks how the replicas stand, and is one of them where it can poll: what
// would be left to it otherwise, nobody would poll. The first time only the answer
// tells whether the state is shared.
func (e *Engine) rosterNow(ctx context.Context) (Roster, error) {
	if e.roll.isShared() && !e.polls() {
		return e.store.Roster(ctx)
	}
	return e.store.Attend(ctx, e.holder, attendance)
}

// polls reports whether a complete configuration runs.
func (e *Engine) polls() bool {
	resolution, ready := e.Resolution()
	return ready && len(resolution.Blocking) == 0
}

// standsBack reports whether the accounts are to be left to another replica, which
// can poll them. Where there is none, who is to notice that nothing is lacking any
// more has to hold them.
func (e *Engine) standsBack() bool {
	roster, _ := e.roll.last()
	return !e.polls() && roster.others(e.holder)
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
