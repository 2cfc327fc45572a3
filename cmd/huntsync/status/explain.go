package status

import (
	"context"
	"fmt"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// Explanation is why one incident went where it went, and what is still owed.
type Explanation struct {
	FormatVersion int       `json:"format_version"`
	At            time.Time `json:"at"`
	AccountID     int64     `json:"account_id"`
	Account       string    `json:"account"`
	IncidentID    int64     `json:"incident_id"`
	// CorrelationID is the name that its ticket carries.
	CorrelationID string   `json:"correlation_id"`
	Standing      Standing `json:"standing"`
	// Answer says in one sentence where its ticket is, or why it has none.
	Answer string `json:"answer"`
	// Waits says what is owed and what that waits for.
	Waits    []string  `json:"waits"`
	Incident Facts     `json:"incident"`
	Ticket   *Ticket   `json:"ticket,omitempty"`
	Extras   []Ticket  `json:"further_tickets,omitempty"`
	Decision *Decision `json:"decision,omitempty"` // absent where the routing is not known
	History  []Change  `json:"history"`
}

// Facts are what Huntress says of an incident.
type Facts struct {
	Subject        string          `json:"subject"`
	Summary        string          `json:"summary,omitempty"`
	Severity       engine.Severity `json:"severity,omitempty"`
	Status         engine.Status   `json:"status,omitempty"`
	Platform       string          `json:"platform,omitempty"`
	Indicators     []string        `json:"indicators,omitempty"`
	OrganizationID int64           `json:"organization_id,omitempty"`
	Organization   string          `json:"organization,omitempty"`
	PortalURL      string          `json:"portal_url,omitempty"`
	SentAt         time.Time       `json:"sent_at,omitzero"`
	UpdatedAt      time.Time       `json:"updated_at,omitzero"`
	ClosedAt       time.Time       `json:"closed_at,omitzero"`
	FirstSeenAt    time.Time       `json:"first_seen_at,omitzero"`
	ChangedAt      time.Time       `json:"changed_at,omitzero"`
	// Surprises names the fields that Huntress sent in another type than documented.
	Surprises []string `json:"surprises,omitempty"`
}

// Ticket is a ticket as huntsync last wrote it.
type Ticket struct {
	ID        string    `json:"id"`
	Number    string    `json:"number,omitempty"`
	URL       string    `json:"url,omitempty"`
	Title     string    `json:"title,omitempty"`
	Client    string    `json:"client,omitempty"`
	Board     string    `json:"board,omitempty"`
	Priority  string    `json:"priority,omitempty"`
	EnteredAt time.Time `json:"entered_at,omitzero"`
	// Adopted is true where it was found, not made.
	Adopted bool `json:"adopted,omitempty"`
	Closed  bool `json:"closed,omitempty"`
	// Triage is true where it waits on the triage board for a mapping.
	Triage bool `json:"triage,omitempty"`
}

// Name is what people call the ticket.
func (t Ticket) Name() string {
	if t.Number != "" {
		return t.Number
	}
	return t.ID
}

// Decision is where the routing that runs now sends the incident, and why.
type Decision struct {
	Client   string `json:"client"`
	Board    string `json:"board"`
	Priority string `json:"priority"`
	// Route is the first route that matched; absent for none.
	Route    string `json:"route,omitempty"`
	Unmapped bool   `json:"unmapped"`
	OptedOut bool   `json:"opted_out"`
	// Problem is why a block that should have applied could not be used.
	Problem string `json:"problem,omitempty"`
	// Steps tell where each attribute came from.
	Steps []engine.Step `json:"steps"`
}

// summaryShown is how much of an incident's summary an explanation holds, in
// characters.
const summaryShown = 4000

// Explain tells why one incident went where it went. It fails with
// [engine.ErrNotFound] for an incident that was never observed. Without a policy
// the decision is left out.
func Explain(ctx context.Context, books Books, p *engine.Policy, key engine.Key, now time.Time) (Explanation, error) {
	r, err := books.Record(ctx, key)
	if err != nil {
		return Explanation{}, fmt.Errorf("incident %d: %w", key.IncidentID, err)
	}
	accounts, err := books.Accounts(ctx)
	if err != nil {
		return Explanation{}, fmt.Errorf("read accounts: %w", err)
	}
	names, err := organizationNames(ctx, books, p)
	if err != nil {
		return Explanation{}, err
	}
	desk, err := books.Desk(ctx)
	if err != nil {
		return Explanation{}, fmt.Errorf("read what is known of the desk: %w", err)
	}
	known := p
	if known == nil {
		known = &engine.Policy{Catalogue: desk.Catalogue}
	}
	account := engine.Account{ID: key.AccountID}
	owed := false
	for _, a := range accounts {
		if a.Poll.Account.ID == key.AccountID {
			account, owed = a.Poll.Account, a.Adoption.Owed
		}
	}
	e := Explanation{
		FormatVersion: FormatVersion, At: now.UTC(),
		AccountID: key.AccountID, Account: AccountName(account), IncidentID: key.IncidentID,
		CorrelationID: key.CorrelationID().String(), Standing: StandingOf(r),
		Incident: facts(r, account, names), Waits: Waits(p, r, now),
	}
	if r.Work.Ticket != nil {
		e.Ticket = new(ticket(known, *r.Work.Ticket))
	}
	for _, x := range r.Work.Extras {
		e.Extras = append(e.Extras, ticket(known, x.Ticket))
	}
	if p != nil && r.Seen.Incident.ID != 0 {
		e.Decision = new(decision(p, p.Decide(key.AccountID, r.Seen.Incident)))
	}
	e.Answer = answer(e, r)
	if r.Work.Ticket == nil && !r.DueAt.IsZero() {
		if owed {
			e.Waits = append(e.Waits, "Nothing is created for this account before the tickets that the desk already has were read completely.")
		}
		if desk.CreatesStopped != "" {
			e.Waits = append(e.Waits, noCreates(engine.CleanLine(desk.CreatesStopped)))
		}
	}
	if e.History, err = History(ctx, books, engine.JournalQuery{Key: key}); err != nil {
		return Explanation{}, err
	}
	return e, nil
}

// Find resolves the number of an incident to its key. It fails with
// [engine.ErrNotFound] where no account has it, and with [*AmbiguousError] where
// several do.
func Find(ctx context.Context, books Books, incidentID int64) (engine.Key, error) {
	records, err := books.Records(ctx, engine.RecordQuery{IncidentIDs: []int64{incidentID}})
	if err != nil {
		return engine.Key{}, fmt.Errorf("look for incident %d: %w", incidentID, err)
	}
	switch len(records) {
	case 0:
		return engine.Key{}, fmt.Errorf("incident %d: %w", incidentID, engine.ErrNotFound)
	case 1:
		return records[0].Key, nil
	}
	ambiguous := &AmbiguousError{IncidentID: incidentID}
	for _, r := range records {
		ambiguous.Accounts = append(ambiguous.Accounts, r.Key.AccountID)
	}
	return engine.Key{}, ambiguous
}

// AmbiguousError says that several accounts have an incident of one number.
type AmbiguousError struct {
	IncidentID int64
	Accounts   []int64
}

// Error names the accounts.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("incident %d is known of the accounts %v: say which", e.IncidentID, e.Accounts)
}

