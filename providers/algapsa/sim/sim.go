// Package sim is a strict stand-in for the AlgaPSA REST API, version 1.
//
// It answers as the real server was seen to answer, odd corners included: four shapes of error, stale
// answers after a close, filters that are ignored, wildcards that are live, references nobody checks.
// A [Sim] is an [http.Handler]; tests and the demo serve it over a socket, a loopback listener or, inside
// a synctest bubble, over [NewPipe]. It holds its whole world in memory and is safe for concurrent use.
package sim

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// maxBody bounds a request the simulator reads, in bytes; the real server takes 100 MB.
const maxBody = 100 << 20

// Options shape a [Sim]. The zero value is a production server with the limiter in observe mode.
type Options struct {
	// Now is the server's clock; nil means [time.Now].
	Now func() time.Time
	// Seed decides every UUID the simulator makes: same seed, same calls, same ids.
	Seed uint64
	// Tenant is the UUID of the tenant; empty means one made from Seed.
	Tenant string
	// NumberPrefix goes before ticket numbers; empty means "TIC".
	NumberPrefix string
	// FirstNumber is the number of the first ticket; 0 means 1001.
	FirstNumber int
	// RateLimit is the token bucket of each key.
	RateLimit RateLimit
	// Development makes a 500 carry the raw message, as a development server does.
	Development bool
}

// Sim is one AlgaPSA tenant. Make it with [New], fill it with the Add methods or [Demo].
type Sim struct {
	now         func() time.Time
	development bool
	routes      []route

	mu    sync.Mutex
	world world
	limit limiter
	hook  FaultFunc
	log   []Request
	mails []Mail
}

// New makes an empty tenant.
func New(o Options) *Sim {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NumberPrefix == "" {
		o.NumberPrefix = "TIC"
	}
	if o.FirstNumber == 0 {
		o.FirstNumber = 1001
	}
	s := &Sim{now: o.Now, development: o.Development, routes: routes()}
	s.world = newWorld(o)
	s.limit = newLimiter(o.RateLimit)
	return s
}

// ServeHTTP answers one request: it is logged, perhaps faulted, acted on and answered, in this order.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // The client went away while sending: a real server never sees a request.
	}
	seen := s.record(r, body)
	fault := s.faultFor(seen)
	if !fault.before(r) {
		panic(http.ErrAbortHandler)
	}
	var a answer
	if fault.replaces() && !fault.Act {
		a = fault.answer()
	} else {
		a = fault.rearranged(s.act(r, body, fault))
		if fault.replaces() {
			a = fault.answer()
		}
	}
	s.recordStatus(seen.N, a.status)
	if !fault.after(r) {
		panic(http.ErrAbortHandler)
	}
	a.write(w, s.now(), fault)
}

// act runs the request against the world under the lock, so that each request is one transaction.
func (s *Sim) act(r *http.Request, body []byte, fault *Fault) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dispatch(&call{
		method: r.Method, path: r.URL.Path, query: lastValues(r.URL.Query()), header: r.Header,
		body: body, now: s.now().UTC().Truncate(time.Millisecond), fault: fault,
	})
}
