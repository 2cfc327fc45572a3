package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/state"
)

// weather decides what goes wrong. Every decision comes from the seed, the thing
// that is asked for and how often it was asked for before, never from a random
// number generator that goroutines share, so that a seed tells the same story
// again.
type weather struct {
	seed   uint64
	totals *tallies

	mu    sync.Mutex
	times map[string]int
	// calm is how many of a thousand requests go wrong in fair weather.
	calm int
	// crash is how many of a thousand crash points are taken.
	crash int
	over  bool
	// punctual is set while the desk acts at once or not at all.
	punctual bool
	// poisoned are the incidents whose tickets the desk refuses.
	poisoned map[int64]bool
	// moved is called for requests of incident reports, rippling times.
	moved    func(n uint64)
	rippling int
	// breaks is set until the second page of a reading was refused.
	breaks bool
	// The desk and Huntress have a mood until a time.
	deskMood, huntressMood   string
	deskUntil, huntressUntil time.Time
}

func (w *weather) init(seed uint64, totals *tallies) {
	w.seed, w.totals, w.times, w.poisoned = seed, totals, map[string]int{}, map[int64]bool{}
	w.calm = int(w.roll("how calm") % 120)
	w.crash = int(w.roll("how mortal") % 30)
}

// roll is a number that depends on nothing but the seed and what it is for.
func (w *weather) roll(what string) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d|%s", w.seed, what)
	x := h.Sum64()
	// FNV spreads its last bytes badly over the high bits.
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x
}

// next is a number for the n-th time that something happens.
func (w *weather) next(what string) uint64 {
	w.times[what]++
	return w.roll(what + "#" + strconv.Itoa(w.times[what]))
}

// fair ends all disasters.
func (w *weather) fair() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

func (w *weather) set(desk bool, mood string, until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if desk {
		w.deskMood, w.deskUntil = mood, until
	} else {
		w.huntressMood, w.huntressUntil = mood, until
	}
}

// poison lets the desk refuse the ticket of an incident.
func (w *weather) poison(id int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.poisoned[id] = true
}

// antidote ends all refusals.
func (w *weather) antidote() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.poisoned)
}

// ripple lets rows move while the next pages are read, and breaks off the reading
// once at its second page.
func (w *weather) ripple(breaks bool, moved func(uint64)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.moved, w.rippling, w.breaks = moved, 40, breaks
}

// deskQuiet reports whether the desk has been well for so long.
func (w *weather) deskQuiet(now time.Time, since time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return now.After(w.deskUntil.Add(since))
}

func (w *weather) crashes(point string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.over && int(w.next("crash at "+point)%1000) < w.crash
}

// bad decides whether a request goes wrong, and how.
func (w *weather) bad(what, mood string, until, now time.Time) (how uint64, mood2 string, yes bool) {
	if w.over {
		return 0, "", false
	}
	n := w.next(what)
	how = n / 1000
	if now.Before(until) {
		share := uint64(1000)
		if mood == "storm" {
			share = 600
		}
		return how, mood, n%1000 < share
	}
	return how, "storm", int(n%1000) < w.calm
}

func (w *weather) deskFault(r algapsasim.Request) *algapsasim.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	what := "desk " + r.Method + " " + r.Path
	if r.Is(http.MethodPost, "/tickets") && w.refuses(r.Body) {
		return new(algapsasim.JSONError(http.StatusBadRequest, "VALIDATION_ERROR", "Nobody knows why"))
	}
	if i := strings.Index(string(r.Body), engine.MarkerPrefix); i >= 0 {
		what += string(r.Body[i:min(len(r.Body), i+24)])
	}
	how, mood, yes := w.bad(what, w.deskMood, w.deskUntil, time.Now())
	if !yes {
		return nil
	}
	w.totals.faults.Add(1)
	f := deskFaults(how, mood)
	return &f
}

// refuses reports whether a ticket is of an incident that the desk refuses.
func (w *weather) refuses(body []byte) bool {
	var draft struct {
		Title string `json:"title"`
	}
	if len(w.poisoned) == 0 || json.Unmarshal(body, &draft) != nil {
		return false
	}
	id, ok := engine.ParseMarker(draft.Title)
	return ok && w.poisoned[id]
}

