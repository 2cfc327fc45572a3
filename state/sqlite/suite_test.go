package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/huntsync/huntsync/state/sqlite"
	"github.com/huntsync/huntsync/state/statetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	statetest.Run(t, func(tb testing.TB) statetest.Place {
		tb.Helper()
		path := filepath.Join(tb.TempDir(), "state.db")
		return func(tb testing.TB) statetest.Store {
			tb.Helper()
			return openStore(tb, sqlite.Options{Path: path})
		}
	})
}
