package statetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// Benchmark measures what the engine asks most, over a small and a large
// history: the figures of the two are to be the same.
func Benchmark(b *testing.B, fresh func(tb testing.TB) Place) {
	b.Helper()
	for _, history := range []int64{1_000, 100_000} {
		b.Run(fmt.Sprintf("history=%d", history), func(b *testing.B) {
			store := open(b, fresh(b))
			lease := acquire(b, store, account, "a")
			begun := time.Now()
			Fill(b, store, lease, history)
			b.Logf("%d records were written in %v", history, time.Since(begun))
			s := session{Store: store, lease: lease}
			b.Run("observe-500-new", func(b *testing.B) { benchmarkObserve(b, s, history) })
			b.Run("observe-500-unchanged", func(b *testing.B) { benchmarkUnchanged(b, s) })
			b.Run("save", func(b *testing.B) { benchmarkSave(b, s) })
			b.Run("due-10", func(b *testing.B) { benchmarkDue(b, s) })
			b.Run("wake", func(b *testing.B) { benchmarkWake(b, s) })
			b.Run("tally", func(b *testing.B) { benchmarkTally(b, s) })
		})
	}
}

// report is a row as long as real ones are.
func report(id, version int64) engine.Record {
	body := strings.Repeat(fmt.Sprintf("Host %d ran a process that nobody expected there. ", id), 40)
	return row(id, version, func(seen *engine.Seen) {
		seen.Incident.Status = engine.StatusClosed
		seen.Incident.Summary, seen.Incident.Body = body[:400], body
		seen.Incident.Raw = fmt.Appendf(nil, `{"id":%d,"summary":%q,"body":%q,"status":"closed","severity":"critical"}`, id, body[:400], body)
	})
}

// Fill writes a history into an empty store: closed incidents of account 5, as
// long as real ones are, with a ticket each, that owe nothing.
func Fill(b *testing.B, store Store, lease engine.Lease, size int64) {
	b.Helper()
	const batch = 500
	for from := int64(1); from <= size; from += batch {
		o := engine.Observation{AccountID: account}
		for id := from; id < from+batch; id++ {
			o.Rows = append(o.Rows, report(id, 1))
		}
		if err := store.Observe(b.Context(), lease, o); err != nil {
			b.Fatal(err)
		}
	}
	settleAll(b, store, lease)
}

// settleAll leaves nothing owed.
func settleAll(b *testing.B, store Store, lease engine.Lease) {
	b.Helper()
	for {
		due, err := store.Records(b.Context(), engine.RecordQuery{AccountID: account, DueBy: noon().AddDate(9, 0, 0), Limit: 500})
		if err != nil {
			b.Fatal(err)
		}
		if len(due) == 0 {
			return
		}
		for _, r := range due {
			r.Work.Ticket, r.DueAt = ticket("1"), time.Time{}
			if err := store.Save(b.Context(), lease, r); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchmarkObserve(b *testing.B, s session, history int64) {
	next := history
	for b.Loop() {
		b.StopTimer()
		o := engine.Observation{AccountID: account}
		for range 500 {
			next++
			o.Rows = append(o.Rows, report(next, 1))
		}
		b.StartTimer()
		if err := s.Observe(b.Context(), s.lease, o); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	for id := history + 1; id <= next; id++ {
		k := key(id)
		if err := s.Forget(b.Context(), s.lease, k, entry(k, noon(), "")); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkUnchanged(b *testing.B, s session) {
	o := engine.Observation{AccountID: account}
	for id := range int64(500) {
		o.Rows = append(o.Rows, report(id+1, 1))
	}
	for b.Loop() {
		if err := s.Observe(b.Context(), s.lease, o); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkSave(b *testing.B, s session) {
	r, err := s.Record(b.Context(), key(500))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.Save(b.Context(), s.lease, r, entry(r.Key, noon(), "benchmark")); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkDue(b *testing.B, s session) {
	for id := range int64(10) {
		r, err := s.Record(b.Context(), key(1+id*97))
		if err != nil {
			b.Fatal(err)
		}
		r.DueAt = noon()
		if err := s.Save(b.Context(), s.lease, r); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		due, err := s.Records(b.Context(), engine.RecordQuery{AccountID: account, DueBy: noon()})
		if err != nil || len(due) != 10 {
			b.Fatalf("%d records are due, %v", len(due), err)
		}
	}
}

func benchmarkWake(b *testing.B, s session) {
	for b.Loop() {
		if err := s.Wake(b.Context(), s.lease, noon().AddDate(9, 0, 0)); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkTally(b *testing.B, s session) {
	for b.Loop() {
		if _, err := s.Tally(b.Context(), account); err != nil {
			b.Fatal(err)
		}
	}
}
