package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/columns"
	"github.com/huntsync/huntsync/state/internal/document"
)

// Observe commits what was seen, together.
func (s *Store) Observe(ctx context.Context, lease engine.Lease, o engine.Observation) error {
	if err := owned(lease, o.AccountID); err != nil {
		return err
	}
	for _, row := range o.Rows {
		if err := owned(lease, row.Key.AccountID); err != nil {
			return err
		}
	}
	err := s.write(ctx, lease, func(tx *transaction) error {
		owed, err := observeAccount(ctx, tx, o)
		if err != nil {
			return err
		}
		changed, err := observeRows(ctx, tx, o.Rows)
		if err != nil || !changed && !owed {
			return err
		}
		return growSerial(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("storing what was observed of account %d: %w", o.AccountID, err)
	}
	return nil
}

// observeAccount writes what is kept of the account itself, and reports whether
// that owes an adoption.
func observeAccount(ctx context.Context, tx *transaction, o engine.Observation) (owed bool, err error) {
	const query = `INSERT INTO accounts (account_id) VALUES (?) ON CONFLICT (account_id) DO NOTHING`
	if _, err := tx.ExecContext(ctx, query, o.AccountID); err != nil {
		return false, err
	}
	if o.Poll != nil {
		if owed, err = observePoll(ctx, tx, o.AccountID, *o.Poll); err != nil {
			return false, err
		}
	}
	if o.Organizations == nil {
		return owed, nil
	}
	text, err := document.Encode(o.Organizations)
	if err != nil {
		return false, err
	}
	const replace = `
		INSERT INTO organizations (account_id, document) VALUES (?, ?)
		ON CONFLICT (account_id) DO UPDATE SET document = excluded.document`
	_, err = tx.ExecContext(ctx, replace, o.AccountID, text)
	return owed, err
}

// observePoll writes the poll state. The first one with a cursor owes an
// adoption: from now on incidents are known, and their tickets may be there already.
func observePoll(ctx context.Context, tx *transaction, accountID int64, poll engine.PollState) (owed bool, err error) {
	before, err := scanAccount(tx.QueryRowContext(ctx, selectAccounts+` WHERE account_id = ?`, accountID))
	if err != nil {
		return false, err
	}
	text, err := document.Encode(poll)
	if err != nil {
		return false, err
	}
	const query = `UPDATE accounts SET poll = ? WHERE account_id = ?`
	if _, err := tx.ExecContext(ctx, query, text, accountID); err != nil {
		return false, err
	}
	if poll.Cursor.IsZero() || !before.Poll.Cursor.IsZero() {
		return false, nil
	}
	before.Adoption.Owed = true
	return true, writeAdoption(ctx, tx, before.Adoption)
}

// upsertSeen writes one half of a record, unless what is stored is as new, and
// makes it due at once. One that is overdue already keeps its place.
const upsertSeen = `
	INSERT INTO records (account_id, incident_id, kind, version, open, severity, since, changed_at, due_at, seen)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (account_id, incident_id, kind) DO UPDATE
	SET version = excluded.version, open = excluded.open, severity = excluded.severity,
		since = excluded.since, changed_at = excluded.changed_at, pruned = 0, seen = excluded.seen,
		due_at = min(coalesce(due_at, excluded.due_at), excluded.due_at)
	WHERE excluded.version > version
	RETURNING id`

const upsertRaw = `
	INSERT INTO raw_incidents (record_id, encoding, document) VALUES (?, ?, ?)
	ON CONFLICT (record_id) DO UPDATE SET encoding = excluded.encoding, document = excluded.document`

const deleteRaw = `DELETE FROM raw_incidents WHERE record_id = ?`

// observeRows writes the rows that are newer than what is stored, and reports
// whether there were any.
func observeRows(ctx context.Context, tx *transaction, rows []engine.Record) (changed bool, err error) {
	if len(rows) == 0 {
		return false, nil
	}
	packer, err := tx.pool.packer()
	if err != nil {
		return false, err
	}
	defer tx.pool.packers.Put(packer)
	seen, err := tx.PrepareContext(ctx, upsertSeen)
	if err != nil {
		return false, err
	}
	defer seen.Close()
	raw, err := tx.PrepareContext(ctx, upsertRaw)
	if err != nil {
		return false, err
	}
	defer raw.Close()

	for _, row := range rows {
		id, err := observeSeen(ctx, seen, row)
		if errors.Is(err, sql.ErrNoRows) {
			continue // not newer
		}
		if err != nil {
			return false, fmt.Errorf("incident %s: %w", row.Key, err)
		}
		changed = true
		if err := observeRaw(ctx, tx, raw, packer, id, row.Seen.Incident.Raw); err != nil {
			return false, fmt.Errorf("incident %s: %w", row.Key, err)
		}
	}
	return changed, nil
}

func observeSeen(ctx context.Context, upsert *sql.Stmt, row engine.Record) (id int64, err error) {
	c, err := columns.OfSeen(row.Seen)
	if err != nil {
		return 0, err
	}
	err = upsert.QueryRowContext(ctx, row.Key.AccountID, row.Key.IncidentID, string(row.Key.Kind),
		c.Version, c.Open, c.Severity, c.Since, c.ChangedAt, c.DueAt, c.Document).Scan(&id)
	return id, err
}

func observeRaw(
	ctx context.Context, tx *transaction, upsert *sql.Stmt, packer *document.Packer, id int64, raw []byte,
) error {
	if len(raw) == 0 {
		_, err := tx.ExecContext(ctx, deleteRaw, id)
		return err
	}
	encoding, packed, err := packer.Pack(raw)
	if err != nil {
		return err
	}
	_, err = upsert.ExecContext(ctx, id, encoding, packed)
	return err
}
