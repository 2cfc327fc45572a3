package web_test

import (
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
	"github.com/huntsync/huntsync/engine"
)

// worlds are the states that each page is shown in.
func worlds() map[string]func(testing.TB) *statustest.World {
	return map[string]func(testing.TB) *statustest.World{
		"empty":   statustest.Empty,
		"usual":   statustest.Usual,
		"failing": statustest.Failing,
		"crowd":   statustest.Crowd,
		"shared":  statustest.Shared,
		"paused":  statustest.Paused,
		"large":   statustest.Large,
		"hostile": statustest.Hostile,
	}
}

// pages are the pages by name.
func pages() map[string]string {
	return map[string]string{
		"status":                 "/",
		"organizations":          "/organizations",
		"organizations-unmapped": "/organizations?show=unmapped&q=umbrella",
		"incidents":              "/incidents",
		"incidents-all":          "/incidents?show=all&q=host-12",
		"incident":               fmt.Sprintf("/incidents/5/%d", statustest.Ticketed),
	}
}

// kept says which golden files are kept: each page in the world where it has
// most to show, and the status page and hostile text everywhere.
func kept(world, page string) bool {
	switch world {
	case "usual":
		return true
	case "hostile":
		return page != "incidents-all"
	case "large":
		return page == "incidents-all"
	}
	return page == "status"
}

// detailed reports whether a world has the incident that [pages] asks for.
func detailed(world string) bool {
	return world == "usual" || world == "failing" || world == "shared" || world == "crowd" || world == "hostile"
}

func TestPages(t *testing.T) {
	assets := regexp.MustCompile(`/assets/[0-9a-f]{12}/`)
	for world, newWorld := range worlds() {
		t.Run(world, func(t *testing.T) {
			s := newSite(t, newWorld(t))
			for page, address := range pages() {
				got := s.get(t, address)
				want := http.StatusOK
				if page == "incident" && !detailed(world) {
					want = http.StatusNotFound
				}
				if got.code != want || got.header.Get("Content-Type") != "text/html; charset=utf-8" {
					t.Errorf("%s: %d %s, want %d", page, got.code, got.header.Get("Content-Type"), want)
				}
				if kept(world, page) {
					golden(t, world+"/"+page+".html", assets.ReplaceAllString(got.body, "/assets/VERSION/"))
				}
				if len(got.body) > 200<<10 {
					t.Errorf("%s: the page has %d bytes", page, len(got.body))
				}
			}
		})
	}
}

// TestHostileTextIsText shows that nothing an attacker wrote becomes more than
// text on any page.
func TestHostileTextIsText(t *testing.T) {
	s := newSite(t, statustest.Hostile(t))
	elements := regexp.MustCompile(`(?i)<(script|img|svg|iframe|object|embed|style|link|meta|base|form|a)\b[^>]*>`)
	for page, address := range pages() {
		body := s.get(t, address).body
		for _, raw := range []string{"<script>alert", "<img src=x", "\u202e", "\u200b", "\x1b", `href="javascript:`} {
			if strings.Contains(body, raw) {
				t.Errorf("%s holds %q", page, raw)
			}
		}
		for _, e := range elements.FindAllString(body, -1) {
			if strings.Contains(e, "alert") && !strings.Contains(e, "data-") {
				t.Errorf("%s has the element %s", page, e)
			}
		}
		if page == "status" && !strings.Contains(html.UnescapeString(body), "U+202E") {
			t.Errorf("%s does not show what was hidden", page)
		}
	}
	for _, q := range []string{statustest.Evil, strings.Repeat("é", 5000), "\x00\xff"} {
		for _, path := range []string{"/incidents?q=", "/organizations?q=", "/incidents?show=", "/organizations?show=", "/organizations?page=", "/?asked="} {
			got := s.get(t, path+urlEncode(q))
			if got.code != http.StatusOK || strings.Contains(got.body, "<script>alert") {
				t.Errorf("%s%.20q: %d", path, q, got.code)
			}
		}
	}
}

