package sim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// FuzzRequest sends anything: the answer has a status that the real server gives, JSON is JSON in one of its
// envelopes, and nothing panics.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][3]string{
		{"GET", "/tickets?title=%25_%5C&limit=1e2&page=2", ""},
		{"GET", "/tickets?status_ids=[1&tags=,&fields=mobile_list", ""},
		{"GET", "/tickets/search?query=x&fields=title", ""},
		{"POST", "/tickets", `{"title":null,"attributes":[],"tags":[1]}`},
		{"POST", "/tickets", `{"title":"a\u0000"}`},
		{"PUT", "/tickets/ID", `{"attributes":{"description":"[{\"type\":\"table\",\"content\":{\"rows\":[{\"cells\":[{}]}]}}]"}}`},
		{"PUT", "/tickets/ID", "{\"attributes\":{\"\":\"\xb4\"}}"},
		{"PUT", "/tickets/ID/status", `[]`},
		{"POST", "/tickets/ID/comments", `{"comment_text":"[{\"type\":\"heading\",\"props\":{\"level\":99}}]"}`},
		{"POST", "/tickets/ID/comments", `5`},
		{"GET", "/tickets/ID/comments?offset=9999999999&limit=200", ""},
		{"GET", "/categories/ticket?offset=-1", ""},
		{"GET", "//..//%2e/", ""},
		{"POST", "/tags/entity/ticket/ID", `{"entity_id":"ID","entity_type":"ticket","tags":["a","a"]}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		d := newDesk(t, sim.Options{Seed: 1})
		id := d.create(nil)
		path, body = strings.ReplaceAll(path, "ID", id), strings.ReplaceAll(body, "ID", id)
		r, err := http.NewRequestWithContext(t.Context(), method, "http://desk.invalid/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Skip("no request")
		}
		r.Header.Set("X-Api-Key", d.key)
		w := httptest.NewRecorder()
		d.s.ServeHTTP(w, r)
		checkEnvelope(t, w)
		// Whatever it was, the world can still be read.
		for _, after := range []string{"/tickets", "/tickets/" + id, "/tickets/" + id + "/comments", "/boards", "/tags"} {
			if a := d.get(after); a.status != 200 && a.status != 404 {
				t.Errorf("afterwards %s: %d %s", a.what, a.status, a.text)
			}
		}
	})
}

func checkEnvelope(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	switch w.Code {
	case 200, 201, 204, 400, 401, 403, 404, 405, 409, 429, 500:
	default:
		t.Errorf("status %d", w.Code)
	}
	if w.Header().Get("Content-Type") != "application/json" {
		if w.Code == 200 || w.Code == 201 || w.Code == 400 {
			t.Errorf("%d %q is no JSON", w.Code, w.Body)
		}
		return
	}
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal(w.Body.Bytes(), &envelope); err != nil || !utf8.Valid(w.Body.Bytes()) {
		t.Fatalf("%d %q: %v", w.Code, w.Body, err)
	}
	_, data := envelope["data"]
	_, failure := envelope["error"]
	if data == failure || data != (w.Code < 300) {
		t.Errorf("%d %.300s: neither data nor error, or both", w.Code, w.Body)
	}
}

// Whatever text a ticket and a comment carry, it comes back as it was, and the rendered form shows none of it as markup.
func TestTextsRoundTrip(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringMatching(`[^\x00]{1,60}`).Draw(r, "text")
		rich := blocks(t, text)
		id := d.create(map[string]any{"attributes": map[string]string{"description": rich}})
		a := d.get("/tickets/"+id).is(200, "data.attributes.description", rich)
		inner := strings.TrimSuffix(strings.TrimPrefix(a.str("data.description_html"), "<p>"), "</p>")
		if strings.ContainsAny(inner, `<>"'`) {
			r.Errorf("%q is shown as %q", text, inner)
		}
		if strings.TrimSpace(text) != "" {
			d.do("POST", "/tickets/"+id+"/comments", map[string]any{"comment_text": rich}).is(201, "data.note", rich)
		}
	})
}

// A title that was stored is found by itself with the wildcards escaped, in any case of letters.
func TestTitlesAreFound(t *testing.T) {
	t.Parallel()
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	rapid.Check(t, func(r *rapid.T) {
		title := rapid.StringMatching(`[ab%_\\\[#]{1,12}`).Draw(r, "title")
		d := newDesk(t, sim.Options{})
		if strings.TrimSpace(title) == "" {
			return
		}
		d.create(map[string]any{"title": "before " + title + " after"})
		d.create(map[string]any{"title": "zzz"})
		pattern := strings.ToUpper(escape.Replace(title))
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/tickets", nil)
		query := request.URL.Query()
		query.Set("title", pattern)
		request.URL.RawQuery = query.Encode()
		request.Header.Set("X-Api-Key", d.key)
		if got := d.send(request).is(200).column("title"); len(got) != 1 {
			r.Errorf("%q finds %q", pattern, got)
		}
	})
}
