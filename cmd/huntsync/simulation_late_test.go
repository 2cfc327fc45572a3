package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"time"
)

// The ways in which a desk is late.
const (
	lateCut     = iota // the connection is torn
	lateGateway        // a proxy has lost its patience
	lateDeath          // the sender dies at that very moment
	lateWays
)

// lateDesk is a desk that acts on some writes only a while after their sender was
// cut off, or told that it failed: no look-up that comes before can find them.
func (s *simulation) lateDesk() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			s.desk.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		delay, way := s.weather.late(r.Method + r.URL.Path)
		if delay == 0 {
			s.desk.ServeHTTP(w, r)
			return
		}
		later := r.Clone(context.WithoutCancel(r.Context()))
		later.Body = io.NopCloser(bytes.NewReader(body))
		time.AfterFunc(delay, func() {
			defer func() { _ = recover() }() // How a connection is torn that nobody listens to any more.
			s.desk.ServeHTTP(httptest.NewRecorder(), later)
		})
		switch way {
		case lateGateway:
			http.Error(w, "<html>504 Gateway Time-out</html>", http.StatusGatewayTimeout)
			return
		case lateDeath:
			s.alive.Load().crash()
			select {
			case s.orphaned <- struct{}{}:
			default:
			}
		}
		panic(http.ErrAbortHandler)
	})
}

// longestDelay is how late a write comes to the desk at most, which may take
// slowest to act on it then: together less than the settle time.
const longestDelay = 43 * time.Second

// late decides how late a write is acted on, and what its sender sees of it.
func (w *weather) late(what string) (delay time.Duration, way uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.next("late " + what)
	if w.over || w.punctual || n%1000 >= 30 {
		return 0, 0
	}
	n /= 1000
	way = n % lateWays
	w.totals.disaster("desk: acts after it was given up, " + [lateWays]string{"connection torn", "504 of a proxy", "sender dead"}[way])
	return time.Second + time.Duration(n%uint64(longestDelay)), way
}

// punctually does something after which the past cannot be known, when nothing of
// the past is still to happen.
func (s *simulation) punctually(do func()) {
	s.weather.setPunctual(true)
	s.wait(longestDelay + slowest + 2*time.Second)
	do()
	s.weather.setPunctual(false)
}

func (w *weather) setPunctual(punctual bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.punctual = punctual
}
