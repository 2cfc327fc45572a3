package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/huntsync/huntsync/engine"
)

// Acquire takes an account for ttl, by the database's clock. Who still has it
// renews it; who comes after a lease has ended, or was given back, gets a greater
// epoch, even if it is the same holder: what it had on the way counts as lost.
func (s *Store) Acquire(ctx context.Context, accountID int64, h engine.Holder, ttl time.Duration) (engine.Lease, error) {
	switch {
	case s.readOnly:
		return engine.Lease{}, ErrReadOnly
	case h.ID == "":
		return engine.Lease{}, errors.New("a holder needs an ID to take an account")
	case ttl <= 0:
		return engine.Lease{}, errors.New("a lease on a PostgreSQL state needs an end: the hold does not end with the process")
	}
	lease, err := s.claim(ctx, accountID, h, ttl)
	for errors.Is(err, pgx.ErrNoRows) {
		if err := s.heldError(ctx, accountID); !errors.Is(err, pgx.ErrNoRows) {
			return engine.Lease{}, err
		}
		lease, err = s.claim(ctx, accountID, h, ttl) // it was given back meanwhile
	}
	if err != nil {
		return engine.Lease{}, fmt.Errorf("taking account %d: %w", accountID, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[accountID] = lease
	return lease, nil
}

// claim finds no rows where somebody else has the account.
func (s *Store) claim(ctx context.Context, accountID int64, h engine.Holder, ttl time.Duration) (engine.Lease, error) {
	const query = `
		INSERT INTO leases (account_id, epoch, holder_id, holder, expires_at)
		VALUES ($1, 1, $2, $3, clock_timestamp() + $4)
		ON CONFLICT (account_id) DO UPDATE
		SET epoch = leases.epoch + CASE
				WHEN leases.holder_id = excluded.holder_id AND leases.expires_at > clock_timestamp() THEN 0 ELSE 1
			END,
			holder_id = excluded.holder_id, holder = excluded.holder, expires_at = clock_timestamp() + $4
		WHERE leases.holder_id = excluded.holder_id OR leases.expires_at <= clock_timestamp()
		RETURNING epoch`
	text, err := json.Marshal(h)
	if err != nil {
		return engine.Lease{}, fmt.Errorf("encoding the holder: %w", err)
	}
	// By our clock the lease ends no later than by the database's, which begins to
	// count when it is asked.
	lease := engine.Lease{AccountID: accountID, Holder: h, Expires: time.Now().Add(ttl)}
	err = s.pool.QueryRow(ctx, query, accountID, h.ID, string(text), ttl).Scan(&lease.Epoch)
	return lease, err
}

// heldError says who has an account; no rows where nobody has.
func (s *Store) heldError(ctx context.Context, accountID int64) error {
	const query = `
		SELECT holder, extract(epoch FROM expires_at - clock_timestamp())::float8 FROM leases
		WHERE account_id = $1 AND holder_id <> ''`
	var text string
	var left float64
	if err := s.pool.QueryRow(ctx, query, accountID).Scan(&text, &left); err != nil {
		return fmt.Errorf("asking who has account %d: %w", accountID, err)
	}
	held := &engine.HeldError{Expires: time.Now().Add(time.Duration(left * float64(time.Second)))}
	if err := json.Unmarshal([]byte(text), &held.Holder); err != nil {
		return fmt.Errorf("asking who has account %d: %w", accountID, err)
	}
	return held
}

// Release gives an account back.
func (s *Store) Release(ctx context.Context, lease engine.Lease) error {
	if s.readOnly {
		return ErrReadOnly
	}
	return s.release(ctx, lease)
}

func (s *Store) release(ctx context.Context, lease engine.Lease) error {
	const query = `
		UPDATE leases SET holder_id = '', expires_at = '-infinity'
		WHERE account_id = $1 AND epoch = $2 AND holder_id = $3 AND holder_id <> ''`
	tag, err := s.pool.Exec(ctx, query, lease.AccountID, lease.Epoch, lease.Holder.ID)
	if err != nil {
		return fmt.Errorf("giving back account %d: %w", lease.AccountID, err)
	}
	s.mu.Lock()
	if held := s.held[lease.AccountID]; held.Epoch == lease.Epoch {
		delete(s.held, lease.AccountID)
	}
	s.mu.Unlock()
	if tag.RowsAffected() == 0 {
		return engine.ErrLeaseLost
	}
	return nil
}

// releaseAll gives back what is held; what was lost meanwhile is nobody's worry.
func (s *Store) releaseAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	s.mu.Lock()
	held := slices.Collect(maps.Values(s.held))
	clear(s.held)
	s.mu.Unlock()
	var errs []error
	for _, lease := range held {
		if err := s.release(ctx, lease); !errors.Is(err, engine.ErrLeaseLost) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// releaseTimeout keeps Close from waiting for a database that is gone: leases end
// by themselves.
const releaseTimeout = 5 * time.Second

// fence fails with [engine.ErrLeaseLost] unless the account is held under the
// lease, and keeps anybody from taking it until the transaction has ended.
func fence(ctx context.Context, tx pgx.Tx, lease engine.Lease) error {
	const query = `
		SELECT TRUE FROM leases
		WHERE account_id = $1 AND epoch = $2 AND holder_id = $3 AND holder_id <> ''
			AND expires_at > clock_timestamp()
		FOR SHARE`
	var held bool
	err := tx.QueryRow(ctx, query, lease.AccountID, lease.Epoch, lease.Holder.ID).Scan(&held)
	if errors.Is(err, pgx.ErrNoRows) {
		return engine.ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("checking the lease: %w", err)
	}
	return nil
}
