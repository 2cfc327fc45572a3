package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/columns"
	"github.com/huntsync/huntsync/state/internal/document"
)

// upsertWork writes the other half of a record. Where the incident changed since
// the record was read, that news is not yet dealt with: it stays due. Where only
// a ticket is known, the record begins with it.
const upsertWork = `
	INSERT INTO records (account_id, incident_id, kind,
		begun, in_doubt, ticket, deleted_by_person, extras, work, seen, due_at, aside)
	VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, CASE WHEN ?11 = 0 THEN ?12 ELSE 0 END, ?13)
	ON CONFLICT (account_id, incident_id, kind) DO UPDATE
	SET begun = excluded.begun, in_doubt = excluded.in_doubt, ticket = excluded.ticket,
		deleted_by_person = excluded.deleted_by_person, extras = excluded.extras, work = excluded.work, aside = excluded.aside,
		due_at = CASE
			WHEN version = ?11 THEN ?12
			ELSE min(coalesce(due_at, changed_at, 0), coalesce(changed_at, 0))
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
	err = s.write(ctx, lease, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, upsertWork, r.Key.AccountID, r.Key.IncidentID, string(r.Key.Kind),
			c.Begun, c.InDoubt, c.Ticket, c.DeletedByPerson, c.Extras, c.Document,
			unseen, r.Seen.Version, document.Millis(r.DueAt), c.Aside)
		if err != nil {
			return err
		}
		if err := growSerial(ctx, tx); err != nil {
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
	err := s.write(ctx, lease, func(tx *transaction) error {
		const query = `DELETE FROM records` + byKey + ` RETURNING id`
		var id int64
		err := tx.QueryRowContext(ctx, query, key.AccountID, string(key.Kind), key.IncidentID).Scan(&id)
		if err != nil {
			return err
		}
		if err := growSerial(ctx, tx); err != nil {
			return err
		}
		return writeEntries(ctx, tx, []engine.Entry{entry})
	})
	if err != nil {
		return fmt.Errorf("forgetting record %s: %w", key, err)
	}
	return nil
}

// wakeRecords finds what it is about by the two indexes of just that: read through
// as they are stored, the records would cost as much as the history is long.
const wakeRecords = `
	UPDATE records SET due_at = min(coalesce(due_at, changed_at, 0), coalesce(changed_at, 0), ?2)
	WHERE id IN (
			SELECT id FROM records WHERE account_id = ?1 AND open = 1
			UNION ALL
			SELECT id FROM records WHERE account_id = ?1 AND due_at IS NOT NULL)
		AND (due_at IS NULL OR due_at > min(coalesce(changed_at, 0), ?2))`

// Wake makes every record of the account due at once, and by now at the latest,
// that is open at Huntress or still owes something.
func (s *Store) Wake(ctx context.Context, lease engine.Lease, now time.Time) error {
	err := s.write(ctx, lease, func(tx *transaction) error {
		if _, err := tx.ExecContext(ctx, wakeRecords, lease.AccountID, now.UnixMilli()); err != nil {
			return err
		}
		return growSerial(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("waking the records of account %d: %w", lease.AccountID, err)
	}
	return nil
}
