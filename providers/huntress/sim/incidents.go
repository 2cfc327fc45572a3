package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

func (s *Server) listIncidents(r *http.Request, accountID int64) *answer {
	l, refused := s.parseListing(r, "id", "created_at", "updated_at")
	if refused != nil {
		return refused
	}
	keep, refused := incidentFilter(r.URL.Query())
	if refused != nil {
		return refused
	}
	return page("incident_reports", s.sortedReports(accountID, l.order), l, keep, (*report).at)
}

// sortedReports returns the account's reports in an order. Neither the slice nor
// the reports change any more.
func (s *Server) sortedReports(accountID int64, o order) []*report {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(accountID)
	if sorted, ok := a.sorted[o]; ok {
		return sorted
	}
	rows := make([]*report, 0, len(a.incidents))
	for _, row := range a.incidents {
		rows = append(rows, row)
	}
	sortRows(rows, o, (*report).at)
	a.sorted[o] = rows
	return rows
}

func (r *report) at(field string) position {
	switch field {
	case "created_at":
		return position{time: r.CreatedAt, id: r.ID}
	case "updated_at":
		return position{time: r.UpdatedAt, id: r.ID}
	default:
		return position{number: r.ID}
	}
}

// incidentFilter reads the filters of a list of incident reports. An empty value
// does not filter.
func incidentFilter(q url.Values) (func(*report) bool, *answer) {
	filters := []struct {
		name  string
		known []string
		value func(*report) string
	}{
		{"status", Statuses(), func(r *report) string { return r.Status }},
		{"severity", Severities(), func(r *report) string { return r.Severity }},
		{"platform", Platforms(), func(r *report) string { return r.Platform }},
		{"organization_id", nil, func(r *report) string { return strconv.FormatInt(r.OrganizationID, 10) }},
		{"agent_id", nil, func(r *report) string { return strconv.FormatInt(r.AgentID, 10) }},
	}
	var all []func(*report) bool
	for _, f := range filters {
		want := q.Get(f.name)
		if want == "" {
			continue
		}
		if f.known != nil && !slices.Contains(f.known, want) {
			return nil, failure(http.StatusBadRequest, f.name+" does not have a valid value")
		}
		if _, err := strconv.ParseInt(want, 10, 32); f.known == nil && err != nil {
			return nil, failure(http.StatusBadRequest, f.name+" is invalid")
		}
		all = append(all, func(r *report) bool { return f.value(r) == want })
	}
	if want := q.Get("indicator_type"); want != "" {
		if !slices.Contains(IndicatorTypes(), want) {
			return nil, failure(http.StatusBadRequest, "indicator_type does not have a valid value")
		}
		all = append(all, func(r *report) bool { return slices.Contains(r.IndicatorTypes, want) })
	}
	return func(r *report) bool {
		for _, keep := range all {
			if !keep(r) {
				return false
			}
		}
		return true
	}, nil
}

func (s *Server) getIncident(r *http.Request, accountID int64) *answer {
	row, refused := s.findIncident(r, accountID)
	if refused != nil {
		return refused
	}
	return success(map[string]any{"incident_report": row})
}

func (s *Server) findIncident(r *http.Request, accountID int64) (*report, *answer) {
	id, refused := pathID(r)
	if refused != nil {
		return nil, refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row := s.account(accountID).incidents[id]
	if row == nil {
		return nil, notFound()
	}
	return row, nil
}

func (s *Server) listRemediations(r *http.Request, accountID int64) *answer {
	l, refused := s.parseListing(r, "id", "created_at", "updated_at")
	if refused != nil {
		return refused
	}
	row, refused := s.findIncident(r, accountID)
	if refused != nil {
		return refused
	}
	q := r.URL.Query()
	keep := func(remediation remediationJSON) bool {
		return among(q["types[]"], remediation.Type) && among(q["statuses[]"], remediation.Status)
	}
	rows := make([]remediationJSON, 0, len(row.Remediations))
	for _, remediation := range row.Remediations {
		rows = append(rows, remediation.shape())
	}
	// Remediations of one incident are made together: whatever the field, their
	// order is that of their ids.
	l.order.field = "id"
	at := func(remediation remediationJSON, _ string) position { return position{number: remediation.ID} }
	sortRows(rows, l.order, at)
	return page("remediations", rows, l, keep, at)
}

// among reports whether a value is one of those asked for; none asks for all.
func among(wanted []string, value *string) bool {
	return len(wanted) == 0 || value != nil && slices.Contains(wanted, *value)
}

// Statuses lists the statuses that can be filtered by.
func Statuses() []string {
	return []string{
		StatusSent, StatusClosed, StatusDismissed, StatusAutoRemediating, StatusDeleting, StatusPartnerDismissed,
	}
}

// Severities lists the documented severities.
func Severities() []string { return []string{"low", "high", "critical"} }

// Platforms lists the documented platforms.
func Platforms() []string {
	return []string{"windows", "darwin", "microsoft_365", "google", "linux", "email_security", "other"}
}

// IndicatorTypes lists the documented indicator types.
func IndicatorTypes() []string {
	return []string{
		"footholds", "monitored_files", "ransomware_canaries", "antivirus_detections", "process_detections",
		"managed_identity", "mde_detections", "siem_detections", "favicon_detections", "behavioral_detections",
		"email_security_detections", "app_control", "ai_misuse",
	}
}
