package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/engine"
)

type planOptions struct {
	out      string
	format   outputFormat
	all      bool
	detailed bool
}

func (a *app) planCommand() *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what a pass would do, without doing it",
		Long: `Read everything that a pass reads, from Huntress and from the desk, and write nothing:
unmapped organizations with the closest client names, each change with its reason,
what keeps polling disabled, and a summary as the last line.

Exit codes: 0 planned, 1 something went wrong; with --detailed-exitcode 0 nothing
to do, 2 changes.`,
		Example: `  huntsync plan
  huntsync plan -o json | jq .summary
  huntsync plan --out plan.json && huntsync apply plan.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.plan(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.out, "out", "", "save the plan to this file, for apply")
	cmd.Flags().BoolVar(&o.all, "all", false, "show everything, however long")
	cmd.Flags().BoolVar(&o.detailed, "detailed-exitcode", false, "exit with 2 when there are changes")
	o.format.flag(cmd)
	return cmd
}

func (a *app) plan(ctx context.Context, o planOptions) (err error) {
	s, _, err := a.start(ctx, "plan", true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	preview, err := s.preview(ctx)
	if err != nil {
		return err
	}
	if err := views.WritePlan(a.output(), preview, views.PlanOptions{JSON: o.format.json(), All: o.all}); err != nil {
		return err
	}
	if o.out != "" {
		if err := savePlan(o.out, s.config, preview); err != nil {
			return err
		}
	}
	if o.detailed && len(preview.Changes) > 0 {
		return exit{exitChanges}
	}
	return nil
}

// preview is the plan; of a configuration that nobody can be asked about it only
// tells what is lacking.
func (s *session) preview(ctx context.Context) (engine.Preview, error) {
	if _, ok := s.engine.Resolution(); !ok {
		offline := s.config.Offline()
		return engine.Preview{Blocking: offline.Blocking, Warnings: offline.Warnings, Policy: offline.Policy}, nil
	}
	return s.engine.Preview(ctx)
}
