package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

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
	rows, err := packRows(o.Rows)
	if err != nil {
		return fmt.Errorf("storing what was observed of account %d: %w", o.AccountID, err)
	}
	err = s.write(ctx, lease, func(tx pgx.Tx) error {
		owed, err := observeAccount(ctx, tx, o)
		if err != nil {
			return err
		}
		changed, err := rows.write(ctx, tx)
		if err != nil || !changed && !owed {
			return err
		}
		return growSerial(ctx, tx, o.AccountID)
	})
	if err != nil {
		return fmt.Errorf("storing what was observed of account %d: %w", o.AccountID, err)
	}
	return nil
}

// observeAccount writes what is kept of the account itself, and reports whether
// that owes an adoption.
func observeAccount(ctx context.Context, tx pgx.Tx, o engine.Observation) (owed bool, err error) {
	const query = `INSERT INTO accounts (account_id) VALUES ($1) ON CONFLICT (account_id) DO NOTHING`
	if _, err := tx.Exec(ctx, query, o.AccountID); err != nil {
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
		INSERT INTO organizations (account_id, document) VALUES ($1, $2)
		ON CONFLICT (account_id) DO UPDATE SET document = excluded.document`
	_, err = tx.Exec(ctx, replace, o.AccountID, text)
	return owed, err
}

// observePoll writes the poll state. The first one with a cursor owes an
// adoption: from now on incidents are known, and their tickets may be there already.
func observePoll(ctx context.Context, tx pgx.Tx, accountID int64, poll engine.PollState) (owed bool, err error) {
	// Locked, so that an adoption which is saved meanwhile is not undone.
	const lockAccount = ` WHERE account_id = $1 FOR UPDATE OF accounts`
	before, err := scanAccount(tx.QueryRow(ctx, selectAccounts+lockAccount, accountID))
	if err != nil {
		return false, err
	}
	text, err := document.Encode(poll)
	if err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, `UPDATE accounts SET poll = $1 WHERE account_id = $2`, text, accountID); err != nil {
		return false, err
	}
	if poll.Cursor.IsZero() || !before.Poll.Cursor.IsZero() {
		return false, nil
	}
	before.Adoption.Owed = true
	return true, writeAdoption(ctx, tx, before.Adoption)
}

// upsertSeen writes one half of a record with its raw incident, unless what is
// stored is as new, and makes it due at once. One that is overdue already keeps
// its place. It tells how many records were written, one or none.
const upsertSeen = `
	WITH written AS (
		INSERT INTO records AS stored
			(account_id, incident_id, kind, version, open, severity, since, changed_at, due_at, seen)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (account_id, incident_id, kind) DO UPDATE
		SET version = excluded.version, open = excluded.open, severity = excluded.severity,
			since = excluded.since, changed_at = excluded.changed_at, pruned = FALSE, seen = excluded.seen,
			due_at = least(stored.due_at, excluded.due_at)
		WHERE excluded.version > stored.version
		RETURNING id
	), packed AS (
		INSERT INTO raw_incidents (record_id, encoding, document)
		SELECT id, $11, $12 FROM written WHERE $12::bytea IS NOT NULL
		ON CONFLICT (record_id) DO UPDATE SET encoding = excluded.encoding, document = excluded.document
	), dropped AS (
		DELETE FROM raw_incidents USING written WHERE record_id = id AND $12::bytea IS NULL
	)
	SELECT count(*) FROM written`

// packedRows are rows as they will be written. Packing takes seconds where incidents
// are huge, and within a transaction the server would end it.
type packedRows struct {
	keys  []engine.Key
	batch pgx.Batch
}

// packRows packs rows, by key, lest two observations wait for each other.
func packRows(rows []engine.Record) (*packedRows, error) {
	p := &packedRows{}
	if len(rows) == 0 {
		return p, nil
	}
	packer, err := document.NewPacker()
	if err != nil {
		return nil, err
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b engine.Record) int {
		return cmp.Or(cmp.Compare(a.Key.IncidentID, b.Key.IncidentID), cmp.Compare(a.Key.Kind, b.Key.Kind))
	})
	for _, row := range rows {
		if err := queueRow(&p.batch, packer, row); err != nil {
			return nil, fmt.Errorf("incident %s: %w", row.Key, err)
		}
		p.keys = append(p.keys, row.Key)
	}
	return p, nil
}

// write writes those that are newer than what is stored, once, and reports whether
// there were any.
func (p *packedRows) write(ctx context.Context, tx pgx.Tx) (changed bool, err error) {
	if len(p.keys) == 0 {
		return false, nil
	}
	results := tx.SendBatch(ctx, &p.batch)
	for _, key := range p.keys {
		var written int
		if err := results.QueryRow().Scan(&written); err != nil {
			return false, errors.Join(fmt.Errorf("incident %s: %w", key, err), results.Close())
		}
		changed = changed || written > 0
	}
	return changed, results.Close()
}

func queueRow(batch *pgx.Batch, packer *document.Packer, row engine.Record) error {
	c, err := columns.OfSeen(row.Seen)
	if err != nil {
		return err
	}
	var packed []byte
	encoding := document.Plain
	if raw := row.Seen.Incident.Raw; len(raw) > 0 {
		if encoding, packed, err = packer.Pack(raw); err != nil {
			return err
		}
	}
	batch.Queue(upsertSeen, row.Key.AccountID, row.Key.IncidentID, string(row.Key.Kind),
		c.Version, c.Open, c.Severity, c.Since, c.ChangedAt, c.DueAt, c.Document, int64(encoding), packed)
	return nil
}
