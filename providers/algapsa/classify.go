package algapsa

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/huntsync/huntsync/engine"
)

// maxDetail bounds what is quoted of the desk's own words, maxRead what is looked at of them, in bytes.
const (
	maxDetail = 400
	maxRead   = 64 << 10
)

// refusal is an error in the desk's own JSON form.
type refusal struct {
	code, message string
	details       json.RawMessage
}

// classify turns a complete answer into data or an error. Only a 4xx in the desk's own form proves that a write
// did not happen.
func (c *Client) classify(r request, res *http.Response, payload []byte) (answer, error) {
	failure := &engine.Error{Reason: engine.ReasonUnavailable, Side: Side, Op: r.op, Status: res.StatusCode}
	status := res.StatusCode
	switch {
	case len(payload) > maxAnswer:
		failure.Detail = fmt.Sprintf("the answer is larger than %d MiB", maxAnswer>>20)
		return answer{}, failure
	case status >= 200 && status < 300:
		a, err := readAnswer(payload)
		if err != nil {
			failure.Detail, failure.Err = "the answer cannot be read"+c.notJSON(res), err
			return answer{}, failure
		}
		a.status = status
		a.date, a.remaining = headerTime(res.Header), headerRemaining(res.Header)
		return a, nil
	case status >= 300 && status < 400:
		failure.Detail = "the server redirects, and redirects are not followed: check the URL of the desk"
		return answer{}, failure
	}
	own, ok := readRefusal(payload)
	if status == http.StatusTooManyRequests {
		failure.Reason, failure.RetryAfter = engine.ReasonRateLimited, retryAfter(res.Header)
	}
	if !ok {
		failure.Detail = "the answer is not AlgaPSA's" + c.notJSON(res)
		return answer{}, failure
	}
	c.explain(failure, own)
	return answer{}, failure
}

// errProduct is the cause of a refusal that no permission can change.
var errProduct = errors.New("the product of this AlgaPSA does not include it")

// explain fills in what the desk's own error says.
func (c *Client) explain(failure *engine.Error, own refusal) {
	failure.Detail = c.clean(own.text())
	failure.NotDone = failure.Status >= 400 && failure.Status < 500
	switch failure.Status {
	case http.StatusUnauthorized:
		failure.Reason = engine.ReasonAuth
		failure.Detail += "; if this stays, the API key is wrong, expired or its user inactive: make a new one under profile settings, API Keys"
	case http.StatusForbidden:
		failure.Reason = engine.ReasonAuth
		if own.code == "PRODUCT_ACCESS_DENIED" {
			failure.Err = errProduct
			return
		}
		failure.Detail += "; give the user of the API key a role that may do this"
	case http.StatusTooManyRequests:
	default:
		if failure.NotDone {
			failure.Reason = engine.ReasonRejected
			failure.NotFound = failure.Status == http.StatusNotFound && own.code == "NOT_FOUND"
			failure.InvalidReference = own.invalidReference()
			failure.CloseRules = c.closeRules(own)
		}
	}
}

// unanswered is the error of a request that got no complete answer. Whether something was sent is the caller's
// to say.
func (c *Client) unanswered(parent, ctx context.Context, r request, err error) *engine.Error {
	failure := &engine.Error{Reason: engine.ReasonUnavailable, Side: Side, Op: r.op, Err: err}
	var temporary interface{ Timeout() bool }
	switch {
	case parent.Err() != nil:
		failure.Reason, failure.Detail, failure.Err = engine.ReasonTimeout, "given up", context.Cause(parent)
	case ctx.Err() != nil || errors.As(err, &temporary) && temporary.Timeout():
		failure.Reason, failure.Detail = engine.ReasonTimeout, fmt.Sprintf("no answer from %s within %s", c.base.Host, timeout)
		failure.Err = context.DeadlineExceeded
	default:
		failure.Detail = "no answer from " + c.base.Host
		// Something on the way may have repeated our key, or said what it liked.
		if text := c.clean(err.Error()); text != err.Error() {
			failure.Err = errors.New(text)
		}
	}
	return failure
}

