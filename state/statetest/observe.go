package statetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
)

func testEmpty(t *testing.T, place Place) {
	store := open(t, place)
	equal(t, readAll(t, store), everything{})
	_, err := store.Account(t.Context(), account)
	wantError(t, err, engine.ErrNotFound)
	_, err = store.Record(t.Context(), key(1))
	wantError(t, err, engine.ErrNotFound)
	_, err = store.RawIncident(t.Context(), key(1))
	wantError(t, err, engine.ErrNotFound)
	tally, err := store.Tally(t.Context(), account)
	must(t, err)
	equal(t, tally, engine.Tally{Open: map[engine.Severity]int{
		engine.SeverityCritical: 0, engine.SeverityHigh: 0, engine.SeverityLow: 0,
	}})
}

func testAccounts(t *testing.T, place Place) {
	store := open(t, place)
	for _, id := range []int64{30, 7, 12} {
		lease := acquire(t, store, id, "a")
		poll := engine.PollState{Account: engine.Account{ID: id, Name: fmt.Sprint("Account ", id)}}
		must(t, store.Observe(t.Context(), lease, engine.Observation{AccountID: id, Poll: &poll}))
	}
	// An unfinished walk commits its rows before there is any poll state.
	must(t, store.Observe(t.Context(), acquire(t, store, 1, "a"), engine.Observation{AccountID: 1}))

	accounts, err := store.Accounts(t.Context())
	must(t, err)
	var got []string
	for _, a := range accounts {
		got = append(got, fmt.Sprintf("%d %q adoption of %d", a.Poll.Account.ID, a.Poll.Account.Name, a.Adoption.AccountID))
	}
	equal(t, got, []string{
		`1 "" adoption of 1`, `7 "Account 7" adoption of 7`, `12 "Account 12" adoption of 12`, `30 "Account 30" adoption of 30`,
	})
	one, err := store.Account(t.Context(), 12)
	must(t, err)
	equal(t, one, accounts[2])
}

func testObserveTogether(t *testing.T, place Place) {
	s := begin(t, place)
	var poll engine.PollState
	fill(reflect.ValueOf(&poll).Elem())
	var organizations []engine.Organization
	fill(reflect.ValueOf(&organizations).Elem())
	must(t, s.Observe(t.Context(), s.lease, engine.Observation{
		AccountID: account, Rows: []engine.Record{row(1, 1), row(2, 1)}, Poll: &poll, Organizations: organizations,
	}))

	got, err := s.Account(t.Context(), account)
	must(t, err)
	equal(t, got, engine.AccountState{
		Poll: poll, Adoption: engine.Adoption{AccountID: account, Owed: true}, Organizations: organizations,
	})
	equal(t, s.ids(t, engine.RecordQuery{}), []int64{1, 2})
}

// A row of another account, or a lease on one, is a mistake that must not be
// stored; nor what came with it.
func testObserveForeign(t *testing.T, place Place) {
	s := begin(t, place)
	foreign := row(2, 1)
	foreign.Key.AccountID++
	before := readAll(t, s)
	if s.Observe(t.Context(), s.lease, engine.Observation{AccountID: account, Rows: []engine.Record{row(1, 1), foreign}}) == nil {
		t.Error("a row of another account was taken")
	}
	if s.Observe(t.Context(), s.lease, engine.Observation{AccountID: account + 1}) == nil {
		t.Error("an observation of another account was taken")
	}
	if s.Save(t.Context(), s.lease, foreign) == nil {
		t.Error("a record of another account was taken")
	}
	if s.Forget(t.Context(), s.lease, foreign.Key, engine.Entry{}) == nil {
		t.Error("a record of another account was forgotten")
	}
	if s.SaveAdoption(t.Context(), s.lease, engine.Adoption{AccountID: account + 1}) == nil {
		t.Error("an adoption of another account was taken")
	}
	equal(t, readAll(t, s), before)
}

func testObserveVersions(t *testing.T, place Place) {
	s := begin(t, place)
	named := func(id, version int64, subject string) engine.Record {
		return row(id, version, func(seen *engine.Seen) { seen.Incident.Subject = subject })
	}
	steps := []struct {
		version int64
		subject string
		want    string
	}{
		{2, "first", "first"},
		{2, "as new", "first"},
		{1, "older", "first"},
		{3, "newer", "newer"},
		{9, "much newer", "much newer"},
	}
	for _, step := range steps {
		s.observe(t, named(1, step.version, step.subject))
		if got := s.record(t, 1).Seen.Incident.Subject; got != step.want {
			t.Errorf("after %q at version %d: got %q, want %q", step.subject, step.version, got, step.want)
		}
	}
	// Rows move while a walk runs: the newer one counts, whichever comes first.
	s.observe(t, named(2, 2, "newer"), named(2, 1, "older"), named(3, 1, "older"), named(3, 2, "newer"))
	for _, id := range []int64{2, 3} {
		if got := s.record(t, id).Seen.Incident.Subject; got != "newer" {
			t.Errorf("of one batch, incident %d is the %s one", id, got)
		}
	}
}

