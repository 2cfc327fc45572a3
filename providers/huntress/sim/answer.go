package sim

import (
	"encoding/json"
	"net/http"
)

// answer is a whole answer, ready to be sent or spoiled by a fault.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// success is a 200 with v as JSON.
func success(v any) *answer {
	body, err := json.Marshal(v)
	if err != nil {
		return failure(http.StatusInternalServerError, "The simulator could not encode its answer: "+err.Error())
	}
	return &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}}, body: body}
}

// failure is an error answer in Huntress's form: JSON with a message.
func failure(status int, message string) *answer {
	a := success(map[string]string{"message": message})
	a.status = status
	return a
}

// collector carries the credentials of a request to its route and the route's
// answer back. Routes are handlers only to be found by http.ServeMux.
type collector struct {
	key    Key
	answer *answer
}

// route is the work of one resource.
type route func(r *http.Request, k Key) *answer

// ServeHTTP runs the route for the collector that the Server passed in.
func (f route) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c, ok := w.(*collector); ok {
		c.answer = f(r, c.key)
	}
}

// Header, Write and WriteHeader make collector an http.ResponseWriter. Only the
// redirects of http.ServeMux use them, which Huntress has none of: a path that is
// not written as it should be is an unknown one.
func (*collector) Header() http.Header { return http.Header{} }

func (*collector) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader drops the status.
func (*collector) WriteHeader(int) {}
