package postgres_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/huntsync/huntsync/state/postgres"
	"github.com/huntsync/huntsync/state/postgres/postgrestest"
	"github.com/huntsync/huntsync/state/statetest"
)

var server postgrestest.Server

// TestMain stops the server that the tests share, and fails when a test leaves a
// goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(serving{m}) }

// serving are tests with a server.
type serving struct{ *testing.M }

func (s serving) Run() int {
	code := s.M.Run()
	if err := server.Stop(); err != nil {
		panic(err)
	}
	return code
}

func place(tb testing.TB) statetest.Place {
	tb.Helper()
	address := server.Fresh(tb)
	return func(tb testing.TB) statetest.Store {
		tb.Helper()
		return openStore(tb, postgres.Options{URL: address})
	}
}

// openStore opens a store that the caller closes.
func openStore(tb testing.TB, o postgres.Options) *postgres.Store {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	statetest.Run(t, place)
}

// BenchmarkStore measures on tables that are as new as a test's: until autovacuum has
// looked at them for the first time, within a minute or so, PostgreSQL does not know
// that hardly any record is open or due, and reads all of them for "wake" and "tally".
func BenchmarkStore(b *testing.B) { statetest.Benchmark(b, place) }
