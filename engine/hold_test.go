package engine

import (
	"errors"
	"testing"
	"time"
	"unsafe"
)

// TestLeaseEndsByEitherClock lets time pass by the wall clock only, as in a machine
// that is suspended, or by the monotonic one only, as where somebody sets the wall
// clock back. Under synctest times have no monotonic reading, so nothing waits here.
func TestLeaseEndsByEitherClock(t *testing.T) {
	const ttl = time.Minute
	for _, test := range []struct {
		name            string
		monotonic, wall time.Duration // how much of the time has passed by each
		left            time.Duration
		lost            error
	}{
		{name: "new", left: ttl},
		{name: "half over", monotonic: 40 * time.Second, wall: 40 * time.Second, left: 20 * time.Second},
		{name: "over", monotonic: ttl, wall: ttl, lost: ErrLeaseLost},
		{name: "suspended for a while", wall: 55 * time.Second, left: 5 * time.Second},
		{name: "suspended for long", wall: time.Hour, left: ttl - time.Hour, lost: ErrLeaseLost},
		{name: "set back", monotonic: 50 * time.Second, wall: -time.Hour, left: 10 * time.Second},
		{name: "set back, over", monotonic: ttl, wall: -time.Hour, lost: ErrLeaseLost},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := newFakeStore(time.Now)
			store.expiring = true
			h := &hold{
				store: store, account: 5, holder: Holder{ID: "x"}, ttl: ttl,
				now: func() time.Time { return onWallOnly(time.Now(), test.wall) },
			}
			if err := h.take(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.until = h.until.Add(-test.monotonic)
			if got := h.left().Round(time.Second); got != test.left {
				t.Errorf("%s are left, want %s", got, test.left)
			}
			if got := h.aged(); got != (test.left <= ttl/2) {
				t.Errorf("aged: %t", got)
			}
			ctx, cancel, err := h.context(t.Context())
			if !errors.Is(err, test.lost) {
				t.Fatalf("a call may be sent: %v, want %v", err, test.lost)
			}
			if err != nil {
				return
			}
			defer cancel()
			end, _ := ctx.Deadline()
			if got := time.Until(end).Round(time.Second); got != min(test.left, deskTimeout) {
				t.Errorf("a call may take %s of the %s that are left", got, test.left)
			}
		})
	}
}

// onWallOnly sets the wall clock of a time, in whole seconds, and leaves its
// monotonic reading: nothing in package time does.
func onWallOnly(t time.Time, by time.Duration) time.Time {
	const seconds = 30 // the bit where they begin in the first word
	*(*int64)(unsafe.Pointer(&t)) += int64(by/time.Second) << seconds
	return t
}
