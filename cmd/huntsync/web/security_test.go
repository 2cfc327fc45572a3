package web_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
	"github.com/huntsync/huntsync/cmd/huntsync/web"
)

func TestMethods(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	s.daemon.reload = func(context.Context) web.ReloadResult {
		t.Error("reloaded by a wrong method")
		return web.ReloadResult{}
	}
	get := []string{
		"/", "/organizations", "/incidents", "/incidents/5/1001", "/metrics", "/healthz", "/readyz",
		"/api/v1/status", "/api/v1/status.schema.json", "/api/v1/history", "/api/v1/incidents/5/1001",
	}
	for _, path := range get {
		if a := s.do(t, http.MethodHead, path); a.code != http.StatusOK {
			t.Errorf("HEAD %s: %d", path, a.code)
		}
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
			if a := s.do(t, method, path); a.code != http.StatusMethodNotAllowed || a.header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, Allow %q", method, path, a.code, a.header.Get("Allow"))
			}
		}
	}
	for _, path := range []string{"/-/poll", "/-/reload"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut} {
			if a := s.do(t, method, path); a.code != http.StatusMethodNotAllowed || a.header.Get("Allow") != "POST" {
				t.Errorf("%s %s: %d, Allow %q", method, path, a.code, a.header.Get("Allow"))
			}
		}
	}
	if s.daemon.polls.Load() != 0 {
		t.Error("polled by a wrong method")
	}
}

func TestCrossOriginIsRefused(t *testing.T) {
	tests := []struct {
		name   string
		header []string
		code   int
	}{
		{"curl", nil, http.StatusAccepted},
		{"own page", []string{"Sec-Fetch-Site", "same-origin"}, http.StatusAccepted},
		{"typed by a person", []string{"Sec-Fetch-Site", "none"}, http.StatusAccepted},
		{"own page, without fetch metadata", []string{"Origin", "http://127.0.0.1:9748"}, http.StatusAccepted},
		{"foreign page", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{"page of a neighbor", []string{"Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		{"foreign page, without fetch metadata", []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"sandboxed page", []string{"Origin", "null"}, http.StatusForbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, statustest.Usual(t))
			reloads := 0
			s.daemon.reload = func(context.Context) web.ReloadResult {
				reloads++
				return web.ReloadResult{Applied: true}
			}
			a := s.do(t, http.MethodPost, "/-/poll", test.header...)
			s.do(t, http.MethodPost, "/-/reload", test.header...)
			done := int(s.daemon.polls.Load()) + reloads
			if a.code != test.code || (done == 2) != (test.code == http.StatusAccepted) {
				t.Errorf("%d, %d of 2 done", a.code, done)
			}
		})
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	for _, path := range []string{"/", "/organizations", "/incidents/5/1001", "/incidents/5/4711", "/nowhere", "/api/v1/status", "/metrics", "/healthz"} {
		h := s.get(t, path).header
		for name, want := range map[string]string{
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "same-origin",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control":                "no-store",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
			}
		}
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "trusted-types 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy %q lacks %s", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") {
			t.Errorf("%s: the policy %q is lax", path, csp)
		}
	}
}

// TestPagesNeedNoInlineCode shows that the policy allows all that the pages hold.
func TestPagesNeedNoInlineCode(t *testing.T) {
	inline := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=["']|<script(?:\s[^>]*)?>[^<]`)
	for _, world := range []func(testing.TB) *statustest.World{statustest.Usual, statustest.Failing} {
		s := newSite(t, world(t))
		for page, address := range pages() {
			if found := inline.FindString(s.get(t, address).body); found != "" {
				t.Errorf("%s has inline code: %s", page, found)
			}
		}
	}
}

func TestAssets(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	body := s.get(t, "/").body
	for _, name := range []string{"style.css", "refresh.js", "icon.svg"} {
		path := regexp.MustCompile(`/assets/[0-9a-f]{12}/` + name).FindString(body)
		a := s.get(t, path)
		if a.code != http.StatusOK || a.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || len(a.body) == 0 {
			t.Errorf("%s: %d %s", path, a.code, a.header)
		}
	}
	for _, path := range []string{"/assets/000000000000/style.css", "/assets/000000000000/../../server.go", "/assets/x"} {
		if a := s.get(t, path); a.code == http.StatusOK {
			t.Errorf("%s: %d", path, a.code)
		}
	}
}
