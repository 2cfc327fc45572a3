package web_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
)

// FuzzRequest asks for any address: the answer is no failure of ours, carries what
// keeps browsers from running it, and shows nothing of the address as markup.
func FuzzRequest(f *testing.F) {
	for _, seed := range [][2]string{
		{"/", "asked=9223372036854775807"},
		{"/", "asked=-9223372036854775808"},
		{"/organizations", "show=unmapped&q=%ff%00\"><i>&page=9223372036854775807"},
		{"/incidents", "q=%E2%80%AE%0Ax"},
		{"/organizations", "q=" + strings.Repeat("%C3%A9", 101) + "&page=-1"},
		{"/incidents", "show=all&q=\"><i>&before=5-9223372036854775807"},
		{"/incidents", "before=5-5-5"},
		{"/incidents/2090017", ""},
		{"/incidents/main/2090017", ""},
		{"/incidents/5/9223372036854775808", ""},
		{"/incidents/%3Ci%3E/1", ""},
		{"/api/v1/history", "limit=9223372036854775807&after=1&account=5&incident=1"},
		{"/api/v1/incidents/%2e%2e/%2e%2e", ""},
		{"//evil.example/..", ""},
		{"/assets/x/../y", ""},
	} {
		f.Add(http.MethodGet, seed[0], seed[1])
		f.Add(http.MethodHead, seed[0], seed[1])
	}
	f.Add(http.MethodPost, "/-/poll", "<i>")
	s := newSite(f, statustest.Hostile(f))
	codes := []int{
		http.StatusOK, http.StatusAccepted, http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect,
		http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusConflict,
	}
	f.Fuzz(func(t *testing.T, method, path, query string) {
		if path == "/-/reload" || path == "/readyz" {
			t.Skip("answers as the world stands")
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:9748/", http.NoBody)
		if err != nil {
			t.Skip("no request")
		}
		r.URL.Path, r.URL.RawQuery = path, query
		s.log.Reset()
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if !slices.Contains(codes, w.Code) || s.log.Len() > 0 && method != http.MethodPost {
			t.Errorf("%s %q?%q: %d %.300s\n%s", method, path, query, w.Code, w.Body, s.log)
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %q: without the headers of every answer: %v", method, path, w.Header())
		}
		if to := w.Header().Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, "://") {
			t.Errorf("%s %q: leads elsewhere, to %q", method, path, to)
		}
		if redirects := w.Code >= 300 && w.Code < 400; redirects || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			return // The page of a redirect is net/http's own, and nobody is shown it.
		}
		if page := w.Body.String(); !utf8.ValidString(page) || strings.Contains(page, "<i>") || strings.ContainsAny(page, "\x00\u202e") {
			t.Errorf("%s %q?%q: not a page that is safe to show: %.2000s", method, path, query, w.Body)
		}
	})
}
