package engine

import (
	"context"
	"errors"
	"hash/fnv"
	"sync"
	"time"
)

// The start of an account's polling is spread over firstPollWithin, so that many
// accounts do not begin in one instant.
const firstPollWithin = 2 * time.Second

// A failure that concerns neither Huntress's timetable nor the desk's pause is
// tried again after retryApply.
const retryApply = 30 * time.Second

// A pass of the daemon ends after passTime and another begins: a pass runs on one
// policy and one catalogue, and gives each incident one turn.
const passTime = time.Minute

// Run polls and applies until the context ends, then finishes the calls that are
// under way and returns nil. Where replicas share the state, each account is worked
// by one of them, and the others stand by. Otherwise an account that another
// process holds is an error.
func (e *Engine) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	running.Go(func() { e.attend(ctx) })
	loops := map[*account]context.CancelFunc{}
	for {
		changed := e.view().changed
		current := map[*account]bool{}
		for _, a := range e.list() {
			current[a] = true
			if loops[a] != nil {
				continue
			}
			loopCtx, stop := context.WithCancel(ctx)
			loops[a] = stop
			running.Go(func() {
				if err := e.runAccount(loopCtx, a); err != nil {
					cancel(err)
				}
			})
		}
		for a, stop := range loops {
			if !current[a] {
				stop()
				delete(loops, a)
			}
		}
		select {
		case <-ctx.Done():
			if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		case <-changed:
		case <-e.pulse:
			e.feel()
		}
	}
}

// runAccount works one account whenever it is this replica's turn.
func (e *Engine) runAccount(ctx context.Context, a *account) error {
	defer e.hideMetrics(a)
	if err := e.identifyUntilKnown(ctx, a); err != nil {
		return nil // Only the end of the context ends the asking.
	}
	for {
		h, err := e.lead(ctx, a)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if why := e.workAccount(ctx, a, h); ctx.Err() == nil {
			e.leave(ctx, a, h, why)
		}
	}
}

// workAccount polls an account, and applies what is owed beside it: observing never
// waits for applying. It ends with the context, or with why the account goes to
// another replica; calls that are under way are seen to their end.
func (e *Engine) workAccount(ctx context.Context, a *account, h *hold) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var loops sync.WaitGroup
	loops.Go(func() { e.applyLoop(ctx, a, h) })
	loops.Go(func() { e.pollLoop(ctx, a) })
	why := e.guard(ctx, a, h)
	stop(why)
	loops.Wait()
	return why
}

func (e *Engine) identifyUntilKnown(ctx context.Context, a *account) error {
	for wait := firstProbe; ; wait = min(2*wait, lastProbe) {
		if _, ok := a.identity(); ok {
			return nil
		}
		err := e.identify(ctx, a, nil)
		if err == nil {
			e.refresh(ctx)
			return nil
		}
		if ctx.Err() == nil {
			a.metrics.notPolled(err, e.now())
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		case <-a.pollNow:
		}
	}
}

// pollLoop polls by the timetable, at once when asked, and not at all while the
// configuration is incomplete.
func (e *Engine) pollLoop(ctx context.Context, a *account) {
	interval := a.setup.Settings.Interval
	next := time.Now().Add(phase(a.name(), firstPollWithin))
	first := true
	for {
		v := e.view()
		due := time.NewTimer(time.Until(next))
		if len(v.blocking) > 0 {
			due.Stop()
		}
		select {
		case <-ctx.Done():
			due.Stop()
			return
		case <-v.changed:
			due.Stop()
			continue
		case <-a.pollNow:
			due.Stop()
			if len(v.blocking) > 0 {
				continue
			}
		case <-due.C:
		}
		e.pollOnce(ctx, a)
		// The second poll finds the account's own place within the interval; from
		// then on the polls keep to it.
		next = time.Now().Add(interval)
		if first {
			next = time.Now().Add(interval - phase(a.name(), interval/2))
			first = false
		}
	}
}

