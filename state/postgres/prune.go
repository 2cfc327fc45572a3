package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/columns"
)

// pruneBatch is how much is pruned in one transaction, so that observing never
// waits long for its turn.
const pruneBatch = 500

// Prune ends the retention of what is older: journal entries of the account (and
// of none) go, and of incidents that were closed, owe nothing and last changed
// before that time, what they said goes. Their records stay, so that an incident
// that comes back finds its ticket. It returns how many entries and incidents
// those were; what is done stays done where it fails later.
func (s *Store) Prune(
	ctx context.Context, lease engine.Lease, before time.Time,
) (entries, incidents int, err error) {
	for done := false; !done; {
		err := s.write(ctx, lease, func(tx pgx.Tx) error {
			n, err := pruneJournal(ctx, tx, lease.AccountID, before)
			entries += n
			done = n < pruneBatch
			return err
		})
		if err != nil {
			return entries, incidents, fmt.Errorf("pruning the journal: %w", err)
		}
	}
	for done := false; !done; {
		err := s.write(ctx, lease, func(tx pgx.Tx) error {
			n, err := pruneIncidents(ctx, tx, lease.AccountID, before)
			incidents += n
			done = n < pruneBatch
			return err
		})
		if err != nil {
			return entries, incidents, fmt.Errorf("pruning closed incidents: %w", err)
		}
	}
	return entries, incidents, nil
}

func pruneJournal(ctx context.Context, tx pgx.Tx, accountID int64, before time.Time) (int, error) {
	// Several accounts prune the entries of none; who comes second passes over them.
	const query = `
		DELETE FROM journal WHERE id IN (
			SELECT id FROM journal WHERE account_id IN (0, $1) AND at < $2 LIMIT $3 FOR UPDATE SKIP LOCKED)`
	tag, err := tx.Exec(ctx, query, accountID, before.UnixMilli(), pruneBatch)
	return int(tag.RowsAffected()), err
}

func pruneIncidents(ctx context.Context, tx pgx.Tx, accountID int64, before time.Time) (int, error) {
	closed, err := selectClosed(ctx, tx, accountID, before)
	if err != nil {
		return 0, err
	}
	var batch pgx.Batch
	for _, c := range closed {
		text, err := columns.Pruned(c.Seen)
		if err != nil {
			return 0, err
		}
		batch.Queue(`UPDATE records SET seen = $1, pruned = TRUE WHERE id = $2`, text, c.ID)
		batch.Queue(`DELETE FROM raw_incidents WHERE record_id = $1`, c.ID)
	}
	return len(closed), tx.SendBatch(ctx, &batch).Close()
}

// closedRow is a row whose retention is over.
type closedRow struct {
	ID   int64
	Seen string
}

// selectClosed reads a batch of such rows and locks them, lest one that comes
// back meanwhile loses what it says.
func selectClosed(ctx context.Context, tx pgx.Tx, accountID int64, before time.Time) ([]closedRow, error) {
	const query = `
		SELECT id, seen FROM records
		WHERE account_id = $1 AND changed_at < $2
			AND NOT open AND due_at IS NULL AND NOT pruned AND NOT begun
		ORDER BY incident_id, kind LIMIT $3 FOR UPDATE`
	rows, err := tx.Query(ctx, query, accountID, before.UnixMilli(), pruneBatch)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[closedRow])
}
