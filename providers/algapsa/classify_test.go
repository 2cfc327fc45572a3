package algapsa

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// TestAnswers gives each shape of answer to a write and to a read.
func TestAnswers(t *testing.T) {
	const (
		own   = "application/json"
		html  = "text/html; charset=utf-8"
		page  = "<!DOCTYPE html><html><body>{\"error\":{\"code\":\"NOT_FOUND\"}}</body></html>"
		notID = "00000000-0000-4000-8000-000000000001"
	)
	// The zero value is what most of them are: unavailable, and in doubt.
	type want struct {
		reason                    engine.Reason
		proved, notFound, invalid bool
		wait                      time.Duration
		rules                     []string
		detail                    string
	}
	tests := map[string]struct {
		status int
		kind   string
		body   string
		header map[string]string
		want   want
	}{
		"no key at all":    {401, own, `{"error":"Unauthorized: API key missing"}`, nil, want{reason: engine.ReasonAuth, proved: true, detail: "API key missing"}},
		"a wrong key":      {401, own, `{"error":{"code":"UNAUTHORIZED","message":"Invalid API key"}}`, nil, want{reason: engine.ReasonAuth, proved: true, detail: "Invalid API key; if this stays"}},
		"401 of a proxy":   {401, html, page, nil, want{detail: "text/html instead of JSON"}},
		"401 with nothing": {401, "", "", nil, want{detail: "not AlgaPSA's"}},
		"401 another form": {401, own, `{"error":"invalid_token","error_description":"x"}`, nil, want{detail: "not AlgaPSA's"}},
		"no permission": {
			403, own, `{"error":{"code":"FORBIDDEN","message":"Permission denied: Cannot create ticket"}}`, nil,
			want{reason: engine.ReasonAuth, proved: true, detail: "Cannot create ticket; give the user"},
		},
		"another product":  {403, own, `{"error":{"code":"PRODUCT_ACCESS_DENIED","message":"no"}}`, nil, want{reason: engine.ReasonAuth, proved: true, detail: "the product of this AlgaPSA"}},
		"403 of a proxy":   {403, html, page, nil, want{}},
		"not found":        {404, own, `{"error":{"code":"NOT_FOUND","message":"ticket not found"}}`, nil, want{reason: engine.ReasonRejected, proved: true, notFound: true}},
		"no such route":    {404, html, page, nil, want{detail: "is the URL that of AlgaPSA"}},
		"HTML said JSON":   {404, own, page, nil, want{}},
		"404 another code": {404, own, `{"error":{"code":"GONE","message":"x"}}`, nil, want{reason: engine.ReasonRejected, proved: true}},
		"NOT_FOUND as 400": {400, own, `{"error":{"code":"NOT_FOUND","message":"x"}}`, nil, want{reason: engine.ReasonRejected, proved: true}},
		"wrong method":     {405, "", "", nil, want{}},
		"validation": {
			400, own, `{"error":{"code":"VALIDATION_ERROR","message":"Validation failed","details":[{"code":"too_big","path":["title"],"message":"String must contain at most 255 character(s)"},{"path":["attributes",0],"message":"Odd"}]}}`, nil,
			want{reason: engine.ReasonRejected, proved: true, detail: "Validation failed; title: String must contain at most 255 character(s); attributes.0: Odd"},
		},
		"details of other shapes": {
			400, own, `{"error":{"code":"VALIDATION_ERROR","message":"no","details":[{"path":"board_id","message":"does not belong"},{"path":{"a":1}},{"message":7}]}}`, nil,
			want{reason: engine.ReasonRejected, proved: true, invalid: true, detail: "no; board_id: does not belong; ; 7"},
		},
		"details that are an object": {400, own, `{"error":{"code":"CONFLICT","message":"no","details":{"a":1}}}`, nil, want{reason: engine.ReasonRejected, proved: true, detail: ": no"}},
		"a dangling reference": {
			400, own, `{"error":{"code":"BAD_REQUEST","message":"Invalid reference","details":"Key (client_id)=(x) is not present in table \"clients\"."}}`, nil,
			want{reason: engine.ReasonRejected, proved: true, invalid: true, detail: `Key (client_id)=(x)`},
		},
		"another bad request": {400, own, `{"error":{"code":"BAD_REQUEST","message":"Invalid ticket ID format"}}`, nil, want{reason: engine.ReasonRejected, proved: true}},
		"a status of another board": {
			400, own, `{"error":{"code":"VALIDATION_ERROR","message":"Validation failed","details":[{"path":["status_id"],"message":"status_id a does not belong to board_id b"}]}}`, nil,
			want{reason: engine.ReasonRejected, proved: true, invalid: true},
		},
		"close rules": {
			400, own, `{"error":{"code":"VALIDATION_ERROR","message":"Ticket close rules not satisfied","details":[{"path":["status_id"],"rule":"time_entry","message":"At least one time entry"},{"path":["status_id"],"message":"All child tickets that belong to it"}]}}`, nil,
			want{reason: engine.ReasonRejected, proved: true, rules: []string{"At least one time entry", "All child tickets that belong to it"}},
		},
		"close rules untold":    {400, own, `{"error":{"code":"VALIDATION_ERROR","message":"Ticket close rules not satisfied"}}`, nil, want{reason: engine.ReasonRejected, proved: true, rules: []string{"Ticket close rules not satisfied"}}},
		"conflict":              {409, own, `{"error":{"code":"CONFLICT","message":"Resource already exists","details":"Key (a)=(b) already exists."}}`, nil, want{reason: engine.ReasonRejected, proved: true, detail: "already exists."}},
		"the assets' form":      {400, own, `{"success":false,"error":{"message":"no","code":"VALIDATION_ERROR"},"meta":{}}`, nil, want{reason: engine.ReasonRejected, proved: true}},
		"a number for a code":   {400, own, `{"error":{"code":400,"message":"of another server"}}`, nil, want{}},
		"an error with no code": {400, own, `{"error":{"message":"of another server"}}`, nil, want{}},
		"a message alone":       {400, own, `{"message":"of another server"}`, nil, want{}},
		"a list":                {400, own, `[]`, nil, want{}},
		"a cut error":           {400, own, `{"error":{"code":"VALIDATION_ER`, nil, want{}},
		"rate limit":            {429, own, `{"error":{"code":"RATE_LIMITED","message":"Too many requests"}}`, map[string]string{"Retry-After": "90"}, want{reason: engine.ReasonRateLimited, proved: true, wait: 90 * time.Second}},
		"rate limit, no time":   {429, own, `{"error":{"code":"RATE_LIMITED","message":"Too many requests"}}`, nil, want{reason: engine.ReasonRateLimited, proved: true}},
		"rate limit of a proxy": {429, html, page, map[string]string{"Retry-After": "75"}, want{reason: engine.ReasonRateLimited, wait: 75 * time.Second}},
		"server error":          {500, own, `{"error":{"code":"INTERNAL_ERROR","message":"An unexpected error occurred"}}`, nil, want{detail: "unexpected"}},
		"NOT_FOUND as 500":      {500, own, `{"error":{"code":"NOT_FOUND","message":"x"}}`, nil, want{}},
		"bad gateway":           {502, html, page, nil, want{}},
		"unavailable":           {503, "", "", map[string]string{"Retry-After": "5"}, want{}},
		"moved":                 {301, html, page, map[string]string{"Location": "/elsewhere"}, want{detail: "redirects"}},
		"found":                 {302, "", "", map[string]string{"Location": "https://evil.example/"}, want{detail: "redirects"}},
		"not modified":          {304, "", "", nil, want{detail: "redirects"}},
		"a login page":          {200, html, page, nil, want{detail: "text/html instead of JSON"}},
		"success, no body":      {200, "", "", nil, want{detail: `no "data"`}},
		"success without data":  {200, own, `{}`, nil, want{detail: `no "data"`}},
		"success with null":     {200, own, `{"data":null}`, nil, want{detail: `no "data"`}},
		"success with an error": {200, own, `{"error":{"code":"VALIDATION_ERROR","message":"x"}}`, nil, want{detail: `no "data"`}},
		"success, a number":     {200, own, `{"data":7}`, nil, want{detail: "read the object"}},
		"success, a list":       {200, own, `{"data":[]}`, nil, want{detail: "read the object"}},
		"success without an id": {200, own, `{"data":{"title":"x"}}`, nil, want{detail: "without ticket_id"}},
		"success and more":      {200, own, `{"data":{"ticket_id":"` + notID + `"}} trailing`, nil, want{detail: "cannot be read"}},
		"no content":            {204, "", "", nil, want{detail: `no "data"`}},
		"a status of no class":  {600, own, `{"error":{"code":"X","message":"x"}}`, nil, want{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			answering(t, func(w http.ResponseWriter, _ *http.Request) {
				for key, value := range test.header {
					w.Header().Set(key, value)
				}
				if test.kind != "" {
					w.Header().Set("Content-Type", test.kind)
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body)) // Some statuses have no body.
			}, func(t *testing.T, c *Client) {
				_, err := c.Create(t.Context(), newSim(sim.Options{}).draft(1))
				e := failure(t, err)
				reason := test.want.reason
				if reason == "" {
					reason = engine.ReasonUnavailable
				}
				if e.Reason != reason || e.Status != test.status || e.NotDone != test.want.proved {
					t.Errorf("got %s, %d, not done %v; want %s, %d, %v", e.Reason, e.Status, e.NotDone, reason, test.status, test.want.proved)
				}
				if engine.InDoubt(err) == test.want.proved {
					t.Errorf("in doubt: %v", engine.InDoubt(err))
				}
				if e.NotFound != test.want.notFound || e.InvalidReference != test.want.invalid || e.RetryAfter != test.want.wait {
					t.Errorf("got %+v, want %+v", e, test.want)
				}
				if !slices.Equal(e.CloseRules, test.want.rules) {
					t.Errorf("close rules %q, want %q", e.CloseRules, test.want.rules)
				}
				if !strings.Contains(err.Error(), test.want.detail) {
					t.Errorf("%q does not say %q", err, test.want.detail)
				}
				if strings.Contains(err.Error(), "DOCTYPE") {
					t.Errorf("a page is quoted: %v", err)
				}
				if test.status == http.StatusTooManyRequests && test.want.wait <= time.Minute {
					return // A read would wait for it.
				}
				_, err = c.Ticket(t.Context(), notID)
				if e := failure(t, err); e.Reason != reason || e.NotFound != test.want.notFound {
					t.Errorf("the read: got %+v", e)
				}
			})
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"":                       0,
		"0":                      0,
		"1":                      time.Second,
		" 30 ":                   30 * time.Second,
		"-5":                     0,
		"1.5":                    0,
		"soon":                   0,
		"99999999999":            24 * time.Hour,
		"9999999999999999999999": 0,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
		now.Add(1000 * time.Hour).Format(http.TimeFormat): 24 * time.Hour,
	} {
		h := http.Header{"Retry-After": {text}, "Date": {now.Format(http.TimeFormat)}}
		if got := retryAfter(h); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
	at := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	if got := retryAfter(http.Header{"Retry-After": {at}}); got < 59*time.Minute || got > time.Hour {
		t.Errorf("without a Date header an hour is %v", got)
	}
}

// TestTheirWordsAreSafe lets the desk answer what must not be shown as it is.
func TestTheirWordsAreSafe(t *testing.T) {
	message := "line\\nbreak \\u202e\\u0007 key " + testKey + " " + strings.Repeat("é", 1000)
	answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":{"code":"VALIDATION_ERROR","message":"Ticket close rules not satisfied","details":[{"message":"%s"}]}}`, message)
	}, func(t *testing.T, c *Client) {
		_, err := c.Create(t.Context(), newSim(sim.Options{}).draft(1))
		e := failure(t, err)
		for _, text := range append(e.CloseRules, e.Detail) {
			if len(text) > 420 || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\a\u202e") || strings.Contains(text, testKey) {
				t.Errorf("this is shown: %q", text)
			}
		}
		if len(e.CloseRules) != 1 || !strings.HasPrefix(e.CloseRules[0], "line break ") {
			t.Errorf("the rules read %q", e.CloseRules)
		}
	})
}

