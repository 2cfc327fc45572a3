package huntress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/huntsync/huntsync/engine"
)

const (
	// tries is how often a request is sent that fails on the way.
	tries = 4
	// firstRetryWait is the wait before the second try; it doubles.
	firstRetryWait = time.Second
	// longestRetryAfter is how long a Retry-After is obeyed inside a call when
	// Huntress is out of service; a longer one is the caller's to wait for.
	longestRetryAfter = time.Minute
	// maxAnswer bounds the bytes read of an answer.
	maxAnswer = 64 << 20
)

// errTooLarge is the cause of the error for an answer beyond maxAnswer.
var errTooLarge = errors.New("the answer is too large")

// request is one read.
type request struct {
	op       string // for messages: "list incident reports"
	path     string
	query    url.Values
	priority priority
}

// reply is the answer to a request that succeeded: a JSON object.
type reply struct {
	body object
	date time.Time // of Huntress's clock; zero when it did not say
}

// get sends a request until it is answered: a 429 is waited out, what failed on
// the way is repeated a few times. The error is an *engine.Error.
func (c *Client) get(ctx context.Context, r request) (reply, error) {
	start := time.Now()
	for try := 1; ; {
		if until := c.limiter.blocked(); until.Sub(start) > c.patience {
			return reply{}, c.exhausted(r, until)
		}
		answer, err := c.try(ctx, r, start.Add(c.patience))
		if err == nil {
			return answer, nil
		}
		if errors.Is(err, errRefused) {
			continue
		}
		var e *engine.Error
		if !errors.As(err, &e) || ctx.Err() != nil {
			return reply{}, c.stopped(ctx, r, err)
		}
		switch e.Reason {
		case engine.ReasonRateLimited: // The limiter knows how long to wait.
		case engine.ReasonUnavailable, engine.ReasonTimeout:
			if try == tries || e.RetryAfter > longestRetryAfter || errors.Is(e, errTooLarge) {
				return reply{}, e
			}
			wait := firstRetryWait << (try - 1)
			wait += time.Duration(c.jitter() * float64(wait))
			if err := sleep(ctx, max(wait, e.RetryAfter)); err != nil {
				return reply{}, c.stopped(ctx, r, err)
			}
			try++
		default:
			return reply{}, e
		}
	}
}

// try sends a request once, within the budget and not after latest because of a
// 429.
func (c *Client) try(ctx context.Context, r request, latest time.Time) (reply, error) {
	s, err := c.limiter.acquire(ctx, r.priority, latest)
	if err != nil {
		return reply{}, err
	}
	sent := time.Now()
	answer, status, err := c.send(ctx, r)
	if e, ok := errors.AsType[*engine.Error](err); ok && e.Reason == engine.ReasonRateLimited {
		c.limiter.refused(sent, e.RetryAfter) // before the next may follow
	}
	c.limiter.sent(s)
	code := strconv.Itoa(status)
	switch status {
	case 0:
		code = string(engine.ReasonOf(err))
	case http.StatusTooManyRequests:
	default:
		c.limiter.accepted()
	}
	c.observe(code, time.Since(sent))
	return answer, err
}

// send is one request and its answer. The status is 0 when no answer came.
func (c *Client) send(ctx context.Context, r request) (answer reply, status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	target := *c.base
	target.Path += r.path
	target.RawQuery = r.query.Encode()
	hr, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return reply{}, 0, c.failed(r, engine.ReasonInternal, "the request could not be made", err)
	}
	hr.Header.Set("Authorization", c.authorization)
	hr.Header.Set("Accept", "application/json")
	hr.Header.Set("User-Agent", c.userAgent)
	response, err := c.http.Do(hr)
	if err != nil {
		return reply{}, 0, c.unanswered(r, err)
	}
	defer response.Body.Close()
	status = response.StatusCode
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if status != http.StatusOK {
		// Why its body could not be read matters less than the status.
		return reply{}, status, c.status(r, response, body)
	}
	if err != nil {
		return reply{}, status, c.cut(r, status, err)
	}
	if len(body) > maxAnswer {
		return reply{}, status, c.failed(r, engine.ReasonUnavailable, fmt.Sprintf("the answer is larger than %d MiB", maxAnswer>>20), errTooLarge)
	}
	fields, err := parseObject(body)
	if err != nil {
		return reply{}, status, c.unreadable(r, response, body, err)
	}
	return reply{body: fields, date: serverTime(response)}, status, nil
}

// serverTime reads the Date header; zero when there is none that can be read.
func serverTime(r *http.Response) time.Time {
	t, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
