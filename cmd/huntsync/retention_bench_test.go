package main

import (
	"database/sql"
	"os"
	"testing"
	"time"
)

// BenchmarkRetention ends the retention of a whole history in an SQLite state, and
// tells what a closed incident takes in the file, with its ticket, what it said and
// its journal, and what it takes when only the record is left and the space was
// given back.
func BenchmarkRetention(b *testing.B) {
	const records = 100_000
	var before, after int64
	for b.Loop() {
		b.StopTimer()
		w := newBenchWorld(b, `state "sqlite" { path = "state.db" }`)
		w.fill(b, records)
		w.vacuum(b)
		before = w.size(b)
		l := w.start(b, nil)
		lease, err := l.store.Acquire(b.Context(), simAccount, l.engine.Holder(), 0)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		_, n, err := l.store.Prune(b.Context(), lease, time.Now().Add(time.Hour))
		b.StopTimer()
		if err != nil || n != records+1 {
			b.Fatalf("the retention of %d incidents ended, want %d: %v", n, records+1, err)
		}
		l.end(b)
		w.vacuum(b)
		after = w.size(b)
		b.StartTimer()
	}
	b.ReportMetric(float64(before)/records, "bytes/record")
	b.ReportMetric(float64(after)/records, "bytes/record-after")
}

// vacuum gives the space that is free in the file back.
func (w *benchWorld) vacuum(b *testing.B) {
	b.Helper()
	w.onFile(b, func(db *sql.DB) {
		if _, err := db.ExecContext(b.Context(), "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			b.Fatal(err)
		}
	})
}

func (w *benchWorld) size(b *testing.B) int64 {
	b.Helper()
	about, err := os.Stat(w.file())
	if err != nil {
		b.Fatal(err)
	}
	return about.Size()
}
