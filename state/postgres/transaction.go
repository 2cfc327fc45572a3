package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/huntsync/huntsync/engine"
)

// beginning is what every change begins with: it is durable whatever the server's
// default is, and a process that is paused in the middle of it does not keep its
// locks, which are those that a failover needs, for longer than a few seconds.
const beginning = `SET LOCAL synchronous_commit = on; SET LOCAL idle_in_transaction_session_timeout = '5s'`

// write does one change under a lease, whole or not at all.
func (s *Store) write(ctx context.Context, lease engine.Lease, change func(pgx.Tx) error) error {
	if s.readOnly {
		return ErrReadOnly
	}
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("beginning to write: %w", err)
	}
	err = func() error {
		if _, err := tx.Exec(ctx, beginning); err != nil {
			return fmt.Errorf("beginning to write: %w", err)
		}
		if err := fence(ctx, tx, lease); err != nil {
			return err
		}
		return change(tx)
	}()
	if err != nil {
		// Rolling back needs a context of its own: ours may be what ended.
		rollbackErr := tx.Rollback(context.WithoutCancel(ctx))
		if errors.Is(rollbackErr, pgx.ErrTxClosed) || ctx.Err() != nil {
			rollbackErr = nil // the connection is gone, and the transaction with it
		}
		return errors.Join(notFound(err), rollbackErr)
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}

// owned fails where a lease is used for another account than its own.
func owned(lease engine.Lease, accountID int64) error {
	if lease.AccountID != accountID {
		return fmt.Errorf("a lease on account %d was used to write for account %d", lease.AccountID, accountID)
	}
	return nil
}

// Serial grows whenever a record or an adoption changes, so that a saved plan
// can be told to be stale. A poll that saw nothing new leaves it as it is.
func (s *Store) Serial(ctx context.Context) (int64, error) {
	var value int64
	err := s.pool.QueryRow(ctx, `SELECT coalesce(sum(value), 0)::bigint FROM serial`).Scan(&value)
	if err != nil {
		return 0, fmt.Errorf("reading the serial: %w", err)
	}
	return value, nil
}

func growSerial(ctx context.Context, tx pgx.Tx, accountID int64) error {
	const query = `
		INSERT INTO serial (account_id, value) VALUES ($1, 1)
		ON CONFLICT (account_id) DO UPDATE SET value = serial.value + 1`
	if _, err := tx.Exec(ctx, query, accountID); err != nil {
		return fmt.Errorf("counting the change: %w", err)
	}
	return nil
}
