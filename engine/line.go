package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// lineWidth is how many incidents, of all accounts, are worked on at the desk at a
// time while it does not limit us.
const lineWidth = 8

// line is where the incidents of all accounts wait for their turn at the desk, so
// that what it lets through goes to the most urgent of them: a backlog of one
// account holds up no critical incident of another. While the desk limits us for a
// moment the line waits, and then moves one by one until it may run again.
type line struct {
	gate *gate

	mu      sync.Mutex
	waiting []*lineTicket
	busy    int
	// width is how many may be busy; 0 is lineWidth.
	width int
	// timer wakes the line when a pause ends.
	timer *time.Timer
}

// urgency orders the incidents in line.
type urgency struct {
	severity Severity
	// ticketless is true where the incident has no ticket yet.
	ticketless bool
	at         time.Time
}

func urgencyOf(r Record) urgency {
	return urgency{severity: r.Seen.Incident.Severity.Effective(), ticketless: r.Work.Ticket == nil, at: r.Seen.ChangedAt}
}

// compare puts the more urgent first: by severity, then those without a ticket,
// then the newest.
func (u urgency) compare(v urgency) int {
	rank := func(b bool) int {
		if b {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(v.severity.Rank(), u.severity.Rank()), cmp.Compare(rank(u.ticketless), rank(v.ticketless)), v.at.Compare(u.at))
}

// lineTicket is one that waits; turn is closed when its turn has come.
type lineTicket struct {
	urgency urgency
	turn    chan struct{}
}

// enter waits for a turn. It reports false where others stayed more urgent for as
// long as patience, and fails where the desk is paused for longer than that.
func (l *line) enter(ctx context.Context, u urgency, patience time.Duration) (bool, error) {
	if err := l.gate.check(); err != nil && !momentary(err, patience) {
		return false, err
	}
	t := &lineTicket{urgency: u, turn: make(chan struct{})}
	l.mu.Lock()
	l.waiting = append(l.waiting, t)
	l.move()
	l.mu.Unlock()
	end := time.NewTimer(patience)
	defer end.Stop()
	select {
	case <-t.turn:
		return true, nil
	case <-end.C:
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, t); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		return false, nil
	}
	return true, nil // The turn came at the last moment.
}

// leave ends a turn.
func (l *line) leave() {
	limited := momentary(l.gate.check(), maxBackOff)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy--
	l.width = min(cmp.Or(l.width, lineWidth)+1, lineWidth)
	if limited {
		l.width = 1
	}
	l.move()
}

// move gives turns to the most urgent. The caller holds l.mu.
func (l *line) move() {
	for len(l.waiting) > 0 && l.busy < cmp.Or(l.width, lineWidth) {
		if paused, ok := errors.AsType[*PausedError](l.gate.check()); ok && paused.Cause.Reason == ReasonRateLimited {
			if l.timer == nil {
				l.timer = time.AfterFunc(time.Until(paused.Until), l.resume)
			}
			return
		}
		t := slices.MinFunc(l.waiting, func(a, b *lineTicket) int { return a.urgency.compare(b.urgency) })
		i := slices.Index(l.waiting, t)
		l.waiting = slices.Delete(l.waiting, i, i+1)
		l.busy++
		close(t.turn)
	}
}

func (l *line) resume() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = nil
	l.move()
}
