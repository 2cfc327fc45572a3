package main

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// distant is a network on which each request is under way for a while of its own.
// Requests that begin at the same moment so end one after the other, in an order
// that comes from the seed and not from how goroutines happen to be scheduled: the
// story of a seed can be told again.
type distant struct {
	weather *weather
	next    http.RoundTripper
}

// RoundTrip sends a request after its time.
func (d distant) RoundTrip(r *http.Request) (*http.Response, error) {
	what := r.Method + " " + r.URL.RequestURI()
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
		what += marked(body)
	}
	timer := time.NewTimer(d.weather.distance(what))
	defer timer.Stop()
	select {
	case <-timer.C:
		return d.next.RoundTrip(r)
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// marked is the marker that a body holds, with a little of what follows; empty where
// it has none.
func marked(body []byte) string {
	i := bytes.Index(body, []byte(engine.MarkerPrefix))
	if i < 0 {
		return ""
	}
	return string(body[i:min(len(body), i+24)])
}

// distance is for how long a request is under way: a millisecond, or a few.
func (w *weather) distance(what string) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Millisecond + time.Duration(w.next("way of "+what)%uint64(20*time.Millisecond))
}

// jitter spreads what would otherwise be spread by chance.
func (w *weather) jitter() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return float64(w.next("jitter")%1000) / 1000
}
