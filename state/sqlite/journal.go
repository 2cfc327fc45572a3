package sqlite

import (
	"context"
	"fmt"
	"math"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/document"
)

// writeEntries appends to the journal; the database numbers the entries.
func writeEntries(ctx context.Context, tx *transaction, entries []engine.Entry) error {
	const query = `INSERT INTO journal (account_id, incident_id, kind, at, document) VALUES (?, ?, ?, ?, ?)`
	for _, entry := range entries {
		entry.ID = 0
		text, err := document.Encode(entry)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, query,
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
		all = `SELECT id, document FROM journal WHERE id < ? ORDER BY id DESC LIMIT ?`
		one = `SELECT id, document FROM journal WHERE account_id = ? AND incident_id = ? AND kind = ? AND id < ?
			ORDER BY id DESC LIMIT ?`
	)
	before, limit := q.After, q.Limit
	if before == 0 {
		before = math.MaxInt64
	}
	if limit == 0 {
		limit = -1 // none
	}
	query, args := all, []any{before, limit}
	if q.Key != (engine.Key{}) {
		query, args = one, []any{q.Key.AccountID, q.Key.IncidentID, string(q.Key.Kind), before, limit}
	}
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.explain(fmt.Errorf("reading the journal: %w", err))
	}
	defer rows.Close()
	var entries []engine.Entry
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, s.explain(fmt.Errorf("reading the journal: %w", err))
		}
		entry, err := document.Decode[engine.Entry](text)
		if err != nil {
			return nil, fmt.Errorf("reading the journal: entry %d: %w", id, err)
		}
		entry.ID = id
		entries = append(entries, entry)
	}
	if err := rows.Err(); err != nil {
		return nil, s.explain(fmt.Errorf("reading the journal: %w", err))
	}
	return entries, nil
}
