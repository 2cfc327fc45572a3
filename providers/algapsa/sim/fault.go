package sim

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Reset says when the connection is torn, if at all.
type Reset string

// The moments a connection can be torn.
const (
	ResetNone   Reset = ""
	ResetBefore Reset = "before" // Nothing was done.
	ResetAfter  Reset = "after"  // It was done and nobody is told: the lost 201.
)

// Fault is what goes wrong with one request. The zero value is no fault.
type Fault struct {
	Delay      time.Duration // Before the request is acted on.
	DelayAfter time.Duration // After it was acted on, before the answer.
	Reset      Reset

	// Status, where set, replaces the answer with Body; the request is acted on only with Act.
	Status      int
	ContentType string
	Header      map[string]string
	Body        string
	Act         bool

	// Truncate, where set, cuts the answer after so many bytes and tears the connection.
	Truncate int
	// LoseAttributes makes a create forget the attributes it was sent.
	LoseAttributes bool
	// Rows, where set, changes the rows of a list before they are sent: their order, or how often they come.
	Rows func([]map[string]any) []map[string]any
}

// FaultFunc decides what goes wrong with a request; nil is nothing. It is called by many goroutines at once.
type FaultFunc func(Request) *Fault

// SetFault installs the hook that every request is shown to; nil removes it.
func (s *Sim) SetFault(hook FaultFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = hook
}

// faultFor asks the hook; never nil.
func (s *Sim) faultFor(r Request) *Fault {
	s.mu.Lock()
	hook := s.hook
	s.mu.Unlock()
	if hook != nil {
		if f := hook(r); f != nil {
			return f
		}
	}
	return &Fault{}
}

// Times is a hook that gives the first n requests of this method and path the fault.
func Times(n int, method, path string, f Fault) FaultFunc {
	var mu sync.Mutex
	return func(r Request) *Fault {
		if !r.Is(method, path) {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if n == 0 {
			return nil
		}
		n--
		return &f
	}
}

// Always is a hook that gives every request the fault.
func Always(f Fault) FaultFunc {
	return func(Request) *Fault { return &f }
}

// LostAnswer acts and tears the connection.
func LostAnswer() Fault { return Fault{Reset: ResetAfter} }

// HTMLError is an error page of a proxy in front of the server.
func HTMLError(status int) Fault {
	return Fault{Status: status, ContentType: "text/html; charset=utf-8", Body: "<html><body><h1>" + http.StatusText(status) + "</h1></body></html>"}
}

// JSONError is an error in the server's own form.
func JSONError(status int, code, message string) Fault {
	return Fault{
		Status: status, ContentType: "application/json",
		Body: `{"error":{"code":` + strconv.Quote(code) + `,"message":` + strconv.Quote(message) + `}}`,
	}
}

// BlipUnauthorized is the 401 that a hiccup of the database causes: same text as a wrong key.
func BlipUnauthorized() Fault {
	return JSONError(http.StatusUnauthorized, "UNAUTHORIZED", "Invalid API key")
}

// TooMany is a 429; with a wait of 0 it has no Retry-After.
func TooMany(wait time.Duration) Fault {
	f := JSONError(http.StatusTooManyRequests, "RATE_LIMITED", "Too many requests")
	if wait > 0 {
		f.Header = map[string]string{"Retry-After": strconv.Itoa(int(wait.Seconds()))}
	}
	return f
}

func (f *Fault) loses() bool    { return f != nil && f.LoseAttributes }
func (f *Fault) replaces() bool { return f.Status != 0 }

func (f *Fault) answer() answer {
	return answer{status: f.Status, raw: []byte(f.Body), contentType: f.ContentType, header: f.Header}
}

// rearranged is an answer with the rows of its list changed; one that is no list stays as it is.
func (f *Fault) rearranged(a answer) answer {
	body, ok := a.body.(map[string]any)
	if !ok || f.Rows == nil {
		return a
	}
	if rows, ok := body["data"].([]map[string]any); ok {
		body["data"] = f.Rows(rows)
	}
	return a
}

// before is false when the connection is to be torn with nothing done.
func (f *Fault) before(r *http.Request) bool {
	return wait(r, f.Delay) && f.Reset != ResetBefore
}

// after is false when the connection is to be torn with everything done.
func (f *Fault) after(r *http.Request) bool {
	return wait(r, f.DelayAfter) && f.Reset != ResetAfter
}

// wait sleeps unless the client goes away first; then it is false.
func wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
