package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// vanishing counts the tickets that the desk says it does not have. One is a
// person's doing; many at once are a fault of the desk, and none of them is
// believed.
type vanishing struct {
	mu   sync.Mutex
	seen int
	gone []Key
}

// The desk is not believed when more than these vanish in one pass.
const (
	vanishFloor   = 5
	vanishPercent = 10
)

// vanishAgain is when tickets are read again of which it was not believed that they
// vanished. Due at once they would be read before all others in each pass, and there
// can be more of them than a desk that limits us lets one pass read.
const vanishAgain = 15 * time.Minute

func (v *vanishing) read() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen++
}

func (v *vanishing) lost(key Key) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.gone = append(v.gone, key)
}

// unreadable settles a change whose ticket could not be read.
func (a *applier) unreadable(ctx context.Context, r Record, c Change, failure error) (bool, error) {
	switch {
	case errors.Is(failure, ErrNotFound) && c.Cause == CauseDuplicate:
		r.Work.Extras = settledExtras(r.Work.Extras, c.TicketID, true)
		return true, a.conclude(ctx, r, c, OutcomeSkipped, "the second ticket is gone")
	case errors.Is(failure, ErrNotFound):
		a.vanished.lost(r.Key)
		return false, nil
	case a.isStop(failure):
		return false, a.stumbled(ctx, r, failure)
	default:
		return a.refuse(ctx, r, c, failure)
	}
}

// believeVanished ends the pass for tickets that the desk did not have: they are
// looked up one settle later, unless too many vanished to be true.
func (a *applier) believeVanished(ctx context.Context) error {
	gone, all := len(a.vanished.gone), len(a.vanished.gone)+a.vanished.seen
	many := gone > vanishFloor && gone*100 > all*vanishPercent
	if a.memory.disbelieves(many) && gone > 0 {
		return errors.Join(a.putOffVanished(ctx), &Error{
			Reason: ReasonInternal, Side: a.name, Op: "read tickets",
			Detail: fmt.Sprintf("it says that %d of %d tickets do not exist, which is more than people delete; "+
				"none is taken as deleted. Was the desk restored from a backup, or is this another desk?", gone, all),
		})
	}
	for _, key := range a.vanished.gone {
		r, err := a.store.Record(ctx, key)
		if err != nil {
			return fmt.Errorf("read record %s: %w", key, err)
		}
		now := a.now()
		r.Work.Intent = nil
		r.Work.VanishedAt, r.DueAt = now, now.Add(a.policy.Settle)
		if err := a.store.Save(context.WithoutCancel(ctx), a.lease(), r); err != nil {
			return fmt.Errorf("write record %s: %w", key, err)
		}
	}
	return nil
}

// putOffVanished moves the incidents of tickets that the desk did not have behind all
// others.
func (a *applier) putOffVanished(ctx context.Context) error {
	for _, key := range a.vanished.gone {
		r, err := a.store.Record(ctx, key)
		if err == nil {
			err = a.waitUntil(ctx, r, a.now().Add(vanishAgain))
		}
		if err != nil {
			return fmt.Errorf("put record %s off: %w", key, err)
		}
	}
	return nil
}

// lookUp looks for the tickets of an incident by its marker.
func (a *applier) lookUp(ctx context.Context, r Record, c Change) (bool, error) {
	found, err := a.find(ctx, r.Key)
	if err != nil {
		if a.isStop(err) {
			return false, a.stumbled(ctx, r, err)
		}
		return false, a.waitUntil(ctx, r, a.now().Add(a.policy.Settle))
	}
	w := &r.Work
	w.RecheckAt = time.Time{}
	if c.Cause == CauseRecheck {
		outcome := OutcomeAbsent
		before := len(w.Extras)
		if r = a.adopt(r, found); len(r.Work.Extras) > before {
			outcome = OutcomeFound
		}
		return true, a.conclude(ctx, r, c, outcome, "")
	}
	w.VanishedAt = time.Time{}
	if len(found) == 0 {
		w.Skip = SkipDeletedByPerson
		return true, a.conclude(ctx, r, c, OutcomeAbsent, "a person deleted the ticket; it is not made again")
	}
	for _, t := range found {
		if t.ID == w.Ticket.ID {
			return true, a.conclude(ctx, r, c, OutcomeFound, "")
		}
	}
	lost := *w.Ticket
	w.Ticket = nil
	r = a.adopt(r, found)
	w = &r.Work
	w.changeTicket(func(t *TicketLink) { t.Severity = lost.Severity })
	return true, a.conclude(ctx, r, c, OutcomeFound, "another ticket of this incident exists and is kept")
}
