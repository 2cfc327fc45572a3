package sim

import (
	"net/http"
)

type organizationJSON struct {
	ID                       int64    `json:"id"`
	AccountID                int64    `json:"account_id"`
	AgentsCount              int      `json:"agents_count"`
	BillableIdentityCount    int      `json:"billable_identity_count"`
	CreatedAt                *string  `json:"created_at"`
	IdentityProviderTenantID *string  `json:"identity_provider_tenant_id"`
	IncidentReportsCount     int      `json:"incident_reports_count"`
	Key                      *string  `json:"key"`
	LogsSourcesCount         int      `json:"logs_sources_count"`
	Name                     *string  `json:"name"`
	ReportRecipients         []string `json:"report_recipients"`
	SATLearnerCount          int      `json:"sat_learner_count"`
	UpdatedAt                *string  `json:"updated_at"`

	source Organization
}

func (o organizationJSON) at(field string) position {
	switch field {
	case "created_at":
		return position{time: o.source.CreatedAt, id: o.ID}
	case "updated_at":
		return position{time: o.source.UpdatedAt, id: o.ID}
	case "name":
		return position{text: o.source.Name, id: o.ID}
	case "key":
		return position{text: o.source.Key, id: o.ID}
	default:
		return position{number: o.ID}
	}
}

func (s *Server) organizations(accountID int64) []organizationJSON {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(accountID)
	agents, reports := map[int64]int{}, map[int64]int{}
	for _, agent := range a.agents {
		agents[agent.OrganizationID]++
	}
	for _, report := range a.incidents {
		reports[report.OrganizationID]++
	}
	rows := make([]organizationJSON, 0, len(a.organizations))
	for _, o := range a.organizations {
		rows = append(rows, organizationJSON{
			ID:                   o.ID,
			AccountID:            o.AccountID,
			AgentsCount:          agents[o.ID],
			CreatedAt:            nullTime(o.CreatedAt),
			IncidentReportsCount: reports[o.ID],
			Key:                  nullText(o.Key),
			Name:                 nullText(o.Name),
			ReportRecipients:     []string{},
			UpdatedAt:            nullTime(o.UpdatedAt),
			source:               o,
		})
	}
	return rows
}

func (s *Server) listOrganizations(r *http.Request, accountID int64) *answer {
	l, refused := s.parseListing(r, "id", "created_at", "updated_at", "name", "key")
	if refused != nil {
		return refused
	}
	q := r.URL.Query()
	keep := func(o organizationJSON) bool {
		return matches(q.Get("name"), o.source.Name) && matches(q.Get("key"), o.source.Key)
	}
	rows := s.organizations(accountID)
	sortRows(rows, l.order, organizationJSON.at)
	return page("organizations", rows, l, keep, organizationJSON.at)
}

func (s *Server) getOrganization(r *http.Request, accountID int64) *answer {
	id, refused := pathID(r)
	if refused != nil {
		return refused
	}
	for _, o := range s.organizations(accountID) {
		if o.ID == id {
			return success(map[string]any{"organization": o})
		}
	}
	return notFound()
}
