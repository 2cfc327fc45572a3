package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// Acquire takes an account: the first one of a process takes the lock on the
// file with it, so that nobody else can take any other. The hold ends with the
// process; ttl is not used, and the lease does not expire.
func (s *Store) Acquire(ctx context.Context, accountID int64, h engine.Holder, _ time.Duration) (engine.Lease, error) {
	if s.readOnly {
		return engine.Lease{}, s.notWritable()
	}
	if h.ID == "" {
		return engine.Lease{}, errors.New("a holder needs an ID to take an account")
	}
	s.mu.Lock()
	defer s.mu.Unlock()

	if lease, ok := s.held[accountID]; ok {
		if lease.Holder.ID != h.ID {
			return engine.Lease{}, &engine.HeldError{Holder: lease.Holder}
		}
		return lease, nil
	}
	if s.lock == nil {
		lock, err := lockFor(ctx, s.path, h)
		if err != nil {
			return engine.Lease{}, err
		}
		s.lock = lock
	}
	lease := engine.Lease{AccountID: accountID, Holder: h}
	if err := s.claim(ctx, &lease); err != nil {
		return engine.Lease{}, errors.Join(err, s.unlockIfIdle())
	}
	s.held[accountID] = lease
	return lease, nil
}

// claim writes the holder down. A holder that was killed is still written there:
// whoever else comes gets a greater epoch.
func (s *Store) claim(ctx context.Context, lease *engine.Lease) error {
	const query = `
		INSERT INTO leases (account_id, epoch, holder_id) VALUES (?1, 1, ?2)
		ON CONFLICT (account_id) DO UPDATE
		SET epoch = epoch + (holder_id <> excluded.holder_id), holder_id = excluded.holder_id
		RETURNING epoch`
	err := s.transact(ctx, func(tx *transaction) error {
		return tx.QueryRowContext(ctx, query, lease.AccountID, lease.Holder.ID).Scan(&lease.Epoch)
	})
	if err != nil {
		return fmt.Errorf("taking account %d: %w", lease.AccountID, err)
	}
	return nil
}

// Release gives an account back, and with the last one the lock on the file.
func (s *Store) Release(ctx context.Context, lease engine.Lease) error {
	if s.readOnly {
		return s.notWritable()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.release(ctx, lease)
}

func (s *Store) release(ctx context.Context, lease engine.Lease) error {
	held, ok := s.held[lease.AccountID]
	if !ok || held.Epoch != lease.Epoch || held.Holder.ID != lease.Holder.ID {
		return engine.ErrLeaseLost
	}
	const query = `UPDATE leases SET holder_id = '' WHERE account_id = ? AND epoch = ? AND holder_id = ?`
	err := s.transact(ctx, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, query, lease.AccountID, lease.Epoch, lease.Holder.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("giving back account %d: %w", lease.AccountID, err)
	}
	delete(s.held, lease.AccountID)
	return s.unlockIfIdle()
}

// releaseAll gives everything back. The lock goes even where the file can no
// longer be written: the next holder's epoch is greater all the same.
func (s *Store) releaseAll(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, lease := range s.held {
		errs = append(errs, s.release(ctx, lease))
	}
	clear(s.held)
	return errors.Join(append(errs, s.unlockIfIdle())...)
}

func (s *Store) unlockIfIdle() error {
	if s.lock == nil || len(s.held) > 0 {
		return nil
	}
	err := s.lock.release()
	s.lock = nil
	return err
}

// fence fails with [engine.ErrLeaseLost] unless the account is still held under
// the lease. It is part of the transaction that it protects, and works even
// where somebody deleted the lock file under us.
func fence(ctx context.Context, tx *transaction, lease engine.Lease) error {
	const query = `SELECT 1 FROM leases WHERE account_id = ? AND epoch = ? AND holder_id = ? AND holder_id <> ''`
	var one int
	err := tx.QueryRowContext(ctx, query, lease.AccountID, lease.Epoch, lease.Holder.ID).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return engine.ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("checking the lease: %w", err)
	}
	return nil
}
