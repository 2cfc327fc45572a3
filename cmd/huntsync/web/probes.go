package web

import (
	"fmt"
	"net/http"
	"strings"
)

// healthz says that the process answers.
func healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}

// readyz says whether polling is enabled and no account's last poll failed.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	now, err := s.daemon.Status(r.Context())
	var reasons []string
	switch {
	case err != nil:
		reasons = []string{"The state cannot be read: " + err.Error()}
	case now.Daemon == nil:
		reasons = []string{"The daemon is not running."}
	default:
		reasons = now.Daemon.NotReady
	}
	if len(reasons) == 0 {
		fmt.Fprintln(w, "ready")
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	fmt.Fprintf(w, "not ready\n%s\n", strings.Join(reasons, "\n"))
}
