package engine

import (
	"errors"
	"fmt"
	"time"
)

// Reason is why a call to Huntress or the desk failed. The set is closed: it
// labels metrics and decides who waits.
type Reason string

// The reasons.
const (
	ReasonAuth        Reason = "auth"         // 401, 403: the credentials or their permissions
	ReasonRateLimited Reason = "rate_limited" // 429
	ReasonTimeout     Reason = "timeout"      // no answer in time
	ReasonUnavailable Reason = "unavailable"  // connection errors, 5xx, answers that are no JSON of theirs
	ReasonRejected    Reason = "rejected"     // a refusal of this one request, in their own JSON form
	ReasonInternal    Reason = "internal"     // our own fault
)

// Reasons lists every reason, so that metrics can start each at zero.
func Reasons() []Reason {
	return []Reason{
		ReasonAuth, ReasonRateLimited, ReasonTimeout,
		ReasonUnavailable, ReasonRejected, ReasonInternal,
	}
}

// Error is what every call of a [Source] or a [Desk] fails with. Its text never
// holds a credential.
type Error struct {
	Reason Reason
	// Side is who was called: "Huntress" or the desk's name, "AlgaPSA".
	Side string
	// Op is what was tried, in a few words: "create ticket".
	Op string
	// Status is the HTTP status, 0 where no answer came.
	Status int
	// Detail says what is wrong and what to do about it.
	Detail string
	// RetryAfter is how long they asked us to wait; 0 where they did not say.
	RetryAfter time.Duration
	// NotDone is true only where it is proved that a write had no effect: an
	// error before a byte was sent, or a refusal in the desk's own JSON form.
	NotDone bool
	// NotFound is true only for their own "not found" answer about the thing named.
	NotFound bool
	// InvalidReference is true where an id that we sent no longer exists there
	// (or does not belong to what it was sent with).
	InvalidReference bool
	// CloseRules holds what a board's close rules ask for before a ticket may be
	// closed; empty for any other refusal.
	CloseRules []string
	// Err is the cause, where there is one.
	Err error
}

// Error says who failed at what, and why.
func (e *Error) Error() string {
	text := e.Side + ": " + e.Op
	if e.Status != 0 {
		text += fmt.Sprintf(": HTTP %d", e.Status)
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrNotFound) true for a "not found" answer.
func (e *Error) Is(target error) bool {
	return target == ErrNotFound && e.NotFound
}

// ErrNotFound is what the other side, or the store, does not have.
var ErrNotFound = errors.New("not found")

// ErrTooMany is the answer to a query that finds more than is worth listing.
var ErrTooMany = errors.New("more than is worth listing")

// ReasonOf is the reason that an error carries; anything else is internal.
func ReasonOf(err error) Reason {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return ReasonInternal
}

// InDoubt reports whether a write that failed with err may have happened all
// the same. Only a proof says no.
func InDoubt(err error) bool {
	if err == nil {
		return false
	}
	e, ok := errors.AsType[*Error](err)
	return !ok || !e.NotDone
}
