package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/document"
)

// Desk reads what is remembered of the desk; the zero value at first.
func (s *Store) Desk(ctx context.Context) (engine.DeskState, error) {
	var text string
	err := s.reader.QueryRowContext(ctx, `SELECT document FROM desk`).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return engine.DeskState{}, nil
	}
	if err != nil {
		return engine.DeskState{}, s.explain(fmt.Errorf("reading the desk: %w", err))
	}
	d, err := document.Decode[engine.DeskState](text)
	if err != nil {
		return engine.DeskState{}, fmt.Errorf("reading the desk: %w", err)
	}
	return d, nil
}

// SaveDesk writes it, under the lease of any account.
func (s *Store) SaveDesk(ctx context.Context, lease engine.Lease, d engine.DeskState) error {
	text, err := document.Encode(d)
	if err != nil {
		return fmt.Errorf("saving the desk: %w", err)
	}
	const query = `
		INSERT INTO desk (id, document) VALUES (1, ?)
		ON CONFLICT (id) DO UPDATE SET document = excluded.document`
	err = s.write(ctx, lease, func(tx *transaction) error {
		_, err := tx.ExecContext(ctx, query, text)
		return err
	})
	if err != nil {
		return fmt.Errorf("saving the desk: %w", err)
	}
	return nil
}
