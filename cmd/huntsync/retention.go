package main

import (
	"context"
	"errors"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// pruneEvery is how often the retention of the state is looked at.
const pruneEvery = time.Hour

// prune removes from the state what is older than its retention.
func (d *daemon) prune(ctx context.Context) {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	for {
		if c := d.reloader.active(); c != nil {
			if err := d.pruneBefore(ctx, time.Now().Add(-c.State.Retention)); err != nil && ctx.Err() == nil {
				d.log.ErrorContext(ctx, "The state could not be pruned; it is tried again in an hour", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// pruneBefore removes what is older from the accounts that are worked here, and
// from those that are configured no more.
func (d *daemon) pruneBefore(ctx context.Context, before time.Time) error {
	remove := func(lease engine.Lease) error {
		entries, incidents, err := d.store.Prune(ctx, lease, before)
		if err == nil && entries+incidents > 0 {
			d.log.InfoContext(ctx, "Removed what is older than the retention",
				"account_id", lease.AccountID, "journal", entries, "incidents", incidents)
		}
		return err
	}
	return errors.Join(d.engine.ForEachHold(remove), d.engine.ForEachLeft(ctx, remove))
}
