package engine

import (
	"context"
	"errors"
	"sync"
	"time"
)

// stumbles remembers the incidents of which the desk failed to show a ticket.
//
// One call cannot tell whether the desk fails for everybody or for one ticket. So it
// is paused for everybody, as ever, and the incident moves behind the others: it is
// due again just after the pause, and the next probe is another's. While nobody is
// served, nothing more comes of it, and once the desk answers all are due at once.
// Only where calls that began after its failure were served, and it fails all the
// same, is the fault its ticket's, and it waits for longer each time.
//
// They live in memory, as the pause does.
type stumbles struct {
	mu sync.Mutex
	of map[Key]stumble
}

type stumble struct {
	// served is the gate's count when it happened last.
	served int
	// own counts those that are the ticket's fault.
	own int
}

// stumbleGap is how long after the pause an incident is due whose read caused it.
const stumbleGap = time.Second

// again counts another one, and returns how many were the ticket's fault.
func (s *stumbles) again(key Key, served int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, known := s.of[key]
	if known && served > last.served {
		last.own++
	}
	last.served = served
	if s.of == nil {
		s.of = map[Key]stumble{}
	}
	s.of[key] = last
	return last.own
}

// forget is for an incident that got through.
func (s *stumbles) forget(key Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of, key)
}

// unanswered reports whether a call was made and not answered well: that can be the
// fault of what it was about as well as the desk's.
func unanswered(err error) bool {
	_, paused := errors.AsType[*PausedError](err)
	reason := ReasonOf(err)
	return !paused && (reason == ReasonUnavailable || reason == ReasonTimeout)
}

// stumbled hands on the failure of a read that ends the pass. Where that may be the
// fault of what was read, the incident first moves behind the others.
func (a *applier) stumbled(ctx context.Context, r Record, failure error) error {
	if !unanswered(failure) {
		return failure
	}
	wait := a.gate.left() + stumbleGap
	if own := a.stumbles.again(r.Key, a.gate.servedSoFar()); own > 0 {
		wait = max(wait, backOff(r.Key, own))
	}
	detail := r.OnlyDetails()
	r.DueAt = a.now().Add(wait)
	if detail {
		r.Work.Aside = r.DueAt
	}
	return errors.Join(failure, a.store.Save(context.WithoutCancel(ctx), a.lease(), r))
}
