package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

func (a *app) orgsCommand() *cobra.Command {
	var unmapped bool
	var format outputFormat
	cmd := &cobra.Command{
		Use:   "orgs",
		Short: "List the Huntress organizations: mapped to which client, by what, tickets on or off",
		Long: `List the organizations that Huntress has: the client that each is mapped to, what it is
recognized by (id, key, name or automatic match) and whether its incidents get tickets.
Huntress and the desk are asked; nothing is written. The routing need not be complete.

Exit codes: 0 listed, 1 something went wrong.`,
		Example: `  huntsync orgs
  huntsync orgs --unmapped
  huntsync orgs -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.orgs(cmd.Context(), unmapped, format) },
	}
	cmd.Flags().BoolVar(&unmapped, "unmapped", false, "only those that are not mapped")
	format.flag(cmd)
	cmd.AddCommand(a.orgsMatchCommand())
	return cmd
}

func (a *app) orgs(ctx context.Context, unmapped bool, format outputFormat) error {
	w, err := a.census(ctx, "orgs")
	if err != nil {
		return err
	}
	q := status.OrganizationQuery{}
	if unmapped {
		q.Mapping = status.Unmapped
	}
	list, err := status.ListOrganizations(ctx, w, w.policy, q)
	if err != nil {
		return err
	}
	status.WithBlocks(list.Organizations, w.suggestion)
	return views.WriteOrganizations(a.output(), list, w.names(), format.json())
}

// world is what Huntress and the desk have, with the configuration held against it.
type world struct {
	status.Books // not there: lists of organizations need the accounts only

	accounts []engine.AccountOrganizations
	policy   *engine.Policy
	clients  *config.Names
}

// census asks Huntress for its organizations and the desk for its catalogue.
func (a *app) census(ctx context.Context, command string) (*world, error) {
	c, err := a.load(ctx)
	if err != nil {
		return nil, err
	}
	log, err := a.logger()
	if err != nil {
		return nil, err
	}
	setup, err := newWiring(command, log).setup(ctx, c)
	if incomplete, ok := errors.AsType[*engine.IncompleteError](err); ok {
		return nil, a.refuseIncomplete(engine.Resolution{Blocking: incomplete.Blocking})
	}
	if err != nil {
		return nil, err
	}
	if len(setup.Accounts) == 0 {
		return nil, a.refuseIncomplete(engine.Resolution{Blocking: c.Incomplete()})
	}
	w := &world{}
	for _, s := range setup.Accounts {
		account, err := s.Source.Account(ctx)
		if err != nil {
			return nil, fmt.Errorf("account %q: %w", s.Settings.Name, err)
		}
		organizations, err := s.Source.Organizations(ctx)
		if err != nil {
			return nil, fmt.Errorf("account %q: %w", s.Settings.Name, err)
		}
		w.accounts = append(w.accounts, engine.AccountOrganizations{Account: account, Organizations: organizations})
	}
	catalogue, err := setup.Desk.Catalogue(ctx)
	if err != nil {
		return nil, blame(c, fmt.Errorf("read the catalogue of the desk: %w", err))
	}
	w.policy = c.Resolve(catalogue, w.accounts).Policy
	w.clients = views.ClientNames(w.policy)
	return w, nil
}

// Accounts is what a list of organizations asks for.
func (w *world) Accounts(context.Context) ([]engine.AccountState, error) {
	states := make([]engine.AccountState, 0, len(w.accounts))
	for _, a := range w.accounts {
		states = append(states, engine.AccountState{Poll: engine.PollState{Account: a.Account}, Organizations: a.Organizations})
	}
	return states, nil
}

// names calls each account as people know it; empty where there is only one.
func (w *world) names() map[int64]string {
	if len(w.accounts) < 2 {
		return nil
	}
	names := map[int64]string{}
	for _, a := range w.accounts {
		names[a.Account.ID] = status.AccountName(a.Account)
	}
	return names
}

// suggestion is the client that an organization could belong to; empty for none.
func (w *world) suggestion(organization string) string {
	closest := w.clients.Closest(organization, 1)
	if len(closest) == 0 {
		return ""
	}
	return closest[0].Name
}

// unmapped lists the organizations that no usable block is about, by account and name.
func (w *world) unmapped() []views.Candidate {
	byName := map[string]int{}
	for _, a := range w.accounts {
		for _, o := range a.Organizations {
			byName[config.Normalize(o.Name)]++
		}
	}
	clients := map[string]int{}
	for _, c := range w.policy.Catalogue.Clients {
		if !c.Inactive {
			clients[config.Normalize(c.Name)]++
		}
	}
	var list []views.Candidate
	names := w.names()
	for _, a := range w.accounts {
		for _, o := range a.Organizations {
			if _, ok := w.policy.Organizations[engine.OrganizationKey{AccountID: a.Account.ID, OrganizationID: o.ID}]; ok {
				continue
			}
			normalized := config.Normalize(o.Name)
			list = append(list, views.Candidate{
				Organization: o, Account: names[a.Account.ID],
				Namesakes: byName[normalized] - 1, Clients: clients[normalized],
				Closest: w.clients.Closest(o.Name, 3),
			})
		}
	}
	slices.SortStableFunc(list, func(a, b views.Candidate) int { return a.Compare(b) })
	return list
}
