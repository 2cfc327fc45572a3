package columns

import (
	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/document"
)

// Pruned is what stays of an incident's Seen document once its retention is
// over: enough to know the incident again should it come back, and nothing of
// what it said.
func Pruned(seen string) (string, error) {
	s, err := document.Decode[engine.Seen](seen)
	if err != nil {
		return "", err
	}
	i := s.Incident
	s.Incident = engine.Incident{
		ID: i.ID, AccountID: i.AccountID, OrganizationID: i.OrganizationID, AgentID: i.AgentID,
		Severity: i.Severity, Status: i.Status, Platform: i.Platform,
		SentAt: i.SentAt, ClosedAt: i.ClosedAt, StatusUpdatedAt: i.StatusUpdatedAt, UpdatedAt: i.UpdatedAt,
	}
	return document.Encode(s)
}
