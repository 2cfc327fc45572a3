package sim_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

func TestRateLimit(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{RateLimit: sim.RateLimit{Mode: sim.RateEnforce}})
	for left := 119; left >= 0; left-- {
		a := d.get("/tickets?limit=1").is(200)
		if got := a.header.Get("X-Ratelimit-Remaining"); got != fmt.Sprint(left) || a.header.Get("X-Ratelimit-Limit") != "120" {
			t.Fatalf("%s left of %s, want %d of 120", got, a.header.Get("X-Ratelimit-Limit"), left)
		}
	}
	a := d.do("POST", "/tickets", d.draft(nil)).refused(429, "RATE_LIMITED", "Too many requests").
		is(429, "error.details.retry_after_ms", 1000, "error.details.remaining", 0)
	for name, want := range map[string]string{
		"Retry-After": "1", "X-Ratelimit-Limit": "120", "X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": "2026-08-24T12:00:01.123Z",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if n := len(d.s.Tickets()); n != 0 {
		t.Errorf("a refused create made %d tickets", n)
	}
	d.now = d.now.Add(900 * time.Millisecond)
	d.get("/tickets").is(429, "error.details.retry_after_ms", 100)
	d.now = d.now.Add(100 * time.Millisecond)
	d.get("/tickets").is(200)
	d.get("/tickets").is(429)
	d.now = d.now.Add(time.Hour)
	if got := d.get("/tickets").is(200).header.Get("X-Ratelimit-Remaining"); got != "119" {
		t.Errorf("after an hour %s left, want 119: the bucket holds no more than its burst", got)
	}
}

// Each key has a bucket of its own, and a refused key is told so before anything is counted.
func TestRateLimitOfKeys(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{RateLimit: sim.RateLimit{Mode: sim.RateEnforce, Burst: 1, Refill: 6}})
	d.get("/tickets").is(200)
	if got := d.get("/tickets").is(429).header.Get("Retry-After"); got != "10" {
		t.Errorf("Retry-After is %s, want 10", got)
	}
	d.key = "k2"
	d.get("/tickets").is(401)
	d.grant("ticket:read")
	d.get("/tickets").is(200)
	d.s.SetRateLimit(sim.RateLimit{Mode: sim.RateEnforce, Burst: 2})
	d.get("/tickets").is(200)
	d.get("/tickets").is(200)
	d.get("/tickets").is(429)
}

func TestWhatCounts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, path string
		counts       bool
		headers      bool
	}{
		{"GET", "/tickets", true, true},
		{"GET", "/tickets/{id}", true, true},
		{"POST", "/tickets", true, true},
		{"PUT", "/tickets/{id}", true, false},
		{"GET", "/boards", true, true},
		{"GET", "/statuses", true, true},
		{"GET", "/priorities", true, true},
		{"GET", "/clients", true, true},
		{"GET", "/contacts", true, true},
		{"GET", "/categories/ticket", true, false},
		{"GET", "/tags", true, false},
		{"DELETE", "/tickets/{id}", true, false},
		{"GET", "/tickets/search?query=x", false, false},
		{"GET", "/tickets/{id}/comments", false, false},
		{"POST", "/tickets/{id}/comments", false, false},
		{"PUT", "/tickets/{id}/status", false, false},
		{"PUT", "/tickets/{id}/assignment", false, false},
		{"POST", "/tickets/from-asset", false, false},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, sim.Options{})
			path := test.path
			if len(path) > 8 && path[:9] == "/tickets/" {
				path = "/tickets/" + d.create(nil) + path[min(len(path), len("/tickets/{id}")):]
				if test.path[9] != '{' {
					path = test.path
				}
			}
			d.s.SetRateLimit(sim.RateLimit{Mode: sim.RateEnforce, Burst: 1})
			body := d.draft(map[string]any{"comment_text": "text", "asset_id": d.asset.ID})
			if test.method == "PUT" {
				body = map[string]any{"status_id": d.open.ID}
			}
			a := d.do(test.method, path, body)
			if a.status >= 300 {
				t.Fatalf("got %d %s", a.status, a.text)
			}
			if got := a.header.Get("X-Ratelimit-Remaining") != ""; got != test.headers {
				t.Errorf("shows the limit: %v, want %v", got, test.headers)
			}
			if got := d.do(test.method, path, body).status == 429; got != test.counts {
				t.Errorf("counts: %v, want %v", got, test.counts)
			}
		})
	}
}

func TestRateModes(t *testing.T) {
	t.Parallel()
	observe := newDesk(t, sim.Options{RateLimit: sim.RateLimit{Burst: 1}})
	observe.get("/tickets").is(200)
	if got := observe.get("/tickets").is(200).header.Get("X-Ratelimit-Remaining"); got != "0" {
		t.Errorf("observed only, %s left, want 0", got)
	}
	down := newDesk(t, sim.Options{RateLimit: sim.RateLimit{Mode: sim.RateRedisDown, Burst: 1}})
	for range 3 {
		if got := down.get("/tickets").is(200).header.Get("X-Ratelimit-Remaining"); got != "-1" {
			t.Errorf("without Redis %s left, want -1", got)
		}
	}
}
