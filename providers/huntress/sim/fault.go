package sim

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// FaultFunc is asked about every request before it is looked at. It may change
// the world (rows that move between two pages), and may return a Fault to spoil
// the answer, or nil to leave it alone. It is called without any lock held.
type FaultFunc func(r *http.Request) *Fault

// Fault says how to spoil one answer. The zero value spoils nothing.
type Fault struct {
	// Delay passes before the request is looked at, or until its client is gone.
	Delay time.Duration
	// ResetBefore cuts the connection before the request is looked at.
	ResetBefore bool
	// ResetAfter handles the request, which counts against the budget, and cuts
	// the connection instead of answering.
	ResetAfter bool
	// Status, when not 0, is answered instead of handling the request, with
	// Header and Body (JSON with a message when empty).
	Status int
	Header http.Header
	Body   string
	// Truncate sends half of the body and cuts the connection.
	Truncate bool
	// TruncateCleanly sends half of the body as if it were all of it.
	TruncateCleanly bool
	// Rows changes the rows of a list before they are sent: their order, or how
	// often they come.
	Rows func([]json.RawMessage) []json.RawMessage
}

// SetFault installs the hook that decides about faults; nil removes it.
func (s *Server) SetFault(f FaultFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

func (s *Server) faultFor(r *http.Request) *Fault {
	s.mu.Lock()
	f := s.fault
	s.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(r)
}

// answer is what the fault says instead of Huntress, nil to handle the request.
func (f *Fault) answer() *answer {
	if f.Status == 0 {
		return nil
	}
	a := failure(f.Status, http.StatusText(f.Status))
	if f.Body != "" {
		a.body = []byte(f.Body)
	}
	for name, values := range f.Header {
		a.header[http.CanonicalHeaderKey(name)] = values
	}
	return a
}

// withRows is the body of an answer with its rows changed; one that is no list
// stays as it is.
func (f *Fault) withRows(body []byte) []byte {
	var list map[string]json.RawMessage
	if f.Rows == nil || json.Unmarshal(body, &list) != nil {
		return body
	}
	for name, text := range list {
		var rows []json.RawMessage
		if name == "pagination" || json.Unmarshal(text, &rows) != nil {
			continue
		}
		if text, err := json.Marshal(f.Rows(rows)); err == nil {
			list[name] = text
		}
	}
	changed, err := json.Marshal(list)
	if err != nil {
		return body
	}
	return changed
}

// send writes the answer, whole or spoiled.
func (f *Fault) send(w http.ResponseWriter, a *answer, now time.Time) {
	if f.ResetAfter {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), a.header)
	a.body = f.withRows(a.body)
	body := a.body
	if f.Truncate || f.TruncateCleanly {
		body = body[:len(body)/2]
	}
	promised := len(a.body)
	if f.TruncateCleanly {
		promised = len(body)
	}
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	w.Header().Set("Content-Length", strconv.Itoa(promised))
	w.WriteHeader(a.status)
	// A client that is gone cannot be told; its own side sees the cut.
	if _, err := w.Write(body); err != nil || f.Truncate {
		if flusher, ok := w.(http.Flusher); ok {
			flusher.Flush()
		}
		panic(http.ErrAbortHandler)
	}
}
