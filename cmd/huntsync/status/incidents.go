package status

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// Standing is how an incident and its ticket stand, the most urgent thing first.
// The set is closed.
type Standing string

// The standings.
const (
	StandingInDoubt  Standing = "in_doubt"          // the answer to a change was unclear
	StandingRefused  Standing = "refused"           // the desk refused a change; it is tried again
	StandingWaiting  Standing = "waiting"           // no ticket yet
	StandingOwed     Standing = "owed"              // the ticket has to be told of a change
	StandingTriage   Standing = "triage"            // on the triage board, for want of a mapping
	StandingTicket   Standing = "ticket"            // has its ticket
	StandingEnded    Standing = "ended"             // its ticket is closed
	StandingDeleted  Standing = "deleted_by_person" // a person deleted its ticket
	StandingNoTicket Standing = "no_ticket"         // gets no ticket
)

// Standings lists every standing.
func Standings() []Standing {
	return []Standing{
		StandingInDoubt, StandingRefused, StandingWaiting, StandingOwed, StandingTriage,
		StandingTicket, StandingEnded, StandingDeleted, StandingNoTicket,
	}
}

// Label is the standing in words.
func (s Standing) Label() string {
	switch s {
	case StandingInDoubt:
		return "in doubt"
	case StandingRefused:
		return "refused, tried again"
	case StandingWaiting:
		return "waits for its ticket"
	case StandingOwed:
		return "update owed"
	case StandingTriage:
		return "on the triage board"
	case StandingTicket:
		return "has its ticket"
	case StandingEnded:
		return "ticket closed"
	case StandingDeleted:
		return "ticket deleted by a person"
	case StandingNoTicket:
		return "gets no ticket"
	}
	return string(s)
}

// StandingOf tells how a record stands.
func StandingOf(r engine.Record) Standing {
	w := r.Work
	owing := !r.DueAt.IsZero() && !r.OnlyDetails()
	switch {
	case inDoubt(r):
		return StandingInDoubt
	case w.Skip == engine.SkipDeletedByPerson:
		return StandingDeleted
	case owing && len(w.Retries) > 0:
		return StandingRefused
	case w.Ticket == nil && owing && r.Seen.Incident.ID != 0:
		return StandingWaiting
	case w.Ticket == nil:
		return StandingNoTicket
	case owing && w.RecheckAt.IsZero():
		return StandingOwed
	case w.Ticket.Closed:
		return StandingEnded
	case w.Ticket.Unmapped:
		return StandingTriage
	}
	return StandingTicket
}

// Incident is one row of a list of incidents.
type Incident struct {
	AccountID    int64           `json:"account_id"`
	IncidentID   int64           `json:"incident_id"`
	Subject      string          `json:"subject"`
	Severity     engine.Severity `json:"severity,omitempty"`
	Status       engine.Status   `json:"status,omitempty"` // Huntress's
	Organization string          `json:"organization,omitempty"`
	Standing     Standing        `json:"standing"`
	Ticket       string          `json:"ticket,omitempty"`
	TicketURL    string          `json:"ticket_url,omitempty"`
	ChangedAt    time.Time       `json:"changed_at,omitzero"`
	DueAt        time.Time       `json:"due_at,omitzero"`
}

// Selection says which incidents a list is about, by how they stand now.
type Selection string

// The selections.
const (
	SelectOpen     Selection = "open"      // open at Huntress
	SelectPending  Selection = "pending"   // something is owed
	SelectInDoubt  Selection = "in_doubt"  // of those, in doubt
	SelectTriage   Selection = "triage"    // open, with their ticket on the triage board
	SelectNoTicket Selection = "no_ticket" // get none, or lost it to a person
	SelectAll      Selection = "all"
)

// Selections lists every selection.
func Selections() []Selection {
	return []Selection{SelectOpen, SelectPending, SelectInDoubt, SelectTriage, SelectNoTicket, SelectAll}
}

// IncidentQuery says which incidents.
type IncidentQuery struct {
	Selection Selection
	// AccountID limits it to one account; 0 is all.
	AccountID int64
	// Text keeps those whose number, subject, organization or ticket holds it, in
	// whatever case; empty keeps all.
	Text string
	// Before keeps what comes after that incident in the list; the zero Key is the
	// beginning.
	Before engine.Key
	// Limit is how many there may be.
	Limit int
}

