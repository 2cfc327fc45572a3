package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"
)

// decide finds out whether a change whose answer was unclear has happened.
func (a *applier) decide(ctx context.Context, r Record, c Change) (bool, error) {
	intent := r.Work.Intent
	switch intent.Action {
	case ActionCreate:
		return a.decideCreate(ctx, r, c)
	case ActionNote:
		return a.decideNote(ctx, r, c)
	default:
		return a.decideUpdate(ctx, r, c)
	}
}

// decideCreate looks for the ticket. Only two empty look-ups, one settle apart,
// let the create be repeated.
func (a *applier) decideCreate(ctx context.Context, r Record, c Change) (bool, error) {
	found, err := a.find(ctx, r.Key)
	if err != nil {
		return a.undecided(ctx, r, err)
	}
	if len(found) > 0 {
		return true, a.concludeCreate(ctx, a.created(a.adopt(r, found)), c, OutcomeFound)
	}
	now := a.now()
	intent := *r.Work.Intent
	intent.Lookups++
	intent.DecideAt = now.Add(a.policy.Settle)
	r.Work.Intent, r.DueAt = &intent, intent.DecideAt
	if intent.Lookups < 2 {
		return false, a.store.Save(context.WithoutCancel(ctx), a.lease(), r)
	}
	r.Work.RecheckAt = now.Add(recheckAfter)
	return true, a.conclude(ctx, r, c, OutcomeAbsent, "two look-ups found no ticket; it is created again")
}

// created is the record after its ticket was found, and a create had been begun.
func (a *applier) created(r Record) Record {
	w := &r.Work
	intent := *w.Intent
	w.Intent, w.Told = nil, intent.Told
	w.Ended = intent.Told.Status.Closed() && a.policy.closing(r) == nil
	w.changeTicket(func(t *TicketLink) {
		t.Adopted, t.Unmapped, t.Severity = false, intent.Decision.Unmapped, intent.Told.Severity.Effective()
		if draft := intent.Draft; draft != nil {
			// What it shows otherwise by now is what people did.
			t.Title, t.PriorityID = draft.Title, draft.PriorityID
			t.BoardID, t.StatusID, t.ClientID = draft.BoardID, draft.StatusID, draft.ClientID
			t.Host = draft.Host
		}
	})
	w.Retries = without(w.Retries, ActionCreate)
	return r
}

