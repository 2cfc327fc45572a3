package sqlite

import (
	"context"
	"fmt"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/document"
)

// Tally counts the records of an account; account 0 is all of them together.
// Every count is answered by an index of just what it counts.
//
// Nobody waits for a record that is due for details alone; see [engine.Work].
func (s *Store) Tally(ctx context.Context, accountID int64) (engine.Tally, error) {
	const query = `
		SELECT
			(SELECT count(*) FROM records WHERE account_id BETWEEN ?1 AND ?2 AND open = 1 AND severity = 3),
			(SELECT count(*) FROM records WHERE account_id BETWEEN ?1 AND ?2 AND open = 1 AND severity = 2),
			(SELECT count(*) FROM records WHERE account_id BETWEEN ?1 AND ?2 AND open = 1 AND severity = 1),
			(SELECT count(*) FROM records WHERE account_id BETWEEN ?1 AND ?2 AND in_doubt = 1),
			(SELECT count(*) FROM records WHERE account_id BETWEEN ?1 AND ?2 AND deleted_by_person = 1),
			(SELECT count(*) FROM records WHERE account_id BETWEEN ?1 AND ?2 AND extras = 1),
			count(*) FILTER (WHERE aside IS NOT due_at),
			min(changed_at) FILTER (WHERE aside IS NOT due_at),
			min(due_at)
		FROM records WHERE account_id BETWEEN ?1 AND ?2 AND due_at IS NOT NULL`
	from, to := accountID, accountID
	if accountID == 0 {
		from, to = -1<<63, 1<<63-1
	}
	var t engine.Tally
	var critical, high, low int
	var oldest, next *int64
	err := s.reader.QueryRowContext(ctx, query, from, to).Scan(&critical, &high, &low,
		&t.InDoubt, &t.DeletedByPeople, &t.Extras, &t.Pending, &oldest, &next)
	if err != nil {
		return engine.Tally{}, s.explain(fmt.Errorf("counting the records of account %d: %w", accountID, err))
	}
	t.OldestPending, t.NextDue = document.Time(oldest), document.Time(next)
	t.Open = map[engine.Severity]int{
		engine.SeverityCritical: critical, engine.SeverityHigh: high, engine.SeverityLow: low,
	}
	return t, nil
}

// Size counts the records of all accounts.
func (s *Store) Size(ctx context.Context) (int, error) {
	var n int
	if err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM records`).Scan(&n); err != nil {
		return 0, s.explain(fmt.Errorf("counting all records: %w", err))
	}
	return n, nil
}
