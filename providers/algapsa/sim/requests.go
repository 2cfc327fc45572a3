package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Request is one request the simulator received, in the order of arrival.
type Request struct {
	N      int // Counts from 1.
	Method string
	Path   string // Without the base path, such as "/tickets".
	Query  string
	Header http.Header
	Body   []byte
	At     time.Time
	Status int // Of the answer decided on; 0 where the connection was reset before there was one.
}

// Is reports whether the request has this method and, with * for any one segment, this path.
func (r Request) Is(method, path string) bool {
	wants, parts := strings.Split(path, "/"), strings.Split(r.Path, "/")
	if r.Method != method || len(wants) != len(parts) {
		return false
	}
	for i, want := range wants {
		if want != "*" && want != parts[i] {
			return false
		}
	}
	return true
}

func (s *Sim) record(r *http.Request, body []byte) Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := Request{
		N: len(s.log) + 1, Method: r.Method, Path: strings.TrimPrefix(r.URL.Path, base), Query: r.URL.RawQuery,
		Header: r.Header.Clone(), Body: body, At: s.now(),
	}
	s.log = append(s.log, seen)
	return seen
}

func (s *Sim) recordStatus(n, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n <= len(s.log) {
		s.log[n-1].Status = status
	}
}

// Requests returns every request received so far.
func (s *Sim) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// Count is how many requests had this method and path; a * in the path stands for any one segment.
func (s *Sim) Count(method, path string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Is(method, path) {
			n++
		}
	}
	return n
}

// Writes is how many requests were not a GET.
func (s *Sim) Writes() int {
	n := 0
	for _, r := range s.Requests() {
		if r.Method != http.MethodGet {
			n++
		}
	}
	return n
}
