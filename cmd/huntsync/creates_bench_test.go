package main

import (
	"testing"

	"github.com/huntsync/huntsync/state/postgres/postgrestest"
)

// BenchmarkCreates lets one pass make a thousand tickets, as after a first start, at
// a desk that limits nobody and answers at once: what is left is our own time, most
// of it spent on making the state durable before and after each call.
func BenchmarkCreates(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		benchmarkCreates(b, func() *benchWorld { return newBenchWorld(b, `state "sqlite" { path = "state.db" }`) })
	})
	b.Run("postgres", func(b *testing.B) {
		server := postgrestest.New(b)
		benchmarkCreates(b, func() *benchWorld {
			w := newBenchWorld(b, `state "postgres" { url = env("DATABASE_URL") }`)
			w.env["DATABASE_URL"] = server.Fresh(b)
			return w
		})
	})
}

func benchmarkCreates(b *testing.B, world func() *benchWorld) {
	const many = 1000
	for b.Loop() {
		b.StopTimer()
		w := world()
		l := w.start(b, nil)
		l.pass(b, 0)
		w.publish(liveID, many)
		b.StartTimer()
		l.pass(b, many)
		b.StopTimer()
		if n := len(w.desk.Tickets()); n != many {
			b.Fatalf("%d tickets were made, want %d", n, many)
		}
		l.end(b)
		b.StartTimer()
	}
	b.ReportMetric(float64(many)*float64(b.N)/b.Elapsed().Seconds(), "creates/s")
}
