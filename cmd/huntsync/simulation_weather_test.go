package main

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
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
func (w *weather) fair() { w.setOver(true) }

func (w *weather) setOver(over bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = over
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
		w.totals.disaster("desk: refuses an incident")
		return new(algapsasim.JSONError(http.StatusBadRequest, "VALIDATION_ERROR", "Nobody knows why"))
	}
	what += marked(r.Body)
	until := w.deskUntil
	if w.deskMood == "a list fails" && !r.Is(http.MethodGet, w.failingList()) {
		until = time.Time{} // The rest of the desk works.
	}
	how, mood, yes := w.bad(what, w.deskMood, until, time.Now())
	if !yes {
		return nil
	}
	kind, f := deskFaults(how, mood)
	w.totals.disaster("desk: " + kind)
	return &f
}

// failingList is the one list of the catalogue that fails in this mood.
func (w *weather) failingList() string {
	lists := []string{"/boards", "/tickets/statuses", "/priorities", "/categories/ticket", "/clients"}
	return lists[w.roll("list until "+w.deskUntil.Format(time.RFC3339Nano))%uint64(len(lists))]
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

// slowest is how long a desk takes at most: longer than anybody waits for it.
const slowest = 15 * time.Second

// deskFaults are the ways in which a request to the desk goes wrong.
func deskFaults(how uint64, mood string) (kind string, f algapsasim.Fault) {
	switch mood {
	case "down":
		return "down", algapsasim.Fault{Reset: algapsasim.ResetBefore}
	case "unauthorized":
		return "401 for long", algapsasim.BlipUnauthorized()
	case "maintenance":
		return "503 for long", algapsasim.HTMLError(http.StatusServiceUnavailable)
	case "a list fails":
		return "a list fails for long", algapsasim.JSONError(http.StatusInternalServerError, "INTERNAL_ERROR", "An unexpected error occurred")
	case "limited":
		return "429 for long", algapsasim.TooMany(time.Duration(how%3) * 20 * time.Second)
	}
	const json, html = "application/json", "text/html"
	faults := []struct {
		kind string
		algapsasim.Fault
	}{
		{"reset before it acts", algapsasim.Fault{Reset: algapsasim.ResetBefore}},
		{"reset after it acted", algapsasim.LostAnswer()},
		{"502 of a proxy", algapsasim.HTMLError(http.StatusBadGateway)},
		{"500", algapsasim.JSONError(http.StatusInternalServerError, "INTERNAL_ERROR", "An unexpected error occurred")},
		{"500 after it acted", algapsasim.Fault{Status: http.StatusInternalServerError, ContentType: json, Body: `{"error":{"code":"INTERNAL_ERROR","message":"oops"}}`, Act: true}},
		{"502 after it acted", algapsasim.Fault{Status: http.StatusBadGateway, ContentType: html, Body: "<html>", Act: true}},
		{"redirect", algapsasim.Fault{Status: http.StatusFound, Header: map[string]string{"Location": "/login"}}},
		{"cut mid-answer", algapsasim.Fault{Truncate: 10}},
		{"cut mid-answer", algapsasim.Fault{Truncate: 200}},
		{"time-out before it acts", algapsasim.Fault{Delay: slowest}},
		{"time-out after it acted", algapsasim.Fault{DelayAfter: slowest}},
		{"slow", algapsasim.Fault{Delay: 4 * time.Second}},
		{"401 for once", algapsasim.BlipUnauthorized()},
		{"429", algapsasim.TooMany(0)},
		{"429 with Retry-After", algapsasim.TooMany(30 * time.Second)},
		{"200 that is HTML, after it acted", algapsasim.Fault{Status: http.StatusOK, ContentType: html, Body: "<html>welcome</html>", Act: true}},
		{"201 that ends early, after it acted", algapsasim.Fault{Status: http.StatusCreated, ContentType: json, Body: `{"data":`, Act: true}},
		{"401 for once", algapsasim.JSONError(http.StatusUnauthorized, "UNAUTHORIZED", "Invalid API key "+deskKey)},
		{"rows in another order", algapsasim.Fault{Rows: shuffled[map[string]any](how)}},
		{"a row twice", algapsasim.Fault{Rows: repeated[map[string]any](how)}},
	}
	chosen := faults[how%uint64(len(faults))]
	return chosen.kind, chosen.Fault
}

func (w *weather) huntressFault(r *http.Request) *huntresssim.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rippling > 0 && strings.HasSuffix(r.URL.Path, "/incident_reports") {
		w.rippling--
		w.totals.disaster("Huntress: rows move while they are read")
		w.moved(w.next("ripple"))
		if w.breaks && r.URL.Query().Has("page_token") {
			w.breaks = false
			w.totals.disaster("Huntress: a walk breaks off")
			return &huntresssim.Fault{Status: http.StatusUnauthorized}
		}
	}
	how, mood, yes := w.bad("huntress "+r.URL.Path, w.huntressMood, w.huntressUntil, time.Now())
	if !yes {
		return nil
	}
	kind, f := huntressFaults(how, mood)
	w.totals.disaster("Huntress: " + kind)
	return &f
}

func huntressFaults(how uint64, mood string) (kind string, f huntresssim.Fault) {
	switch mood {
	case "down":
		return "down", huntresssim.Fault{ResetBefore: true}
	case "unauthorized":
		return "401 for long", huntresssim.Fault{Status: http.StatusUnauthorized}
	case "limited":
		return "429 for long", huntresssim.Fault{Status: http.StatusTooManyRequests}
	}
	faults := []struct {
		kind string
		huntresssim.Fault
	}{
		{"reset before it answers", huntresssim.Fault{ResetBefore: true}},
		{"reset instead of an answer", huntresssim.Fault{ResetAfter: true}},
		{"500", huntresssim.Fault{Status: http.StatusInternalServerError}},
		{"502 of a proxy", huntresssim.Fault{Status: http.StatusBadGateway, Body: "<html>", Header: http.Header{"Content-Type": {"text/html"}}}},
		{"429", huntresssim.Fault{Status: http.StatusTooManyRequests}},
		{"429 with Retry-After", huntresssim.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"7"}}}},
		{"401 for once", huntresssim.Fault{Status: http.StatusUnauthorized, Body: `{"error":"no such key: ` + huntressKey + " " + huntressSecret + `"}`}},
		{"cut mid-answer", huntresssim.Fault{Truncate: true}},
		{"half an answer as if it were whole", huntresssim.Fault{TruncateCleanly: true}},
		{"time-out", huntresssim.Fault{Delay: 40 * time.Second}},
		{"slow", huntresssim.Fault{Delay: 3 * time.Second}},
		{"rows in another order", huntresssim.Fault{Rows: shuffled[json.RawMessage](how)}},
		{"a row twice", huntresssim.Fault{Rows: repeated[json.RawMessage](how)}},
	}
	chosen := faults[how%uint64(len(faults))]
	return chosen.kind, chosen.Fault
}

// shuffled gives the rows of a list in another order.
func shuffled[T any](how uint64) func([]T) []T {
	return func(rows []T) []T {
		rows = slices.Clone(rows)
		rand.New(rand.NewPCG(how, 0)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		return rows
	}
}

// repeated gives one of the rows of a list twice.
func repeated[T any](how uint64) func([]T) []T {
	return func(rows []T) []T {
		if len(rows) == 0 {
			return rows
		}
		n := int(how % uint64(len(rows)))
		return slices.Insert(slices.Clone(rows), n, rows[n])
	}
}