// IncidentPage is a part of a list.
type IncidentPage struct {
	Incidents []Incident
	// More is true where the list goes on after the last of them.
	More bool
}

// scanned is how many records are held at a time.
const scanned = 500

// Incidents lists incidents, the latest number of the last account first. The
// books are read through in their own order, so memory stays bounded however
// many there are.
func Incidents(ctx context.Context, books Books, p *engine.Policy, q IncidentQuery) (IncidentPage, error) {
	names, err := organizationNames(ctx, books, p)
	if err != nil {
		return IncidentPage{}, err
	}
	text := strings.ToLower(strings.TrimSpace(q.Text))
	query := engine.RecordQuery{AccountID: q.AccountID, Limit: scanned}
	switch q.Selection {
	case SelectOpen, SelectTriage:
		query.Open = true
	case SelectPending, SelectInDoubt:
		query.Owing = true
	case SelectNoTicket, SelectAll:
	}
	var found []Incident
	more := false
	for {
		records, err := books.Records(ctx, query)
		if err != nil {
			return IncidentPage{}, fmt.Errorf("read records: %w", err)
		}
		for _, r := range records {
			if q.Before != (engine.Key{}) && !before(r.Key, q.Before) {
				continue
			}
			i := incident(r, names)
			if !q.Selection.holds(r) || !i.holds(text) {
				continue
			}
			found = append(found, i)
			if len(found) > 2*q.Limit {
				found, more = append(found[:0], found[len(found)-q.Limit:]...), true
			}
		}
		if len(records) < scanned {
			break
		}
		query.After = records[len(records)-1].Key
	}
	if len(found) > q.Limit {
		found, more = found[len(found)-q.Limit:], true
	}
	slices.Reverse(found)
	return IncidentPage{Incidents: found, More: more}, nil
}

func before(a, b engine.Key) bool {
	if a.AccountID != b.AccountID {
		return a.AccountID < b.AccountID
	}
	return a.IncidentID < b.IncidentID
}

func (s Selection) holds(r engine.Record) bool {
	switch s {
	case SelectInDoubt:
		return inDoubt(r)
	case SelectTriage:
		return r.Work.Ticket != nil && r.Work.Ticket.Unmapped && !r.Work.Ticket.Closed
	case SelectNoTicket:
		standing := StandingOf(r)
		return standing == StandingNoTicket || standing == StandingDeleted
	case SelectPending:
		return !r.OnlyDetails()
	case SelectOpen, SelectAll:
	}
	return true
}

func (i Incident) holds(text string) bool {
	if text == "" {
		return true
	}
	for _, s := range []string{strconv.FormatInt(i.IncidentID, 10), i.Subject, i.Organization, i.Ticket} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

func incident(r engine.Record, names map[engine.OrganizationKey]string) Incident {
	inc := r.Seen.Incident
	i := Incident{
		AccountID: r.Key.AccountID, IncidentID: r.Key.IncidentID, Subject: subject(r),
		Severity: line(inc.Severity), Status: line(inc.Status),
		Organization: organizationName(names, r.Key.AccountID, inc.OrganizationID),
		Standing:     StandingOf(r), ChangedAt: r.Seen.ChangedAt.UTC(), DueAt: r.DueAt.UTC(),
	}
	if t := r.Work.Ticket; t != nil {
		i.Ticket, i.TicketURL = ticketName(*t), SafeURL(t.URL)
	}
	return i
}

// organizationNames names every organization of every account.
func organizationNames(ctx context.Context, books Books, p *engine.Policy) (map[engine.OrganizationKey]string, error) {
	if p != nil && len(p.OrganizationNames) > 0 {
		return p.OrganizationNames, nil
	}
	accounts, err := books.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	names := map[engine.OrganizationKey]string{}
	for _, a := range accounts {
		for _, o := range a.Organizations {
			names[engine.OrganizationKey{AccountID: a.Poll.Account.ID, OrganizationID: o.ID}] = o.Name
		}
	}
	return names, nil
}

func organizationName(names map[engine.OrganizationKey]string, accountID, id int64) string {
	if id == 0 {
		return ""
	}
	if name := engine.CleanLine(names[engine.OrganizationKey{AccountID: accountID, OrganizationID: id}]); name != "" {
		return name
	}
	return fmt.Sprintf("organization %d", id)
}
