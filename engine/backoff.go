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

// refused records a refusal of one action of one incident.
func refused(r Record, action Action, err error, policy string, now time.Time) Record {
	retries := make(map[Action]Retry, len(r.Work.Retries)+1)
	maps.Copy(retries, r.Work.Retries)
	retry := retries[action]
	if retry.Policy != policy {
		retry = Retry{}
	}
	retry.Attempts++
	retry.NextAt = now.Add(backOff(r.Key, retry.Attempts))
	retry.Reason, retry.Error, retry.Policy = ReasonOf(err), err.Error(), policy
	retries[action] = retry
	r.Work.Retries = retries
	return r
}

func asError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Reason: ReasonInternal, Side: "huntsync", Op: "call", Err: err}
}