// TestTheCauseIsSafe has something on the way say in the head of an answer, which net/http quotes, what must not
// be shown as it is.
func TestTheCauseIsSafe(t *testing.T) {
	said := errors.New("\x1b[31m\u202e" + testKey[:12] + strings.Repeat(" endless", 100_000))
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, said }}
	c := newClient(t, transport, nil)
	_, err := c.Ticket(t.Context(), "00000000-0000-4000-8000-000000000001")
	text := err.Error()
	if len(text) > 1000 || strings.ContainsAny(text, "\x1b\u202e") || !strings.Contains(text, "(sensitive) endless") {
		t.Errorf("this is shown: %.2000q", text)
	}
	res := &http.Response{StatusCode: http.StatusBadGateway, Header: http.Header{"Content-Type": {"a/" + testKey + strings.Repeat("b", 100_000)}}}
	_, err = c.classify(request{op: "read"}, res, nil)
	if text := err.Error(); len(text) > 1000 || strings.Contains(text, testKey) {
		t.Errorf("this is shown: %.2000q", text)
	}
}

// FuzzRefusal reads anything as an error of the desk.
func FuzzRefusal(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"error":"Unauthorized: API key missing"}`, `{"error":{"code":"UNAUTHORIZED","message":"Invalid API key"}}`,
		`{"error":{"code":"VALIDATION_ERROR","message":"m","details":[{"path":["a",0],"message":"b"}]}}`,
		`{"error":{"code":"BAD_REQUEST","message":"Invalid reference","details":"Key"}}`,
		`{"error":{"code":"VALIDATION_ERROR","message":"Ticket close rules not satisfied","details":[{}, null]}}`,
	} {
		f.Add(http.StatusBadRequest, []byte(seed))
		f.Add(http.StatusInternalServerError, []byte(seed))
	}
	c, err := New(Options{URL: "https://psa.example.com", APIKey: testKey})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, payload []byte) {
		res := &http.Response{StatusCode: status, Header: http.Header{}}
		_, err := c.classify(request{op: "fuzz", method: http.MethodPost}, res, payload)
		if status >= 200 && status < 300 {
			return
		}
		e := failure(t, err)
		if _, own := readRefusal(payload); e.NotDone != (own && status >= 400 && status < 500) {
			t.Errorf("%d %q: not done %v", status, payload, e.NotDone)
		}
		if !utf8.ValidString(e.Detail) || len(e.Detail) > 3*maxDetail || strings.ContainsAny(e.Detail, "\n\x00\x1b") {
			t.Errorf("%d %q is shown as %q", status, payload, e.Detail)
		}
		if e.NotFound && (status != http.StatusNotFound || !e.NotDone) {
			t.Errorf("%d %q is taken for a deleted ticket", status, payload)
		}
	})
}

// TestAnswersByAServer makes sure that the handler of the tests above answers what it is told, over a real socket.
func TestAnswersByAServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusMethodNotAllowed)
	}))
	defer server.Close()
	c, err := New(Options{URL: server.URL, APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	_, err = c.Create(t.Context(), newSim(sim.Options{}).draft(1))
	if e := failure(t, err); e.Status != http.StatusMethodNotAllowed || e.NotDone {
		t.Errorf("got %+v", e)
	}
}
