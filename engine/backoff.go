package engine

import (
	"errors"
	"hash/fnv"
	"maps"
	"strconv"
	"time"
)

// The back-off of one incident: doubling from firstBackOff, for ever.
const (
	firstBackOff = 30 * time.Second
	maxBackOff   = time.Hour
)

// backOff is how long an incident waits after so many refusals. The jitter comes
// from the key, so that the wait is the same whenever it is computed.
func backOff(key Key, attempts int) time.Duration {
	wait := maxBackOff
	if attempts < 8 {
		wait = min(firstBackOff<<max(attempts-1, 0), maxBackOff)
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(key.String() + "#" + strconv.Itoa(attempts)))
	jitter := time.Duration(h.Sum64() % uint64(wait/5)) //nolint:gosec // at most a fifth of an hour.
	return wait - jitter
}

// refused records a refusal of one change of one incident.
func refused(r Record, c Change, err error, policy string, now time.Time) Record {
	retry := r.Work.retryOf(c)
	if retry.Policy != policy {
		retry = Retry{}
	}
	retry.Attempts++
	retry.NextAt = now.Add(backOff(r.Key, retry.Attempts))
	retry.Reason, retry.Error, retry.Policy = ReasonOf(err), err.Error(), policy
	if c.Cause == CauseDuplicate {
		r.Work.Extras = changedExtras(r.Work.Extras, c.TicketID, func(x *Extra) { x.Retry = retry })
		return r
	}
	retries := make(map[Action]Retry, len(r.Work.Retries)+1)
	maps.Copy(retries, r.Work.Retries)
	retries[c.Action] = retry
	r.Work.Retries = retries
	return r
}

// retryOf is the back-off that a change is under. What a second ticket is owed has one
// of its own: a desk that refuses it for ever holds up nothing of the first.
func (w *Work) retryOf(c Change) Retry {
	if c.Cause != CauseDuplicate {
		return w.Retries[c.Action]
	}
	for _, x := range w.Extras {
		if x.Ticket.ID == c.TicketID {
			return x.Retry
		}
	}
	return Retry{}
}

func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Reason: ReasonInternal, Side: "huntsync", Op: "call", Err: err}
}
