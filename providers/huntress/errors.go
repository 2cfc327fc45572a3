package huntress

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/huntsync/huntsync/engine"
)

const (
	side = "Huntress"
	// longestMessage is how much of Huntress's own words an error repeats, in
	// characters.
	longestMessage = 200
	// longestCause is the same for what kept a request from being answered.
	longestCause = 500
	// longestRead is how much of it is looked at, in bytes.
	longestRead = 64 << 10
	// longestWait bounds what a Retry-After may ask for.
	longestWait = 24 * time.Hour
)

// failed is an error without an answer.
func (c *Client) failed(r request, reason engine.Reason, detail string, cause error) *engine.Error {
	// Something on the way may have repeated our credentials, or said what it liked.
	if text := c.presentable(cause.Error(), longestCause); text != cause.Error() {
		cause = errors.New(text)
	}
	return &engine.Error{Reason: reason, Side: side, Op: r.op, Detail: detail, Err: cause}
}

// exhausted is the error of a call that would have to wait for the budget longer
// than it may.
func (c *Client) exhausted(r request, until time.Time) *engine.Error {
	return &engine.Error{
		Reason: engine.ReasonRateLimited, Side: side, Op: r.op, Status: http.StatusTooManyRequests,
		RetryAfter: time.Until(until),
		Detail:     fmt.Sprintf("%s; it wants no request before %s", detailRateLimited, until.UTC().Format(time.RFC3339)),
	}
}

const detailRateLimited = "the account's 60 requests a minute are used up; other tools with a key of this account share them"

// stopped is the error of a call whose context ended.
func (c *Client) stopped(ctx context.Context, r request, err error) *engine.Error {
	if cause := ctx.Err(); cause != nil {
		err = cause
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return c.failed(r, engine.ReasonTimeout, "the time for this was over before Huntress answered", err)
	}
	return c.failed(r, engine.ReasonInternal, "stopped before Huntress answered", err)
}

// unanswered is the error of a request that got no answer.
func (c *Client) unanswered(r request, err error) *engine.Error {
	// The outer error repeats the whole URL; host and cause say enough.
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return c.failed(r, engine.ReasonTimeout, fmt.Sprintf("%s did not answer within %s", c.base.Host, c.timeout), err)
	}
	return c.failed(r, engine.ReasonUnavailable, fmt.Sprintf("cannot reach %s: check the network, the proxy and base_url", c.base.Host), err)
}

// cut is the error of an answer that ended too early.
func (c *Client) cut(r request, status int, err error) *engine.Error {
	e := c.failed(r, engine.ReasonUnavailable, "the connection was cut in the middle of the answer", err)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		e.Reason, e.Detail = engine.ReasonTimeout, fmt.Sprintf("the answer was not complete within %s", c.timeout)
	}
	e.Status = status
	return e
}

// unreadable is the error of a 200 that is not what was asked for.
func (c *Client) unreadable(r request, response *http.Response, body []byte, err error) *engine.Error {
	e := c.failed(r, engine.ReasonUnavailable, "", err)
	e.Status = response.StatusCode
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(trimmed) == 0:
		e.Detail = "the answer is empty"
	case trimmed[0] == '<':
		e.Detail = fmt.Sprintf("%s answered with a web page instead of JSON: check base_url, and whether a proxy or firewall answers in Huntress's place", c.base.Host)
	default:
		e.Detail = "the answer is not complete, or no JSON object"
	}
	return e
}

// status is the error that an HTTP status other than 200 means. The body may be
// nil.
func (c *Client) status(r request, response *http.Response, body []byte) *engine.Error {
	message, isJSON := c.message(body)
	e := &engine.Error{Side: side, Op: r.op, Status: response.StatusCode, RetryAfter: retryAfter(response)}
	said := ""
	if message != "" {
		said = fmt.Sprintf(" (it says: %s)", message)
	}
	switch code := response.StatusCode; {
	case code == http.StatusUnauthorized:
		e.Reason = engine.ReasonAuth
		e.Detail = fmt.Sprintf("Huntress refused the API key of huntress %s%s: check api_key and api_secret, or make a new key in the Huntress portal under API Credentials", quote(c.name), said)
	case code == http.StatusForbidden:
		e.Reason = engine.ReasonAuth
		e.Detail = fmt.Sprintf("the API key of huntress %s may not do this%s: %s", quote(c.name), said, c.permissionHint())
	case code == http.StatusTooManyRequests:
		e.Reason = engine.ReasonRateLimited
		e.Detail = detailRateLimited
	case code == http.StatusRequestTimeout || code == http.StatusGatewayTimeout:
		e.Reason = engine.ReasonTimeout
		e.Detail = "Huntress did not finish in time" + said
	case code >= http.StatusInternalServerError:
		e.Reason = engine.ReasonUnavailable
		e.Detail = "Huntress has a problem of its own" + said + "; see huntressstatus.statuspage.io if it lasts"
	case code >= http.StatusMultipleChoices && code < http.StatusBadRequest:
		e.Reason = engine.ReasonUnavailable
		e.Detail = fmt.Sprintf("%s wants to send us elsewhere, and the API key must not follow: check base_url", c.base.Host)
	case !isJSON:
		e.Reason = engine.ReasonUnavailable
		e.Detail = fmt.Sprintf("%s did not answer in Huntress's form: check base_url, and whether a proxy or firewall answers in its place", c.base.Host)
	case code == http.StatusNotFound && strings.EqualFold(message, "Invalid path specified"):
		e.Reason = engine.ReasonRejected
		e.Detail = "Huntress does not know this path: check base_url"
	case code == http.StatusNotFound:
		e.Reason = engine.ReasonRejected
		e.NotFound = true
		e.Detail = "it does not exist, or the API key does not reach it" + said
	default:
		e.Reason = engine.ReasonRejected
		e.Detail = "Huntress refused the request" + said
	}
	return e
}

func (c *Client) permissionHint() string {
	if c.accountID == 0 {
		return "a reseller's key needs accounts in its huntress block, an account's key a permission that includes reading"
	}
	return "only a reseller's key reaches other accounts, and only its own"
}

// message is what Huntress says in an error answer, safe to show. The second
// result is false for a body that is no JSON object.
func (c *Client) message(body []byte) (string, bool) {
	fields, err := parseObject(body)
	if err != nil {
		return "", false
	}
	for _, name := range []string{"message", "error", "errors", "detail"} {
		var text string
		var inner struct{ Message string }
		raw := fields[name]
		if json.Unmarshal(raw, &text) != nil && json.Unmarshal(raw, &inner) == nil {
			text = inner.Message
		}
		if text != "" {
			return c.presentable(text, longestMessage), true
		}
	}
	return "", true
}

// presentable makes foreign text fit for a message: short, on one line, without
// characters that fool the eye, and never a credential.
func (c *Client) presentable(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text[:min(len(text), longestRead)])
	runes := []rune(engine.Redact(text, c.secrets...))
	if len(runes) > limit {
		runes = append(runes[:limit-1], '…')
	}
	return string(runes)
}

// retryAfter reads a Retry-After header, seconds or a date; 0 when there is none.
func retryAfter(r *http.Response) time.Duration {
	value := strings.TrimSpace(r.Header.Get("Retry-After"))
	if seconds, err := strconv.Atoi(value); err == nil {
		return min(time.Duration(min(max(seconds, 0), int(longestWait.Seconds())))*time.Second, longestWait)
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	// The date is of Huntress's clock, so it is measured from Huntress's now.
	now := serverTime(r)
	if now.IsZero() {
		now = time.Now()
	}
	return min(max(date.Sub(now), 0), longestWait)
}