// answer says where the ticket is, or why there is none.
func answer(e Explanation, r engine.Record) string {
	if t := e.Ticket; t != nil && r.Work.Skip == "" {
		text := "Its ticket is " + t.Name()
		if t.Board != "" {
			text += " on the board " + t.Board
		}
		if t.Client != "" {
			text += " for the client " + t.Client
		}
		switch {
		case t.Closed:
			text += "; it is closed"
		case t.Triage:
			text += ", for triage: the organization was not mapped"
		}
		return sentence(text)
	}
	for _, skip := range []engine.Skip{r.Work.Skip, r.Seen.Skip} {
		if skip != "" {
			return Skipped(skip)
		}
	}
	switch {
	case r.Seen.Incident.ID == 0:
		return "Only its ticket is known yet; the incident was not read."
	case e.Decision != nil && e.Decision.OptedOut:
		return "It gets no ticket: its organization is opted out (tickets = false)."
	case e.Decision != nil && r.Work.Intent != nil:
		return sentence("It may have a ticket already; if not, it gets one on the board " + e.Decision.Board + " for the client " + e.Decision.Client)
	case e.Decision != nil:
		return sentence("It has no ticket yet; it gets one on the board " + e.Decision.Board + " for the client " + e.Decision.Client)
	}
	return "It has no ticket yet."
}

func facts(r engine.Record, account engine.Account, names map[engine.OrganizationKey]string) Facts {
	inc := r.Seen.Incident
	f := Facts{
		Subject: subject(r), Summary: shorten(engine.Clean(inc.Summary), summaryShown),
		Severity: line(inc.Severity), Status: line(inc.Status),
		Platform: engine.CleanLine(inc.Platform), OrganizationID: inc.OrganizationID,
		Organization: organizationName(names, r.Key.AccountID, inc.OrganizationID),
		PortalURL:    engine.PortalURL(account.Subdomain, inc.OrganizationID, r.Key.IncidentID),
		SentAt:       inc.SentAt.UTC(), UpdatedAt: inc.UpdatedAt.UTC(), ClosedAt: inc.ClosedAt.UTC(),
		FirstSeenAt: r.Seen.FirstAt.UTC(), ChangedAt: r.Seen.ChangedAt.UTC(),
	}
	for _, s := range inc.Surprises {
		f.Surprises = append(f.Surprises, engine.CleanLine(s))
	}
	for _, i := range inc.IndicatorList() {
		f.Indicators = append(f.Indicators, engine.CleanLine(i))
	}
	return f
}

func ticket(p *engine.Policy, t engine.TicketLink) Ticket {
	return Ticket{
		ID: engine.CleanLine(t.ID), Number: engine.CleanLine(t.Number), URL: SafeURL(t.URL),
		Title:  engine.CleanLine(t.Title),
		Client: engine.CleanLine(p.ClientName(t.ClientID)), Board: engine.CleanLine(p.BoardName(t.BoardID)),
		Priority: engine.CleanLine(p.PriorityName(t.PriorityID)), EnteredAt: t.EnteredAt.UTC(),
		Adopted: t.Adopted, Closed: t.Closed, Triage: t.Unmapped,
	}
}

func decision(p *engine.Policy, d engine.Decision) Decision {
	out := Decision{
		Client: engine.CleanLine(p.ClientName(d.ClientID)), Board: engine.CleanLine(p.BoardName(d.BoardID)),
		Priority: engine.CleanLine(p.PriorityName(d.PriorityID)), Route: engine.CleanLine(d.Route),
		Unmapped: d.Unmapped, OptedOut: d.OptedOut, Problem: engine.CleanLine(d.Problem), Steps: []engine.Step{},
	}
	for _, s := range d.Steps {
		s.Value, s.From, s.Note = engine.CleanLine(s.Value), engine.CleanLine(s.From), engine.CleanLine(s.Note)
		s.Pos.File = engine.CleanLine(s.Pos.File)
		out.Steps = append(out.Steps, s)
	}
	return out
}

// shorten cuts text to a number of characters, and says so.
func shorten(s string, limit int) string {
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}
