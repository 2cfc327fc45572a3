package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// gate lets calls to the desk through, or not: what fails on the desk's side
// pauses the desk for everybody and touches no incident. It lives in memory, so
// that a restart forgets the pause, and goes by the monotonic clock, so that a
// step of the wall clock does not stretch it.
type gate struct {
	mu    sync.Mutex
	until time.Time
	delay time.Duration
	cause *Error
	// failures counts what has paused the desk, or would have, and served the calls
	// without such a failure since they began.
	failures, served int
}

// The probe of a desk that is away comes after firstProbe, then twice as late
// each time.
const (
	firstProbe = time.Second
	lastProbe  = 30 * time.Second
)

// PausedError says that the desk cannot be worked with for the moment.
type PausedError struct {
	Cause *Error
	Until time.Time
}

// Error says why, and until when.
func (e *PausedError) Error() string {
	return fmt.Sprintf("the desk is paused until %s: %s", e.Until.UTC().Format(time.TimeOnly), e.Cause)
}

// Unwrap returns what paused it.
func (e *PausedError) Unwrap() error { return e.Cause }

// check fails with a [*PausedError] while the desk is paused.
func (g *gate) check() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.until.IsZero() && time.Now().Before(g.until) {
		return &PausedError{Cause: g.cause, Until: g.until}
	}
	return nil
}

// wait is check, but waits where the desk only limits us for a moment.
func (g *gate) wait(ctx context.Context, patience time.Duration) error {
	for {
		err := g.check()
		if !momentary(err, patience) {
			return err
		}
		paused, _ := errors.AsType[*PausedError](err)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Until(paused.Until)):
		}
	}
}

// momentary reports whether the desk only limits us, and not for longer than patience.
func momentary(err error, patience time.Duration) bool {
	paused, ok := errors.AsType[*PausedError](err)
	return ok && paused.Cause.Reason == ReasonRateLimited && time.Until(paused.Until) <= patience
}

// mark is taken before a call: others run beside it.
func (g *gate) mark() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failures
}

// noteSince learns from the outcome of a call. One that went well lifts no pause
// which began while it was under way.
func (g *gate) noteSince(mark int, err error) {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil || !deskFailure(err) {
		if mark == g.failures {
			g.until, g.delay = time.Time{}, 0
			g.served++
		}
		return
	}
	g.failures++
	e := asError(err)
	g.cause = e
	wait := min(e.RetryAfter, maxBackOff)
	if wait <= 0 {
		if !now.Before(g.until) {
			g.delay = min(max(2*g.delay, firstProbe), lastProbe)
		}
		wait = g.delay
	}
	if until := now.Add(wait); until.After(g.until) {
		g.until = until
	}
}

// servedSoFar counts the calls that told of a desk which answers.
func (g *gate) servedSoFar() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.served
}

// left is how much of the pause is left.
func (g *gate) left() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.until.IsZero() {
		return 0
	}
	return max(time.Until(g.until), 0)
}

// open forgets the pause: somebody asked for a probe at once.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.until, g.delay = time.Time{}, 0
}

// deskFailure reports whether a failed call says something about the desk, not
// about the incident that it was made for.
func deskFailure(err error) bool {
	switch ReasonOf(err) {
	case ReasonAuth, ReasonRateLimited, ReasonUnavailable, ReasonTimeout:
		return true
	case ReasonRejected, ReasonInternal:
		return false
	}
	return false
}
