package engine

import (
	"time"

	"github.com/google/uuid"
)

// Action is what a change does to a ticket. The set is closed.
type Action string

// The actions, in the order of the summary line.
const (
	ActionCreate       Action = "create"
	ActionNote         Action = "note"
	ActionClose        Action = "close"
	ActionReopen       Action = "reopen"
	ActionMove         Action = "move"
	ActionReprioritize Action = "reprioritize"
	// ActionLookup only reads: a ticket that may be doubled or gone is looked up.
	ActionLookup Action = "lookup"
	// ActionLink links the host's asset to the ticket. It can be repeated without
	// harm, and is no part of the summary line.
	ActionLink Action = "link"
)

// Actions lists the actions of the summary line, in its order.
func Actions() []Action {
	return []Action{
		ActionCreate, ActionNote, ActionClose,
		ActionReopen, ActionMove, ActionReprioritize,
	}
}

// Cause is why a change is owed. The set is closed; the sentences that people
// read are the views'.
type Cause string

// The causes.
const (
	CauseNew            Cause = "new"             // an incident without a ticket
	CauseUnmapped       Cause = "unmapped"        // the same, of an unmapped organization
	CauseInDoubt        Cause = "in_doubt"        // an answer was unclear: look before anything else
	CauseUpdated        Cause = "updated"         // something people want to know changed
	CauseOrganization   Cause = "organization"    // its organization was renamed, deleted, or is another one now
	CauseClosed         Cause = "closed"          // closed, dismissed or partner_dismissed
	CauseReopened       Cause = "reopened"        // open again in Huntress
	CauseDeleting       Cause = "deleting"        // Huntress is deleting it
	CauseSeverityRaised Cause = "severity_raised" // in Huntress
	CauseMapped         Cause = "mapped"          // its organization was mapped since
	CauseDuplicate      Cause = "duplicate"       // a second ticket of the same incident
	CauseCloseRefused   Cause = "close_refused"   // the board's rules refuse the close
	CauseHost           Cause = "host"            // the host could not be read when the ticket was made
	CauseAsset          Cause = "asset"           // the host of the incident may be an asset of the client
	CauseAuthor         Cause = "author"          // only a note tells whether the ticket is ours
	CauseRecheck        Cause = "recheck"         // a repeated create is looked at once more
	CauseVanished       Cause = "vanished"        // the desk said it has no such ticket
)

// Change is one step owed to the desk.
type Change struct {
	Action    Action
	Cause     Cause
	Key       Key
	Operation uuid.UUID
	// TicketID is empty for a create.
	TicketID     string
	TicketNumber string

	// Title, names and Severity are for people.
	Title    string
	Client   string
	Board    string
	Priority string
	Severity Severity

	// Decision is where the incident goes (create, move, reprioritize).
	Decision Decision
	// Told is what the ticket will have been told after it.
	Told Told
	// Seen is the version of the incident that it tells of.
	Seen int64
	// SentAt orders creates of one severity.
	SentAt time.Time
}
