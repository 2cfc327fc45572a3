package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// lookBack is how far before the last complete read tickets are read again
// before the first create of a pass.
const lookBack = time.Hour

// createGuard makes sure that tickets entered by another writer since the last
// read are known before anything is created in a pass. It changes only while no
// worker is at work.
type createGuard struct {
	// done is true once they are known; each where every incident is to be looked up
	// alone instead, right before its ticket is created.
	done, each bool
	// since is from when tickets are to be read.
	since time.Time
	// owed is true while nothing may be created.
	owed bool
	// unseen are the incidents that may be [Adoption.Unseen].
	unseen []int64
	// unsure is why incidents get no ticket: there are some that cannot be told for
	// theirs yet, the oldest of which was entered at unsureFrom.
	unsure     map[Key]error
	unsureFrom time.Time
}

// undecided keeps an incident from getting a ticket beside one that may be its own.
func (g *createGuard) undecided(key Key, t Ticket, why error) {
	if len(g.unsure) == 0 {
		g.unsure, g.unsureFrom = map[Key]error{}, t.EnteredAt
	}
	g.unsure[key] = why
	if t.EnteredAt.Before(g.unsureFrom) {
		g.unsureFrom = t.EnteredAt
	}
}

// beforeCreate reads the tickets with our marker that were entered lately. What
// is not in the books comes from another writer, or from a newer state than ours.
//
// Adoption writes records of any incident, so it is done before the workers begin:
// what one of them has in hand must not change under it.
func (a *applier) beforeCreate(ctx context.Context, due []Record) error {
	if a.creates.done || a.creates.each {
		return nil
	}
	keys := a.creating(due)
	if len(keys) == 0 {
		return nil
	}
	if err := a.memory.listen(ctx, a.lease()); err != nil {
		return err
	}
	if a.memory.createsStopped() != "" {
		return nil
	}
	if a.creates.owed {
		if err := a.adoptAll(ctx); err != nil {
			return err
		}
		a.creates.done, a.creates.owed = true, false
		return nil
	}
	list, err := a.enteredLately(ctx, len(keys))
	if errors.Is(err, ErrTooMany) {
		a.creates.each = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for tickets of another writer: %w", err)
	}
	found, err := a.adoptList(ctx, list)
	if err != nil {
		return err
	}
	a.tellOfWriter(ctx, found)
	if err := a.saveRead(ctx, list); err != nil {
		return err
	}
	a.creates.done = true
	return nil
}

// creating lists the incidents whose next step is a create, or the look-up after
// which a create that was in doubt is repeated.
func (a *applier) creating(due []Record) (keys []Key) {
	now := a.now()
	for _, r := range due {
		c, _, ok := next(a.policy, settle(a.policy, r, now), now)
		if !ok || c.Action != ActionCreate || a.only != nil && !a.only(c) {
			continue
		}
		if c.Cause != CauseInDoubt || r.Work.Intent.Lookups > 0 {
			keys = append(keys, r.Key)
		}
	}
	return keys
}

// enteredLately reads the tickets with our marker that were entered since the last
// read. Where that is long ago, and they are so many that to look each of so many
// incidents up costs less, it fails with [ErrTooMany].
func (a *applier) enteredLately(ctx context.Context, incidents int) (TicketList, error) {
	since := a.creates.since.Add(-lookBack)
	if a.now().Sub(a.reads.from(since)) <= windowLength+lookBack {
		return a.marked(ctx, since, a.freshEnough())
	}
	list, err := a.list(ctx, TicketQuery{Title: MarkerPrefix, Since: since, AtMost: incidents * perPage})
	if err != nil {
		return list, err
	}
	return list, a.stillHeld(ctx)
}

// lookUpFirst looks for a ticket of an incident that is to have one. It reports
// true where there is one already.
func (a *applier) lookUpFirst(ctx context.Context, key Key) (there bool, err error) {
	found, err := a.find(ctx, key)
	if err != nil || len(found) == 0 {
		return false, err
	}
	_, adopted, err := a.adoptOne(ctx, key, found, false)
	a.tellOfWriter(ctx, adopted)
	return true, err
}

// ofIncident reports whether a failed look-up says something about the incident
// alone: not about the desk, nor about the state.
func ofIncident(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && !deskFailure(e)
}

// tellOfWriter tells of tickets that were not in the books.
func (a *applier) tellOfWriter(ctx context.Context, tickets int) {
	if tickets == 0 {
		return
	}
	a.metrics.foreign(tickets)
	a.log.WarnContext(ctx, "Tickets of ours were found that are not in this state: there is another writer, or the state is an older one",
		"tickets", tickets)
}

// freshEnough is from when on a read of the tickets with our marker tells of other
// writers. The passes of a daemon share one, because the last create of a pass comes
// as long after its read; one that took many requests serves for as many minutes, so
// that a desk which limits us is not asked for little else. But it must have begun
// since we hold the account.
func (a *applier) freshEnough() time.Time {
	now := time.Now()
	if a.until.IsZero() {
		return now
	}
	serves := passTime * time.Duration(max(a.reads.pagesOfLast(), 1))
	if ago, taken := now.Add(-serves), a.hold.takenAt(); ago.After(taken) {
		return ago
	}
	return a.hold.takenAt()
}
