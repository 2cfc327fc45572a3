package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// wire serves a desk over in-memory connections.
type wire struct {
	*desk
	pipe *sim.Pipe
}

func newWire(t *testing.T) *wire {
	t.Helper()
	d := newDesk(t, sim.Options{})
	w := &wire{desk: d, pipe: sim.NewPipe(d.s)}
	t.Cleanup(func() {
		if err := w.pipe.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// post sends a create and reads the answer; the error is of either.
func (w *wire) post(ctx context.Context) (status int, header http.Header, body string, err error) {
	data, err := json.Marshal(w.draft(map[string]any{"attributes": map[string]string{"huntsync_id": "c-1"}}))
	if err != nil {
		return 0, nil, "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://desk.invalid/api/v1/tickets", strings.NewReader(string(data)))
	if err != nil {
		return 0, nil, "", err
	}
	r.Header.Set("X-Api-Key", w.key)
	res, err := w.pipe.Transport().RoundTrip(r)
	if err != nil {
		return 0, nil, "", err
	}
	all, err := io.ReadAll(res.Body)
	return res.StatusCode, res.Header, string(all), errors.Join(err, res.Body.Close())
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault   sim.Fault
		tickets int // How many there are afterwards.
		fails   bool
		status  int
		starts  string
		header  [2]string
	}{
		"none":                  {sim.Fault{}, 1, false, 201, `{"data":`, [2]string{"Content-Type", "application/json"}},
		"reset before":          {sim.Fault{Reset: sim.ResetBefore}, 0, true, 0, "", [2]string{}},
		"lost answer":           {sim.LostAnswer(), 1, true, 0, "", [2]string{}},
		"cut answer":            {sim.Fault{Truncate: 20}, 1, true, 201, `{"data":`, [2]string{}},
		"page of a proxy":       {sim.HTMLError(502), 0, false, 502, "<html>", [2]string{"Content-Type", "text/html; charset=utf-8"}},
		"page after it acted":   {sim.Fault{Status: 504, Body: "<html>", ContentType: "text/html", Act: true}, 1, false, 504, "<html>", [2]string{}},
		"unauthorized for once": {sim.BlipUnauthorized(), 0, false, 401, `{"error":{"code":"UNAUTHORIZED","message":"Invalid API key"}}`, [2]string{}},
		"too many":              {sim.TooMany(7 * time.Second), 0, false, 429, `{"error":{"code":"RATE_LIMITED"`, [2]string{"Retry-After", "7"}},
		"too many, no hint":     {sim.TooMany(0), 0, false, 429, `{"error":`, [2]string{"Retry-After", ""}},
		"internal error":        {sim.JSONError(500, "INTERNAL_ERROR", `a "quoted" text`), 0, false, 500, `{"error":{"code":"INTERNAL_ERROR","message":"a \"quoted\" text"}}`, [2]string{}},
		"success that is none":  {sim.HTMLError(200), 0, false, 200, "<html>", [2]string{}},
		"redirect": {
			sim.Fault{Status: 302, Header: map[string]string{"Location": "https://login.invalid/"}},
			0, false, 302, "",
			[2]string{"Location", "https://login.invalid/"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWire(t)
			w.s.SetFault(sim.Times(1, http.MethodPost, "/tickets", test.fault))
			status, header, body, err := w.post(t.Context())
			if (err != nil) != test.fails || status != test.status || !strings.HasPrefix(body, test.starts) {
				t.Errorf("got %d %.200s, error %v", status, body, err)
			}
			if name := test.header[0]; name != "" && header.Get(name) != test.header[1] {
				t.Errorf("%s is %q, want %q", name, header.Get(name), test.header[1])
			}
			if n := len(w.s.Tickets()); n != test.tickets {
				t.Errorf("%d tickets, want %d", n, test.tickets)
			}
			if n := len(w.s.Mails()); n != test.tickets {
				t.Errorf("%d mails, want %d", n, test.tickets)
			}
			if status, _, _, err := w.post(t.Context()); status != 201 || err != nil {
				t.Errorf("the next request: %d, %v", status, err)
			}
		})
	}
}

// A create may be answered without the attributes that were sent; a look-up by them finds nothing.
func TestLostAttributes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	d.s.SetFault(sim.Always(sim.Fault{LoseAttributes: true}))
	d.do("POST", "/tickets", d.draft(map[string]any{"attributes": map[string]string{"huntsync_id": "c-1"}})).is(201, "data.attributes", nil)
	d.get("/tickets").is(200, "data.0.attributes", nil)
}

// The rows of a list may come in another order, or more than once; other answers have none.
func TestRowsChanged(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	one := d.create(nil)
	d.create(nil)
	d.s.SetFault(sim.Always(sim.Fault{Rows: func(rows []map[string]any) []map[string]any {
		slices.Reverse(rows)
		return append(rows, rows[0])
	}}))
	list := d.get("/tickets").is(200, "pagination.total", 2)
	if list.str("data.0.ticket_id") != list.str("data.2.ticket_id") || list.str("data.0.ticket_id") == list.str("data.1.ticket_id") {
		t.Errorf("the rows are not changed: %v", list)
	}
	d.get("/tickets/"+one).is(200, "data.ticket_id", one)
}

// Delays are counted on the bubble's clock: before and after the effect, and cut short when the client goes away.
func TestDelays(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault   sim.Fault
		patient bool
		tickets int
		after   time.Duration
	}{
		"slow before":              {sim.Fault{Delay: 5 * time.Second}, true, 1, 5 * time.Second},
		"slow after":               {sim.Fault{DelayAfter: 5 * time.Second}, true, 1, 5 * time.Second},
		"gave up before it acted":  {sim.Fault{Delay: time.Minute}, false, 0, 10 * time.Second},
		"gave up after it acted":   {sim.Fault{DelayAfter: time.Minute}, false, 1, 10 * time.Second},
		"slow, and then torn down": {sim.Fault{Delay: 3 * time.Second, Reset: sim.ResetAfter}, false, 1, 3 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWire(t)
				w.s.SetFault(sim.Times(1, http.MethodPost, "/tickets", test.fault))
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				start := time.Now()
				_, _, _, err := w.post(ctx)
				if (err == nil) != test.patient || time.Since(start) != test.after {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
				synctest.Wait()
				if n := len(w.s.Tickets()); n != test.tickets {
					t.Errorf("%d tickets, want %d", n, test.tickets)
				}
			})
		})
	}
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	id := d.create(nil)
	d.get("/tickets/" + id + "?x=1")
	d.get("/tickets/" + id + "/comments")
	d.do("PUT", "/tickets/"+id+"/status", "{}")
	d.get("/nosuch")
	for path, want := range map[string]int{"/tickets": 0, "/tickets/*": 1, "/tickets/*/comments": 1, "/*": 1, "/*/*": 1} {
		if got := d.s.Count(http.MethodGet, path); got != want {
			t.Errorf("%d of GET %s, want %d", got, path, want)
		}
	}
	if got := d.s.Writes(); got != 2 {
		t.Errorf("%d writes, want 2", got)
	}
	log := d.s.Requests()
	if len(log) != 5 || log[1].Query != "x=1" || log[1].N != 2 || log[0].Status != 201 || log[3].Status != 400 || log[4].Status != 404 {
		t.Errorf("log: %+v", log)
	}
	if !strings.Contains(string(log[0].Body), d.board.ID) || log[0].Header.Get("X-Api-Key") != d.key || !log[0].At.Equal(d.now) {
		t.Errorf("first request: %+v", log[0])
	}
}

// Many clients at once, with people and tests looking on: nothing is lost, no number is given twice.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	const clients, each = 8, 20
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for range each {
				if status, _, _, err := w.post(t.Context()); status != 201 || err != nil {
					t.Errorf("%d, %v", status, err)
				}
			}
		})
	}
	group.Go(func() {
		for range each {
			for _, ticket := range w.s.Tickets() {
				w.s.As("dana").Comment(ticket.ID, "looking", true)
				w.s.As("dana").SetAttributes(ticket.ID, json.RawMessage(`{"huntsync_id":"x"}`))
			}
			w.s.SetFault(nil)
			_, _, _ = w.s.Requests(), w.s.Mails(), w.s.Statuses()
		}
	})
	group.Wait()
	numbers := map[string]bool{}
	for _, ticket := range w.s.Tickets() {
		numbers[ticket.Number] = true
	}
	if len(numbers) != clients*each || len(w.s.Requests()) != clients*each {
		t.Errorf("%d numbers and %d requests, want %d", len(numbers), len(w.s.Requests()), clients*each)
	}
}
