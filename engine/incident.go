package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Kind says what sort of Huntress entity a record is about. It is part of the
// correlation id, so its values never change.
type Kind string

// KindIncident is an incident report, the only kind today.
const KindIncident Kind = "incident_report"

// Severity is Huntress's severity of an incident, kept as it was sent.
type Severity string

// The severities that Huntress documents. Any other value, and none, is routed
// as critical and flagged.
const (
	SeverityLow      Severity = "low"
	SeverityHigh     Severity = "high"
	SeverityCritical Severity = "critical"
)

// Severities lists the documented severities, the most urgent first.
func Severities() []Severity {
	return []Severity{SeverityCritical, SeverityHigh, SeverityLow}
}

// Known reports whether s is a documented severity.
func (s Severity) Known() bool {
	return s == SeverityLow || s == SeverityHigh || s == SeverityCritical
}

// Effective is the severity that routing uses: an unknown or missing one counts
// as critical, because the only safe way to be wrong is to be early.
func (s Severity) Effective() Severity {
	if s.Known() {
		return s
	}
	return SeverityCritical
}

// Rank orders severities by urgency: 1 low, 2 high, 3 critical and unknown.
func (s Severity) Rank() int {
	switch s.Effective() {
	case SeverityLow:
		return 1
	case SeverityHigh:
		return 2
	default:
		return 3
	}
}

// Status is Huntress's status of an incident, kept as it was sent.
type Status string

// The statuses that Huntress documents.
const (
	StatusSent             Status = "sent"
	StatusAutoRemediating  Status = "auto_remediating"
	StatusClosed           Status = "closed"
	StatusDismissed        Status = "dismissed"
	StatusPartnerDismissed Status = "partner_dismissed"
	StatusDeleting         Status = "deleting"
)

// Statuses lists the documented statuses.
func Statuses() []Status {
	return []Status{
		StatusSent, StatusAutoRemediating, StatusClosed,
		StatusDismissed, StatusPartnerDismissed, StatusDeleting,
	}
}

// Open reports whether an incident of this status still wants work. A status
// that nobody has documented counts as open: better a ticket too many in sight
// than an incident out of it.
func (s Status) Open() bool {
	return !s.Closed() && s != StatusDeleting
}

// Closed reports whether the SOC or the partner has ended the incident.
func (s Status) Closed() bool {
	return s == StatusClosed || s == StatusDismissed || s == StatusPartnerDismissed
}

// Known reports whether s is a documented status.
func (s Status) Known() bool {
	return s == StatusSent || s == StatusAutoRemediating || s == StatusDeleting || s.Closed()
}

// Incident is one Huntress incident report as it was last read. Numbers that
// Huntress sent as null are 0, strings empty, times the zero time (UTC otherwise).
type Incident struct {
	ID               int64            `json:"id"`
	AccountID        int64            `json:"account_id"`
	OrganizationID   int64            `json:"organization_id,omitempty"`
	AgentID          int64            `json:"agent_id,omitempty"`
	Subject          string           `json:"subject,omitempty"`
	Summary          string           `json:"summary,omitempty"`
	Body             string           `json:"body,omitempty"`
	Severity         Severity         `json:"severity,omitempty"`
	Status           Status           `json:"status,omitempty"`
	Platform         string           `json:"platform,omitempty"`
	Indicators       []string         `json:"indicator_types,omitempty"`
	IndicatorTotal   int              `json:"indicator_total,omitempty"` // how many there are in all, where Indicators does not hold them all
	IndicatorCounts  map[string]int64 `json:"indicator_counts,omitempty"`
	Remediations     []Remediation    `json:"remediations,omitempty"`      // the first ten at most
	RemediationTotal int              `json:"remediation_total,omitempty"` // how many there are in all
	SentAt           time.Time        `json:"sent_at,omitzero"`
	ClosedAt         time.Time        `json:"closed_at,omitzero"`
	StatusUpdatedAt  time.Time        `json:"status_updated_at,omitzero"`
	UpdatedAt        time.Time        `json:"updated_at,omitzero"`

	// Surprises names the fields whose type was not the documented one; what
	// could be read of them was.
	Surprises []string `json:"surprises,omitempty"`
	// Raw is the incident exactly as Huntress sent it. The store keeps it beside
	// the record and does not load it with one.
	Raw json.RawMessage `json:"-"`
}

// IndicatorList is the indicators for a person, who is told of those left out.
func (inc Incident) IndicatorList() []string {
	left := inc.IndicatorTotal - len(inc.Indicators)
	if left <= 0 {
		return inc.Indicators
	}
	return append(slices.Clone(inc.Indicators), fmt.Sprintf("and %d more", left))
}

// Remediation is one step that Huntress takes or asks for.
type Remediation struct {
	ID          int64       `json:"id"`
	Type        string      `json:"type,omitempty"` // assisted, manual, containment
	Action      string      `json:"action,omitempty"`
	Status      string      `json:"status,omitempty"` // unapproved, approved, completed, failed, cancelled
	Parameters  []Parameter `json:"parameters,omitempty"`
	ApprovedAt  time.Time   `json:"approved_at,omitzero"`
	ApprovedBy  string      `json:"approved_by,omitempty"`
	CompletedAt time.Time   `json:"completed_at,omitzero"`
}

// Parameter is one detail of a remediation. Name is empty where Huntress sent
// a plain string.
type Parameter struct {
	Name  string `json:"name,omitempty"`
	Value string `json:"value,omitempty"`
}

// Agent is the host that an incident is about.
type Agent struct {
	ID             int64     `json:"id"`
	Hostname       string    `json:"hostname,omitempty"`
	OS             string    `json:"os,omitempty"`
	IPv4           string    `json:"ipv4_address,omitempty"`
	ExternalIP     string    `json:"external_ip,omitempty"`
	Serial         string    `json:"serial_number,omitempty"`
	LastCallbackAt time.Time `json:"last_callback_at,omitzero"`
}

// Account is a Huntress account. Everything that is kept is keyed by its ID.
type Account struct {
	ID        int64  `json:"id"`
	Name      string `json:"name,omitempty"`
	Subdomain string `json:"subdomain,omitempty"`
}

// Organization is one client organization of a Huntress account.
type Organization struct {
	ID     int64  `json:"id"`
	Name   string `json:"name,omitempty"`
	Key    string `json:"key,omitempty"`
	Agents int    `json:"agents_count,omitempty"`
}

// sameOrganizations reports whether two lists decide alike. How many agents there
// are changes by the hour, and decides nothing.
func sameOrganizations(a, b []Organization) bool {
	return slices.EqualFunc(a, b, func(x, y Organization) bool {
		x.Agents, y.Agents = 0, 0
		return x == y
	})
}
