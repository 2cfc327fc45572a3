package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/engine"
)

func (a *app) stateRebindCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "rebind",
		Short: "Give the state to the desk that the configuration names",
		Long: `Give the state to the desk that the configuration names: the same desk at a new address,
or another one. Which of the two it is, the tickets tell: where the desk has none of those
that the state knows, it is another one, and the open incidents get new tickets there.
Before anything is created the tickets of the desk are read completely, so that none is
doubled.`,
		Example: `  huntsync state rebind
  huntsync state rebind --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.stateRebind(cmd.Context(), yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) stateRebind(ctx context.Context, yes bool) (err error) {
	r, c, err := a.openRepair(ctx, "state rebind", repairOptions{anyDesk: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close(ctx)) }()
	desk, err := r.desk(c)
	if err != nil {
		return err
	}
	bound, err := r.Desk(ctx)
	if err != nil {
		return err
	}
	if bound.URL == "" || engine.SameDesk(bound.URL, c.Desk.URL) {
		_, err = fmt.Fprintf(a.out, "Nothing to do: the state belongs to %s.\n", c.Desk.URL)
		return err
	}
	move, err := r.compare(ctx, desk)
	if err != nil {
		return err
	}
	if ok, err := a.approve(yes, move.question(bound.URL, c.Desk.URL)); err != nil || !ok {
		return err
	}
	if err := r.rebind(ctx, bound.URL, c.Desk.URL, move); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "The state belongs to %s now. Its tickets are read completely before the next one is created.\n", c.Desk.URL)
	return err
}

// deskMove is what a rebinding means, by the tickets that are known.
type deskMove struct {
	// Known counts the tickets in the state, There those that the desk has.
	known, there int
	// Open counts the open incidents with a ticket.
	open int
	// Tied lists the incidents with anything at the desk that is left.
	tied []engine.Key
}

// other reports whether it is another desk.
func (m *deskMove) other() bool { return m.known > 0 && m.there == 0 }

func (m *deskMove) question(from, to string) string {
	text := fmt.Sprintf("The state belongs to %s. ", from)
	switch {
	case m.known == 0:
		text += "It knows no tickets yet. "
	case m.other():
		text += fmt.Sprintf("The desk at %s has none of the %d tickets that it knows, so it is another desk: "+
			"%d open incidents get new tickets there. ", to, m.known, m.open)
	default:
		text += fmt.Sprintf("The desk at %s has %d of the %d tickets that it knows, so it is the same desk. ", to, m.there, m.known)
	}
	return text + fmt.Sprintf("Give the state to %s?", to)
}

// compare holds the tickets that the state knows against those of a desk.
func (r *repair) compare(ctx context.Context, desk engine.Desk) (deskMove, error) {
	list, err := desk.Tickets(ctx, engine.TicketQuery{Title: engine.MarkerPrefix})
	if err != nil {
		return deskMove{}, fmt.Errorf("read the tickets of the desk: %w", err)
	}
	there := map[string]bool{}
	for _, t := range list.Tickets {
		there[t.ID] = true
	}
	var m deskMove
	query := engine.RecordQuery{Limit: 500}
	for {
		records, err := r.Records(ctx, query)
		if err != nil {
			return deskMove{}, fmt.Errorf("read records: %w", err)
		}
		for _, x := range records {
			m.count(x, there)
		}
		if len(records) < query.Limit {
			return m, nil
		}
		query.After = records[len(records)-1].Key
	}
}

func (m *deskMove) count(r engine.Record, there map[string]bool) {
	t := r.Work.Ticket
	if t != nil || r.Work.Intent != nil || len(r.Work.Extras) > 0 {
		m.tied = append(m.tied, r.Key)
	}
	if t == nil {
		return
	}
	m.known++
	if there[t.ID] {
		m.there++
	}
	if r.Seen.Incident.Status.Open() {
		m.open++
	}
}

// rebind takes every account, has its tickets read again, and only then changes
// the address: interrupted, it is to be run again.
func (r *repair) rebind(ctx context.Context, from, to string, move deskMove) error {
	leases, err := r.takeAll(ctx)
	if err != nil {
		return err
	}
	for _, lease := range leases {
		if err := r.oweAdoption(ctx, lease); err != nil {
			return err
		}
	}
	if move.other() {
		if err := r.parted(ctx, leases, move.tied, "the state was given to another desk, "+to); err != nil {
			return err
		}
	}
	first := leases[0]
	if err := r.SaveDesk(ctx, first, engine.DeskState{URL: to}); err != nil {
		return err
	}
	return r.note(ctx, first, fmt.Sprintf("the state was rebound from %s to %s", from, to))
}

// takeAll takes every account of the state; a state without any is taken as a whole.
func (r *repair) takeAll(ctx context.Context) ([]engine.Lease, error) {
	accounts, err := r.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	if len(accounts) == 0 {
		accounts = []engine.AccountState{{}}
	}
	var leases []engine.Lease
	for _, a := range accounts {
		lease, err := r.take(ctx, a.Poll.Account.ID)
		if err != nil {
			return nil, err
		}
		leases = append(leases, lease)
	}
	return leases, nil
}

// parted ends the link of incidents to tickets that are not there.
func (r *repair) parted(ctx context.Context, leases []engine.Lease, keys []engine.Key, why string) error {
	byAccount := map[int64]engine.Lease{}
	for _, lease := range leases {
		byAccount[lease.AccountID] = lease
	}
	for _, key := range keys {
		if err := r.keep(ctx); err != nil {
			return err
		}
		record, err := r.Record(ctx, key)
		if err != nil {
			return err
		}
		entry := r.entry(key, why)
		entry.Action, entry.Outcome = engine.ActionLookup, engine.OutcomeAbsent
		if t := record.Work.Ticket; t != nil {
			entry.Ticket = t.Number
		}
		part(&record)
		if err := r.Save(ctx, byAccount[key.AccountID], record, entry); err != nil {
			return err
		}
	}
	return nil
}

// part takes from a record all that is about the desk that is left. An incident
// that is over had its ticket there, and is owed none here before it opens again.
func part(r *engine.Record) {
	forgotten := r.Work.Skip == engine.SkipForgotten
	over := r.Work.Ticket != nil && !r.Seen.Incident.Status.Open()
	r.Work, r.DueAt = engine.Work{}, time.Now()
	switch {
	case forgotten:
		r.Work.Skip, r.DueAt = engine.SkipForgotten, time.Time{}
	case over:
		r.Work.Skip, r.DueAt = engine.SkipLeftBehind, time.Time{}
	}
}

// note writes a journal entry that is about no incident. An entry goes with a
// record, so one of them is saved as it is; a state without records has nothing
// to tell.
func (r *repair) note(ctx context.Context, lease engine.Lease, detail string) error {
	records, err := r.Records(ctx, engine.RecordQuery{AccountID: lease.AccountID, Limit: 1})
	if err != nil || len(records) == 0 {
		return err
	}
	entry := r.entry(engine.Key{AccountID: lease.AccountID, Kind: engine.KindIncident}, detail)
	entry.Action = engine.ActionLookup
	return r.Save(ctx, lease, records[0], entry)
}
