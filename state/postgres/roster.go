package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/huntsync/huntsync/engine"
)

// Attend says that a replica is there until ttl has passed by the database's
// clock, and tells how all of them stand. Close takes it off the roster.
func (s *Store) Attend(ctx context.Context, h engine.Holder, ttl time.Duration) (engine.Roster, error) {
	if s.readOnly {
		return engine.Roster{}, ErrReadOnly
	}
	if h.ID == "" {
		return engine.Roster{}, errors.New("a replica needs an ID to be there")
	}
	text, err := json.Marshal(h)
	if err != nil {
		return engine.Roster{}, fmt.Errorf("encoding the replica: %w", err)
	}
	const query = `
		INSERT INTO replicas (holder_id, holder, since, seen_at, expires_at)
		SELECT $1, $2, now, now, now + $3 FROM clock_timestamp() AS now
		ON CONFLICT (holder_id) DO UPDATE
		SET since = CASE WHEN replicas.expires_at > excluded.seen_at THEN replicas.since ELSE excluded.since END,
			seen_at = excluded.seen_at, expires_at = excluded.expires_at`
	if _, err := s.pool.Exec(ctx, query, h.ID, string(text), ttl); err != nil {
		return engine.Roster{}, fmt.Errorf("signing on: %w", err)
	}
	s.mu.Lock()
	s.attending = h.ID
	s.mu.Unlock()
	return s.Roster(ctx)
}

// Roster tells how the replicas stand, and forgets those that went without a word.
func (s *Store) Roster(ctx context.Context) (engine.Roster, error) {
	var r engine.Roster
	var err error
	if r.Replicas, err = s.replicas(ctx); err != nil {
		return engine.Roster{}, fmt.Errorf("reading the replicas: %w", err)
	}
	if r.Seats, err = s.seats(ctx); err != nil {
		return engine.Roster{}, fmt.Errorf("reading who works which account: %w", err)
	}
	return r, nil
}

func (s *Store) replicas(ctx context.Context) ([]engine.Replica, error) {
	const query = `
		SELECT holder, extract(epoch FROM seen_at - since)::float8 FROM replicas
		WHERE expires_at > clock_timestamp() ORDER BY holder_id`
	rows, err := s.pool.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r engine.Replica, err error) {
		var text string
		var age float64
		if err := row.Scan(&text, &age); err != nil {
			return r, err
		}
		r.Age = time.Duration(age * float64(time.Second))
		return r, json.Unmarshal([]byte(text), &r.Holder)
	})
}

func (s *Store) seats(ctx context.Context) ([]engine.Seat, error) {
	const query = `
		SELECT account_id, holder, extract(epoch FROM expires_at - clock_timestamp())::float8, asked FROM leases
		WHERE holder_id <> '' AND expires_at > clock_timestamp() ORDER BY account_id`
	rows, err := s.pool.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	known := map[string]engine.Holder{} // A few replicas hold many accounts.
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (seat engine.Seat, err error) {
		var text string
		var left float64
		if err := row.Scan(&seat.AccountID, &text, &left, &seat.Asked); err != nil {
			return seat, err
		}
		seat.Expires = now.Add(time.Duration(left * float64(time.Second)))
		holder, ok := known[text]
		if !ok {
			if err := json.Unmarshal([]byte(text), &holder); err != nil {
				return seat, err
			}
			known[text] = holder
		}
		seat.Holder = holder
		return seat, nil
	})
}

// AskPoll counts up what is asked of whoever holds the accounts.
func (s *Store) AskPoll(ctx context.Context, accounts []int64) error {
	if s.readOnly {
		return ErrReadOnly
	}
	const query = `UPDATE leases SET asked = asked + 1 WHERE account_id = ANY($1)`
	if _, err := s.pool.Exec(ctx, query, accounts); err != nil {
		return fmt.Errorf("asking for a poll: %w", err)
	}
	return nil
}

// signOff takes this process off the roster, with everyone who went without a word
// long ago.
func (s *Store) signOff(ctx context.Context) error {
	s.mu.Lock()
	id := s.attending
	s.attending = ""
	s.mu.Unlock()
	if id == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	const query = `DELETE FROM replicas WHERE holder_id = $1 OR expires_at < clock_timestamp() - interval '1 day'`
	if _, err := s.pool.Exec(ctx, query, id); err != nil {
		return fmt.Errorf("signing off: %w", err)
	}
	return nil
}
