package sim

import "time"

// Account is a Huntress account.
type Account struct {
	ID        int64
	Name      string
	Subdomain string
	// Status is "enabled" (also when empty) or "disabled".
	Status string
	// CreatedAt and UpdatedAt are set from the clock when zero. They can be
	// sorted by, but are not in answers.
	CreatedAt, UpdatedAt time.Time
}

// Organization is a client of the MSP, as Huntress knows it.
type Organization struct {
	ID        int64
	AccountID int64
	Name      string
	// Key is the organization's short name.
	Key string
	// CreatedAt and UpdatedAt are set from the clock when zero.
	CreatedAt, UpdatedAt time.Time
}

// Agent is a host that Huntress watches. Empty strings and zero times are null in
// answers.
type Agent struct {
	ID             int64
	AccountID      int64
	OrganizationID int64
	Hostname       string
	OS             string
	Platform       string
	Domain         string
	IPv4           string
	ExternalIP     string
	SerialNumber   string
	LastCallbackAt time.Time
	// Override replaces fields of the answer, by their JSON names, with values
	// of any type.
	Override map[string]any
}

// The statuses of an incident report.
const (
	StatusSent             = "sent"
	StatusClosed           = "closed"
	StatusDismissed        = "dismissed"
	StatusAutoRemediating  = "auto_remediating"
	StatusDeleting         = "deleting"
	StatusPartnerDismissed = "partner_dismissed"
)

// Incident is an incident report. In answers, empty strings, zero times and the
// numbers 0 of OrganizationID and AgentID are null.
type Incident struct {
	ID              int64
	AccountID       int64
	OrganizationID  int64
	AgentID         int64
	Subject         string
	Summary         string
	Body            string
	Severity        string
	Status          string
	Platform        string
	IndicatorTypes  []string
	IndicatorCounts map[string]int
	Remediations    []Remediation
	SentAt          time.Time
	ClosedAt        time.Time
	StatusUpdatedAt time.Time
	// CreatedAt can be sorted by, but is not in answers.
	CreatedAt time.Time
	// UpdatedAt keeps its fraction of a second for sorting; answers show whole
	// seconds.
	UpdatedAt time.Time
	// Override replaces fields of the answer, by their JSON names, with values
	// of any type: nulls, and what a future Huntress may send. Sorting and
	// filters go by the fields above.
	Override map[string]any
}

// Remediation is one step of an incident's clean-up.
type Remediation struct {
	ID int64
	// Type is assisted, manual or containment.
	Type   string
	Action string
	// Parameters is a []Parameter for assisted, a string for containment, nil
	// for manual.
	Parameters any
	// Status is unapproved, approved, completed, failed or cancelled.
	Status      string
	ApprovedAt  time.Time
	ApprovedBy  *User
	CompletedAt time.Time
}

// Parameter is one detail of an assisted remediation.
type Parameter struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

// User is a person at the MSP who approves remediations.
type User struct {
	ID    int64  `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
}

// Escalation is something that Huntress asks the MSP to do or decide.
type Escalation struct {
	ID        int64
	AccountID int64
	// Organizations are the ids concerned; none for the account as a whole.
	Organizations []int64
	// Type and Subtype are Huntress's classification, for example
	// "Environmental Issue".
	Type, Subtype string
	Subject       string
	// Severity is low, high or critical; Status open, sent or resolved.
	Severity, Status string
	ResolvedAt       time.Time
	// CreatedAt and UpdatedAt are set from the clock when zero.
	CreatedAt, UpdatedAt time.Time
}
