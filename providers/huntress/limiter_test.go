package huntress

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/huntsync/huntsync/engine"
)

// passage is what became of one simulated request.
type passage struct {
	priority   priority
	asked      time.Duration // when acquire was called, since the start
	start, end time.Duration // between which Huntress counts it
	takes      time.Duration
}

// drive runs requests through a limiter in virtual time and returns them in the
// order in which they got their slots.
func drive(t *testing.T, requests []passage) []passage {
	t.Helper()
	var mu sync.Mutex
	var passed []passage
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(nil)
		begin := time.Now()
		var all sync.WaitGroup
		for _, p := range requests {
			all.Go(func() {
				time.Sleep(p.asked)
				s, err := l.acquire(t.Context(), p.priority, patient())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				p.start = time.Since(begin)
				p.end = p.start + p.takes
				passed = append(passed, p)
				mu.Unlock()
				time.Sleep(p.takes)
				l.sent(s)
			})
		}
		all.Wait()
	})
	slices.SortStableFunc(passed, func(a, b passage) int { return int(a.start - b.start) })
	return passed
}

// most is how many of the requests Huntress could count within one window,
// whenever between start and end each of them arrives.
func most(passed []passage, counts func(passage) bool) int {
	highest := 0
	for _, first := range passed {
		from := first.end
		n := 0
		for _, p := range passed {
			if counts(p) && p.end >= from && p.start <= from+window {
				n++
			}
		}
		highest = max(highest, n)
	}
	return highest
}

func anyPriority(passage) bool { return true }

func isEnrichment(p passage) bool { return p.priority == enrichment }

func TestLimiterKeepsTheBudgetExactly(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(rt, "requests")
		onlyUrgent := rapid.Bool().Draw(rt, "only urgent")
		var requests []passage
		for range n {
			p := passage{
				asked: time.Duration(rapid.IntRange(0, 150_000).Draw(rt, "asked")) * time.Millisecond,
				takes: time.Duration(rapid.IntRange(0, 20_000).Draw(rt, "takes")) * time.Millisecond,
			}
			if !onlyUrgent && rapid.Bool().Draw(rt, "enrichment") {
				p.priority = enrichment
			}
			requests = append(requests, p)
		}
		passed := drive(t, requests)
		if len(passed) != n {
			rt.Fatalf("%d of %d requests passed", len(passed), n)
		}
		if got := most(passed, anyPriority); got > budget {
			rt.Errorf("%d requests in one window", got)
		}
		if got := most(passed, isEnrichment); got > enrichmentBudget {
			rt.Errorf("%d requests for details in one window", got)
		}
		for i, p := range passed {
			if p.priority == enrichment || p.start == p.asked {
				continue
			}
			// Whoever waited did so because the window was full until that very
			// moment.
			full := 0
			for j, o := range passed {
				if j != i && o.start <= p.start && o.end+window+windowMargin >= p.start {
					full++
				}
			}
			if full < budget {
				rt.Errorf("a request asked at %s started at %s although only %d were in the window", p.asked, p.start, full)
			}
		}
	})
}

func TestLimiterLetsTheWholeBudgetGoAtOnce(t *testing.T) {
	passed := drive(t, make([]passage, budget+1))
	for i, p := range passed {
		want := time.Duration(0)
		if i == budget {
			want = window + windowMargin
		}
		if p.start != want {
			t.Errorf("request %d started at %s, want %s", i+1, p.start, want)
		}
	}
}

func TestEnrichmentYieldsToUrgentRequests(t *testing.T) {
	requests := slices.Concat( // five now, the rest of the budget later
		make([]passage, 5),
		slices.Repeat([]passage{{asked: 10 * time.Second}}, budget-5),
	)
	for range 5 {
		requests = append(requests,
			passage{priority: enrichment, asked: 20 * time.Second},
			passage{priority: urgent, asked: 30 * time.Second})
	}
	for _, p := range drive(t, requests)[budget:] {
		want := window + windowMargin
		if p.priority == enrichment {
			want += 10 * time.Second
		}
		if p.start != want {
			t.Errorf("a request of priority %d asked at %s started at %s, want %s", p.priority, p.asked, p.start, want)
		}
	}
}

func TestACanceledWaiterLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLimiter(nil)
		for range budget {
			s, err := l.acquire(t.Context(), urgent, patient())
			if err != nil {
				t.Fatal(err)
			}
			l.sent(s)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.acquire(ctx, urgent, patient()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		if l.timer != nil {
			t.Error("a timer runs although nobody waits")
		}
		time.Sleep(window)
		if got := l.Left(); got != budget {
			t.Errorf("%d requests left after the window, want %d", got, budget)
		}
	})
}

func TestAfterARefusal(t *testing.T) {
	none := func() float64 { return 0 }
	t.Run("everybody waits as long as Huntress asks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := NewLimiter(none)
			begin := time.Now()
			l.refused(begin, 42*time.Second)
			if l.Left() != 0 {
				t.Error("the budget is not blocked")
			}
			if _, err := l.acquire(t.Context(), urgent, patient()); err != nil || time.Since(begin) != 42*time.Second {
				t.Errorf("%v after %s", err, time.Since(begin))
			}
		})
	})
	t.Run("the wait doubles where it does not say", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := NewLimiter(none)
			for _, want := range []int{1, 2, 4, 8, 16, 30, 30} {
				time.Sleep(time.Millisecond)
				sent := time.Now()
				l.refused(sent, 0)
				l.refused(sent, 0) // another one that was in flight
				if got := l.blocked().Sub(sent); got != time.Duration(want)*time.Second {
					t.Errorf("blocked for %s, want %ds", got, want)
				}
				time.Sleep(l.blocked().Sub(sent))
			}
			l.accepted()
			l.refused(time.Now(), 0)
			if got := time.Until(l.blocked()); got != time.Second {
				t.Errorf("blocked for %s after an accepted request, want 1s", got)
			}
		})
	})
	t.Run("one request goes ahead of the others", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := NewLimiter(none)
			l.refused(time.Now(), time.Second)
			first, err := l.acquire(t.Context(), urgent, patient())
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := l.acquire(ctx, urgent, patient()); err == nil {
				t.Error("a second request went while the first was on its way")
			}
			l.sent(first)
			l.accepted()
			if _, err := l.acquire(t.Context(), urgent, patient()); err != nil {
				t.Error(err)
			}
		})
	})
}

// patient is when a call gives up that waits for longer than any test.
func patient() time.Time { return time.Now().Add(100 * time.Hour) }

// TestPatienceInTheQueue has a call that waits behind another one, which is told to
// come back tomorrow: neither waits for longer than its patience.
func TestPatienceInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		c, err := New(Options{Name: "main", Key: "k", Secret: "s", Patience: time.Hour, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			header := http.Header{}
			if asked.Add(1) > 1 {
				header.Set("Retry-After", "86400")
			}
			return &http.Response{StatusCode: http.StatusTooManyRequests, Header: header, Body: io.NopCloser(strings.NewReader(`{"message":"no"}`)), Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		var calls sync.WaitGroup
		for n := range 2 {
			calls.Go(func() {
				time.Sleep(time.Duration(n) * 100 * time.Millisecond)
				_, err := c.Page(t.Context(), engine.PageQuery{Limit: 1})
				if e, ok := errors.AsType[*engine.Error](err); !ok || e.Reason != engine.ReasonRateLimited || e.RetryAfter < 23*time.Hour {
					t.Errorf("call %d: %v", n+1, err)
				}
				if took := time.Since(begin); took > time.Minute {
					t.Errorf("call %d came back after %s", n+1, took)
				}
			})
		}
		calls.Wait()
	})
}

// TestARefusedProbeGoesAlone answers every request 429, without saying for how long:
// after the first of them one request at a time asks, and then all wait.
func TestARefusedProbeGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var sent []time.Time
		c, err := New(Options{Name: "main", Key: "k", Secret: "s", Patience: time.Minute, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			sent = append(sent, time.Now())
			mu.Unlock()
			time.Sleep(time.Second)
			return &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"message":"no"}`)), Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		var calls sync.WaitGroup
		for range 3 {
			calls.Go(func() {
				if _, err := c.Incident(t.Context(), 1); engine.ReasonOf(err) != engine.ReasonRateLimited {
					t.Error(err)
				}
			})
		}
		calls.Wait()
		if len(sent) < 6 {
			t.Fatalf("%d requests in a minute", len(sent))
		}
		for i := 4; i < len(sent); i++ {
			if waited := sent[i].Sub(sent[i-1]) - time.Second; waited < firstRefusalWait {
				t.Errorf("request %d went %s after the one before was refused", i+1, waited)
			}
		}
	})
}
