package web

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Handler answers every address of the surface. A wrong method is a 405, HEAD is
// answered wherever GET is.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	page := func(pattern string, f http.HandlerFunc) { mux.Handle("GET "+pattern, timed(f)) }
	page("/{$}", s.statusPage)
	page("/organizations", s.organizationsPage)
	page("/incidents", s.incidentsPage)
	page("/incidents/{incident}", s.incidentRedirect)
	page("/incidents/{account}/{incident}", s.incidentPage)
	page("/api/v1/status", s.statusAPI)
	page("/api/v1/status.schema.json", s.schemaAPI)
	page("/api/v1/history", s.historyAPI)
	page("/api/v1/incidents/{incident}", s.incidentAPI)
	page("/api/v1/incidents/{account}/{incident}", s.incidentAPI)
	page("/readyz", s.readyz)
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /assets/{version}/{name}", s.views.asset)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.gatherer, promhttp.HandlerOpts{
		EnableOpenMetrics: true, MaxRequestsInFlight: 8, Timeout: answerTimeout,
	}))
	mux.HandleFunc("POST /-/poll", s.poll)
	mux.HandleFunc("POST /-/reload", s.reload)
	return secured(http.MaxBytesHandler(http.NewCrossOriginProtection().Handler(mux), maxBody))
}

// timed bounds how long an answer may read the state.
func timed(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), answerTimeout)
		defer cancel()
		next(w, r.WithContext(ctx))
	})
}