func testObserveSeenHalf(t *testing.T, place Place) {
	s := begin(t, place)
	s.observe(t, row(1, 1))
	work := engine.Work{Ticket: ticket("1"), Told: engine.Told{Version: 1}}
	s.settle(t, 1, work, time.Time{})

	next := row(1, 2)
	next.Work = engine.Work{Ticket: ticket("from observing")}
	next.DueAt = noon().AddDate(0, 0, 9)
	s.observe(t, next)

	got := s.record(t, 1)
	equal(t, got.Work, work)
	equal(t, got.Seen.Version, int64(2))
	if got.DueAt.After(next.Seen.ChangedAt) {
		t.Errorf("it is due at %v, which observing does not decide", got.DueAt)
	}
}

func testObserveDue(t *testing.T, place Place) {
	s := begin(t, place)
	now := noon().Add(time.Hour)
	s.observe(t, row(1, 1))
	equal(t, s.ids(t, engine.RecordQuery{DueBy: now}), []int64{1})

	// Dealt with: nothing is owed, and seeing the same again owes nothing.
	s.settle(t, 1, engine.Work{}, time.Time{})
	s.observe(t, row(1, 1))
	equal(t, s.ids(t, engine.RecordQuery{Owing: true}), []int64{})

	// Put off: news brings it back, the same does not.
	s.settle(t, 1, engine.Work{}, now.Add(time.Hour))
	s.observe(t, row(1, 1))
	equal(t, s.ids(t, engine.RecordQuery{DueBy: now}), []int64{})
	s.observe(t, row(1, 2))
	equal(t, s.ids(t, engine.RecordQuery{DueBy: now}), []int64{1})

	// What is overdue keeps its place.
	s.settle(t, 1, engine.Work{}, noon().Add(-time.Hour))
	s.observe(t, row(1, 3))
	equal(t, s.record(t, 1).DueAt, noon().Add(-time.Hour))

	// At once holds where our own times are missing, too.
	s.observe(t, row(2, 1, func(seen *engine.Seen) { seen.ChangedAt, seen.FirstAt = time.Time{}, time.Time{} }))
	equal(t, s.ids(t, engine.RecordQuery{DueBy: noon(), IncidentIDs: []int64{2}}), []int64{2})
}

func testObserveNil(t *testing.T, place Place) {
	s := begin(t, place)
	poll := engine.PollState{Account: engine.Account{ID: account}, Failures: 3}
	organizations := []engine.Organization{{ID: 1}}
	must(t, s.Observe(t.Context(), s.lease, engine.Observation{AccountID: account, Poll: &poll, Organizations: organizations}))
	s.observe(t, row(1, 1))
	got, err := s.Account(t.Context(), account)
	must(t, err)
	equal(t, got.Poll, poll)
	equal(t, got.Organizations, organizations)

	must(t, s.Observe(t.Context(), s.lease, engine.Observation{AccountID: account, Organizations: []engine.Organization{}}))
	got, err = s.Account(t.Context(), account)
	must(t, err)
	equal(t, got.Poll, poll)
	if len(got.Organizations) != 0 {
		t.Errorf("an empty list of organizations left %v", got.Organizations)
	}
}

func testAdoptionOwed(t *testing.T, place Place) {
	s := begin(t, place)
	observe := func(cursor time.Time) engine.Adoption {
		t.Helper()
		poll := engine.PollState{Account: engine.Account{ID: account}, Cursor: cursor}
		must(t, s.Observe(t.Context(), s.lease, engine.Observation{AccountID: account, Poll: &poll}))
		a, err := s.Account(t.Context(), account)
		must(t, err)
		return a.Adoption
	}
	equal(t, observe(time.Time{}), engine.Adoption{AccountID: account})
	equal(t, observe(noon()), engine.Adoption{AccountID: account, Owed: true})

	done := engine.Adoption{AccountID: account, ReadAt: noon()}
	must(t, s.SaveAdoption(t.Context(), s.lease, done))
	equal(t, observe(noon().Add(time.Hour)), done)
}

func testAdoption(t *testing.T, place Place) {
	s := begin(t, place)
	for _, want := range []engine.Adoption{
		{AccountID: account, Owed: true},
		{AccountID: account, Owed: true, ReadAt: noon()},
		{AccountID: account, ReadAt: noon().Add(time.Hour), Unseen: []int64{7, 8}},
	} {
		must(t, s.SaveAdoption(t.Context(), s.lease, want))
		got, err := s.Account(t.Context(), account)
		must(t, err)
		equal(t, got.Adoption, want)
	}
}

func testLargeBatch(t *testing.T, place Place) {
	s := begin(t, place)
	const size = 5000
	var rows []engine.Record
	for id := int64(1); id <= size; id++ {
		rows = append(rows, row(id, 1))
	}
	s.observe(t, rows...)
	tally, err := s.Tally(t.Context(), account)
	must(t, err)
	stored, err := s.Size(t.Context())
	must(t, err)
	if stored != size || tally.Pending != size {
		t.Errorf("of %d, %d are stored and %d pending", size, stored, tally.Pending)
	}
	var ids []int64
	for id := int64(1); id <= 2*size; id++ {
		ids = append(ids, id)
	}
	if got := s.ids(t, engine.RecordQuery{IncidentIDs: ids}); len(got) != size {
		t.Errorf("asked for by id, %d of %d came", len(got), size)
	}
}
