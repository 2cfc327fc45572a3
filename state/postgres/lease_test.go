package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/postgres"
)

const account int64 = 5

func holder(id string) engine.Holder {
	return engine.Holder{ID: id, Host: "host-" + id, PID: 1, Command: "run", Since: time.Unix(1, 0).UTC()}
}

// temporary opens a store that the end of the test closes.
func temporary(tb testing.TB, o postgres.Options) *postgres.Store {
	tb.Helper()
	s := openStore(tb, o)
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func acquire(tb testing.TB, s *postgres.Store, id string, ttl time.Duration) engine.Lease {
	tb.Helper()
	lease, err := s.Acquire(tb.Context(), account, holder(id), ttl)
	if err != nil {
		tb.Fatal(err)
	}
	return lease
}

// execute changes the database as nobody should.
func execute(tb testing.TB, address, statement string, args ...any) {
	tb.Helper()
	connection, err := pgx.Connect(tb.Context(), address)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := connection.Exec(tb.Context(), statement, args...); err != nil {
		tb.Fatal(err)
	}
	if err := connection.Close(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// endLease lets the time of a lease pass, by the clock that counts.
func endLease(tb testing.TB, address string) {
	tb.Helper()
	execute(tb, address, `UPDATE leases SET expires_at = clock_timestamp() - interval '1 second'`)
}

// A holder that was paused past its end cannot write, whether or not somebody
// else has come since.
func TestLeaseEnds(t *testing.T) {
	t.Parallel()
	address := server.Fresh(t)
	one, two := temporary(t, postgres.Options{URL: address}), temporary(t, postgres.Options{URL: address})
	lease := acquire(t, one, "a", time.Minute)
	endLease(t, address)
	if err := one.Wake(t.Context(), lease, time.Now()); !errors.Is(err, engine.ErrLeaseLost) {
		t.Errorf("a write after the end: got %v", err)
	}
	next := acquire(t, two, "b", time.Minute)
	if next.Epoch <= lease.Epoch {
		t.Errorf("the next holder has epoch %d after %d", next.Epoch, lease.Epoch)
	}
	if err := one.Wake(t.Context(), lease, time.Now()); !errors.Is(err, engine.ErrLeaseLost) {
		t.Errorf("a write after somebody took over: got %v", err)
	}
	_, err := one.Acquire(t.Context(), account, holder("a"), time.Minute)
	held, ok := errors.AsType[*engine.HeldError](err)
	if !ok || held.Holder != holder("b") || time.Until(held.Expires) < 30*time.Second || time.Until(held.Expires) > time.Minute {
		t.Errorf("coming back: got %v", err)
	}
}

// Who lets its own lease end gets a new epoch: nobody knows what was on the way.
func TestLeaseTakenUpAgain(t *testing.T) {
	t.Parallel()
	address := server.Fresh(t)
	s := temporary(t, postgres.Options{URL: address})
	lease := acquire(t, s, "a", time.Minute)
	endLease(t, address)
	again := acquire(t, s, "a", time.Minute)
	if again.Epoch <= lease.Epoch {
		t.Errorf("the epoch is %d after %d", again.Epoch, lease.Epoch)
	}
	if err := s.Wake(t.Context(), lease, time.Now()); !errors.Is(err, engine.ErrLeaseLost) {
		t.Errorf("a write under the ended lease: got %v", err)
	}
}

func TestLeaseNeedsAnEnd(t *testing.T) {
	t.Parallel()
	s := temporary(t, postgres.Options{URL: server.Fresh(t)})
	if _, err := s.Acquire(t.Context(), account, holder("a"), 0); err == nil {
		t.Error("a lease without an end was given")
	}
}

func TestLeaseIsRenewed(t *testing.T) {
	t.Parallel()
	s := temporary(t, postgres.Options{URL: server.Fresh(t)})
	first := acquire(t, s, "a", time.Minute)
	second := acquire(t, s, "a", time.Hour)
	if second.Epoch != first.Epoch || time.Until(second.Expires) < 59*time.Minute {
		t.Errorf("the lease %+v was renewed as %+v", first, second)
	}
}

// Many come at once: one gets it.
func TestLeaseRace(t *testing.T) {
	t.Parallel()
	address := server.Fresh(t)
	s := temporary(t, postgres.Options{URL: address})
	var all sync.WaitGroup
	got := make(chan engine.Lease, 20)
	for i := range cap(got) {
		all.Go(func() {
			lease, err := s.Acquire(t.Context(), account, holder(string(rune('a'+i))), time.Minute)
			if _, held := errors.AsType[*engine.HeldError](err); err != nil && !held {
				t.Error(err)
			}
			if err == nil {
				got <- lease
			}
		})
	}
	all.Wait()
	if len(got) != 1 {
		t.Errorf("%d holders got the account, want 1", len(got))
	}
}

// While a write is on its way, nobody takes the account: the write is whole
// before the next holder reads.
func TestTakeoverWaitsForTheWrite(t *testing.T) {
	t.Parallel()
	address := server.Fresh(t)
	one, two := temporary(t, postgres.Options{URL: address}), temporary(t, postgres.Options{URL: address})
	lease := acquire(t, one, "a", time.Minute)

	// A write of the holder's that stops after its fence.
	writing, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer writing.Close(context.WithoutCancel(t.Context()))
	tx, err := writing.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := postgres.Fence(t.Context(), tx, lease); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = two.Acquire(short, account, holder("b"), time.Minute)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("taking the account beside a write: got %v, want to wait", err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	endLease(t, address)
	acquire(t, two, "b", time.Minute)
}

// TestPausedWriteFreesItsLocks pauses a process in the middle of a write, as SIGSTOP
// or a broken network does: its lease ends, and another takes the account within
// seconds; what the first one wrote is gone.
func TestPausedWriteFreesItsLocks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it waits for the database to give up a transaction; run without -short")
	}
	address := server.Fresh(t)
	one := temporary(t, postgres.Options{URL: address})
	two := temporary(t, postgres.Options{URL: address})
	lease := acquire(t, one, "a", time.Second)
	taken := make(chan struct{})
	err := one.Write(t.Context(), lease, func(tx pgx.Tx) error {
		defer close(taken)
		within, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for {
			_, err := two.Acquire(within, account, holder("b"), time.Minute)
			if _, held := errors.AsType[*engine.HeldError](err); held {
				continue
			}
			if err != nil {
				t.Errorf("taking the account of a paused process: %v", err)
			}
			_, err = tx.Exec(t.Context(), "SELECT 1")
			return err
		}
	})
	<-taken
	if err == nil {
		t.Error("the paused process went on writing")
	}
}

func TestOpenTogether(t *testing.T) {
	t.Parallel()
	address := server.Fresh(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			s, err := postgres.Open(t.Context(), postgres.Options{URL: address})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestOpenReadOnly(t *testing.T) {
	t.Parallel()
	address := server.Fresh(t)
	empty := temporary(t, postgres.Options{URL: address, ReadOnly: true})
	records, err := empty.Records(t.Context(), engine.RecordQuery{})
	if err != nil || len(records) > 0 {
		t.Errorf("a database without a state reads as %v, %v", records, err)
	}
	if _, err := empty.Acquire(t.Context(), account, holder("a"), time.Minute); !errors.Is(err, postgres.ErrReadOnly) {
		t.Errorf("taking an account of nothing: got %v", err)
	}
	writer := temporary(t, postgres.Options{URL: address}) // fails if reading had made tables
	lease := acquire(t, writer, "a", time.Minute)
	reader := temporary(t, postgres.Options{URL: address, ReadOnly: true})
	for name, err := range map[string]error{
		"wake": reader.Wake(t.Context(), lease, time.Now()), "release": reader.Release(t.Context(), lease),
	} {
		if !errors.Is(err, postgres.ErrReadOnly) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestOpenRefusesAnotherSchema(t *testing.T) {
	t.Parallel()
	address := server.Fresh(t)
	temporary(t, postgres.Options{URL: address})
	execute(t, address, `INSERT INTO schema_versions (version_id, is_applied) VALUES (9, TRUE)`)
	want := "state schema 9 is newer than this huntsync supports (3): upgrade huntsync or restore a backup"
	for _, readOnly := range []bool{false, true} {
		_, err := postgres.Open(t.Context(), postgres.Options{URL: address, ReadOnly: readOnly})
		if err == nil || err.Error() != want {
			t.Errorf("got the error %v, want %s", err, want)
		}
	}
}

func TestOpenShowsNoPassword(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"postgres://user:hunter2@%zz/database",
		"postgres://user:hunter2@127.0.0.1:1/database?connect_timeout=1",
		"host=127.0.0.1 port=1 user=user password=hunter2 connect_timeout=1",
		"password=hunter2 =nonsense",
		"hunter2://x:hunter2@[",
		// As people write passwords that should have been escaped.
		"postgres://user:p@hunter2@127.0.0.1:1/database?connect_timeout=1",
		"postgres://user:/hunter2@127.0.0.1:1/database?connect_timeout=1",
		"postgresql://user:1/hunter2@127.0.0.1:1/database?connect_timeout=1",
	} {
		_, err := postgres.Open(t.Context(), postgres.Options{URL: address})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got the error %v", err)
		}
	}
}

// A replica that starts while another brings the schema up to date waits for it.
func TestMigrationsWaitForEachOther(t *testing.T) {
	t.Parallel()
	address := server.Fresh(t)
	other, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context()))
	if _, err := other.Exec(t.Context(), postgres.MigrationLock); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := postgres.Open(short, postgres.Options{URL: address}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("migrating beside another: got %v, want to wait", err)
	}
	if err := other.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	temporary(t, postgres.Options{URL: address})
}
