package sim

import (
	"encoding/json"
	"net/http"
	"slices"
)

type nameJSON struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type escalationJSON struct {
	ID            int64      `json:"id"`
	Account       nameJSON   `json:"account"`
	Organizations []nameJSON `json:"organizations"`
	CreatedAt     *string    `json:"created_at"`
	ResolvedAt    *string    `json:"resolved_at"`
	Severity      *string    `json:"severity"`
	Status        *string    `json:"status"`
	Subject       *string    `json:"subject"`
	Subtype       *string    `json:"subtype"`
	Type          *string    `json:"type"`
	UpdatedAt     *string    `json:"updated_at"`
	// Entities is only part of a single escalation.
	Entities *entitiesJSON `json:"entities,omitempty"`

	source Escalation
}

type entitiesJSON struct {
	TotalCount int               `json:"total_count"`
	HasMore    bool              `json:"has_more"`
	Items      []json.RawMessage `json:"items"`
}

func (e escalationJSON) at(field string) position {
	switch field {
	case "created_at", "due_at":
		return position{time: e.source.CreatedAt, id: e.ID}
	case "updated_at":
		return position{time: e.source.UpdatedAt, id: e.ID}
	case "severity":
		return position{text: e.source.Severity, id: e.ID}
	default:
		return position{number: e.ID}
	}
}

func (s *Server) escalations(accountID int64) []escalationJSON {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(accountID)
	rows := make([]escalationJSON, 0, len(a.escalations))
	for _, e := range a.escalations {
		concerned := make([]nameJSON, 0, len(e.Organizations))
		for _, id := range e.Organizations {
			concerned = append(concerned, nameJSON{ID: id, Name: a.organizations[id].Name})
		}
		rows = append(rows, escalationJSON{
			ID:            e.ID,
			Account:       nameJSON{ID: a.ID, Name: a.Name},
			Organizations: concerned,
			CreatedAt:     nullTime(e.CreatedAt),
			ResolvedAt:    nullTime(e.ResolvedAt),
			Severity:      nullText(e.Severity),
			Status:        nullText(e.Status),
			Subject:       nullText(e.Subject),
			Subtype:       nullText(e.Subtype),
			Type:          nullText(e.Type),
			UpdatedAt:     nullTime(e.UpdatedAt),
			source:        e,
		})
	}
	return rows
}

func (s *Server) listEscalations(r *http.Request, accountID int64) *answer {
	l, refused := s.parseListing(r, "id", "severity", "due_at", "created_at", "updated_at")
	if refused != nil {
		return refused
	}
	q := r.URL.Query()
	if status := q.Get("status"); status != "" && !slices.Contains([]string{"open", "overdue", "resolved"}, status) {
		return failure(http.StatusBadRequest, "status does not have a valid value")
	}
	keep := func(e escalationJSON) bool {
		return (q.Get("status") == "" || (q.Get("status") == "resolved") == (e.source.Status == "resolved")) &&
			matches(q.Get("severity"), e.source.Severity)
	}
	rows := s.escalations(accountID)
	sortRows(rows, l.order, escalationJSON.at)
	return page("escalations", rows, l, keep, escalationJSON.at)
}

// getEscalation answers without the documented wrapper, as users of the real API
// report.
func (s *Server) getEscalation(r *http.Request, accountID int64) *answer {
	id, refused := pathID(r)
	if refused != nil {
		return refused
	}
	for _, e := range s.escalations(accountID) {
		if e.ID == id {
			e.Entities = &entitiesJSON{Items: []json.RawMessage{}}
			return success(e)
		}
	}
	return notFound()
}
