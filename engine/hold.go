package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// deskTimeout is how long one call to the desk may take.
const deskTimeout = 10 * time.Second

// leaseTime is how long a lease lasts: a call, the settle time after it and a
// margin, so that whoever takes over finds nothing still under way.
func leaseTime(settle time.Duration) time.Duration {
	return deskTimeout + settle + 5*time.Second
}

// hold is an account that we hold, with the lease that proves it.
type hold struct {
	store   Store
	account int64
	holder  Holder
	ttl     time.Duration
	now     func() time.Time

	mu    sync.Mutex
	lease Lease
	// until is by the monotonic clock: the wall clock may step.
	until time.Time
	// taken is when the present epoch began, by the monotonic clock.
	taken time.Time
	// ended tells that the account was given back or lost.
	ended bool
}

// take acquires the account. A state that does not answer is not waited for longer
// than a desk: the lease may end meanwhile.
func (h *hold) take(ctx context.Context) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, deskTimeout)
	defer cancel()
	lease, err := h.store.Acquire(ctx, h.account, h.holder, h.ttl)
	if err != nil {
		return fmt.Errorf("account %d: %w", h.account, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if lease.Epoch != h.lease.Epoch {
		h.taken = time.Now()
	}
	h.lease, h.until = lease, time.Time{}
	if !lease.Expires.IsZero() {
		h.until = began.Add(h.ttl)
	}
	return nil
}

// current is the lease to write under.
func (h *hold) current() Lease {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lease
}

// takenAt is when the present epoch began, by the monotonic clock.
func (h *hold) takenAt() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.taken
}

// left is for how long the account is surely ours, by the clock that says less: the
// monotonic one stands still while the machine is suspended, and the wall clock may
// be set back. There is no end where the lease ends with the process.
func (h *hold) left() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lease.Expires.IsZero() {
		return math.MaxInt64
	}
	// Without Round these would be compared by the monotonic clock too.
	byWall := h.lease.Expires.Round(0).Sub(h.now().Round(0))
	return min(byWall, time.Until(h.until))
}

// aged reports whether the lease has lived for half its time; one that ends with
// the process never does.
func (h *hold) aged() bool { return h.left() <= h.ttl/2 }

// renew prolongs a lease that has aged.
func (h *hold) renew(ctx context.Context) error {
	if !h.aged() {
		return nil
	}
	return h.take(ctx)
}

// keep renews the lease in the middle of work that began in an epoch. Where that
// fails the work may go on as long as the lease lasts; where somebody else has held
// the account meanwhile it may not.
func (h *hold) keep(ctx context.Context, epoch int64) error {
	err := h.renew(context.WithoutCancel(ctx))
	if _, held := errors.AsType[*HeldError](err); held || h.current().Epoch != epoch {
		return ErrLeaseLost
	}
	return nil
}

// context limits a call to the time for which the account is surely ours. It is
// made right before the call is sent, and is not canceled by a stop that is asked
// for meanwhile: a call that has begun is seen to its end.
func (h *hold) context(ctx context.Context) (context.Context, context.CancelFunc, error) {
	left := h.left()
	if left <= 0 {
		return nil, nil, ErrLeaseLost
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(left, deskTimeout))
	return ctx, cancel, nil
}

// release gives the account back.
func (h *hold) release(ctx context.Context) error {
	h.end()
	return h.store.Release(context.WithoutCancel(ctx), h.current())
}

// end makes sure that the hold is not used for new work.
func (h *hold) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = true
}

func (h *hold) isOver() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ended
}
