package postgres_test

import (
	"errors"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/postgres"
)

// Who comes while the holder gives the account back gets it, or is told who has it.
func TestAcquireBesideARelease(t *testing.T) {
	t.Parallel()
	address := server.Fresh(t)
	one, two := temporary(t, postgres.Options{URL: address}), temporary(t, postgres.Options{URL: address})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 1000 {
			takeInPassing(t, one, "a")
		}
	}()
	for {
		select {
		case <-done:
			return
		default:
			takeInPassing(t, two, "b")
		}
	}
}

// takeInPassing takes the account, where nobody has it, and gives it back.
func takeInPassing(t *testing.T, s *postgres.Store, id string) {
	t.Helper()
	lease, err := s.Acquire(t.Context(), account, holder(id), time.Minute)
	if held, ok := errors.AsType[*engine.HeldError](err); ok {
		if held.Holder.ID == "" || held.Expires.IsZero() {
			t.Errorf("the account is held by %+v", held)
		}
		return
	}
	if err == nil {
		err = s.Release(t.Context(), lease)
	}
	if err != nil {
		t.Error(err)
	}
}
