package algapsa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// maxAnswer bounds an answer, in bytes: a page of a hundred tickets with the longest bodies is below.
const maxAnswer = 128 << 20

// Reads wait out a 429 up to patience at a time and so many times in a row; writes never do.
const (
	patience   = time.Minute
	maxRefused = 20
)

// request is one call of the API.
type request struct {
	op     string // In a few words, for messages.
	method string
	path   string // Below /api/v1, escaped.
	query  url.Values
	body   any // Nil for a read.
}

// answer is a success, with what its headers said.
type answer struct {
	status     int
	data       json.RawMessage
	pagination pagination
	date       time.Time // The desk's clock; zero where it did not tell.
	remaining  int       // Of the rate limit; -1 where it did not tell.
}

// read sends a GET; a 429 is waited out here, because repeating a read harms nobody,
// unless the caller has a time of its own to keep to.
func (c *Client) read(ctx context.Context, op, path string, query url.Values) (answer, error) {
	for refused := 0; ; refused++ {
		a, err := c.send(ctx, request{op: op, method: http.MethodGet, path: path, query: query})
		limited, ok := errors.AsType[*engine.Error](err)
		if err == nil || !ok || limited.Reason != engine.ReasonRateLimited || refused == maxRefused {
			return a, err
		}
		wait := max(limited.RetryAfter, time.Second)
		if _, bounded := ctx.Deadline(); bounded || wait > patience {
			return a, err
		}
		if sleep(ctx, wait) != nil {
			return a, err
		}
	}
}

// write sends anything else, exactly once.
func (c *Client) write(ctx context.Context, op, method, path string, body any) (answer, error) {
	return c.send(ctx, request{op: op, method: method, path: path, body: body})
}

// send makes one request and classifies whatever comes of it.
func (c *Client) send(ctx context.Context, r request) (answer, error) {
	parent := ctx
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var sent delivery
	req, err := c.build(sent.trace(ctx), r)
	if err != nil {
		return answer{}, &engine.Error{Reason: engine.ReasonInternal, Side: Side, Op: r.op, NotDone: true, Err: err}
	}
	begun := time.Now()
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		failure := c.unanswered(parent, ctx, r, err)
		failure.NotDone = sent.nothingSent()
		c.observe(string(failure.Reason), time.Since(begun))
		return answer{}, failure
	}
	defer func() { _ = res.Body.Close() }()
	payload, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		failure := c.unanswered(parent, ctx, r, err)
		failure.Status = res.StatusCode
		c.observe(string(failure.Reason), time.Since(begun))
		return answer{}, failure
	}
	c.observe(strconv.Itoa(res.StatusCode), time.Since(begun))
	return c.classify(r, res, payload)
}

// build makes the request. A body without GetBody and a POST without an idempotency header are what keep
// net/http from ever sending it twice.
func (c *Client) build(ctx context.Context, r request) (*http.Request, error) {
	address := c.base.JoinPath("api", "v1").String() + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	var body io.Reader
	if r.body != nil {
		payload, err := encode(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(payload)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	req.GetBody = nil
	req.Header.Set("X-Api-Key", c.key)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// encode writes JSON without the escapes that are meant for HTML.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode as JSON: %w", err)
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// sleep waits unless the context ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// headerTime reads the Date header.
func headerTime(h http.Header) time.Time {
	t, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// headerRemaining reads what is left of the rate limit; -1 where the desk does not tell or cannot count.
func headerRemaining(h http.Header) int {
	n, err := strconv.Atoi(strings.TrimSpace(h.Get("X-RateLimit-Remaining")))
	if err != nil || n < 0 {
		return -1
	}
	return n
}
