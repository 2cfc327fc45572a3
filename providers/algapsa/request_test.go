package algapsa

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// TestReadsWaitOutTheRateLimit uses the desk's own limit: a list that is longer than the bucket is read to its end.
func TestReadsWaitOutTheRateLimit(t *testing.T) {
	inBubble(t, sim.Options{RateLimit: sim.RateLimit{Mode: sim.RateEnforce, Burst: 3}}, func(t *testing.T, w *world) {
		for range 650 {
			w.sim.AddClient(sim.Client{Name: uuid.NewString()})
		}
		time.Sleep(time.Minute)
		began := time.Now()
		found, err := w.client.all(t.Context(), "list clients", "/clients", "client_id", url.Values{"sort": {"client_name"}})
		if err != nil || len(found) != 652 {
			t.Fatalf("%d clients, %v", len(found), err)
		}
		if took := time.Since(began); took < 4*time.Second || took > 10*time.Second {
			t.Errorf("seven pages of a bucket of three took %v", took)
		}
		if slices.Contains(w.observed.all(), "429") {
			t.Errorf("the limit was hit although the desk tells what is left: %v", w.observed.all())
		}
	})
}

func TestReadsAndTheirPatience(t *testing.T) {
	tests := map[string]struct {
		times    int // How many 429s there are; -1 for ever.
		wait     time.Duration
		deadline time.Duration
		works    bool
		took     time.Duration
		requests int
	}{
		"once":                      {1, 5 * time.Second, 0, true, 5 * time.Second, 2},
		"twice, untold":             {2, 0, 0, true, 2 * time.Second, 3},
		"as long as patience":       {1, time.Minute, 0, true, time.Minute, 2},
		"longer than patience":      {1, 61 * time.Second, 0, false, 0, 1},
		"for ever":                  {-1, 2 * time.Second, 0, false, 40 * time.Second, 21},
		"a caller with a deadline":  {1, 6 * time.Second, 7 * time.Second, false, 0, 1},
		"no wait and a long caller": {0, 0, time.Minute, true, 0, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
				w.sim.SetFault(sim.Times(test.times, http.MethodGet, "/boards", sim.TooMany(test.wait)))
				ctx, cancel := t.Context(), func() {}
				if test.deadline > 0 {
					ctx, cancel = context.WithTimeout(ctx, test.deadline)
				}
				defer cancel()
				began := time.Now()
				_, err := w.client.read(ctx, "list boards", "/boards", nil)
				if (err == nil) != test.works {
					t.Errorf("got %v, want success %v", err, test.works)
				}
				if err != nil {
					if e := failure(t, err); e.Reason != engine.ReasonRateLimited || e.RetryAfter != test.wait {
						t.Errorf("got %+v", e)
					}
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("it took %v, want %v", took, test.took)
				}
				if n := w.sim.Count(http.MethodGet, "/boards"); n != test.requests {
					t.Errorf("%d requests, want %d", n, test.requests)
				}
			})
		})
	}
}

// TestACallerWhoGivesUpWhileWaiting is answered with why it waited.
func TestACallerWhoGivesUpWhileWaiting(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.SetFault(sim.Always(sim.TooMany(30 * time.Second)))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		began := time.Now()
		_, err := w.client.Ticket(ctx, uuid.NewString())
		if e := failure(t, err); e.Reason != engine.ReasonRateLimited {
			t.Errorf("got %+v", e)
		}
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestWritesNeverWait tells a 429 at once.
func TestWritesNeverWait(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.SetFault(sim.Always(sim.TooMany(3 * time.Second)))
		began := time.Now()
		_, err := w.client.Create(t.Context(), w.draft(1))
		if e := failure(t, err); e.Reason != engine.ReasonRateLimited || !e.NotDone || e.RetryAfter != 3*time.Second {
			t.Errorf("got %+v", e)
		}
		if took := time.Since(began); took != 0 || len(w.sim.Requests()) != 1 {
			t.Errorf("%d requests in %v", len(w.sim.Requests()), took)
		}
	})
}

