package statetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
)

// ttl is how long leases of the suite last, where they end by themselves.
const ttl = time.Minute

// account is the one that most tests write for.
const account int64 = 5

// noon is when the suite plays.
func noon() time.Time { return time.Date(2026, time.August, 3, 12, 0, 0, 0, time.UTC) }

// holder is a process that works accounts.
func holder(id string) engine.Holder {
	return engine.Holder{ID: id, Host: "host-" + id, PID: 4711, Command: "run", Since: noon()}
}

// session is an open store with an account taken.
type session struct {
	Store

	lease engine.Lease
}

// begin opens the place and takes the account; the test's end gives both back.
func begin(t *testing.T, place Place) session {
	t.Helper()
	store := open(t, place)
	return session{Store: store, lease: acquire(t, store, account, "a")}
}

func open(tb testing.TB, place Place) Store {
	tb.Helper()
	store := place(tb)
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Errorf("closing the store: %v", err)
		}
	})
	return store
}

func acquire(tb testing.TB, store Store, accountID int64, id string) engine.Lease {
	tb.Helper()
	lease, err := store.Acquire(tb.Context(), accountID, holder(id), ttl)
	if err != nil {
		tb.Fatalf("taking account %d: %v", accountID, err)
	}
	return lease
}

// key is an incident of the usual account.
func key(id int64) engine.Key {
	return engine.Key{AccountID: account, Kind: engine.KindIncident, IncidentID: id}
}

// row is an incident as observing finds it: open, critical, sent at noon.
func row(id, version int64, change ...func(*engine.Seen)) engine.Record {
	seen := engine.Seen{
		Incident: engine.Incident{
			ID: id, AccountID: account, Subject: "Subject", Severity: engine.SeverityCritical,
			Status: engine.StatusSent, SentAt: noon(), Raw: []byte(`{"id":1}`),
		},
		Digest: "digest", Version: version, FirstAt: noon(), ChangedAt: noon().Add(time.Duration(version) * time.Minute),
	}
	for _, c := range change {
		c(&seen)
	}
	return engine.Record{Key: key(id), Seen: seen}
}

// ticket is the ticket of an incident.
func ticket(id string) *engine.TicketLink { return &engine.TicketLink{ID: id, Number: "T-" + id} }

// intent is a change that was begun.
func intent() *engine.Intent {
	return &engine.Intent{Operation: uuid.UUID{1, 2, 3}, Action: engine.ActionCreate, Cause: engine.CauseNew, StartedAt: noon()}
}

// entry is a row of the journal.
func entry(k engine.Key, at time.Time, detail string) engine.Entry {
	return engine.Entry{
		At: at, Key: k, Action: engine.ActionCreate, Cause: engine.CauseNew, Outcome: engine.OutcomeDone,
		Ticket: "T-1", Detail: detail, Policy: "hash", Who: "run@host", PassID: "pass",
	}
}

func (s session) observe(t *testing.T, rows ...engine.Record) {
	t.Helper()
	must(t, s.Observe(t.Context(), s.lease, engine.Observation{AccountID: account, Rows: rows}))
}

// settle saves a record as it is stored, with other work and another due time.
func (s session) settle(t *testing.T, id int64, work engine.Work, dueAt time.Time, entries ...engine.Entry) {
	t.Helper()
	r := s.record(t, id)
	r.Work, r.DueAt = work, dueAt
	must(t, s.Save(t.Context(), s.lease, r, entries...))
}

func (s session) record(t *testing.T, id int64) engine.Record {
	t.Helper()
	r, err := s.Record(t.Context(), key(id))
	must(t, err)
	return r
}

// ids lists the incidents that a query finds, in its order.
func (s session) ids(t *testing.T, q engine.RecordQuery) []int64 {
	t.Helper()
	records, err := s.Records(t.Context(), q)
	must(t, err)
	return idsOf(records)
}

func idsOf(records []engine.Record) []int64 {
	ids := []int64{}
	for _, r := range records {
		ids = append(ids, r.Key.IncidentID)
	}
	return ids
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got the error %v, want %v", err, want)
	}
}

// equal compares what was read with what was written. No list and an empty one
// are the same to JSON.
func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := difference(got, want); diff != "" {
		t.Fatalf("got (+), want (-):\n%s", diff)
	}
}

func difference(got, want any) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty())
}

// eachWrite calls every method that writes under a lease.
func eachWrite(store Store) map[string]func(context.Context, engine.Lease) error {
	return map[string]func(context.Context, engine.Lease) error{
		"Observe": func(ctx context.Context, lease engine.Lease) error {
			poll := engine.PollState{Account: engine.Account{ID: account, Name: "changed"}}
			return store.Observe(ctx, lease, engine.Observation{
				AccountID: account, Rows: []engine.Record{row(1, 9)}, Poll: &poll,
				Organizations: []engine.Organization{{ID: 99}},
			})
		},
		"SaveAdoption": func(ctx context.Context, lease engine.Lease) error {
			return store.SaveAdoption(ctx, lease, engine.Adoption{AccountID: account, Owed: true, ReadAt: noon()})
		},
		"Save": func(ctx context.Context, lease engine.Lease) error {
			r := row(1, 1)
			r.Work.Ticket = ticket("changed")
			return store.Save(ctx, lease, r, entry(r.Key, noon(), "changed"))
		},
		"Forget": func(ctx context.Context, lease engine.Lease) error {
			return store.Forget(ctx, lease, key(1), entry(key(1), noon(), "changed"))
		},
		"Wake": func(ctx context.Context, lease engine.Lease) error { return store.Wake(ctx, lease, noon()) },
		"SaveDesk": func(ctx context.Context, lease engine.Lease) error {
			return store.SaveDesk(ctx, lease, engine.DeskState{URL: "https://changed.example.com"})
		},
		"Prune": func(ctx context.Context, lease engine.Lease) error {
			_, _, err := store.Prune(ctx, lease, noon().AddDate(1, 0, 0))
			return err
		},
	}
}

// everything is all that a store holds, to be compared.
type everything struct {
	Accounts []engine.AccountState
	Records  []engine.Record
	Raw      map[int64]string
	Journal  []engine.Entry
	Desk     engine.DeskState
	Serial   int64
}

func readAll(t *testing.T, store Store) everything {
	t.Helper()
	all := everything{Raw: map[int64]string{}}
	var err error
	all.Accounts, err = store.Accounts(t.Context())
	must(t, err)
	all.Records, err = store.Records(t.Context(), engine.RecordQuery{})
	must(t, err)
	for _, r := range all.Records {
		raw, err := store.RawIncident(t.Context(), r.Key)
		if !errors.Is(err, engine.ErrNotFound) {
			must(t, err)
		}
		all.Raw[r.Key.IncidentID] = string(raw)
	}
	all.Journal, err = store.Journal(t.Context(), engine.JournalQuery{})
	must(t, err)
	all.Desk, err = store.Desk(t.Context())
	must(t, err)
	all.Serial, err = store.Serial(t.Context())
	must(t, err)
	return all
}
