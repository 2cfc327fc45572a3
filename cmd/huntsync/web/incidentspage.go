package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/engine"
)

type incidentsPage struct {
	frame
	Query string
	Show  status.Selection
	Tabs  []tab
	Rows  []status.Incident
	First string
	Next  string
}

// selectionLabel is what a tab of the list is called.
func selectionLabel(s status.Selection) string {
	switch s {
	case status.SelectOpen:
		return "Open"
	case status.SelectPending:
		return "Pending"
	case status.SelectInDoubt:
		return "In doubt"
	case status.SelectTriage:
		return "On triage"
	case status.SelectNoTicket:
		return "No ticket"
	case status.SelectAll:
		return "All"
	}
	return string(s)
}

func (s *Server) incidentsPage(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	p := incidentsPage{frame: s.frame("Incidents", "/incidents"), Query: search(values), Show: status.Selection(values.Get("show"))}
	if !slices.Contains(status.Selections(), p.Show) {
		p.Show = status.SelectOpen
	}
	q := status.IncidentQuery{Selection: p.Show, Text: p.Query, Limit: rowsShown}
	if before := values.Get("before"); before != "" {
		key, err := parseBefore(before)
		if err != nil {
			s.pageError(w, r, err)
			return
		}
		q.Before = key
		p.First = address("/incidents", "show", string(p.Show), "q", p.Query)
	}
	list, err := status.Incidents(r.Context(), s.books, s.daemon.Policy(), q)
	if err != nil {
		s.pageError(w, r, err)
		return
	}
	p.Rows = list.Incidents
	for _, selection := range status.Selections() {
		p.Tabs = append(p.Tabs, tab{
			selectionLabel(selection), -1,
			address("/incidents", "show", string(selection), "q", p.Query), selection == p.Show,
		})
	}
	if list.More && len(p.Rows) > 0 {
		last := p.Rows[len(p.Rows)-1]
		p.Next = address("/incidents", "show", string(p.Show), "q", p.Query, "before", fmt.Sprintf("%d-%d", last.AccountID, last.IncidentID))
	}
	s.render(w, r, http.StatusOK, "incidents", p)
}

// parseBefore reads where a list goes on: "ACCOUNT-ID".
func parseBefore(text string) (engine.Key, error) {
	account, incident, ok := strings.Cut(text, "-")
	a, errAccount := strconv.ParseInt(account, 10, 64)
	i, errIncident := strconv.ParseInt(incident, 10, 64)
	if !ok || errAccount != nil || errIncident != nil || a < 1 || i < 1 {
		return engine.Key{}, &badRequestError{"before must be the number of an account, a hyphen and the number of an incident"}
	}
	return engine.Key{AccountID: a, Kind: engine.KindIncident, IncidentID: i}, nil
}

// incidentKey reads which incident an address is about. The account may be
// given by number or by the name that the configuration gives it, or be left out
// where only one account has the incident.
func (s *Server) incidentKey(r *http.Request) (engine.Key, error) {
	incident, err := strconv.ParseInt(r.PathValue("incident"), 10, 64)
	if err != nil || incident < 1 {
		return engine.Key{}, &badRequestError{"the number of an incident must be a number greater than 0"}
	}
	name := r.PathValue("account")
	if name == "" {
		return status.Find(r.Context(), s.books, incident)
	}
	account, err := s.accountNumber(r.Context(), name)
	if err != nil {
		return engine.Key{}, err
	}
	return engine.Key{AccountID: account, Kind: engine.KindIncident, IncidentID: incident}, nil
}

func (s *Server) accountNumber(ctx context.Context, name string) (int64, error) {
	if id, err := strconv.ParseInt(name, 10, 64); err == nil {
		return id, nil
	}
	now, err := s.daemon.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for account %q: %w", name, err)
	}
	for _, a := range now.Accounts {
		if a.Name == name && a.ID != 0 {
			return a.ID, nil
		}
	}
	return 0, fmt.Errorf("account %q: %w", name, engine.ErrNotFound)
}

// incidentRedirect leads from the number of an incident alone to its page.
func (s *Server) incidentRedirect(w http.ResponseWriter, r *http.Request) {
	key, err := s.incidentKey(r)
	if err != nil {
		s.pageError(w, r, err)
		return
	}
	http.Redirect(w, r, incidentPath(key.AccountID, key.IncidentID), http.StatusFound)
}

func (s *Server) incidentPage(w http.ResponseWriter, r *http.Request) {
	key, err := s.incidentKey(r)
	if err != nil {
		s.pageError(w, r, err)
		return
	}
	e, err := status.Explain(r.Context(), s.books, s.daemon.Policy(), key, s.now())
	if err != nil {
		s.pageError(w, r, err)
		return
	}
	p := struct {
		frame
		status.Explanation
	}{s.frame("Incident "+strconv.FormatInt(key.IncidentID, 10), "/incidents"), e}
	p.Refresh = incidentPath(key.AccountID, key.IncidentID)
	s.render(w, r, http.StatusOK, "incident", p)
}