// readRefusal reads an error in the desk's own form: an object with a code, or the string of the one 401 that is
// answered before any handler.
func readRefusal(payload []byte) (refusal, bool) {
	var envelope struct {
		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(payload, &envelope) != nil {
		return refusal{}, false
	}
	var text string
	if json.Unmarshal(envelope.Error, &text) == nil && strings.HasPrefix(text, "Unauthorized") {
		return refusal{code: "UNAUTHORIZED", message: text}, true
	}
	var object struct {
		Code    string          `json:"code"`
		Message string          `json:"message"`
		Details json.RawMessage `json:"details"`
	}
	if json.Unmarshal(envelope.Error, &object) != nil || object.Code == "" {
		return refusal{}, false
	}
	return refusal{code: object.Code, message: object.Message, details: object.Details}, true
}

// detail is one finding of a validation error.
type detail struct {
	path    string
	message string
}

// findings reads the details that are lists; any other shape has none.
func (r refusal) findings() []detail {
	var rows []map[string]json.RawMessage
	if json.Unmarshal(r.details, &rows) != nil {
		return nil
	}
	all := make([]detail, 0, len(rows))
	for _, row := range rows {
		all = append(all, detail{path: pathOf(row["path"]), message: textOf(row["message"])})
	}
	return all
}

// pathOf reads where a finding is: a list of names and indexes, or one text.
func pathOf(raw json.RawMessage) string {
	var path []any
	if json.Unmarshal(raw, &path) != nil {
		return textOf(raw)
	}
	parts := make([]string, len(path))
	for i, part := range path {
		parts[i] = fmt.Sprint(part)
	}
	return strings.Join(parts, ".")
}

// text is everything the desk said, in one line.
func (r refusal) text() string {
	parts := []string{r.message}
	for _, f := range r.findings() {
		part := f.message
		if f.path != "" {
			part = f.path + ": " + part
		}
		parts = append(parts, part)
	}
	if plain := textOf(r.details); plain != "" {
		parts = append(parts, plain)
	}
	return strings.Join(parts, "; ")
}

// closeRulesMessage is how the desk refuses to close.
const closeRulesMessage = "Ticket close rules not satisfied"

// invalidReference says whether an id that was sent names nothing, or something of another board.
func (r refusal) invalidReference() bool {
	if r.code == "BAD_REQUEST" {
		return r.message == "Invalid reference"
	}
	for _, f := range r.findings() {
		if r.message != closeRulesMessage && strings.HasSuffix(f.path, "_id") && strings.Contains(f.message, "belong") {
			return true
		}
	}
	return false
}

// closeRules are what the board asks for before it lets a ticket be closed.
func (c *Client) closeRules(r refusal) []string {
	if r.message != closeRulesMessage {
		return nil
	}
	var rules []string
	for _, f := range r.findings() {
		rules = append(rules, c.clean(f.message))
	}
	if len(rules) == 0 {
		rules = []string{r.message}
	}
	return rules
}

// retryAfter reads seconds or a date; 0 where there is neither.
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	const day = 24 * time.Hour
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, int(day/time.Second))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now := headerTime(h)
	if now.IsZero() {
		now = time.Now()
	}
	return max(0, min(at.Sub(now), day))
}

// notJSON says what came instead, when the answer does not even claim to be JSON.
func (c *Client) notJSON(res *http.Response) string {
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || kind == "application/json" {
		return ""
	}
	return " (" + c.clean(kind) + " instead of JSON: is the URL that of AlgaPSA, and not of a proxy or a login page?)"
}

// clean makes the desk's words safe to show: one line, no control or direction characters, no key, not too long.
func (c *Client) clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, text[:min(len(text), maxRead)])
	text = engine.Redact(text, c.key)
	if len(text) <= maxDetail {
		return text
	}
	end := maxDetail
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
