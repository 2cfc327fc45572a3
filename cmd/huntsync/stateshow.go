package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/engine"
)

func (a *app) stateShowCommand() *cobra.Command {
	var account string
	var format outputFormat
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show what the state holds on one incident",
		Long: `Show what the state holds on one incident: what was done about it and what is owed; with
-o json everything, the incident as Huntress sent it included. Why it went where it went
tells huntsync explain.`,
		Example: `  huntsync state show 2090017
  huntsync state show 2090017 -o json | jq .work.ticket`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.stateShow(cmd.Context(), args[0], account, format)
		},
	}
	cmd.Flags().StringVar(&account, "account", "", "account that has the incident, where several do: name, subdomain or number")
	format.flag(cmd)
	return cmd
}

func (a *app) stateShow(ctx context.Context, incident, account string, format outputFormat) (err error) {
	b, err := a.openBooks(ctx, "state show")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	key, err := find(ctx, b, incident, account)
	if err != nil {
		return err
	}
	record, err := b.Record(ctx, key)
	if err != nil {
		return err
	}
	raw, err := b.RawIncident(ctx, key)
	if err != nil && !errors.Is(err, engine.ErrNotFound) {
		return err
	}
	return views.WriteRecord(a.output(), record, raw, format.json())
}
