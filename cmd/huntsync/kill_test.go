package main

import (
	"context"
	"database/sql"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/huntsync/huntsync/state/postgres/postgrestest"
)

// killsVariable is how often the program is killed; "make kill" sets it.
const killsVariable = "HUNTSYNC_KILLS"

// TestKill runs the program itself, as a process of its own, against both
// simulators on loopback, and kills it (SIGKILL: nothing is finished, nothing is
// given back) again and again: after a random time, at a random request to
// Huntress, and at a random write to the desk before it is done, while it is done
// and after it was done but not yet answered. Meanwhile incidents are published,
// closed and reopened. Afterwards each of them has exactly one ticket, in the
// right place and the right state.
func TestKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it kills processes for a minute; run without -short")
	}
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		killAgainAndAgain(t, newKillWorld(t, "", func() {}))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		server := postgrestest.New(t)
		address := server.Fresh(t)
		killAgainAndAgain(t, newKillWorld(t, address, func() { endLeases(t, address) }))
	})
}

func killAgainAndAgain(t *testing.T, w *killWorld) {
	t.Helper()
	stop := w.stream()
	for range kills(t) {
		w.life(w.rng.IntN(len(killMoments())))
	}
	stop()
	w.mend()
	w.judge()
	searchSecrets(t, w.dir)
	if !t.Failed() {
		t.Log(w.figures())
	}
}

// kills is how often to kill.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv(killsVariable)
	if text == "" {
		return 8
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", killsVariable, err)
	}
	return n
}

// endLeases lets the seconds pass for which a lease outlives its holder. They are
// there for a holder that may still be at work; this one is surely dead.
func endLeases(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var exists bool
	if err := db.QueryRowContext(ctx, `SELECT to_regclass('leases') IS NOT NULL AND to_regclass('replicas') IS NOT NULL`).Scan(&exists); err != nil {
		t.Fatal(err)
	}
	if !exists {
		return // It was killed before it had made its tables.
	}
	if _, err := db.ExecContext(ctx, `UPDATE leases SET expires_at = clock_timestamp(); DELETE FROM replicas`); err != nil {
		t.Fatal(err)
	}
}
