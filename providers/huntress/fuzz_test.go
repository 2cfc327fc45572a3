package huntress

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzRefusal reads any answer but a success as an error: what it shows is short,
// on one line and without our credentials, what it waits for has an end, and only
// Huntress's own 404 says that something does not exist.
func FuzzRefusal(f *testing.F) {
	const key, secret = "canary-key", "canary-secret"
	for _, seed := range []string{
		``, `{}`, `{"message":"Invalid path specified"}`, `{"error":{"message":"No canary-secret\nhere"}}`, `<html>`, `[]`,
		`{"errors":"\u202e\u0007` + strings.Repeat("é", 300) + `"}`,
	} {
		f.Add(http.StatusNotFound, seed, "", "")
		f.Add(http.StatusTooManyRequests, seed, "90", "Mon, 03 Aug 2026 12:00:00 GMT")
	}
	f.Add(http.StatusServiceUnavailable, "", "Tue, 04 Aug 2026 12:00:00 GMT", "Mon, 03 Aug 0001 12:00:00 GMT")
	f.Add(http.StatusServiceUnavailable, "", "-9223372036854775808", "soon")
	c, err := New(Options{Name: "main", Key: key, Secret: secret})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body, wait, date string) {
		response := &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {wait}, "Date": {date}}}
		e := c.status(request{op: "fuzz"}, response, []byte(body))
		if e.Reason == "" || e.Side != side || e.Status != status {
			t.Errorf("an error that tells too little: %+v", e)
		}
		if e.RetryAfter < 0 || e.RetryAfter > longestWait {
			t.Errorf("Retry-After %q at %q is %s", wait, date, e.RetryAfter)
		}
		if !utf8.ValidString(e.Detail) || strings.ContainsFunc(e.Detail, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("this is shown: %q", e.Detail)
		}
		if utf8.RuneCountInString(e.Detail) > longestMessage+300 || strings.Contains(e.Detail, key) || strings.Contains(e.Detail, secret) {
			t.Errorf("too much is shown: %q", e.Detail)
		}
		if _, err := parseObject([]byte(body)); e.NotFound && (status != http.StatusNotFound || err != nil) {
			t.Errorf("%d %q is taken for something that does not exist", status, body)
		}
	})
}

// FuzzOrganization checks what is read of accounts and organizations, of which none
// with an id may be lost.
func FuzzOrganization(f *testing.F) {
	f.Add([]byte(`{"id":4,"name":"Acme Inc.","key":"acme","subdomain":"acme","agents_count":12}`))
	f.Add([]byte(`{"id":"4","name":["Acme"],"key":{"name":"acme"},"agents_count":-1e300}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, errOrganization := decodeOrganization(data)
		a, errAccount := decodeAccount(data)
		if fields, err := parseObject(data); err == nil {
			id, _ := readNumber(fields["id"])
			if usable := id > 0; (errOrganization == nil) != usable || (errAccount == nil) != usable {
				t.Errorf("with id %d: %v, %v", id, errOrganization, errAccount)
			}
		}
		if errOrganization == nil {
			checkKept(t, o)
		}
		if errAccount == nil {
			checkKept(t, a)
		}
	})
}

// FuzzToken goes on to another page, ends, or fails, but never ends because a token
// could not be read: behind it are incidents.
func FuzzToken(f *testing.F) {
	for _, seed := range []string{`{"next_page_token":"MjAy"}`, `{"next_page_token":7}`, `{"next_page_token":{}}`, `{}`, `null`, `[]`} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, pagination []byte, short bool) {
		if !json.Valid(pagination) {
			t.Skip("a field is valid JSON")
		}
		next, err := nextToken(object{"pagination": pagination}, short)
		if err != nil || next != "" {
			return
		}
		fields, err := parseObject(pagination)
		if token := fields["next_page_token"]; err == nil && !isNull(token) && string(token) != `""` {
			t.Errorf("the list ends at the token %s", token)
		}
		if err != nil && !short {
			t.Errorf("a full page without pagination ends the list: %s", pagination)
		}
	})
}
