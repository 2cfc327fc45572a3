package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

func (a *app) validateCommand() *cobra.Command {
	var live bool
	var format outputFormat
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check the configuration",
		Long: `Check the configuration: everything that can be known without asking anybody and,
with --live, also against Huntress and the desk.

Exit codes: 0 complete, 1 invalid, 3 valid but incomplete.`,
		Example: `  huntsync validate
  huntsync validate -c ./routing --live
  huntsync validate -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.validate(cmd.Context(), live, format) },
	}
	cmd.Flags().BoolVar(&live, "live", false, "ask Huntress and the desk too")
	format.flag(cmd)
	return cmd
}

func (a *app) validate(ctx context.Context, live bool, format outputFormat) error {
	tried := a.read(ctx)
	v := views.Validation{Diagnostics: tried.diags}
	if c := tried.config; c != nil {
		v.Valid = true
		resolution := c.Offline().Resolution
		if live {
			var err error
			if resolution, err = a.validateLive(ctx, c); err != nil {
				return err
			}
		}
		v.Live = live
		v.Blocking, v.Warnings = resolution.Blocking, resolution.Warnings
		v.Unusable = unusable(resolution.Policy)
	}
	if err := views.WriteValidation(a.output(), v, format.json()); err != nil {
		return err
	}
	switch {
	case !v.Valid:
		return exit{exitFailure}
	case len(v.Blocking) > 0 || live && len(v.Unusable) > 0:
		return exit{exitIncomplete}
	}
	return nil
}

func (a *app) validateLive(ctx context.Context, c *config.Config) (engine.Resolution, error) {
	if lacking := c.Incomplete(); len(lacking) > 0 {
		offline := c.Offline()
		return engine.Resolution{Policy: offline.Policy, Blocking: lacking, Warnings: offline.Warnings}, nil
	}
	log, err := a.logger()
	if err != nil {
		return engine.Resolution{}, err
	}
	w := newWiring("validate", log)
	store, err := w.open(ctx, c, true)
	if err != nil {
		return engine.Resolution{}, err
	}
	s := &session{config: c, wiring: w, store: store, engine: w.engine(store)}
	resolution, err := s.configure(ctx)
	if err == nil {
		err = s.engine.Identified()
	}
	if closeErr := s.close(ctx); err == nil {
		err = closeErr
	}
	return resolution, err
}

// unusable lists the blocks that name something that does not exist: their
// incidents go to the fallback.
func unusable(p *engine.Policy) []string {
	if p == nil {
		return nil
	}
	problems := map[string]bool{}
	for _, m := range p.Organizations {
		if m.Problem != "" {
			problems[m.Problem] = true
		}
	}
	for _, r := range p.Routes {
		if r.Problem != "" {
			problems[r.Problem] = true
		}
	}
	return sortedKeys(problems)
}
