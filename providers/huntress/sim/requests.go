package sim

import (
	"net/url"
	"slices"
	"time"
)

// Request is what the simulator remembers of one request. It holds no
// credentials.
type Request struct {
	Time      time.Time
	Method    string
	Path      string
	Query     url.Values
	UserAgent string
	// Status is what was answered, 0 when the connection was cut before.
	Status int
}

// Requests returns the requests since the start or the last ResetRequests, in the
// order in which they were answered.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ResetRequests forgets the requests so far.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

func (s *Server) record(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
}
