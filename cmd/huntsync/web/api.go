package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/engine"
)

// historyShown is how many rows of the journal are listed unless told, and at most.
const historyShown, historyMost = 100, 1000

func (s *Server) statusAPI(w http.ResponseWriter, r *http.Request) {
	now, err := s.daemon.Status(r.Context())
	if err != nil {
		s.apiError(w, r, err)
		return
	}
	w.Header().Set("Link", `</api/v1/status.schema.json>; rel="describedby"`)
	s.writeJSON(w, r, http.StatusOK, now)
}

func (s *Server) schemaAPI(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/schema+json")
	s.write(w, r, status.Schema())
}

// incidentAPI explains an incident.
func (s *Server) incidentAPI(w http.ResponseWriter, r *http.Request) {
	key, err := s.incidentKey(r)
	if err != nil {
		s.apiError(w, r, err)
		return
	}
	explanation, err := status.Explain(r.Context(), s.books, s.daemon.Policy(), key, s.now())
	if err != nil {
		s.apiError(w, r, err)
		return
	}
	s.writeJSON(w, r, http.StatusOK, explanation)
}

// historyAPI lists the journal, the newest first: of one incident with account
// and incident, older than a row with after, as many as limit.
func (s *Server) historyAPI(w http.ResponseWriter, r *http.Request) {
	q, err := historyQuery(r)
	if err != nil {
		s.apiError(w, r, err)
		return
	}
	changes, err := status.History(r.Context(), s.books, q)
	if err != nil {
		s.apiError(w, r, err)
		return
	}
	s.writeJSON(w, r, http.StatusOK, struct {
		FormatVersion int             `json:"format_version"`
		Changes       []status.Change `json:"changes"`
	}{status.FormatVersion, changes})
}

func historyQuery(r *http.Request) (engine.JournalQuery, error) {
	q := engine.JournalQuery{Limit: historyShown}
	var limit, account, incident int64
	for name, to := range map[string]*int64{"limit": &limit, "account": &account, "incident": &incident, "after": &q.After} {
		text := r.URL.Query().Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 {
			return q, &badRequestError{name + " must be a number greater than 0"}
		}
		*to = n
	}
	if (account == 0) != (incident == 0) {
		return q, &badRequestError{"give account and incident together, or neither"}
	}
	if limit > 0 {
		q.Limit = int(min(limit, historyMost))
	}
	if account != 0 {
		q.Key = engine.Key{AccountID: account, Kind: engine.KindIncident, IncidentID: incident}
	}
	return q, nil
}

// badRequestError says what is wrong with what was asked.
type badRequestError struct{ what string }

func (e *badRequestError) Error() string { return e.what }

// codeOf is the HTTP status of an error.
func codeOf(err error) int {
	if _, ok := errors.AsType[*badRequestError](err); ok {
		return http.StatusBadRequest
	}
	if _, ok := errors.AsType[*status.AmbiguousError](err); ok {
		return http.StatusConflict
	}
	if errors.Is(err, engine.ErrNotFound) {
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}

func (s *Server) apiError(w http.ResponseWriter, r *http.Request, err error) {
	s.logFailure(r, err)
	s.writeJSON(w, r, codeOf(err), struct {
		Error string `json:"error"`
	}{engine.CleanLine(err.Error())})
}

// logFailure logs what is our own fault, unless the caller went away.
func (s *Server) logFailure(r *http.Request, err error) {
	if codeOf(err) == http.StatusInternalServerError && r.Context().Err() == nil {
		s.log.ErrorContext(r.Context(), "A request could not be answered", "path", r.URL.Path, "error", err)
	}
}

func (s *Server) writeJSON(w http.ResponseWriter, r *http.Request, code int, v any) {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		s.log.ErrorContext(r.Context(), "An answer could not be encoded", "path", r.URL.Path, "error", err)
		http.Error(w, "The answer could not be encoded.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	s.write(w, r, append(text, '\n'))
}

// write sends a body; a caller that is gone is nobody's trouble.
func (s *Server) write(w http.ResponseWriter, r *http.Request, body []byte) {
	if _, err := w.Write(body); err != nil {
		s.log.DebugContext(r.Context(), "An answer was not read", "path", r.URL.Path, "error", err)
	}
}
