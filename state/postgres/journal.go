package postgres

import (
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/document"
)

// writeEntries appends to the journal; the database numbers the entries.
func writeEntries(ctx context.Context, tx pgx.Tx, entries []engine.Entry) error {
	const query = `INSERT INTO journal (account_id, incident_id, kind, at, document) VALUES ($1, $2, $3, $4, $5)`
	for _, entry := range entries {
		entry.ID = 0
		text, err := document.Encode(entry)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, query,
			entry.Key.AccountID, entry.Key.IncidentID, string(entry.Key.Kind), entry.At.UnixMilli(), text)
		if err != nil {
			return fmt.Errorf("writing the journal: %w", err)
		}
	}
	return nil
}

// Journal lists entries, the newest first.
func (s *Store) Journal(ctx context.Context, q engine.JournalQuery) ([]engine.Entry, error) {
	const (
		all = `SELECT id, document FROM journal WHERE id < $1 ORDER BY id DESC LIMIT $2`
		one = `SELECT id, document FROM journal WHERE id < $1 AND account_id = $3 AND incident_id = $4 AND kind = $5
			ORDER BY id DESC LIMIT $2`
	)
	before := q.After
	if before == 0 {
		before = math.MaxInt64
	}
	var limit *int // none
	if q.Limit > 0 {
		limit = &q.Limit
	}
	query, args := all, []any{before, limit}
	if q.Key != (engine.Key{}) {
		query = one
		args = append(args, q.Key.AccountID, q.Key.IncidentID, string(q.Key.Kind))
	}
	rows, err := s.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	entries, err := pgx.CollectRows(rows, scanEntry)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	return entries, nil
}

func scanEntry(row pgx.CollectableRow) (engine.Entry, error) {
	var id int64
	var text string
	if err := row.Scan(&id, &text); err != nil {
		return engine.Entry{}, err
	}
	entry, err := document.Decode[engine.Entry](text)
	if err != nil {
		return engine.Entry{}, fmt.Errorf("entry %d: %w", id, err)
	}
	entry.ID = id
	return entry, nil
}