// decideNote looks for the note by its operation.
func (a *applier) decideNote(ctx context.Context, r Record, c Change) (bool, error) {
	intent := r.Work.Intent
	var has bool
	err := a.call(ctx, func(ctx context.Context) error {
		var err error
		_, has, err = a.desk.FindNote(ctx, intent.TicketID, intent.Operation)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		c.Cause = intent.Cause
		return a.unreadable(ctx, r, c, err)
	}
	if err != nil {
		return a.undecided(ctx, r, err)
	}
	if !has {
		return true, a.conclude(ctx, r, c, OutcomeAbsent, "")
	}
	c.Cause, c.Told = intent.Cause, intent.Told
	return true, a.conclude(ctx, done(a.policy, r, c, TicketLink{}), c, OutcomeFound, "")
}

// decideUpdate reads the ticket; the next plan then starts from what is true.
func (a *applier) decideUpdate(ctx context.Context, r Record, c Change) (bool, error) {
	intent := r.Work.Intent
	var v visit
	ticket, err := a.read(ctx, intent.TicketID, &v)
	if errors.Is(err, ErrNotFound) {
		c.Cause = intent.Cause
		return a.unreadable(ctx, r, c, err)
	}
	if err != nil {
		return a.undecided(ctx, r, err)
	}
	happened := false
	switch intent.Action {
	case ActionClose:
		happened = ticket.Closed
	case ActionReopen:
		happened = !ticket.Closed
	case ActionReprioritize:
		happened = ticket.PriorityID == intent.Decision.PriorityID
	case ActionMove:
		happened = ticket.BoardID == intent.Decision.BoardID && ticket.ClientID == intent.Decision.ClientID
	case ActionCreate, ActionNote, ActionLookup, ActionLink:
	}
	if !happened {
		return true, a.conclude(ctx, r, c, OutcomeAbsent, "")
	}
	c.Cause, c.Told, c.Decision = intent.Cause, intent.Told, intent.Decision.decision()
	return true, a.conclude(ctx, done(a.policy, r, c, TicketLink{}), c, OutcomeFound, "")
}

// undecided leaves the doubt for the next look-up: what failed was a read.
func (a *applier) undecided(ctx context.Context, r Record, failure error) (bool, error) {
	if a.isStop(failure) {
		return false, a.stumbled(ctx, r, failure)
	}
	intent := *r.Work.Intent
	intent.DecideAt = a.now().Add(a.policy.Settle)
	r.Work.Intent, r.DueAt = &intent, intent.DecideAt
	return false, a.store.Save(context.WithoutCancel(ctx), a.lease(), r)
}

// find looks up the tickets of an incident, the oldest first.
func (a *applier) find(ctx context.Context, key Key) ([]Ticket, error) {
	var list TicketList
	err := a.call(ctx, func(ctx context.Context) error {
		var err error
		list, err = a.desk.Tickets(ctx, TicketQuery{Title: Marker(key.IncidentID)})
		return err
	})
	if err != nil {
		return nil, err
	}
	unsure, err := a.learnAuthor(ctx, list.Tickets)
	if err != nil {
		return nil, err
	}
	theirs, err := a.ofOthers(ctx, list.Tickets)
	if err != nil {
		return nil, err
	}
	var ours []Ticket
	for _, t := range list.Tickets {
		if of, ok := a.keyOf(t); ok && of == key && unsure != nil && byAuthor(t) {
			return nil, a.unsure(t, unsure)
		}
		if a.ours(key, t, theirs) {
			ours = append(ours, t)
		}
	}
	sortByEntry(ours)
	return ours, nil
}

// sortByEntry puts the oldest ticket first.
func sortByEntry(tickets []Ticket) {
	slices.SortFunc(tickets, func(x, y Ticket) int {
		return cmp.Or(x.EnteredAt.Compare(y.EnteredAt), cmp.Compare(x.ID, y.ID))
	})
}

// adopt gives a record the tickets that were found, the oldest first: that one
// is kept, the others are extras.
func (a *applier) adopt(r Record, found []Ticket) Record {
	w := &r.Work
	for _, t := range found {
		link := LinkTo(t)
		link.Unmapped = t.BoardID == a.policy.Fallback.BoardID && t.ClientID == a.policy.Fallback.ClientID
		switch {
		case w.Ticket == nil:
			w.Ticket, w.Ended = &link, w.Ended && t.Closed
			w.Extras = withoutExtra(w.Extras, t.ID)
			w.VanishedAt = time.Time{}
		case w.Ticket.ID == t.ID || hasExtra(*w, t.ID):
		case t.EnteredAt.Before(w.Ticket.EnteredAt):
			w.Extras = append(slices.Clone(w.Extras), Extra{Ticket: *w.Ticket})
			old := *w.Ticket
			link.Severity, link.Unmapped, link.Adopted = old.Severity, old.Unmapped, true
			// That the other one followed the incident's end says nothing of this one.
			w.Ticket, w.Ended = &link, w.Ended && t.Closed
		default:
			w.Extras = append(slices.Clone(w.Extras), Extra{Ticket: link})
		}
	}
	if w.Skip == SkipDeletedByPerson && w.Ticket != nil {
		w.Skip = ""
	}
	return r
}

func hasExtra(w Work, id string) bool {
	return slices.ContainsFunc(w.Extras, func(x Extra) bool { return x.Ticket.ID == id })
}

// withoutExtra leaves a ticket out that is one too many no longer.
func withoutExtra(extras []Extra, id string) []Extra {
	return slices.DeleteFunc(slices.Clone(extras), func(x Extra) bool { return x.Ticket.ID == id })
}

// LinkTo is how the books remember a ticket that is taken as it was found.
func LinkTo(t Ticket) TicketLink {
	return TicketLink{
		ID: t.ID, Number: t.Number, URL: t.URL, Title: t.Title,
		BoardID: t.BoardID, StatusID: t.StatusID, ClientID: t.ClientID, PriorityID: t.PriorityID,
		EnteredAt: t.EnteredAt, Adopted: true, Closed: t.Closed,
	}
}
