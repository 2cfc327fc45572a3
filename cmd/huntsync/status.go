package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/providers/algapsa"
)

// The shortest and the usual time between two looks of status --watch.
const (
	shortestWatch = 200 * time.Millisecond
	usualWatch    = 2 * time.Second
)

type statusOptions struct {
	watch  bool
	every  time.Duration
	format outputFormat
}

func (a *app) statusCommand() *cobra.Command {
	var o statusOptions
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how everything stands: polls, tickets owed, what is in doubt",
		Long: `Show how everything stands, straight from the state: when each account was polled last,
its open incidents, what is owed to which ticket and what that waits for, and the last
changes. Nobody is asked, and a running daemon is not disturbed.

Exit codes: 0 shown, 1 something went wrong.`,
		Example: `  huntsync status
  huntsync status --watch
  huntsync status -o json | jq '.accounts[].incidents_pending'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.status(cmd.Context(), o) },
	}
	cmd.Flags().BoolVar(&o.watch, "watch", false, "show it again and again, until Ctrl-C")
	cmd.Flags().DurationVar(&o.every, "interval", usualWatch, "time between two looks of --watch")
	o.format.flag(cmd)
	return cmd
}

func (a *app) status(ctx context.Context, o statusOptions) (err error) {
	if o.every < shortestWatch {
		return errors.New("--interval is at least 200ms")
	}
	b, err := a.openBooks(ctx, "status")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	if !o.watch {
		return a.showStatus(ctx, b, o.format)
	}
	return a.watchStatus(ctx, b, o)
}

// watchStatus shows it until the context ends. Books that know nothing yet are
// opened anew at each look: the state may not have been there.
func (a *app) watchStatus(ctx context.Context, b *books, o statusOptions) error {
	ticker := time.NewTicker(o.every)
	defer ticker.Stop()
	for {
		views.NextPage(a.output())
		if err := a.showStatus(ctx, b, o.format); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if b.policy == nil {
			if err := b.reopen(ctx, a, "status"); err != nil {
				return err
			}
		}
	}
}

func (a *app) showStatus(ctx context.Context, b *books, format outputFormat) error {
	s, err := status.Read(ctx, b, status.Options{
		Now: time.Now(), Policy: b.policy, Interval: b.interval(), Version: readBuild().Version, DeskName: algapsa.Side,
	})
	if err != nil {
		return err
	}
	out := a.output()
	if format.json() {
		return views.JSON(out, s)
	}
	return status.WriteText(out, s, out.Columns(), out.Color)
}