func (e *Engine) pollOnce(ctx context.Context, a *account) {
	report := PassReport{PassID: newPassID(), Account: a.name(), Began: e.now()}
	err := e.observe(ctx, a, &report)
	report.Took, report.Err = e.now().Sub(report.Began), err
	if ctx.Err() != nil {
		return
	}
	e.logPoll(ctx, a, report.PassID, err)
	signal(a.applyNow)
}

// logPoll says when a failure begins, changes or ends, not at every poll.
func (e *Engine) logPoll(ctx context.Context, a *account, passID string, err error) {
	thing := "poll " + a.name()
	switch {
	case err != nil && e.troubles.begins(thing, err):
		e.log.ErrorContext(ctx, "Poll failed", "account", a.name(), "pass", passID, "reason", ReasonOf(err), "error", err)
	case err == nil && e.troubles.ends(thing):
		e.log.InfoContext(ctx, "Poll succeeds again", "account", a.name(), "pass", passID)
	}
}

// applyLoop applies when something was observed, when something falls due, when
// the desk may answer again, and when the configuration changed.
func (e *Engine) applyLoop(ctx context.Context, a *account, h *hold) {
	wakes := true
	steps := newStepDetector(e.now())
	for {
		changed := e.view().changed
		wakes = steps.stepped(e.now()) || wakes
		wait, err := e.applyOnce(ctx, a, h, &wakes)
		if ctx.Err() != nil {
			return
		}
		e.logApply(ctx, a, err)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-a.applyNow:
		case <-timer.C:
		case <-changed:
		}
		timer.Stop()
		// Whatever it was that came first: of what comes together, any can.
		wakes = closed(changed) || wakes
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// applyOnce applies, and tells when to do it again. Where it is to wake what waits
// before, it says once that is done.
func (e *Engine) applyOnce(ctx context.Context, a *account, h *hold, wakes *bool) (time.Duration, error) {
	if err := h.renew(ctx); err != nil {
		return retryApply, err
	}
	if *wakes {
		if err := e.wake(ctx, h); err != nil {
			return retryApply, err
		}
		*wakes = false
	}
	report := PassReport{PassID: newPassID(), Account: a.name(), Began: e.now()}
	if err := e.apply(ctx, a, scope{until: time.Now().Add(passTime)}, &report); err != nil {
		if paused, ok := errors.AsType[*PausedError](e.gate.check()); ok {
			return max(time.Until(paused.Until), time.Millisecond), err
		}
		return retryApply, err
	}
	tally, err := e.store.Tally(ctx, h.account)
	if err != nil {
		return retryApply, err
	}
	if tally.NextDue.IsZero() {
		return maxBackOff, nil
	}
	return min(max(tally.NextDue.Sub(e.now()), time.Second), maxBackOff), nil
}

func (e *Engine) logApply(ctx context.Context, a *account, err error) {
	thing := "apply " + a.name()
	switch {
	case err != nil && e.troubles.begins(thing, err):
		e.log.ErrorContext(ctx, "Changes wait", "account", a.name(), "reason", ReasonOf(err), "error", err)
	case err == nil && e.troubles.ends(thing):
		e.log.InfoContext(ctx, "Changes are applied again", "account", a.name())
	}
}

// stepDetector notices that the wall clock was set: times in the state are not
// comparable with it any more, so everything that waits is looked at again.
type stepDetector struct{ wall, monotonic time.Time }

func newStepDetector(wall time.Time) *stepDetector {
	return &stepDetector{wall: wall, monotonic: time.Now()}
}

func (d *stepDetector) stepped(wall time.Time) bool {
	passed := time.Since(d.monotonic)
	step := wall.Round(0).Sub(d.wall.Round(0)) - passed
	*d = *newStepDetector(wall)
	return step.Abs() > 10*time.Second
}

// phase is an account's own place within a span of time: the same after every
// restart, spread evenly over many accounts.
func phase(name string, within time.Duration) time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return time.Duration(h.Sum64() % uint64(max(within, 1))) //nolint:gosec // less than within.
}
