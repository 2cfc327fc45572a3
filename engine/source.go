package engine

import (
	"context"
	"time"
)

// Source is one Huntress account. Errors are [*Error]; a 429 is waited out inside
// the call, within the context.
type Source interface {
	// Account tells which account the credentials (or the reseller's choice) reach.
	Account(ctx context.Context) (Account, error)
	// Organizations lists every organization of the account.
	Organizations(ctx context.Context) ([]Organization, error)
	// Page reads one page of incident reports, newest-updated first.
	Page(ctx context.Context, q PageQuery) (Page, error)
	// Incident reads one incident report; [ErrNotFound] where there is none.
	Incident(ctx context.Context, id int64) (Incident, error)
	// Remediations lists all remediations of an incident. It is enrichment: it
	// yields the request budget to Page and Incident.
	Remediations(ctx context.Context, incidentID int64) ([]Remediation, error)
	// Agent reads the host of an incident; [ErrNotFound] once it is uninstalled.
	// It is enrichment, as Remediations is.
	Agent(ctx context.Context, id int64) (Agent, error)
}

// MaxPage is the largest page of incident reports that Huntress gives.
const MaxPage = 500

// PageQuery asks for one page. Every filter is sent again with every token.
type PageQuery struct {
	Limit  int    // 1 to MaxPage
	Token  string // empty: the first page
	Filter Filter
}

// Filter narrows incident reports; a zero field does not filter.
type Filter struct {
	Status         Status
	Severity       Severity
	Platform       string
	OrganizationID int64
}

// Platforms lists the platforms that can be filtered by.
func Platforms() []string {
	return []string{"windows", "darwin", "linux", "microsoft_365", "google", "email_security", "other"}
}

// Indicators lists the types of indicator that Huntress documents.
func Indicators() []string {
	return []string{
		"footholds", "monitored_files", "ransomware_canaries", "antivirus_detections", "process_detections",
		"managed_identity", "mde_detections", "siem_detections", "favicon_detections", "behavioral_detections",
		"email_security_detections", "app_control", "ai_misuse",
	}
}

// Page is one page of incident reports in the order Huntress gave them.
type Page struct {
	Incidents []Incident
	// Next is the token of the next page; empty at the end of the list.
	Next string
	// ServerTime is Huntress's Date header, the zero time where there was none.
	ServerTime time.Time
	// Unreadable counts rows without a usable id: they cannot be incidents.
	Unreadable int
}
