package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
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

// Options say which database to open, and how.
type Options struct {
	// URL is how libpq has it: "postgres://user:password@host:5432/database", or
	// the form "host=... dbname=...". It may hold a password, so it is never part
	// of an error.
	URL string
	// ReadOnly opens the database without ever changing it. One without a state
	// reads as empty then.
	ReadOnly bool
}

// Store is the [engine.Store] of one database. Its methods may be called by any
// number of goroutines.
type Store struct {
	pool     *pgxpool.Pool
	readOnly bool

	// mu guards what this process holds and is, for Close to give it back. It is
	// never kept while the database is asked.
	mu   sync.Mutex
	held map[int64]engine.Lease
	// attending is who of this process is on the roster.
	attending string
}

// ErrReadOnly says that a state which was opened only to be read was to be changed.
var ErrReadOnly = errors.New("the state was opened only to be read")

// Open opens a database, and brings its schema up to date unless it is only to be
// read. It fails with [*schema.Error] where the schema is another huntsync's.
func Open(ctx context.Context, o Options) (*Store, error) {
	config, err := configure(o, statementTimeout)
	if err != nil {
		return nil, err
	}
	return open(ctx, o, config)
}

// configure gives each statement so much time.
func configure(o Options, statement time.Duration) (*pgxpool.Config, error) {
	if passwordGoesOn(o.URL) {
		return nil, errors.New("the address of the PostgreSQL state cannot be read: " +
			"in a password @ is written as %40, / as %2F, : as %3A and % as %25")
	}
	config, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		// The cause quotes the address, a password among it.
		return nil, errors.New("the address of the PostgreSQL state cannot be read: " +
			`it looks like "postgres://user:password@host:5432/database"`)
	}
	config.AfterConnect = isolate
	config.ConnConfig.Tracer = deadline(statement)
	if config.PingTimeout <= 0 { // of a connection that lay idle, before it is used again
		config.PingTimeout = min(statement, connectTimeout)
	}
	if config.ConnConfig.ConnectTimeout <= 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	return config, nil
}

// isolate keeps a default of the database or of the role from isolating transactions
// more than they need: who waits for another's lock goes on from what that one wrote,
// and would fail instead. It is no parameter of the start, which a pooler may refuse.
func isolate(ctx context.Context, connection *pgx.Conn) error {
	_, err := connection.Exec(ctx, `SET default_transaction_isolation = 'read committed'`)
	return err
}

// passwordGoesOn reports whether a URL has an @ behind its user and password: the
// password holds one, or a slash, that is not escaped. The rest of it would be taken
// for the host or the database, whose names errors tell.
func passwordGoesOn(address string) bool {
	scheme, rest, _ := strings.Cut(address, "://")
	if scheme != "postgres" && scheme != "postgresql" {
		return false
	}
	if at := strings.IndexAny(rest, "@/"); at >= 0 && rest[at] == '@' {
		rest = rest[at+1:]
	}
	rest, _, _ = strings.Cut(rest, "?")
	return strings.Contains(rest, "@")
}

func open(ctx context.Context, o Options, config *pgxpool.Config) (*Store, error) {
	files, err := Migrations()
	if err != nil {
		return nil, err
	}
	pool, err := connect(ctx, config)
	if err != nil {
		return nil, err
	}
	found, err := settleSchema(ctx, pool, files, o.ReadOnly)
	if err != nil {
		pool.Close()
		return nil, err
	}
	if found == 0 && o.ReadOnly {
		pool.Close()
		return openEmpty(ctx, config, files)
	}
	return &Store{pool: pool, readOnly: o.ReadOnly, held: make(map[int64]engine.Lease)}, nil
}

func connect(ctx context.Context, config *pgxpool.Config) (*pgxpool.Pool, error) {
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("opening the PostgreSQL state: %w", err)
	}
	if err := ping(ctx, pool); err != nil {
		pool.Close()
		return nil, fmt.Errorf("opening the PostgreSQL state: %w", err)
	}
	return pool, nil
}