// deskFaults are the ways in which a request to the desk goes wrong.
func deskFaults(how uint64, mood string) algapsasim.Fault {
	switch mood {
	case "down":
		return algapsasim.Fault{Reset: algapsasim.ResetBefore}
	case "unauthorized":
		return algapsasim.BlipUnauthorized()
	case "maintenance":
		return algapsasim.HTMLError(http.StatusServiceUnavailable)
	case "limited":
		return algapsasim.TooMany(time.Duration(how%3) * 20 * time.Second)
	}
	faults := []algapsasim.Fault{
		{Reset: algapsasim.ResetBefore},
		algapsasim.LostAnswer(),
		algapsasim.HTMLError(http.StatusBadGateway),
		algapsasim.JSONError(http.StatusInternalServerError, "INTERNAL_ERROR", "An unexpected error occurred"),
		{Status: http.StatusInternalServerError, ContentType: "application/json", Body: `{"error":{"code":"INTERNAL_ERROR","message":"oops"}}`, Act: true},
		{Status: http.StatusBadGateway, ContentType: "text/html", Body: "<html>", Act: true},
		{Status: http.StatusFound, Header: map[string]string{"Location": "/login"}},
		{Truncate: 10},
		{Truncate: 200},
		{Delay: 15 * time.Second},
		{DelayAfter: 15 * time.Second},
		{Delay: 4 * time.Second},
		algapsasim.BlipUnauthorized(),
		algapsasim.TooMany(0),
		algapsasim.TooMany(30 * time.Second),
		{Status: http.StatusOK, ContentType: "text/html", Body: "<html>welcome</html>", Act: true},
		{Status: http.StatusCreated, ContentType: "application/json", Body: `{"data":`, Act: true},
		algapsasim.JSONError(http.StatusUnauthorized, "UNAUTHORIZED", "Invalid API key "+deskKey),
	}
	return faults[how%uint64(len(faults))]
}

func (w *weather) huntressFault(r *http.Request) *huntresssim.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rippling > 0 && strings.HasSuffix(r.URL.Path, "/incident_reports") {
		w.rippling--
		w.moved(w.next("ripple"))
		if w.breaks && r.URL.Query().Has("page_token") {
			w.breaks = false
			w.totals.faults.Add(1)
			return &huntresssim.Fault{Status: http.StatusUnauthorized}
		}
	}
	how, mood, yes := w.bad("huntress "+r.URL.Path, w.huntressMood, w.huntressUntil, time.Now())
	if !yes {
		return nil
	}
	w.totals.faults.Add(1)
	f := huntressFaults(how, mood)
	return &f
}

func huntressFaults(how uint64, mood string) huntresssim.Fault {
	switch mood {
	case "down":
		return huntresssim.Fault{ResetBefore: true}
	case "unauthorized":
		return huntresssim.Fault{Status: http.StatusUnauthorized}
	case "limited":
		return huntresssim.Fault{Status: http.StatusTooManyRequests}
	}
	faults := []huntresssim.Fault{
		{ResetBefore: true},
		{ResetAfter: true},
		{Status: http.StatusInternalServerError},
		{Status: http.StatusBadGateway, Body: "<html>", Header: http.Header{"Content-Type": {"text/html"}}},
		{Status: http.StatusTooManyRequests},
		{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"7"}}},
		{Status: http.StatusUnauthorized, Body: `{"error":"no such key: ` + huntressKey + " " + huntressSecret + `"}`},
		{Truncate: true},
		{TruncateCleanly: true},
		{Delay: 40 * time.Second},
		{Delay: 3 * time.Second},
	}
	return faults[how%uint64(len(faults))]
}

// mortalStore is a state that a dead process can no longer use.
type mortalStore struct {
	state.Store
	crashed *atomic.Bool
}

func (m *mortalStore) dead() error {
	if m.crashed.Load() {
		return errCrashed
	}
	return nil
}

// Observe writes while the process lives, as do the others.
func (m *mortalStore) Observe(ctx context.Context, l engine.Lease, o engine.Observation) error {
	if err := m.dead(); err != nil {
		return err
	}
	return m.Store.Observe(ctx, l, o)
}

// Save writes while the process lives.
func (m *mortalStore) Save(ctx context.Context, l engine.Lease, r engine.Record, e ...engine.Entry) error {
	if err := m.dead(); err != nil {
		return err
	}
	return m.Store.Save(ctx, l, r, e...)
}

// SaveAdoption writes while the process lives.
func (m *mortalStore) SaveAdoption(ctx context.Context, l engine.Lease, a engine.Adoption) error {
	if err := m.dead(); err != nil {
		return err
	}
	return m.Store.SaveAdoption(ctx, l, a)
}

// SaveDesk writes while the process lives.
func (m *mortalStore) SaveDesk(ctx context.Context, l engine.Lease, d engine.DeskState) error {
	if err := m.dead(); err != nil {
		return err
	}
	return m.Store.SaveDesk(ctx, l, d)
}

// Wake writes while the process lives.
func (m *mortalStore) Wake(ctx context.Context, l engine.Lease) error {
	if err := m.dead(); err != nil {
		return err
	}
	return m.Store.Wake(ctx, l)
}
