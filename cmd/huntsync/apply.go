package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/engine"
)

func (a *app) applyCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "apply [FILE]",
		Short: "Do one pass: create, update and close tickets",
		Long: `Do one pass: observe Huntress, then bring the desk up to date. With FILE only what
the saved plan holds is done, and nothing at all where that plan is stale.

On a terminal it shows the plan, asks, and does no more than it showed; elsewhere it
needs --yes.

Exit codes: 0 done, 1 something went wrong (what could be done was done).`,
		Example: `  huntsync apply
  huntsync apply --yes
  huntsync plan --out plan.json && huntsync apply plan.json --yes`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) == 1 {
				file = args[0]
			}
			return a.apply(cmd.Context(), file, yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) apply(ctx context.Context, file string, yes bool) (err error) {
	if !yes && !a.interactive() {
		return errors.New("nobody can be asked here: look at huntsync plan, then use huntsync apply --yes")
	}
	var saved planFile
	if file != "" {
		if saved, err = readPlan(file); err != nil {
			return err
		}
	}
	s, resolution, err := a.start(ctx, "apply", false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	if len(resolution.Blocking) > 0 {
		return a.refuseIncomplete(resolution)
	}
	if err := s.engine.Hold(ctx); err != nil {
		return err
	}
	var only func(engine.Change) bool
	if file != "" || !yes {
		preview, err := s.engine.Preview(ctx)
		if err != nil {
			return err
		}
		if file != "" {
			if why := saved.stale(s.config, preview); why != "" {
				return fmt.Errorf("the plan %s is stale: %s. Nothing was done; plan again", file, why)
			}
		}
		if !yes {
			ok, err := a.ask(preview)
			if err != nil || !ok {
				return err
			}
		}
		only = approved(preview)
	}
	reports, err := s.engine.Pass(ctx, only)
	views.WritePasses(a.output(), reports)
	if why := s.engine.CreatesStopped(); why != "" {
		err = errors.Join(err, fmt.Errorf("no more tickets are created: %s", why))
	}
	return err
}

func (a *app) refuseIncomplete(r engine.Resolution) error {
	views.Incomplete(a.errors(), r.Blocking)
	return exit{exitFailure}
}

// ask shows the plan and asks whether to go on.
func (a *app) ask(p engine.Preview) (bool, error) {
	out := a.output()
	if err := views.WritePlan(out, p, views.PlanOptions{}); err != nil {
		return false, err
	}
	if len(p.Changes) == 0 {
		return true, nil
	}
	return a.confirm("Apply these changes?")
}

// confirm asks a person; only "yes" means yes.
func (a *app) confirm(question string) (bool, error) {
	if _, err := fmt.Fprintf(a.out, "\n%s Only \"yes\" is taken as yes: ", question); err != nil {
		return false, err
	}
	answer, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && answer == "" {
		return false, fmt.Errorf("no answer: %w", err)
	}
	if strings.TrimSpace(answer) != "yes" {
		_, err := fmt.Fprintln(a.out, "Nothing was done.")
		return false, err
	}
	return true, nil
}
