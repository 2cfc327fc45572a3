package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
	"github.com/huntsync/huntsync/cmd/huntsync/web"
	"github.com/huntsync/huntsync/engine"
)

func TestPoll(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	a := s.do(t, http.MethodPost, "/-/poll")
	if a.code != http.StatusAccepted || a.body != "A poll was asked for.\n" || s.daemon.polls.Load() != 1 {
		t.Errorf("%d %q, %d polls", a.code, a.body, s.daemon.polls.Load())
	}
	a = s.do(t, http.MethodPost, "/-/poll", "Accept", "text/html,*/*", "Sec-Fetch-Site", "same-origin")
	back := fmt.Sprintf("/?asked=%d", statustest.Noon().UnixMilli())
	if a.code != http.StatusAccepted || a.header.Get("Refresh") != "0; url="+back || !strings.Contains(a.body, `href="`+back+`"`) {
		t.Errorf("a person gets %d %s\n%s", a.code, a.header, a.body)
	}
	if s.daemon.polls.Load() != 2 {
		t.Errorf("%d polls, want 2", s.daemon.polls.Load())
	}
}

// TestPollOutlivesItsCaller shows that a caller that is gone already polls all
// the same.
func TestPollOutlivesItsCaller(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/-/poll", http.NoBody))
	if s.daemon.polls.Load() != 1 {
		t.Error("the poll was not asked for")
	}
}

func TestPollResult(t *testing.T) {
	asked := func(ago time.Duration) string {
		return fmt.Sprintf("/?asked=%d", statustest.Noon().Add(-ago).UnixMilli())
	}
	tests := []struct {
		name  string
		world func(testing.TB) *statustest.World
		path  string
		want  string // in the page; empty for no result at all
	}{
		{"not asked", statustest.Usual, "/", ""},
		{"running", statustest.Usual, asked(10 * time.Second), "asked for; it has not ended yet"},
		{"succeeded", statustest.Usual, asked(2 * time.Minute), "succeeded"},
		{"failed", statustest.Failing, asked(2 * time.Minute), "failed: Huntress: read incident reports: HTTP 401"},
		{"off", statustest.Paused, asked(2 * time.Minute), "not polled, because polling is disabled"},
		{"not identified", func(tb testing.TB) *statustest.World {
			w := statustest.Usual(tb)
			w.Engine.Trouble = "HTTP 401"
			return w
		}, asked(time.Second), "Huntress was asked again which account this is"},
		{"long ago", statustest.Usual, asked(time.Hour), ""},
		{"to come", statustest.Usual, asked(-time.Hour), ""},
		{"nonsense", statustest.Usual, "/?asked=x", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			body := newSite(t, test.world(t)).get(t, test.path).body
			if shown := strings.Contains(body, "The poll that you asked for"); shown != (test.want != "") || !strings.Contains(body, test.want) {
				t.Errorf("the page does not say %q:\n%s", test.want, body)
			}
			if soon := strings.Contains(body, `data-every="2000"`); soon != (test.name == "running" || test.name == "not identified") {
				t.Errorf("reads itself again soon: %v", soon)
			}
		})
	}
}

func TestReload(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	diagnostics := []engine.Reminder{{Path: "routing.board", Problem: "is missing"}}
	tests := []struct {
		name   string
		result web.ReloadResult
		accept string
		code   int
		body   string
	}{
		{"applied", web.ReloadResult{Applied: true, Text: "The configuration runs.\n"}, "", 200, "The configuration runs.\n"},
		{"refused", web.ReloadResult{Text: "Error: main.hcl:3: no such block"}, "*/*", 422, "Error: main.hcl:3: no such block\n"},
		{
			"refused, for a program",
			web.ReloadResult{Text: "x", Diagnostics: diagnostics},
			"application/json", 422,
			"{\n  \"applied\": false,\n  \"diagnostics\": [\n    {\n      \"path\": \"routing.board\",\n      \"problem\": \"is missing\"\n    }\n  ]\n}\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.daemon.reload = func(context.Context) web.ReloadResult { return test.result }
			a := s.do(t, http.MethodPost, "/-/reload", "Accept", test.accept)
			if a.code != test.code || a.body != test.body {
				t.Errorf("%d %q", a.code, a.body)
			}
		})
	}
}

// TestReloadOutlivesItsCaller shows that a caller that goes away does not stop a
// reload half way.
func TestReloadOutlivesItsCaller(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	ctx, cancel := context.WithCancel(t.Context())
	s.daemon.reload = func(ctx context.Context) web.ReloadResult {
		cancel()
		if err := ctx.Err(); err != nil {
			t.Errorf("the reload was told to stop: %v", err)
		}
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the reload may take for ever")
		}
		return web.ReloadResult{Applied: true}
	}
	s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/-/reload", http.NoBody))
}
