// Package state opens the store that a configuration names, and sees to it that
// it belongs to the desk that the configuration names.
package state

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/schema"
	"github.com/huntsync/huntsync/state/postgres"
	"github.com/huntsync/huntsync/state/sqlite"
)

// Store is an [engine.Store] with what operators need beside it.
type Store interface {
	engine.Store
	// Prune ends the retention of what is older than a time. Journal entries go;
	// of incidents that are closed, owe nothing and last changed before it, what
	// they said goes, while their records stay, so that an incident that comes
	// back finds its ticket. It returns how many of each there were.
	Prune(ctx context.Context, lease engine.Lease, before time.Time) (entries, incidents int, err error)
	// Size counts the records of all accounts. It reads through an index of them.
	Size(ctx context.Context) (int, error)
	// Serial grows with each change of a record or an adoption; a poll that saw
	// nothing new leaves it. A saved plan that has another one is stale.
	Serial(ctx context.Context) (int64, error)
	// Backup writes a copy to a new file while others go on reading and writing.
	Backup(ctx context.Context, file string) error
	// Check reads everything and reports damage.
	Check(ctx context.Context) error
}

// SchemaError says that a state has the schema of a newer or an older huntsync.
type SchemaError = schema.Error

// Kind is where a state is kept. The set is closed.
type Kind string

// The kinds, named as in the configuration.
const (
	KindSQLite   Kind = "sqlite"
	KindPostgres Kind = "postgres"
)

// Options say which state to open.
type Options struct {
	Kind Kind
	// Path is the file of an SQLite state.
	Path string
	// URL is the address of a PostgreSQL state. It may hold a password, and is
	// never part of an error.
	URL string
	// ReadOnly opens the state without ever changing it; one that does not exist
	// reads as empty.
	ReadOnly bool
	// Desk is the URL of the desk that the state must belong to, unless it belongs
	// to none yet. Empty is not checked, for the command that changes it.
	Desk string
}

// Open opens a state. It fails with [*BindingError] where the state belongs to
// another desk, and otherwise as the store of its kind does. The caller closes it.
func Open(ctx context.Context, o Options) (Store, error) {
	s, err := openKind(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := checkBinding(ctx, s, o.Desk); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func openKind(ctx context.Context, o Options) (Store, error) {
	switch o.Kind {
	case KindSQLite:
		return sqlite.Open(ctx, sqlite.Options{Path: o.Path, ReadOnly: o.ReadOnly})
	case KindPostgres:
		return postgres.Open(ctx, postgres.Options{URL: o.URL, ReadOnly: o.ReadOnly})
	default:
		return nil, fmt.Errorf("there is no kind of state %q: it is %q or %q", o.Kind, KindSQLite, KindPostgres)
	}
}
