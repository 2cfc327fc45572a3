package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/huntsync/huntsync/engine"
)

// Fence is the beginning of every write, for tests of what comes between.
var Fence = fence

// MigrationLock is what a process that migrates begins with.
const MigrationLock = migrationLock

// Write does one change under a lease, for tests that are paused in the middle of it.
func (s *Store) Write(ctx context.Context, lease engine.Lease, change func(pgx.Tx) error) error {
	return s.write(ctx, lease, change)
}

// OpenHasty opens a database with so much time for each statement, and looks whether
// a connection still lives each time that one is used, not only after a while.
func OpenHasty(ctx context.Context, o Options, statement time.Duration) (*Store, error) {
	config, err := configure(o, statement)
	if err != nil {
		return nil, err
	}
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return true }
	return open(ctx, o, config)
}