func urlEncode(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// TestLinksLeadSomewhere follows every link of every page within this site.
func TestLinksLeadSomewhere(t *testing.T) {
	w := statustest.Usual(t)
	w.Rebind(t)
	s := newSite(t, w)
	links, followed := regexp.MustCompile(`href="(/[^"]*)"`), map[string]bool{}
	for page, address := range pages() {
		for _, link := range links.FindAllStringSubmatch(s.get(t, address).body, -1) {
			to := html.UnescapeString(link[1])
			if followed[to] {
				continue
			}
			followed[to] = true
			if got := s.get(t, to); got.code != http.StatusOK {
				t.Errorf("%s: %s leads to %d", page, to, got.code)
			}
		}
	}
	if len(followed) < 15 {
		t.Errorf("only these links were found: %v", slices.Sorted(maps.Keys(followed)))
	}
}

func TestIncidentAddresses(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	tests := []struct {
		path string
		code int
		to   string
	}{
		{"/incidents/5/1001", http.StatusOK, ""},
		{"/incidents/main/1001", http.StatusOK, ""},
		{"/incidents/1001", http.StatusFound, "/incidents/5/1001"},
		{"/incidents/4711", http.StatusNotFound, ""},
		{"/incidents/6/1001", http.StatusNotFound, ""},
		{"/incidents/other/1001", http.StatusNotFound, ""},
		{"/incidents/5/x", http.StatusBadRequest, ""},
		{"/incidents/5/-1", http.StatusBadRequest, ""},
		{"/incidents/5/99999999999999999999", http.StatusBadRequest, ""},
		{"/incidents?before=x", http.StatusBadRequest, ""},
		{"/incidents?before=5-1004", http.StatusOK, ""},
		{"/nowhere", http.StatusNotFound, ""},
	}
	for _, test := range tests {
		got := s.get(t, test.path)
		if got.code != test.code || got.header.Get("Location") != test.to {
			t.Errorf("%s: %d %q, want %d %q", test.path, got.code, got.header.Get("Location"), test.code, test.to)
		}
	}
}

func TestOrganizationsPagesThroughAll(t *testing.T) {
	s := newSite(t, statustest.Large(t))
	next := regexp.MustCompile(`<a href="([^"]*)" rel="next">`)
	row := regexp.MustCompile(`<th role="rowheader"`)
	path, rows := "/organizations?show=unmapped", 0
	for range 10 {
		body := s.get(t, path).body
		rows += len(row.FindAllString(body, -1))
		m := next.FindStringSubmatch(body)
		if m == nil {
			break
		}
		path = strings.ReplaceAll(m[1], "&amp;", "&")
	}
	if rows != 502 {
		t.Errorf("%d rows on all pages, want 502", rows)
	}
	if got := s.get(t, "/organizations?page=9999"); !strings.Contains(got.body, "4901 to 5000 of 5000") {
		t.Error("a page after the last is not the last")
	}
}

func TestStateThatCannotBeRead(t *testing.T) {
	world := statustest.Usual(t)
	world.Engine.Failure = errors.New("the disk is gone")
	s := newSite(t, world)
	got := s.get(t, "/")
	if got.code != http.StatusInternalServerError || !strings.Contains(got.body, "the disk is gone") {
		t.Errorf("%d %s", got.code, got.body)
	}
	if !strings.Contains(s.log.String(), "the disk is gone") {
		t.Errorf("the log does not say why: %s", s.log)
	}
	got = s.get(t, "/readyz")
	if got.code != http.StatusServiceUnavailable || !strings.Contains(got.body, "The state cannot be read: ") {
		t.Errorf("/readyz: %d %s", got.code, got.body)
	}
	if got = s.get(t, "/healthz"); got.code != http.StatusOK {
		t.Errorf("/healthz: %d", got.code)
	}
	if got = s.get(t, "/api/v1/status"); got.code != http.StatusInternalServerError || !strings.Contains(got.body, `"error"`) {
		t.Errorf("/api/v1/status: %d %s", got.code, got.body)
	}
}

// TestAllIsWell is only said where it is known of every account.
func TestAllIsWell(t *testing.T) {
	tests := []struct {
		name  string
		world func(*statustest.World)
		want  bool
	}{
		{"nothing to look at", func(*statustest.World) {}, true},
		{"no census yet", func(w *statustest.World) {
			w.Poll(t, func(p *engine.PollState) { p.Census = engine.Census{} })
		}, false},
		{"the last poll failed", func(w *statustest.World) {
			w.Poll(t, func(p *engine.PollState) { p.Failures, p.Error = 1, "HTTP 503" })
		}, false},
		{"not polled yet", func(w *statustest.World) {
			w.Poll(t, func(p *engine.PollState) { p.SuccessAt, p.AttemptAt = time.Time{}, time.Time{} })
		}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := statustest.Configured(t, 3)
			test.world(w)
			if got := strings.Contains(newSite(t, w).get(t, "/").body, "All is well"); got != test.want {
				t.Errorf("it says that all is well: %t", got)
			}
		})
	}
}
