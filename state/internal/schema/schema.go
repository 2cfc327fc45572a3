// Package schema brings a database to the shape that this huntsync works with,
// by numbered SQL files that only ever go forward.
package schema

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// Table is where the database says which files were run.
const Table = "schema_versions"

// Error says that a database does not have the shape that this huntsync knows.
type Error struct {
	// Found is the version of the database, Supported that of this huntsync.
	Found, Supported int64
}

// Error says what to do about it.
func (e *Error) Error() string {
	if e.Found > e.Supported {
		return fmt.Sprintf("state schema %d is newer than this huntsync supports (%d): upgrade huntsync or restore a backup",
			e.Found, e.Supported)
	}
	return fmt.Sprintf("state schema %d is older than this huntsync reads (%d): "+
		`"huntsync run" and "huntsync apply" bring it up to date, if no older huntsync is running on it`,
		e.Found, e.Supported)
}

// Supported is the version that the files lead to: the greatest of their numbers.
func Supported(files fs.FS) (int64, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("listing migrations: %w", err)
	}
	var greatest int64
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("the migration %s has no number: %w", name, err)
		}
		greatest = max(greatest, version)
	}
	return greatest, nil
}

// Up runs the files that were not run yet. The caller sees to it, by a lock, that
// nobody else does so at the same time.
func Up(ctx context.Context, dialect goose.Dialect, db *sql.DB, files fs.FS) error {
	provider, err := goose.NewProvider(dialect, db, files,
		goose.WithTableName(Table), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bringing the state up to date: %w", err)
	}
	return nil
}
