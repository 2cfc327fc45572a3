package postgres_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/postgres"
)

// A database or a role may be set to isolate transactions more than ours need: then
// who waited for another's write would fail, instead of going on after it.
func TestStricterDefaultIsolation(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"repeatable%20read", "serializable"} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			address := server.Fresh(t) + "&default_transaction_isolation=" + level
			s := temporary(t, postgres.Options{URL: address})
			lease := acquire(t, s, "a", time.Hour)
			observeAtRest(t, s, lease, 1)
			saved := make(chan error, 1)
			err := s.Write(t.Context(), lease, func(tx pgx.Tx) error {
				if _, err := tx.Exec(t.Context(), `UPDATE records SET due_at = 1`); err != nil {
					return err
				}
				go func() {
					key := engine.Key{AccountID: account, Kind: engine.KindIncident, IncidentID: 1}
					saved <- s.Save(t.Context(), lease, engine.Record{Key: key})
				}()
				return untilWaitedFor(t.Context(), tx)
			})
			if err != nil {
				t.Error(err)
			}
			if err := <-saved; err != nil {
				t.Errorf("saving beside another: %v", err)
			}
		})
	}
}
