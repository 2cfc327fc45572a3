package sqlite

import (
	"context"
	"fmt"
	"time"

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
		err := s.write(ctx, lease, func(tx *transaction) error {
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
		err := s.write(ctx, lease, func(tx *transaction) error {
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

func pruneJournal(ctx context.Context, tx *transaction, accountID int64, before time.Time) (int, error) {
	const query = `
		DELETE FROM journal WHERE id IN (
			SELECT id FROM journal WHERE account_id IN (0, ?) AND at < ? LIMIT ?)`
	result, err := tx.ExecContext(ctx, query, accountID, before.UnixMilli(), pruneBatch)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func pruneIncidents(ctx context.Context, tx *transaction, accountID int64, before time.Time) (int, error) {
	closed, err := selectClosed(ctx, tx, accountID, before)
	if err != nil {
		return 0, err
	}
	for id, seen := range closed {
		text, err := columns.Pruned(seen)
		if err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE records SET seen = ?, pruned = 1 WHERE id = ?`, text, id); err != nil {
			return 0, err
		}
		if _, err := tx.ExecContext(ctx, deleteRaw, id); err != nil {
			return 0, err
		}
	}
	return len(closed), nil
}

// selectClosed reads a batch of Seen documents, by row.
func selectClosed(ctx context.Context, tx *transaction, accountID int64, before time.Time) (map[int64]string, error) {
	const query = `
		SELECT id, seen FROM records
		WHERE account_id = ? AND changed_at < ?
			AND open = 0 AND due_at IS NULL AND pruned = 0 AND begun = 0 LIMIT ?`
	rows, err := tx.QueryContext(ctx, query, accountID, before.UnixMilli(), pruneBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	closed := make(map[int64]string)
	for rows.Next() {
		var id int64
		var seen string
		if err := rows.Scan(&id, &seen); err != nil {
			return nil, err
		}
		closed[id] = seen
	}
	return closed, rows.Err()
}
