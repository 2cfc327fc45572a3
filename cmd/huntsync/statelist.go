package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/views"
)

type stateListOptions struct {
	selection string
	account   string
	text      string
	limit     int
	format    outputFormat
}

func (a *app) stateListCommand() *cobra.Command {
	var o stateListOptions
	known := texts(status.Selections())
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the incidents that the state knows, with their tickets",
		Example: `  huntsync state list
  huntsync state list --select in_doubt
  huntsync state list --search acme --limit 0 -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.stateList(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.selection, "select", string(status.SelectAll), enumerate(known))
	flags.StringVar(&o.account, "account", "", "only this account: name, subdomain or number")
	flags.StringVar(&o.text, "search", "", "only what holds this text in number, subject, organization or ticket")
	flags.IntVar(&o.limit, "limit", 200, "how many at most, the latest; 0 for all")
	_ = cmd.RegisterFlagCompletionFunc("select", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp))
	o.format.flag(cmd)
	return cmd
}

func (a *app) stateList(ctx context.Context, o stateListOptions) (err error) {
	selection := status.Selection(o.selection)
	if !slices.Contains(status.Selections(), selection) {
		return fmt.Errorf("--select %q is not %s", o.selection, enumerate(texts(status.Selections())))
	}
	if o.limit < 0 {
		return errors.New("--limit is a number of incidents, or 0 for all")
	}
	b, err := a.openBooks(ctx, "state list")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	q := status.IncidentQuery{Selection: selection, Text: o.text, Limit: o.limit}
	if o.limit == 0 {
		size, err := b.Size(ctx)
		if err != nil {
			return err
		}
		q.Limit = max(size, 1)
	}
	if o.account != "" {
		if q.AccountID, err = accountNumber(ctx, b, o.account); err != nil {
			return err
		}
	}
	page, err := status.Incidents(ctx, b, b.policy, q)
	if err != nil {
		return err
	}
	return views.WriteIncidents(a.output(), page, o.format.json())
}
