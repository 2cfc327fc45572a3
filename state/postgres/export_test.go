package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

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

// OpenHasty opens a database with so much time for each statement.
func OpenHasty(ctx context.Context, o Options, statement time.Duration) (*Store, error) {
	return open(ctx, o, statement)
}
