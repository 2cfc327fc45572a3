package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

type adoptOptions struct {
	account string
	yes     bool
}

func (a *app) stateAdoptCommand() *cobra.Command {
	var o adoptOptions
	cmd := &cobra.Command{
		Use:   "adopt ID TICKET",
		Short: "Make a ticket of the desk the ticket of an incident",
		Long: `Make a ticket that exists at the desk the ticket of an incident. It is taken as found:
nothing of the past is noted on it, and it is closed only where the incident has ended.
A ticket that the incident had before is left alone from then on.

TICKET is the ticket's id; its number will do where the title begins with the
incident's marker, [Huntress #ID].`,
		Example: `  huntsync state adopt 2090017 TIC1042
  huntsync state adopt 2090017 0f8fad5b-d9cb-469f-a165-70867728950e --yes`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.stateAdopt(cmd.Context(), args[0], args[1], o)
		},
	}
	cmd.Flags().StringVar(&o.account, "account", "", "account that has the incident, where several do: name, subdomain or number")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) stateAdopt(ctx context.Context, incident, wanted string, o adoptOptions) (err error) {
	r, c, err := a.openRepair(ctx, "state adopt", repairOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close(ctx)) }()
	key, err := find(ctx, r, incident, o.account)
	if err != nil {
		return err
	}
	ticket, others, err := r.ticket(ctx, c, key, wanted)
	if err != nil {
		return err
	}
	if err := r.unclaimed(ctx, key, ticket); err != nil {
		return err
	}
	if err := r.unmarked(ctx, key, ticket); err != nil {
		return err
	}
	question := fmt.Sprintf("Make %s %q the ticket of incident %d?", ticket.Number, engine.CleanLine(ticket.Title), key.IncidentID)
	if ok, err := a.approve(o.yes, question); err != nil || !ok {
		return err
	}
	lease, err := r.take(ctx, key.AccountID)
	if err != nil {
		return err
	}
	if err := r.adopt(ctx, lease, key, ticket, others); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s is the ticket of incident %d now.\n", ticket.Number, key.IncidentID)
	return err
}

// ticket finds a ticket by its id or, where it carries the incident's marker, by
// its number; and beside it the others with that marker.
func (r *repair) ticket(ctx context.Context, c *config.Config, key engine.Key, wanted string) (t engine.Ticket, others []engine.Ticket, err error) {
	desk, err := r.desk(c)
	if err != nil {
		return t, nil, err
	}
	list, err := desk.Tickets(ctx, engine.TicketQuery{Title: engine.Marker(key.IncidentID)})
	if err != nil {
		return t, nil, err
	}
	isWanted := func(t engine.Ticket) bool { return t.Number == wanted || t.ID == wanted }
	if i := slices.IndexFunc(list.Tickets, isWanted); i >= 0 {
		return list.Tickets[i], slices.Delete(slices.Clone(list.Tickets), i, i+1), nil
	}
	if uuid.Validate(wanted) == nil {
		t, err = desk.Ticket(ctx, wanted)
		if errors.Is(err, engine.ErrNotFound) {
			err = fmt.Errorf("the desk has no ticket %s", wanted)
		}
		return t, list.Tickets, err
	}
	return t, nil, fmt.Errorf("no ticket %q has %s in its title: name the ticket by its id, "+
		"or put the marker at the beginning of its title and try again", wanted, engine.Marker(key.IncidentID))
}

// unclaimed fails where the ticket is another incident's, of whichever account.
func (r *repair) unclaimed(ctx context.Context, key engine.Key, t engine.Ticket) error {
	query := engine.RecordQuery{Limit: 500}
	for {
		records, err := r.Records(ctx, query)
		if err != nil {
			return fmt.Errorf("read records: %w", err)
		}
		for _, x := range records {
			if x.Key != key && x.Work.Ticket != nil && x.Work.Ticket.ID == t.ID {
				return claimed(key, x.Key, t)
			}
		}
		if len(records) < query.Limit {
			return nil
		}
		query.After = records[len(records)-1].Key
	}
}

