package sqlite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/huntsync/huntsync/state/sqlite"
	"github.com/huntsync/huntsync/state/statetest"
)

func BenchmarkStore(b *testing.B) {
	statetest.Benchmark(b, func(tb testing.TB) statetest.Place {
		tb.Helper()
		path := filepath.Join(tb.TempDir(), "state.db")
		return func(tb testing.TB) statetest.Store {
			tb.Helper()
			return openStore(tb, sqlite.Options{Path: path})
		}
	})
}

// BenchmarkOpen starts on 10,000 records, and tells what a record takes.
func BenchmarkOpen(b *testing.B) {
	const records = 10_000
	path := filepath.Join(b.TempDir(), "state.db")
	s := openStore(b, sqlite.Options{Path: path})
	statetest.Fill(b, s, acquire(b, s, "a"), records)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	about, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := openStore(b, sqlite.Options{Path: path}).Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(about.Size())/records, "bytes/record")
}
