package sqlite

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/schema"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Migrations are the numbered SQL files that make the schema.
func Migrations() (fs.FS, error) {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return nil, fmt.Errorf("opening the embedded migrations: %w", err)
	}
	return files, nil
}

// Options say which file to open, and how.
type Options struct {
	// Path is the state file. It is created where it is missing; its folder must exist.
	Path string
	// ReadOnly opens the file without ever changing it. A file that is missing
	// reads as an empty state then, and is not created.
	ReadOnly bool
}

// Store is the [engine.Store] of one file. Its methods may be called by any
// number of goroutines.
type Store struct {
	path     string
	readOnly bool
	missing  bool // there is no file: what is read is empty
	reader   *pool
	writer   *pool // nil when read-only

	// mu guards what this process holds.
	mu   sync.Mutex
	lock *fileLock // nil when nothing is held
	held map[int64]engine.Lease
}

// Open opens a state file. It fails with [*FileError] where the file cannot be
// worked with, which then is left as it is, with [*schema.Error] where its schema
// is another huntsync's, and with [*engine.HeldError] where the schema has to be
// brought up to date while somebody is working on it.
func Open(ctx context.Context, o Options) (*Store, error) {
	path, err := resolve(o.Path)
	if err != nil {
		return nil, err
	}
	files, err := Migrations()
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && o.ReadOnly:
		return openEmpty(ctx, path, files)
	case errors.Is(err, fs.ErrNotExist):
		err = create(ctx, path, files)
	}
	if err != nil {
		return nil, explain(path, fmt.Errorf("opening the state file: %w", err))
	}
	if err := settleSchema(ctx, path, files, o.ReadOnly); err != nil {
		return nil, err
	}
	return connect(ctx, path, o.ReadOnly)
}

// resolve follows symbolic links, so that two names of one file share its lock.
func resolve(path string) (string, error) {
	if path == "" {
		return "", errors.New("the state file has no path")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("finding the state file: %w", err)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target, nil
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return "", &FileError{Path: path, Problem: ProblemNoFolder, Err: err}
	}
	if err != nil {
		return "", explain(path, fmt.Errorf("finding the folder of the state file: %w", err))
	}
	return filepath.Join(folder, filepath.Base(path)), nil
}

// settleSchema refuses what is newer than this huntsync, and brings up to date
// what is older, under the lock: an older huntsync may be at work on it.
func settleSchema(ctx context.Context, path string, files fs.FS, readOnly bool) error {
	supported, err := schema.Supported(files)
	if err != nil {
		return err
	}
	found, err := inspect(ctx, path)
	if err != nil {
		return err
	}
	if found > supported || found < supported && readOnly {
		return fmt.Errorf("state file %s: %w", path, &schema.Error{Found: found, Supported: supported})
	}
	if found == supported {
		return nil
	}
	return underLock(ctx, path, func() error { return migrate(ctx, path, writing, files) })
}

// underLock does something for which nobody else may be at work on the file.
func underLock(ctx context.Context, path string, do func() error) error {
	h, err := preparer(time.Now())
	if err != nil {
		return err
	}
	lock, err := lockFor(ctx, path, h)
	if err != nil {
		return err
	}
	return errors.Join(do(), lock.release())
}

func migrate(ctx context.Context, path, how string, files fs.FS) error {
	db, err := open(path, how, 1)
	if err != nil {
		return err
	}
	err = schema.Up(ctx, goose.DialectSQLite3, db, files)
	return explain(path, errors.Join(err, db.Close()))
}

// connect opens the pools of a file that is known to be good.
func connect(ctx context.Context, path string, readOnly bool) (*Store, error) {
	s := &Store{path: path, readOnly: readOnly, held: make(map[int64]engine.Lease)}
	reader, err := open(path, howToRead(path), readers)
	if err != nil {
		return nil, err
	}
	s.reader = newPool(reader)
	if readOnly {
		return s, nil
	}
	writer, err := open(path, writing, 1)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.writer = newPool(writer)
	if err := s.writer.PingContext(ctx); err != nil {
		return nil, errors.Join(s.explain(fmt.Errorf("opening the state file: %w", err)), s.Close())
	}
	return s, nil
}

// openEmpty is what is read where there is no file.
func openEmpty(ctx context.Context, path string, files fs.FS) (*Store, error) {
	db, err := open(path, inMemory, 1)
	if err != nil {
		return nil, err
	}
	db.SetConnMaxLifetime(0) // the database ends with its only connection
	if err := schema.Up(ctx, goose.DialectSQLite3, db, files); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{path: path, readOnly: true, missing: true, reader: newPool(db)}, nil
}

// Path is the file, as an absolute path without symbolic links.
func (s *Store) Path() string { return s.path }

// Close gives back every account that is held, and closes the file. It may be
// called more than once.
func (s *Store) Close() error {
	err := s.releaseAll(context.Background())
	err = errors.Join(err, s.reader.Close())
	if s.writer != nil {
		err = errors.Join(err, s.writer.Close()) // last, so that it empties the write-ahead log
	}
	return s.explain(err)
}
