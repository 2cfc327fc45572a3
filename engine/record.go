package engine

import (
	"time"

	"github.com/google/uuid"
)

// Record is what the state holds on one incident. Its two halves have one writer
// each, so that observing goes on while a change is being applied: Seen is
// written by [Store.Observe], everything else by [Store.Save].
type Record struct {
	Key  Key
	Seen Seen
	Work Work
	// DueAt is when the record wants to be planned again; the zero time means
	// that nothing is owed.
	DueAt time.Time
}

// OnlyDetails reports whether the record is due for no more than a detail that
// its ticket can do without for now.
func (r Record) OnlyDetails() bool {
	return !r.Work.Aside.IsZero() && r.DueAt.UnixMilli() == r.Work.Aside.UnixMilli()
}

// Seen is what was observed of an incident.
type Seen struct {
	// Incident is as last read; a zero ID where only its ticket is known yet.
	Incident Incident `json:"incident"`
	// Digest is of the raw incident: an equal one means that nothing changed.
	Digest string `json:"digest,omitempty"`
	// Version counts the changes seen.
	Version int64 `json:"version"`
	// FirstAt and ChangedAt are by our clock.
	FirstAt   time.Time `json:"first_at,omitzero"`
	ChangedAt time.Time `json:"changed_at,omitzero"`
	// Skip is why the incident is only recorded, decided when it was first seen.
	Skip Skip `json:"skip,omitempty"`
}

// Skip is why an incident gets no ticket. The set is closed.
type Skip string

// The reasons for no ticket.
const (
	SkipBeforeLookback  Skip = "before_lookback"   // no longer open when the first look-back began
	SkipDeleting        Skip = "deleting"          // first seen while Huntress deleted it
	SkipClosedOptedOut  Skip = "closed_opted_out"  // closed while its organization was opted out
	SkipDeletedByPerson Skip = "deleted_by_person" // a person deleted the ticket
	SkipForgotten       Skip = "forgotten"         // an operator said so
	SkipLeftBehind      Skip = "left_behind"       // no longer open when the state was given to another desk, where its ticket is not
)

// Work is what was done about an incident and what is still owed.
type Work struct {
	Ticket *TicketLink `json:"ticket,omitempty"`
	// Aside is when the record is due for no more than a detail that its ticket can
	// do without for now. While DueAt is that time, nobody is kept waiting.
	Aside time.Time `json:"aside,omitzero"`
	// Told is what the ticket has been told of the incident.
	Told Told `json:"told,omitzero"`
	// Intent is the change that was begun and whose outcome is not yet known.
	Intent *Intent `json:"intent,omitempty"`
	// Retries is the incident's own back-off after a refusal, by what was refused.
	Retries map[Action]Retry `json:"retries,omitempty"`
	Skip    Skip             `json:"skip,omitempty"`
	// Ended is true once the ticket has followed the incident's end: it was
	// closed, found closed, or (where close-through is off) told so.
	Ended bool `json:"ended,omitempty"`
	// VanishedAt is when the desk first said that it has no such ticket.
	VanishedAt time.Time `json:"vanished_at,omitzero"`
	// Extras are further tickets of the same incident, which should not be.
	Extras []Extra `json:"extras,omitempty"`
	// RecheckAt is when to look once more for a second ticket, after a create
	// that was in doubt had to be repeated.
	RecheckAt time.Time `json:"recheck_at,omitzero"`
	// CloseRefused is what close rules asked for, while a close is owed.
	CloseRefused []string `json:"close_refused,omitempty"`
	// CloseRefusedTold is true once the ticket has a note about that.
	CloseRefusedTold bool `json:"close_refused_told,omitempty"`
}

