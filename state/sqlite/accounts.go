package sqlite

import (
	"context"
	"fmt"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/columns"
	"github.com/huntsync/huntsync/state/internal/document"
)

const selectAccounts = `
	SELECT account_id, poll, adoption, coalesce(organizations.document, '')
	FROM accounts LEFT JOIN organizations USING (account_id)`

// Accounts lists every account that something is kept of, by id.
func (s *Store) Accounts(ctx context.Context) ([]engine.AccountState, error) {
	rows, err := s.reader.QueryContext(ctx, selectAccounts+` ORDER BY account_id`)
	if err != nil {
		return nil, s.explain(fmt.Errorf("listing accounts: %w", err))
	}
	defer rows.Close()
	var accounts []engine.AccountState
	for rows.Next() {
		a, err := scanAccount(rows)
		if err != nil {
			return nil, s.explain(fmt.Errorf("listing accounts: %w", err))
		}
		accounts = append(accounts, a)
	}
	if err := rows.Err(); err != nil {
		return nil, s.explain(fmt.Errorf("listing accounts: %w", err))
	}
	return accounts, nil
}

// Account reads one account, or fails with [engine.ErrNotFound].
func (s *Store) Account(ctx context.Context, id int64) (engine.AccountState, error) {
	a, err := scanAccount(s.reader.QueryRowContext(ctx, selectAccounts+` WHERE account_id = ?`, id))
	if err != nil {
		return engine.AccountState{}, fmt.Errorf("account %d: %w", id, s.explain(err))
	}
	return a, nil
}

// scanner is a row, alone or of several.
type scanner interface {
	Scan(into ...any) error
}

func scanAccount(row scanner) (engine.AccountState, error) {
	var id int64
	var poll, adoption, organizations string
	if err := row.Scan(&id, &poll, &adoption, &organizations); err != nil {
		return engine.AccountState{}, err
	}
	return columns.Account(id, poll, adoption, organizations)
}

// SaveAdoption writes how far adoption has come.
func (s *Store) SaveAdoption(ctx context.Context, lease engine.Lease, a engine.Adoption) error {
	if err := owned(lease, a.AccountID); err != nil {
		return err
	}
	err := s.write(ctx, lease, func(tx *transaction) error {
		if err := writeAdoption(ctx, tx, a); err != nil {
			return err
		}
		return growSerial(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("saving the adoption of account %d: %w", a.AccountID, err)
	}
	return nil
}

func writeAdoption(ctx context.Context, tx *transaction, a engine.Adoption) error {
	text, err := document.Encode(a)
	if err != nil {
		return err
	}
	const query = `
		INSERT INTO accounts (account_id, adoption) VALUES (?, ?)
		ON CONFLICT (account_id) DO UPDATE SET adoption = excluded.adoption`
	_, err = tx.ExecContext(ctx, query, a.AccountID, text)
	return err
}
