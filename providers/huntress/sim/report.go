package sim

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"
)

// embeddedRemediations is how many remediations an incident report carries; the
// rest is behind its remediations resource.
const embeddedRemediations = 10

// report is an incident report that does not change any more, with its JSON once
// it was asked for.
type report struct {
	Incident
	once sync.Once
	json json.RawMessage
}

func newReport(i Incident) *report { return &report{Incident: cloneIncident(i)} }

func (r *report) clone() Incident { return cloneIncident(r.Incident) }

func cloneIncident(i Incident) Incident {
	i.IndicatorTypes = slices.Clone(i.IndicatorTypes)
	i.IndicatorCounts = maps.Clone(i.IndicatorCounts)
	i.Remediations = slices.Clone(i.Remediations)
	i.Override = maps.Clone(i.Override)
	return i
}

// MarshalJSON gives the documented shape.
func (r *report) MarshalJSON() ([]byte, error) {
	var err error
	r.once.Do(func() { r.json, err = override(r.shape(), r.Override) })
	return r.json, err
}

type reportJSON struct {
	ID              int64            `json:"id"`
	AccountID       int64            `json:"account_id"`
	AgentID         *int64           `json:"agent_id"`
	Body            *string          `json:"body"`
	ClosedAt        *string          `json:"closed_at"`
	IndicatorCounts map[string]int   `json:"indicator_counts"`
	IndicatorTypes  []string         `json:"indicator_types"`
	OrganizationID  *int64           `json:"organization_id"`
	Platform        *string          `json:"platform"`
	Remediations    remediationsJSON `json:"remediations"`
	SentAt          *string          `json:"sent_at"`
	Severity        *string          `json:"severity"`
	Status          *string          `json:"status"`
	StatusUpdatedAt *string          `json:"status_updated_at"`
	Subject         *string          `json:"subject"`
	Summary         *string          `json:"summary"`
	UpdatedAt       *string          `json:"updated_at"`
}

type remediationsJSON struct {
	TotalCount int               `json:"total_count"`
	HasMore    bool              `json:"has_more"`
	Items      []remediationJSON `json:"items"`
}

type remediationJSON struct {
	ID          int64   `json:"id"`
	Type        *string `json:"type"`
	Action      *string `json:"action"`
	Parameters  any     `json:"parameters"`
	Status      *string `json:"status"`
	ApprovedAt  *string `json:"approved_at"`
	ApprovedBy  *User   `json:"approved_by"`
	CompletedAt *string `json:"completed_at"`
}

func (r *report) shape() reportJSON {
	first := r.Remediations[:min(len(r.Remediations), embeddedRemediations)]
	items := make([]remediationJSON, 0, len(first))
	for _, remediation := range first {
		items = append(items, remediation.shape())
	}
	counts := r.IndicatorCounts
	if counts == nil {
		counts = map[string]int{}
	}
	types := r.IndicatorTypes
	if types == nil {
		types = []string{}
	}
	return reportJSON{
		ID:              r.ID,
		AccountID:       r.AccountID,
		AgentID:         nullNumber(r.AgentID),
		Body:            nullText(r.Body),
		ClosedAt:        nullTime(r.ClosedAt),
		IndicatorCounts: counts,
		IndicatorTypes:  types,
		OrganizationID:  nullNumber(r.OrganizationID),
		Platform:        nullText(r.Platform),
		Remediations: remediationsJSON{
			TotalCount: len(r.Remediations),
			HasMore:    len(r.Remediations) > embeddedRemediations,
			Items:      items,
		},
		SentAt:          nullTime(r.SentAt),
		Severity:        nullText(r.Severity),
		Status:          nullText(r.Status),
		StatusUpdatedAt: nullTime(r.StatusUpdatedAt),
		Subject:         nullText(r.Subject),
		Summary:         nullText(r.Summary),
		UpdatedAt:       nullTime(r.UpdatedAt),
	}
}

func (r Remediation) shape() remediationJSON {
	return remediationJSON{
		ID:          r.ID,
		Type:        nullText(r.Type),
		Action:      nullText(r.Action),
		Parameters:  r.Parameters,
		Status:      nullText(r.Status),
		ApprovedAt:  nullTime(r.ApprovedAt),
		ApprovedBy:  r.ApprovedBy,
		CompletedAt: nullTime(r.CompletedAt),
	}
}

// override encodes v with some of its fields replaced.
func override(v any, fields map[string]any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil || len(fields) == 0 {
		return plain, err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(plain, &all); err != nil {
		return nil, err
	}
	for name, value := range fields {
		if all[name], err = json.Marshal(value); err != nil {
			return nil, err
		}
	}
	return json.Marshal(all)
}

func nullNumber(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

func nullText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// nullTime writes a time as Huntress does: UTC, whole seconds.
func nullTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(time.RFC3339)
	return &s
}
