package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
)

// recordsVariable asks for one more, larger history; "make bench" sets it.
const recordsVariable = "HUNTSYNC_BENCH_RECORDS"

// templateID is the incident that histories are copied from. All of a history's
// numbers are as long.
const templateID = 100_000_000

// liveID is the first incident that is not history.
const liveID = 900_000_000

// BenchmarkHistory starts, and makes passes over changed incidents, with histories
// of different lengths in an SQLite state: closed incidents with their closed
// tickets. Figures that do not grow with the history say that the cost follows the
// changes.
func BenchmarkHistory(b *testing.B) {
	for _, records := range histories(b) {
		b.Run(fmt.Sprintf("records=%d", records), func(b *testing.B) {
			w := newBenchWorld(b, `state "sqlite" { path = "state.db" }`)
			w.fill(b, records)
			b.Run("start", w.benchmarkStart)
			first := int64(liveID)
			for _, changed := range []int64{0, 100, 10_000} {
				b.Run(fmt.Sprintf("changed=%d", changed), func(b *testing.B) { w.benchmarkPass(b, first, changed) })
				first += changed
			}
		})
	}
}

// histories are the numbers of records to measure with.
func histories(b *testing.B) []int64 {
	b.Helper()
	all := []int64{10_000, 100_000}
	text := os.Getenv(recordsVariable)
	if text == "" {
		return all
	}
	more, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		b.Fatalf("%s: %v", recordsVariable, err)
	}
	return append(all, more)
}

func (w *benchWorld) file() string { return filepath.Join(w.dir, "state.db") }

// fill lets one incident live from its first day to its last, and copies what the
// state has of it.
func (w *benchWorld) fill(b *testing.B, records int64) {
	b.Helper()
	l := w.start(b, nil)
	w.publish(templateID, 1)
	l.pass(b, 1)
	w.update(b, templateID, 1)
	l.pass(b, 1)
	if err := w.huntress.SetStatus(simAccount, templateID, huntresssim.StatusClosed); err != nil {
		b.Fatal(err)
	}
	l.pass(b, 1)
	tally, err := l.store.Tally(b.Context(), simAccount)
	if err != nil || !tally.NextDue.IsZero() {
		b.Fatalf("the history owes something: %+v, %v", tally, err)
	}
	l.end(b)
	began := time.Now()
	w.onFile(b, func(db *sql.DB) {
		for done := int64(0); done < records; {
			done += w.copyTemplate(b, db, done, min(records-done, 50_000))
		}
	})
	b.Logf("%d records were copied in %s", records, time.Since(began).Round(time.Millisecond))
}

// onFile works on the file that nobody has open.
func (w *benchWorld) onFile(b *testing.B, do func(*sql.DB)) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+w.file()+"?_pragma=synchronous(OFF)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	do(db)
}

// copyTemplate adds copies with the numbers after those that there are.
func (w *benchWorld) copyTemplate(b *testing.B, db *sql.DB, there, many int64) int64 {
	b.Helper()
	const numbers = `WITH RECURSIVE numbers(n) AS (SELECT ?2 + 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2 + ?3) `
	for _, query := range []string{
		numbers + `
			INSERT INTO records (account_id, incident_id, kind, version, open, severity, since, changed_at, pruned,
				begun, in_doubt, ticket, deleted_by_person, extras, due_at, aside, work, seen)
			SELECT account_id, ?1 + n, kind, version, open, severity, since - n, changed_at - n, pruned,
				begun, in_doubt, ticket, deleted_by_person, extras, due_at, aside, replace(work, ?1, ?1 + n), replace(seen, ?1, ?1 + n)
			FROM records CROSS JOIN numbers WHERE account_id = ?4 AND incident_id = ?1`,
		`
			INSERT INTO raw_incidents (record_id, encoding, document)
			SELECT copy.id, encoding, document FROM records AS original
				JOIN raw_incidents ON record_id = original.id CROSS JOIN records AS copy
			WHERE original.account_id = ?4 AND original.incident_id = ?1
				AND copy.account_id = ?4 AND copy.incident_id BETWEEN ?1 + ?2 + 1 AND ?1 + ?2 + ?3`,
		numbers + `
			INSERT INTO journal (account_id, incident_id, kind, at, document)
			SELECT account_id, ?1 + n, kind, at - n, replace(document, ?1, ?1 + n)
			FROM journal CROSS JOIN numbers WHERE account_id = ?4 AND incident_id = ?1`,
	} {
		if _, err := db.ExecContext(b.Context(), query, templateID, there, many, simAccount); err != nil {
			b.Fatal(err)
		}
	}
	return many
}

// benchmarkStart starts until the first quiet pass has ended.
func (w *benchWorld) benchmarkStart(b *testing.B) {
	var open, configure time.Duration
	for b.Loop() {
		l := w.start(b, nil)
		l.pass(b, 0)
		open, configure = open+l.took.open, configure+l.took.configure
		b.StopTimer()
		l.end(b)
		b.StartTimer()
	}
	b.ReportMetric(float64(open.Milliseconds())/float64(b.N), "open-ms")
	b.ReportMetric(float64(configure.Milliseconds())/float64(b.N), "configure-ms")
}

// benchmarkPass makes passes over so many incidents, each of which gets a note.
func (w *benchWorld) benchmarkPass(b *testing.B, first, changed int64) {
	l := w.start(b, nil)
	defer l.end(b)
	w.publish(first, changed)
	l.pass(b, changed)
	for b.Loop() {
		b.StopTimer()
		w.update(b, first, changed)
		b.StartTimer()
		l.pass(b, changed)
	}
}
