package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// poll asks for a poll. The answer says only that it was asked for: the poll
// belongs to the daemon and goes on whatever becomes of the caller. A person is
// led back to the status page, which shows the result.
func (s *Server) poll(w http.ResponseWriter, r *http.Request) {
	asked := s.now()
	s.daemon.Poll()
	s.log.InfoContext(r.Context(), "Poll asked for over HTTP", "remote", r.RemoteAddr)
	if !wantsHTML(r) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprintln(w, "A poll was asked for.")
		return
	}
	back := "/?asked=" + strconv.FormatInt(asked.UnixMilli(), 10)
	w.Header().Set("Refresh", "0; url="+back)
	s.render(w, r, http.StatusAccepted, "asked", struct {
		frame
		Back string
	}{s.frame("Poll asked for", ""), back})
}

// reload reads the configuration again. A caller that goes away does not stop it.
func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	s.log.InfoContext(r.Context(), "Reload asked for over HTTP", "remote", r.RemoteAddr)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), reloadTimeout)
	defer cancel()
	result := s.daemon.Reload(ctx)
	code := http.StatusOK
	if !result.Applied {
		code = http.StatusUnprocessableEntity
	}
	if strings.Contains(r.Header.Get("Accept"), "application/json") {
		s.writeJSON(w, r, code, struct {
			Applied     bool `json:"applied"`
			Diagnostics any  `json:"diagnostics"`
		}{result.Applied, result.Diagnostics})
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	fmt.Fprintln(w, strings.TrimRight(result.Text, "\n"))
}

func wantsHTML(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// askedFor is when the poll was asked for whose result the status page shall
// show; the zero time for none, or for one so long ago that nobody waits for it.
func askedFor(r *http.Request, now time.Time) time.Time {
	ms, err := strconv.ParseInt(r.URL.Query().Get("asked"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	asked := time.UnixMilli(ms).UTC()
	if asked.After(now.Add(time.Minute)) || now.Sub(asked) > 15*time.Minute {
		return time.Time{}
	}
	return asked
}
