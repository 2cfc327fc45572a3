package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/columns"
	"github.com/huntsync/huntsync/state/internal/document"
)

const selectRecords = `SELECT account_id, kind, incident_id, seen, work, due_at FROM records`

// byKey is the condition that finds one record.
const byKey = ` WHERE account_id = ? AND kind = ? AND incident_id = ?`

// Record reads one record, or fails with [engine.ErrNotFound].
func (s *Store) Record(ctx context.Context, key engine.Key) (engine.Record, error) {
	row := s.reader.QueryRowContext(ctx, selectRecords+byKey, key.AccountID, string(key.Kind), key.IncidentID)
	r, err := scanRecord(row)
	if err != nil {
		return engine.Record{}, fmt.Errorf("record %s: %w", key, s.explain(err))
	}
	return r, nil
}

// RawIncident reads the incident as Huntress sent it, or fails with
// [engine.ErrNotFound].
func (s *Store) RawIncident(ctx context.Context, key engine.Key) ([]byte, error) {
	const query = `
		SELECT encoding, document FROM raw_incidents JOIN records ON records.id = record_id` + byKey
	var encoding document.Encoding
	var packed []byte
	err := s.reader.QueryRowContext(ctx, query, key.AccountID, string(key.Kind), key.IncidentID).
		Scan(&encoding, &packed)
	if err != nil {
		return nil, fmt.Errorf("raw incident %s: %w", key, s.explain(err))
	}
	raw, err := document.Unpack(encoding, packed)
	if err != nil {
		return nil, fmt.Errorf("raw incident %s: %w", key, err)
	}
	return raw, nil
}

// Records lists records. A list of incident ids that is empty, but not nil,
// selects nothing.
func (s *Store) Records(ctx context.Context, q engine.RecordQuery) ([]engine.Record, error) {
	query, args, err := recordsQuery(q)
	if err != nil {
		return nil, err
	}
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.explain(fmt.Errorf("listing records: %w", err))
	}
	defer rows.Close()
	var records []engine.Record
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, s.explain(fmt.Errorf("listing records: %w", err))
		}
		records = append(records, r)
	}
	if err := rows.Err(); err != nil {
		return nil, s.explain(fmt.Errorf("listing records: %w", err))
	}
	return records, nil
}

// Unknown counts those of the incidents that there is no record of.
func (s *Store) Unknown(ctx context.Context, accountID int64, incidents []int64) (n int, err error) {
	const query = `
		SELECT count(*) FROM json_each(?1) WHERE NOT EXISTS (
			SELECT 1 FROM records WHERE account_id = ?2 AND incident_id = value AND kind = ?3)`
	ids, err := json.Marshal(append([]int64{}, incidents...))
	if err != nil {
		return 0, fmt.Errorf("encoding incident ids: %w", err)
	}
	if err := s.reader.QueryRowContext(ctx, query, string(ids), accountID, string(engine.KindIncident)).Scan(&n); err != nil {
		return 0, s.explain(fmt.Errorf("counting unknown incidents: %w", err))
	}
	return n, nil
}

func scanRecord(row scanner) (engine.Record, error) {
	var key engine.Key
	var seen, work string
	var dueAt *int64
	if err := row.Scan(&key.AccountID, &key.Kind, &key.IncidentID, &seen, &work, &dueAt); err != nil {
		return engine.Record{}, err
	}
	return columns.Record(key, seen, work, dueAt)
}

// The orders of [engine.RecordQuery].
const (
	byID   = ` ORDER BY account_id, incident_id, kind`
	byTurn = ` ORDER BY turn, CASE WHEN turn BETWEEN 1 AND 3 THEN since ELSE due_at END, account_id, incident_id, kind`
)

func recordsQuery(q engine.RecordQuery) (query string, args []any, err error) {
	conditions, args, err := recordsWhere(q)
	if err != nil {
		return "", nil, err
	}
	limit := q.Limit
	if limit == 0 {
		limit = -1 // none
	}
	args = append(args, limit)
	if q.DueBy.IsZero() {
		return selectRecords + conditions + byID + " LIMIT ?", args, nil
	}
	// What is due is put in order by the index alone; the long documents are read
	// of the chosen rows only.
	chosen := "SELECT id FROM records" + conditions + byTurn + " LIMIT ?"
	return selectRecords + " WHERE id IN (" + chosen + ")" + byTurn, args, nil
}

// recordsWhere is the condition that a query stands for.
func recordsWhere(q engine.RecordQuery) (text string, args []any, err error) {
	conditions := []string{"TRUE"}
	where := func(condition string, values ...any) {
		conditions = append(conditions, condition)
		args = append(args, values...)
	}
	if q.AccountID != 0 {
		where("account_id = ?", q.AccountID)
	}
	if q.IncidentIDs != nil {
		ids, err := json.Marshal(q.IncidentIDs)
		if err != nil {
			return "", nil, fmt.Errorf("encoding incident ids: %w", err)
		}
		where("incident_id IN (SELECT value FROM json_each(?))", string(ids))
	}
	if !q.DueBy.IsZero() {
		where("due_at IS NOT NULL AND due_at <= ?", q.DueBy.UnixMilli())
	}
	if q.Owing {
		where("due_at IS NOT NULL")
	}
	if q.Ticketless {
		where("ticket = 0")
	}
	if q.Open {
		where("open = 1")
	}
	if q.After != (engine.Key{}) {
		where("(account_id, incident_id, kind) > (?, ?, ?)", q.After.AccountID, q.After.IncidentID, string(q.After.Kind))
	}
	return " WHERE " + strings.Join(conditions, " AND "), args, nil
}
