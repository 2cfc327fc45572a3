package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/columns"
	"github.com/huntsync/huntsync/state/internal/document"
)

// upsertWork writes the other half of a record. Where the incident changed since
// the record was read, that news is not yet dealt with: it stays due. Where only
// a ticket is known, the record begins with it.
const upsertWork = `
	INSERT INTO records AS stored (account_id, incident_id, kind,
		begun, in_doubt, ticket, deleted_by_person, extras, work, seen, due_at, aside)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $11::bigint = 0 THEN $12::bigint ELSE 0 END, $13)
	ON CONFLICT (account_id, incident_id, kind) DO UPDATE
	SET begun = excluded.begun, in_doubt = excluded.in_doubt, ticket = excluded.ticket,
		deleted_by_person = excluded.deleted_by_person, extras = excluded.extras, work = excluded.work, aside = excluded.aside,
		due_at = CASE
			WHEN stored.version = $11 THEN $12
			ELSE least(stored.due_at, coalesce(stored.changed_at, 0))
		END`

// Save writes the Work half and DueAt of a record, with journal entries.
func (s *Store) Save(ctx context.Context, lease engine.Lease, r engine.Record, entries ...engine.Entry) error {
	if err := owned(lease, r.Key.AccountID); err != nil {
		return err
	}
	c, err := columns.OfWork(r.Work)
	if err != nil {
		return fmt.Errorf("saving record %s: %w", r.Key, err)
	}
	unseen, err := document.Encode(engine.Seen{})
	if err != nil {
		return fmt.Errorf("saving record %s: %w", r.Key, err)
	}
	err = s.write(ctx, lease, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, upsertWork, r.Key.AccountID, r.Key.IncidentID, string(r.Key.Kind),
			c.Begun, c.InDoubt, c.Ticket, c.DeletedByPerson, c.Extras, c.Document,
			unseen, r.Seen.Version, document.Millis(r.DueAt), c.Aside)
		if err != nil {
			return err
		}
		if err := growSerial(ctx, tx, r.Key.AccountID); err != nil {
			return err
		}
		return writeEntries(ctx, tx, entries)
	})
	if err != nil {
		return fmt.Errorf("saving record %s: %w", r.Key, err)
	}
	return nil
}

// Forget deletes a record, or fails with [engine.ErrNotFound].
func (s *Store) Forget(ctx context.Context, lease engine.Lease, key engine.Key, entry engine.Entry) error {
	if err := owned(lease, key.AccountID); err != nil {
		return err
	}
	err := s.write(ctx, lease, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM records`+byKey, key.AccountID, string(key.Kind), key.IncidentID)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return engine.ErrNotFound
		}
		if err := growSerial(ctx, tx, key.AccountID); err != nil {
			return err
		}
		return writeEntries(ctx, tx, []engine.Entry{entry})
	})
	if err != nil {
		return fmt.Errorf("forgetting record %s: %w", key, err)
	}
	return nil
}

// Wake makes every record of the account due at once, and by now at the latest,
// that is open at Huntress or still owes something.
func (s *Store) Wake(ctx context.Context, lease engine.Lease, now time.Time) error {
	// Locked by key, as Observe does: in any order the two could wait for each other.
	const query = `
		WITH late AS MATERIALIZED (
			SELECT id FROM records
			WHERE account_id = $1 AND (open OR due_at IS NOT NULL)
				AND (due_at IS NULL OR due_at > least(coalesce(changed_at, 0), $2))
			ORDER BY incident_id, kind FOR UPDATE
		)
		UPDATE records SET due_at = least(due_at, coalesce(changed_at, 0), $2)
		FROM late WHERE records.id = late.id`
	err := s.write(ctx, lease, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, query, lease.AccountID, now.UnixMilli()); err != nil {
			return err
		}
		return growSerial(ctx, tx, lease.AccountID)
	})
	if err != nil {
		return fmt.Errorf("waking the records of account %d: %w", lease.AccountID, err)
	}
	return nil
}
