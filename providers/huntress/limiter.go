package huntress

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// The budget that Huntress gives an account: 60 requests in any 60 seconds. It is
// a sliding window, not a bucket that fills up again.
const (
	budget = 60
	window = 60 * time.Second
	// enrichmentBudget is what may go into details that a ticket can wait for.
	enrichmentBudget = budget / 3
	// windowMargin keeps a request that is sent when the window has just passed
	// on the right side of it.
	windowMargin = time.Millisecond
)

// The waits after a 429 that does not say how long, each twice the one before.
const (
	firstRefusalWait = time.Second
	lastRefusalWait  = 30 * time.Second
)

// priority says who goes first when the budget is short.
type priority int

const (
	urgent     priority = iota // finding and reading incidents
	enrichment                 // details, at most a third of the budget
)

// Limiter keeps the requests of one account within its budget, exactly: Huntress
// never sees more than 60 of them in any 60 seconds, however long each takes on
// its way, and a request waits no longer than that demands. It is in memory; a
// new one begins with the whole budget.
//
// Requests for details go only when nobody waits to find incidents, and take at
// most a third of the budget.
type Limiter struct {
	jitter func() float64

	mu      sync.Mutex
	slots   []*slot // in flight, or seen by Huntress within the window
	waiting [enrichment + 1][]*waiter
	timer   *time.Timer // wakes the first waiter; nil when nobody waits

	blockedUntil time.Time // after a 429
	refusedAt    time.Time // when the last 429 was taken in
	refusals     int       // 429s since the last other answer
}

// slot is one request's share of the budget.
type slot struct {
	priority priority
	// until is when it is free again, zero while the request is in flight:
	// Huntress may count it at any moment until it has answered.
	until time.Time
}

// waiter is one call in the queue; ready gets its slot, or nil where the call would
// have to wait beyond latest because of a 429.
type waiter struct {
	priority priority
	latest   time.Time
	ready    chan *slot
}

// errRefused is a call that waited for its slot when a 429 asked for more patience
// than it has.
var errRefused = errors.New("a 429 asks for more patience than there is")

// NewLimiter returns a limiter with the whole budget. Share it among all clients
// whose requests Huntress counts together. Jitter gives values in [0, 1) that
// spread the waits after a 429; random when nil. It must be usable by several
// goroutines.
func NewLimiter(jitter func() float64) *Limiter {
	if jitter == nil {
		jitter = randomJitter
	}
	return &Limiter{jitter: jitter}
}

// blocked tells until when nobody sends because of a 429.
func (l *Limiter) blocked() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.blockedUntil
}

// Left tells how many requests could be sent at once now.
func (l *Limiter) Left() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.prune(now)
	if now.Before(l.blockedUntil) {
		return 0
	}
	return budget - len(l.slots)
}

// acquire waits for a slot, first come, first served within a priority. The slot
// must be given back with sent. The error is the context's, or errRefused.
func (l *Limiter) acquire(ctx context.Context, p priority, latest time.Time) (*slot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &waiter{priority: p, latest: latest, ready: make(chan *slot, 1)}
	l.mu.Lock()
	l.waiting[p] = append(l.waiting[p], w)
	l.serve()
	l.mu.Unlock()
	select {
	case s := <-w.ready:
		if s == nil {
			return nil, errRefused
		}
		return s, nil
	case <-ctx.Done():
		l.leave(w)
		return nil, ctx.Err()
	}
}

// leave takes a waiter out of the queue, and its slot back if it just got one.
func (l *Limiter) leave(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case s := <-w.ready:
		l.drop(s)
	default:
		l.waiting[w.priority] = slices.DeleteFunc(l.waiting[w.priority], func(o *waiter) bool { return o == w })
	}
	l.serve()
}

// sent gives a slot back whose request has ended: it counts for one window more.
func (l *Limiter) sent(s *slot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.until = time.Now().Add(window + windowMargin)
	l.serve()
}

// refused takes in a 429 to a request sent at that time: nobody sends until the
// wait is over that Huntress asked for. Where it did not say, other tools use the
// budget as well, and slots free up at times that we cannot know: the wait
// doubles with every further 429.
func (l *Limiter) refused(sent time.Time, retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	wait := retryAfter
	if wait <= 0 {
		if !sent.After(l.refusedAt) {
			return // in flight together with one that was taken in already
		}
		wait = min(firstRefusalWait<<min(l.refusals, 10), lastRefusalWait)
		wait += time.Duration(l.jitter() * float64(wait) / 2)
	}
	l.refusals++
	l.refusedAt = now
	if until := now.Add(wait); until.After(l.blockedUntil) {
		l.blockedUntil = until
	}
	l.serve()
}

// accepted takes in any other answer.
func (l *Limiter) accepted() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refusals = 0
	l.serve()
}

// serve hands out what is free, urgent requests first, and sets the timer to when more will be. The
// caller holds the lock.
func (l *Limiter) serve() {
	now := time.Now()
	l.prune(now)
	l.turnAway()
	for p := range l.waiting {
		for len(l.waiting[p]) > 0 && l.free(priority(p), now) {
			w := l.waiting[p][0]
			l.waiting[p] = l.waiting[p][1:]
			s := &slot{priority: w.priority}
			l.slots = append(l.slots, s)
			w.ready <- s
		}
	}
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	if next, ok := l.next(now); ok {
		l.timer = time.AfterFunc(next.Sub(now), func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.serve()
		})
	}
}

// turnAway ends the waiting of those who would have to wait for longer than they can.
func (l *Limiter) turnAway() {
	for p := range l.waiting {
		l.waiting[p] = slices.DeleteFunc(l.waiting[p], func(w *waiter) bool {
			if !l.blockedUntil.After(w.latest) {
				return false
			}
			w.ready <- nil
			return true
		})
	}
}

// free reports whether a request of that priority may be sent now.
func (l *Limiter) free(p priority, now time.Time) bool {
	if now.Before(l.blockedUntil) || len(l.slots) >= budget {
		return false
	}
	// After a 429, one request finds out whether the others may follow.
	if l.refusals > 0 && slices.ContainsFunc(l.slots, func(s *slot) bool { return s.until.IsZero() }) {
		return false
	}
	if p == urgent {
		return true
	}
	used := 0
	for _, s := range l.slots {
		if s.priority == enrichment {
			used++
		}
	}
	return used < enrichmentBudget
}

// next is the next time at which a waiter may get a slot; ok is false when nobody
// waits, or only for requests in flight.
func (l *Limiter) next(now time.Time) (at time.Time, ok bool) {
	if len(l.waiting[urgent])+len(l.waiting[enrichment]) == 0 {
		return time.Time{}, false
	}
	if now.Before(l.blockedUntil) {
		return l.blockedUntil, true
	}
	for _, s := range l.slots {
		if !s.until.IsZero() && (!ok || s.until.Before(at)) {
			at, ok = s.until, true
		}
	}
	return at, ok
}

func (l *Limiter) prune(now time.Time) {
	l.slots = slices.DeleteFunc(l.slots, func(s *slot) bool { return !s.until.IsZero() && !now.Before(s.until) })
}

func (l *Limiter) drop(s *slot) {
	l.slots = slices.DeleteFunc(l.slots, func(o *slot) bool { return o == s })
}