// TestTimeouts bounds each request, whoever asks, and tells the caller's end from the desk's slowness.
func TestTimeouts(t *testing.T) {
	tests := map[string]struct {
		fault  sim.Fault
		caller time.Duration
		took   time.Duration
		works  bool
		made   int
	}{
		"just in time":             {sim.Fault{Delay: timeout - time.Millisecond}, 0, timeout - time.Millisecond, true, 1},
		"too late, nothing done":   {sim.Fault{Delay: time.Hour}, 0, timeout, false, 0},
		"too late, done":           {sim.Fault{DelayAfter: time.Hour}, 0, timeout, false, 1},
		"the caller is faster":     {sim.Fault{DelayAfter: time.Hour}, 4 * time.Second, 4 * time.Second, false, 1},
		"the caller is no help":    {sim.Fault{Delay: time.Hour}, time.Hour, timeout, false, 0},
		"the caller did not begin": {sim.Fault{}, -time.Second, 0, false, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
				w.sim.SetFault(sim.Times(1, http.MethodPost, "/tickets", test.fault))
				ctx, cancel := t.Context(), func() {}
				if test.caller != 0 {
					ctx, cancel = context.WithTimeout(ctx, test.caller)
				}
				defer cancel()
				began := time.Now()
				_, err := w.client.Create(ctx, w.draft(1))
				if took := time.Since(began); took != test.took {
					t.Errorf("it took %v, want %v", took, test.took)
				}
				synctest.Wait()
				if n := len(w.sim.Tickets()); n != test.made {
					t.Errorf("%d tickets were made, want %d", n, test.made)
				}
				if test.works {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if e := failure(t, err); e.Reason != engine.ReasonTimeout || e.NotDone != (test.caller < 0) {
					t.Errorf("got %+v", e)
				}
			})
		})
	}
}

// TestObserver is told of each request once: its status, or why there was none.
func TestObserver(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.create(t, 1)
		faults := []sim.Fault{sim.TooMany(0), sim.HTMLError(http.StatusBadGateway), {Reset: sim.ResetBefore}, {Delay: time.Hour}, {Truncate: 5}}
		for _, f := range faults {
			w.sim.SetFault(sim.Always(f))
			_, err := w.client.Create(t.Context(), w.draft(2))
			if engine.ReasonOf(err) == engine.ReasonInternal {
				t.Errorf("got %v", err)
			}
		}
		want := []string{"201", "429", "502", "unavailable", "timeout", "unavailable"}
		if got := w.observed.all(); !slices.Equal(got, want) {
			t.Errorf("observed %v, want %v", got, want)
		}
		if w.observed.took[4] != timeout || w.observed.took[0] != 0 {
			t.Errorf("observed durations %v", w.observed.took)
		}
	})
}

// zeros is an answer without an end.
type zeros struct{ closed *bool }

// Read gives one more piece of it.
func (zeros) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte{'0'}, len(p))), nil }

// Close ends it.
func (z zeros) Close() error {
	*z.closed = true
	return nil
}

// roundTrip is a transport that is one function.
type roundTrip func(*http.Request) (*http.Response, error)

// RoundTrip answers one request.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestHugeAnswers stops reading at the bound.
func TestHugeAnswers(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 128 MiB")
	}
	closed := false
	c := newClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: zeros{&closed}}, nil
	}), nil)
	_, err := c.Create(t.Context(), newSim(sim.Options{}).draft(1))
	if e := failure(t, err); e.Reason != engine.ReasonUnavailable || e.NotDone || e.Detail != "the answer is larger than 128 MiB" {
		t.Errorf("got %+v", e)
	}
	if !closed {
		t.Error("the answer was not closed")
	}
}

// TestHeaders reads what answers carry beside their data.
func TestHeaders(t *testing.T) {
	for text, want := range map[string]int{"": -1, "7": 7, " 7 ": 7, "-1": -1, "-5": -1, "many": -1} {
		if got := headerRemaining(http.Header{"X-Ratelimit-Remaining": {text}}); got != want {
			t.Errorf("remaining %q is %d, want %d", text, got, want)
		}
	}
	if at := headerTime(http.Header{"Date": {"Sun, 06 Nov 1994 08:49:37 GMT"}}); at.Unix() != 784111777 {
		t.Errorf("the desk's clock reads %v", at)
	}
	if at := headerTime(http.Header{"Date": {"noon"}}); !at.IsZero() {
		t.Errorf("noon reads %v", at)
	}
}

// TestBodiesAreClosed leaves no connection behind, whatever comes.
func TestBodiesAreClosed(t *testing.T) {
	for _, status := range []int{200, 201, 204, 301, 400, 401, 404, 429, 500} {
		closed := false
		c := newClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: body{bytes.NewReader([]byte("x")), &closed}}, nil
		}), nil)
		_, err := c.Create(t.Context(), newSim(sim.Options{}).draft(1))
		if failure(t, err).Status != status || !closed {
			t.Errorf("the body of a %d stays open", status)
		}
	}
}

type body struct {
	io.Reader

	closed *bool
}

// Close ends it.
func (b body) Close() error {
	*b.closed = true
	return nil
}
