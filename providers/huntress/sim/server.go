// Package sim is a strict simulator of the Huntress REST API: credentials, the
// sliding rate limit, paging by timestamps of one-second grain, the documented
// shapes and error messages, and a hook that injects faults into any request.
//
// It is an http.Handler and may be served by an httptest.Server, by any
// http.Server, or in memory by Serve, also inside a testing/synctest bubble. All
// methods may be called by several goroutines at once. Times come from the clock
// given in Options, so that a test decides what the time is.
package sim

import (
	"net/http"
	"sync"
	"time"
)

// Budget and Window are the documented limit: 60 requests for an account in any
// 60 seconds.
const (
	Budget = 60
	Window = 60 * time.Second
)

// Options say how a simulated Huntress behaves. The zero value is the strict one.
type Options struct {
	// Now is the clock of the simulated servers; time.Now when nil. It is what
	// the Date header, the rate limit and every updated_at go by.
	Now func() time.Time
	// Paging says where a page starts whose token is a timestamp.
	Paging Paging
	// Scale makes every page so many times shorter than its limit says, so that few
	// incidents fill many pages; 0 and 1 leave it as it is.
	Scale int
	// RetryAfter adds a Retry-After header, in whole seconds, to the 429 answers
	// of the rate limit. Huntress does not document one, so it is left out
	// unless asked for.
	RetryAfter bool
	// OneBudgetPerKey counts all requests of a reseller key together, instead of
	// by the account that they address.
	OneBudgetPerKey bool
}

// Paging says where the page begins that a timestamp token asks for. Huntress
// documents neither, so a client has to be right with both.
type Paging int

const (
	// StrictlyOlder starts after the token's second: rows that share the last
	// second of a page and did not fit are never shown.
	StrictlyOlder Paging = iota
	// AtOrOlder starts with the token's second: rows are repeated, and a second
	// with more rows than fit in a page never advances.
	AtOrOlder
)

// Server is a simulated Huntress.
type Server struct {
	options Options
	routes  *http.ServeMux

	mu       sync.Mutex
	keys     map[string]Key
	accounts map[int64]*account
	windows  map[string]*window
	fault    FaultFunc
	requests []Request
}

// New returns a simulator with an empty world: no key is valid until AddKey.
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{
		options:  options,
		keys:     map[string]Key{},
		accounts: map[int64]*account{},
		windows:  map[string]*window{},
	}
	s.routes = s.newRoutes()
	return s
}

// Now returns the time of the simulated servers.
func (s *Server) Now() time.Time { return s.options.Now() }

// ServeHTTP answers one request: fault hook, known path, credentials, rate
// limit, and then the resource.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry := Request{Time: s.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), UserAgent: r.UserAgent()}
	fault := s.faultFor(r)
	if fault == nil {
		fault = &Fault{}
	}
	if fault.Delay > 0 {
		wait(r, fault.Delay)
	}
	if fault.ResetBefore {
		s.record(entry)
		panic(http.ErrAbortHandler)
	}
	a := fault.answer()
	if a == nil {
		a = s.answer(r)
	}
	entry.Status = a.status
	s.record(entry)
	fault.send(w, a, s.Now())
}

// answer works out what an undisturbed Huntress says.
func (s *Server) answer(r *http.Request) *answer {
	if _, pattern := s.routes.Handler(r); pattern == "" {
		return failure(http.StatusNotFound, "Invalid path specified")
	}
	key, failed := s.authenticate(r)
	if failed != nil {
		return failed
	}
	recorder := &collector{key: key}
	s.routes.ServeHTTP(recorder, r)
	if recorder.answer == nil {
		return failure(http.StatusNotFound, "Invalid path specified")
	}
	return recorder.answer
}

func wait(r *http.Request, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}