// settleSchema refuses a schema that is newer than this huntsync, and brings up
// to date an older one. Migrations only add, so that older replicas go on working
// until they are replaced. It returns what was found, 0 where there is no state.
func settleSchema(ctx context.Context, pool *pgxpool.Pool, files fs.FS, readOnly bool) (found int64, err error) {
	supported, err := schema.Supported(files)
	if err != nil {
		return 0, err
	}
	if found, err = version(ctx, pool); err != nil {
		return 0, err
	}
	switch {
	case found > supported, readOnly && 0 < found && found < supported:
		return 0, &schema.Error{Found: found, Supported: supported}
	case found == supported || readOnly:
		return found, nil
	}
	return found, migrate(patient(ctx), pool, files)
}

// version is the schema version, 0 where there is no state.
func version(ctx context.Context, pool *pgxpool.Pool) (found int64, err error) {
	var exists bool
	if err := pool.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, schema.Table).Scan(&exists); err != nil {
		return 0, fmt.Errorf("looking for the state: %w", err)
	}
	if !exists {
		return 0, nil
	}
	err = pool.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM `+schema.Table).Scan(&found)
	if err != nil {
		return 0, fmt.Errorf("reading the schema version: %w", err)
	}
	return found, nil
}

// migrationLock is one for each schema of a database.
const migrationLock = `SELECT pg_advisory_lock(hashtextextended('huntsync migrations in ' || current_schema(), 0))`

// migrate runs under a lock of the database's, as replicas may start together:
// who comes second waits, and finds nothing left to do. The lock has a connection
// of its own and ends with it.
func migrate(ctx context.Context, pool *pgxpool.Pool, files fs.FS) (err error) {
	connection, err := pgx.ConnectConfig(ctx, pool.Config().ConnConfig)
	if err != nil {
		return fmt.Errorf("bringing the state up to date: %w", err)
	}
	defer func() { err = errors.Join(err, connection.Close(context.WithoutCancel(ctx))) }()
	if _, err := connection.Exec(ctx, migrationLock); err != nil {
		return fmt.Errorf("waiting to bring the state up to date: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	return errors.Join(schema.Up(ctx, goose.DialectPostgres, db, files), db.Close())
}

// openEmpty is what is read where there is no state: temporary tables of a single
// connection, which leave nothing behind.
func openEmpty(ctx context.Context, config *pgxpool.Config, files fs.FS) (*Store, error) {
	config.MaxConns, config.MinConns = 1, 0
	config.MaxConnLifetime, config.MaxConnIdleTime = 0, 0
	config.ConnConfig.RuntimeParams["search_path"] = "pg_temp"
	pool, err := connect(ctx, config)
	if err != nil {
		return nil, err
	}
	db := stdlib.OpenDBFromPool(pool)
	if err := errors.Join(schema.Up(ctx, goose.DialectPostgres, db, files), db.Close()); err != nil {
		pool.Close()
		return nil, err
	}
	return &Store{pool: pool, readOnly: true, held: make(map[int64]engine.Lease)}, nil
}

// Close gives back every account that is held, and closes all connections. It
// may be called more than once.
func (s *Store) Close() error {
	err := errors.Join(s.releaseAll(context.Background()), s.signOff(context.Background()))
	s.pool.Close()
	return err
}

// Backup fails: the database has tools of its own for that.
func (s *Store) Backup(context.Context, string) error {
	return errors.New("a PostgreSQL state is backed up with the database's own tools: see pg_dump")
}

// Check reads nothing through: PostgreSQL reports damage where it meets it. It
// only fails where the database does not answer.
func (s *Store) Check(ctx context.Context) error {
	if err := ping(ctx, s.pool); err != nil {
		return fmt.Errorf("reaching the PostgreSQL state: %w", err)
	}
	return nil
}

// notFound turns the database's "no rows" into the engine's.
func notFound(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return engine.ErrNotFound
	}
	return err
}
