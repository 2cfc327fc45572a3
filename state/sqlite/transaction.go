package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/huntsync/huntsync/engine"
)

// write does one change under a lease, whole or not at all.
func (s *Store) write(ctx context.Context, lease engine.Lease, change func(*transaction) error) error {
	if s.readOnly {
		return s.notWritable()
	}
	return s.transact(ctx, func(tx *transaction) error {
		if err := fence(ctx, tx, lease); err != nil {
			return err
		}
		return change(tx)
	})
}

// transact runs one writing transaction. Writers wait for their turn.
func (s *Store) transact(ctx context.Context, change func(*transaction) error) error {
	tx, err := s.writer.begin(ctx)
	if err != nil {
		return s.explain(fmt.Errorf("beginning to write: %w", err))
	}
	defer tx.Rollback()
	if err := change(tx); err != nil {
		return s.explain(err)
	}
	if err := tx.Commit(); err != nil {
		return s.explain(fmt.Errorf("committing: %w", err))
	}
	return nil
}

func (s *Store) notWritable() error {
	return &FileError{Path: s.path, Problem: ProblemReadOnly, Err: errors.New("it was opened only to be read")}
}

// owned fails where a lease is used for another account than its own.
func owned(lease engine.Lease, accountID int64) error {
	if lease.AccountID != accountID {
		return fmt.Errorf("a lease on account %d was used to write for account %d", lease.AccountID, accountID)
	}
	return nil
}