// claimed says whose ticket it is, and how the other incident is rid of it.
func claimed(key, other engine.Key, t engine.Ticket) error {
	account, which := "", ""
	if other.AccountID != key.AccountID {
		account, which = fmt.Sprintf(" of account %d", other.AccountID), fmt.Sprintf(" --account %d", other.AccountID)
	}
	return fmt.Errorf("%s is the ticket of incident %d%s: an incident has a ticket of its own. "+
		"Give that one another first (huntsync state adopt %d TICKET%s), or have it go without (huntsync state forget %d --no-ticket%s)",
		t.Number, other.IncidentID, account, other.IncidentID, which, other.IncidentID, which)
}

// unmarked fails where the next read of our tickets would find this one for another
// incident, by the marker and what else tells that a ticket is ours: then it would be
// the ticket of both.
func (r *repair) unmarked(ctx context.Context, key engine.Key, t engine.Ticket) error {
	id, ok := engine.ParseMarker(t.Title)
	if !ok || id == key.IncidentID {
		return nil
	}
	desk, err := r.Desk(ctx)
	if err != nil {
		return err
	}
	if t.CorrelationID == uuid.Nil && (t.Author == "" || t.Author != desk.Author) {
		return nil // Nobody takes it for one of ours.
	}
	records, err := r.Records(ctx, engine.RecordQuery{IncidentIDs: []int64{id}})
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	for _, x := range records {
		its := t.CorrelationID == x.Key.CorrelationID() || t.CorrelationID == uuid.Nil && x.Key.AccountID == key.AccountID
		known := slices.ContainsFunc(x.Work.Extras, func(e engine.Extra) bool { return e.Ticket.ID == t.ID })
		if its && (known || x.Work.Skip == engine.SkipForgotten) {
			return nil
		}
	}
	return fmt.Errorf("%s begins with %s, so it would be found again as the ticket of incident %d: "+
		"take that off its title at the desk first", t.Number, engine.Marker(id), id)
}

// adopt writes the ticket into the record, as found; the engine does the rest.
func (r *repair) adopt(ctx context.Context, lease engine.Lease, key engine.Key, t engine.Ticket, others []engine.Ticket) error {
	record, err := r.Record(ctx, key)
	if err != nil {
		return err
	}
	link := engine.LinkTo(t)
	link.Severity = record.Seen.Incident.Severity.Effective()
	record.Work = engine.Work{Ticket: &link, Extras: leftAlone(record, t, others)}
	record.DueAt = time.Now()
	entry := r.entry(key, "an operator said that this is its ticket")
	entry.Action, entry.Outcome, entry.Ticket = engine.ActionCreate, engine.OutcomeAdopted, t.Number
	return r.Save(ctx, lease, record, entry)
}

// leftAlone are the tickets that the incident has beside the one that an operator
// chose. They are remembered as settled, or the engine would find them by their
// marker one day, keep the oldest, and close the chosen one.
func leftAlone(r engine.Record, chosen engine.Ticket, others []engine.Ticket) (extras []engine.Extra) {
	add := func(link engine.TicketLink) {
		known := func(x engine.Extra) bool { return x.Ticket.ID == link.ID }
		if link.ID != chosen.ID && !slices.ContainsFunc(extras, known) {
			extras = append(extras, engine.Extra{Ticket: link, Noted: true, Settled: true})
		}
	}
	if r.Work.Ticket != nil && r.Work.Skip != engine.SkipDeletedByPerson {
		add(*r.Work.Ticket)
	}
	for _, x := range r.Work.Extras {
		add(x.Ticket)
	}
	for _, t := range others {
		if t.CorrelationID == r.Key.CorrelationID() {
			add(engine.LinkTo(t))
		}
	}
	return extras
}
