package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/engine"
)

type historyOptions struct {
	account string
	limit   int
	format  outputFormat
}

func (a *app) historyCommand() *cobra.Command {
	var o historyOptions
	cmd := &cobra.Command{
		Use:   "history [ID]",
		Short: "List what was done, the newest first",
		Long: `List what was done at the desk, of all incidents or of one, the newest first: when, why,
by whom, under which configuration. It is read straight from the state.

Exit codes: 0 listed, 1 something went wrong.`,
		Example: `  huntsync history
  huntsync history 2090017
  huntsync history --limit 1000 -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.history(cmd.Context(), args, o) },
	}
	cmd.Flags().IntVar(&o.limit, "limit", 50, "how many rows at most; 0 for all")
	cmd.Flags().StringVar(&o.account, "account", "", "account that has the incident, where several do: name, subdomain or number")
	o.format.flag(cmd)
	return cmd
}

func (a *app) history(ctx context.Context, args []string, o historyOptions) (err error) {
	if o.limit < 0 {
		return errors.New("--limit is a number of rows, or 0 for all")
	}
	if len(args) == 0 && o.account != "" {
		return errors.New("--account says which account has the incident: give the number of the incident too")
	}
	b, err := a.openBooks(ctx, "history")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	q := engine.JournalQuery{Limit: o.limit}
	if len(args) == 1 {
		if q.Key, err = findPast(ctx, b, args[0], o.account); err != nil {
			return err
		}
	}
	changes, err := status.History(ctx, b, q)
	if err != nil {
		return err
	}
	out := a.output()
	if o.format.json() {
		return views.WriteHistoryJSON(out, changes)
	}
	return status.WriteHistory(out, changes, time.Now(), out.Columns(), out.Color)
}
