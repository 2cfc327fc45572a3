package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/engine"
)

type forgetOptions struct {
	account  string
	noTicket bool
	yes      bool
}

func (a *app) stateForgetCommand() *cobra.Command {
	var o forgetOptions
	cmd := &cobra.Command{
		Use:   "forget ID",
		Short: "Forget an incident, so that it is taken up anew; or for good with --no-ticket",
		Long: `Forget what the state holds on an incident. The next poll takes it up anew while it is
open: its ticket is found at the desk again, or made where there is none. That is the way
out when a person deleted a ticket by mistake.

With --no-ticket the incident stays known as one that gets no ticket, and huntsync leaves
alone the ticket that it has. huntsync state adopt ends that.`,
		Example: `  huntsync state forget 2090017
  huntsync state forget 2090017 --no-ticket --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.stateForget(cmd.Context(), args[0], o) },
	}
	cmd.Flags().StringVar(&o.account, "account", "", "account that has the incident, where several do: name, subdomain or number")
	cmd.Flags().BoolVar(&o.noTicket, "no-ticket", false, "remember only that it gets no ticket")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) stateForget(ctx context.Context, incident string, o forgetOptions) (err error) {
	r, _, err := a.openRepair(ctx, "state forget", repairOptions{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close(ctx)) }()
	key, err := find(ctx, r, incident, o.account)
	if err != nil {
		return err
	}
	question := fmt.Sprintf("Forget incident %d, so that it is taken up anew?", key.IncidentID)
	if o.noTicket {
		question = fmt.Sprintf("Never make or touch a ticket of incident %d again?", key.IncidentID)
	}
	if ok, err := a.approve(o.yes, question); err != nil || !ok {
		return err
	}
	lease, err := r.take(ctx, key.AccountID)
	if err != nil {
		return err
	}
	if o.noTicket {
		err = r.forgetForGood(ctx, lease, key)
	} else {
		err = r.forget(ctx, lease, key)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "Incident %d was forgotten.\n", key.IncidentID)
	return err
}

// forget deletes the record. The tickets of the account are read again before
// the next create, so that the incident's ticket is found and not doubled; and
// the next poll lists what is open, so that the incident is found again.
func (r *repair) forget(ctx context.Context, lease engine.Lease, key engine.Key) error {
	if err := r.oweAdoption(ctx, lease); err != nil {
		return err
	}
	account, err := r.Account(ctx, key.AccountID)
	if err != nil {
		return err
	}
	account.Poll.Census.At = time.Time{}
	if err := r.Observe(ctx, lease, engine.Observation{AccountID: key.AccountID, Poll: &account.Poll}); err != nil {
		return fmt.Errorf("have the open incidents listed again: %w", err)
	}
	entry := r.entry(key, "an operator had it forgotten, to be taken up anew")
	entry.Action, entry.Outcome = engine.ActionLookup, engine.OutcomeSkipped
	return r.Forget(ctx, lease, key, entry)
}

func (r *repair) forgetForGood(ctx context.Context, lease engine.Lease, key engine.Key) error {
	record, err := r.Record(ctx, key)
	if err != nil {
		return err
	}
	entry := r.entry(key, "an operator said that it gets no ticket")
	entry.Action, entry.Outcome = engine.ActionLookup, engine.OutcomeSkipped
	if t := record.Work.Ticket; t != nil {
		entry.Ticket = t.Number
	}
	record.Work = engine.Work{Skip: engine.SkipForgotten}
	record.DueAt = time.Time{}
	return r.Save(ctx, lease, record, entry)
}

// oweAdoption makes the engine read every ticket of ours before it creates one.
func (r *repair) oweAdoption(ctx context.Context, lease engine.Lease) error {
	account, err := r.Account(ctx, lease.AccountID)
	if err != nil && !errors.Is(err, engine.ErrNotFound) {
		return fmt.Errorf("read account %d: %w", lease.AccountID, err)
	}
	err = r.SaveAdoption(ctx, lease, engine.Adoption{
		AccountID: lease.AccountID, Owed: true, Unseen: account.Adoption.Unseen,
	})
	if err != nil {
		return fmt.Errorf("have the tickets of account %d read again: %w", lease.AccountID, err)
	}
	return nil
}
