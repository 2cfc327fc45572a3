package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/columns"
	"github.com/huntsync/huntsync/state/internal/document"
)

const selectRecords = `SELECT account_id, kind, incident_id, seen, work, due_at FROM records`

// byKey is the condition that finds one record.
const byKey = ` WHERE account_id = $1 AND kind = $2 AND incident_id = $3`

// Record reads one record, or fails with [engine.ErrNotFound].
func (s *Store) Record(ctx context.Context, key engine.Key) (engine.Record, error) {
	r, err := scanRecord(s.pool.QueryRow(ctx, selectRecords+byKey, key.AccountID, string(key.Kind), key.IncidentID))
	if err != nil {
		return engine.Record{}, fmt.Errorf("record %s: %w", key, notFound(err))
	}
	return r, nil
}

// RawIncident reads the incident as Huntress sent it, or fails with
// [engine.ErrNotFound].
func (s *Store) RawIncident(ctx context.Context, key engine.Key) ([]byte, error) {
	const query = `
		SELECT encoding, document FROM raw_incidents JOIN records ON records.id = record_id` + byKey
	var encoding int64
	var packed []byte
	err := s.pool.QueryRow(ctx, query, key.AccountID, string(key.Kind), key.IncidentID).Scan(&encoding, &packed)
	if err != nil {
		return nil, fmt.Errorf("raw incident %s: %w", key, notFound(err))
	}
	raw, err := document.Unpack(document.Encoding(encoding), packed)
	if err != nil {
		return nil, fmt.Errorf("raw incident %s: %w", key, err)
	}
	return raw, nil
}

// Records lists records. A list of incident ids that is empty, but not nil,
// selects nothing.
func (s *Store) Records(ctx context.Context, q engine.RecordQuery) ([]engine.Record, error) {
	query, args := recordsQuery(q)
	rows, err := s.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing records: %w", err)
	}
	records, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (engine.Record, error) {
		return scanRecord(row)
	})
	if err != nil {
		return nil, fmt.Errorf("listing records: %w", err)
	}
	return records, nil
}

// Unknown counts those of the incidents that there is no record of.
func (s *Store) Unknown(ctx context.Context, accountID int64, incidents []int64) (n int, err error) {
	const query = `
		SELECT count(*) FROM unnest($1::bigint[]) AS asked (id) WHERE NOT EXISTS (
			SELECT 1 FROM records WHERE account_id = $2 AND incident_id = asked.id AND kind = $3)`
	err = s.pool.QueryRow(ctx, query, append([]int64{}, incidents...), accountID, string(engine.KindIncident)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting unknown incidents: %w", err)
	}
	return n, nil
}

func scanRecord(row pgx.Row) (engine.Record, error) {
	var key engine.Key
	var kind, seen, work string
	var dueAt *int64
	if err := row.Scan(&key.AccountID, &kind, &key.IncidentID, &seen, &work, &dueAt); err != nil {
		return engine.Record{}, err
	}
	key.Kind = engine.Kind(kind)
	return columns.Record(key, seen, work, dueAt)
}

// The orders of [engine.RecordQuery].
const (
	byID   = ` ORDER BY account_id, incident_id, kind`
	byTurn = ` ORDER BY turn, CASE WHEN turn BETWEEN 1 AND 3 THEN since ELSE due_at END, account_id, incident_id, kind`
)

func recordsQuery(q engine.RecordQuery) (query string, args []any) {
	conditions := []string{"TRUE"}
	arg := func(value any) string {
		args = append(args, value)
		return fmt.Sprintf("$%d", len(args))
	}
	where := func(condition string, values ...any) {
		for _, value := range values {
			condition = strings.Replace(condition, "?", arg(value), 1)
		}
		conditions = append(conditions, condition)
	}
	order := byID
	if q.AccountID != 0 {
		where("account_id = ?", q.AccountID)
	}
	if q.IncidentIDs != nil {
		where("incident_id = ANY(?::bigint[])", q.IncidentIDs)
	}
	if !q.DueBy.IsZero() {
		where("due_at IS NOT NULL AND due_at <= ?", q.DueBy.UnixMilli())
		order = byTurn
	}
	if q.Owing {
		where("due_at IS NOT NULL")
	}
	if q.Ticketless {
		where("NOT ticket")
	}
	if q.Open {
		where("open")
	}
	if q.After != (engine.Key{}) {
		where("(account_id, incident_id, kind) > (?, ?, ?)", q.After.AccountID, q.After.IncidentID, string(q.After.Kind))
	}
	query = selectRecords + " WHERE " + strings.Join(conditions, " AND ") + order
	if q.Limit > 0 {
		query += " LIMIT " + arg(q.Limit)
	}
	return query, args
}
