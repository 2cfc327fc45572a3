package sqlite

import (
	"context"
	"fmt"
)

// Serial grows whenever a record or an adoption changes, so that a saved plan
// can be told to be stale. A poll that saw nothing new leaves it as it is.
func (s *Store) Serial(ctx context.Context) (int64, error) {
	var value int64
	err := s.reader.QueryRowContext(ctx, `SELECT value FROM serial`).Scan(&value)
	if err != nil {
		return 0, s.explain(fmt.Errorf("reading the serial: %w", err))
	}
	return value, nil
}

func growSerial(ctx context.Context, tx *transaction) error {
	if _, err := tx.ExecContext(ctx, `UPDATE serial SET value = value + 1`); err != nil {
		return fmt.Errorf("counting the change: %w", err)
	}
	return nil
}
