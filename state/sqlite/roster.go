package sqlite

import (
	"context"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// Attend answers with the zero Roster: a file serves one process.
func (s *Store) Attend(context.Context, engine.Holder, time.Duration) (engine.Roster, error) {
	return engine.Roster{}, nil
}

// Roster answers with the zero Roster: a file serves one process.
func (s *Store) Roster(context.Context) (engine.Roster, error) { return engine.Roster{}, nil }

// AskPoll has nobody to ask: who holds an account is this process itself.
func (s *Store) AskPoll(context.Context, []int64) error { return nil }
