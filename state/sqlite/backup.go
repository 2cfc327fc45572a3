package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Backup writes a copy of the state to a new file, readable by its owner only,
// while others go on reading and writing. A file that exists is not overwritten:
// the error is [fs.ErrExist]. The copy is whole, or it is not there.
func (s *Store) Backup(ctx context.Context, file string) (err error) {
	if s.missing {
		return fmt.Errorf("backing up %s: there is no state yet: %w", s.path, fs.ErrNotExist)
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("backing up to %s: %w", file, fs.ErrExist)
	}
	partial := file + ".partial"
	if err := createNew(partial); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("backing up to %s: %w", file, explain(file, err)), remove(partial))
		}
	}()
	if err := s.copyTo(ctx, partial); err != nil {
		return err
	}
	return publish(partial, file)
}

// copyTo writes a compact copy into an empty file. A connection of its own sees
// one moment of the state, and holds up nobody.
func (s *Store) copyTo(ctx context.Context, file string) (err error) {
	db, err := open(s.path, copying, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, file); err != nil {
		return fmt.Errorf("copying: %w", err)
	}
	return nil
}