// TicketLink is the ticket of an incident with what we last wrote to it; the
// difference to what it shows now is what people did.
type TicketLink struct {
	ID         string `json:"id"`
	Number     string `json:"number,omitempty"`
	URL        string `json:"url,omitempty"`
	Title      string `json:"title,omitempty"`
	BoardID    string `json:"board_id,omitempty"`
	StatusID   string `json:"status_id,omitempty"`
	ClientID   string `json:"client_id,omitempty"`
	PriorityID string `json:"priority_id,omitempty"`
	// Severity is what the priority was chosen for.
	Severity  Severity  `json:"severity,omitempty"`
	EnteredAt time.Time `json:"entered_at,omitzero"`
	// Unmapped is true while the ticket is on the triage board for want of a mapping.
	Unmapped bool `json:"unmapped,omitempty"`
	// Adopted is true where the ticket was found, not made, by this state.
	Adopted bool `json:"adopted,omitempty"`
	// Closed is as we last knew it.
	Closed bool `json:"closed,omitempty"`
	// Host is what the ticket is still owed about the host; nil is nothing.
	Host *Host `json:"host,omitempty"`
}

// Told is the news that a ticket already has.
type Told struct {
	Status       Status           `json:"status,omitempty"`
	Severity     Severity         `json:"severity,omitempty"`
	Subject      string           `json:"subject,omitempty"`
	Summary      string           `json:"summary,omitempty"`
	Remediations map[int64]string `json:"remediations,omitempty"` // status by id
	Version      int64            `json:"version,omitempty"`      // of Seen
	// Organization is nil where the ticket was told of none that could be compared.
	Organization *ToldOrganization `json:"organization,omitempty"`
}

// ToldOrganization is the organization of an incident as its ticket knows it.
type ToldOrganization struct {
	ID int64 `json:"id"` // 0 is none
	// Name is empty where Huntress does not have the organization.
	Name string `json:"name,omitempty"`
}

// Intent is a change whose call may have been sent.
type Intent struct {
	Operation uuid.UUID `json:"operation"`
	Action    Action    `json:"action"`
	Cause     Cause     `json:"cause"`
	// TicketID is the ticket that the change is about; empty for a create.
	TicketID string `json:"ticket_id,omitempty"`
	// Seen is the version of the incident that the change tells of.
	Seen int64 `json:"seen,omitempty"`
	// Told is what the ticket will have been told once the change is known done.
	Told Told `json:"told,omitzero"`
	// Draft is what the ticket will look like once a create is known done.
	Draft *TicketLink `json:"draft,omitempty"`
	// Decision is the part of the change's decision that its outcome needs.
	Decision Target `json:"decision,omitzero"`

	StartedAt time.Time `json:"started_at"`
	// DoubtAt is when the answer became unclear; the zero time while the call is
	// under way.
	DoubtAt time.Time `json:"doubt_at,omitzero"`
	// DecideAt is when it is looked up (again).
	DecideAt time.Time `json:"decide_at,omitzero"`
	// Lookups counts the look-ups that found nothing.
	Lookups int `json:"lookups,omitempty"`
	// Reason is why the answer was unclear.
	Reason Reason `json:"reason,omitempty"`
	// Epoch is the lease under which the call was sent: another one means that
	// its holder is gone and the answer will never come.
	Epoch int64 `json:"epoch,omitempty"`
}

// Target is where a change takes a ticket.
type Target struct {
	BoardID    string `json:"board_id,omitempty"`
	StatusID   string `json:"status_id,omitempty"`
	ClientID   string `json:"client_id,omitempty"`
	PriorityID string `json:"priority_id,omitempty"`
	Unmapped   bool   `json:"unmapped,omitempty"`
}

// Retry is the back-off of one incident.
type Retry struct {
	Attempts int       `json:"attempts"`
	NextAt   time.Time `json:"next_at"`
	Reason   Reason    `json:"reason"`
	// Error is the desk's refusal, without secrets.
	Error string `json:"error"`
	// Policy is the hash of the policy that was refused; another one is tried at once.
	Policy string `json:"policy,omitempty"`
}

// Extra is a second ticket of an incident that already has one.
type Extra struct {
	Ticket TicketLink `json:"ticket"`
	Noted  bool       `json:"noted,omitempty"`
	// Settled is true once it is closed, or left alone because people work on it.
	Settled bool `json:"settled,omitempty"`
	// Retry is its own back-off after a refusal, which holds up nothing else.
	Retry Retry `json:"retry,omitzero"`
}
