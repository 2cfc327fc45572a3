package postgres

import (
	"context"

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
