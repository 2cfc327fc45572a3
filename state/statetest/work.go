package statetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
)

func testSaveWorkHalf(t *testing.T, place Place) {
	s := begin(t, place)
	s.observe(t, row(1, 3))
	before := s.record(t, 1)

	changed := before
	changed.Seen.Incident.Subject = "from saving"
	changed.Seen.Skip = engine.SkipForgotten
	changed.Work = engine.Work{Ticket: ticket("1")}
	changed.DueAt = noon().Add(2 * time.Hour)
	must(t, s.Save(t.Context(), s.lease, changed))

	after := s.record(t, 1)
	equal(t, after.Seen, before.Seen)
	equal(t, after.Work, changed.Work)
	equal(t, after.DueAt, changed.DueAt)
	if _, err := s.RawIncident(t.Context(), key(1)); err != nil {
		t.Errorf("saving lost the raw incident: %v", err)
	}
}

func testSaveCreates(t *testing.T, place Place) {
	s := begin(t, place)
	adopted := engine.Record{Key: key(1), Work: engine.Work{Ticket: ticket("1")}}
	must(t, s.Save(t.Context(), s.lease, adopted, entry(key(1), noon(), "adopted")))
	equal(t, s.record(t, 1), adopted)
	equal(t, s.ids(t, engine.RecordQuery{Open: true}), []int64{})

	// When the incident is seen, it finds its ticket.
	s.observe(t, row(1, 1))
	got := s.record(t, 1)
	equal(t, got.Work, adopted.Work)
	equal(t, got.Seen.Incident.ID, int64(1))
	equal(t, s.ids(t, engine.RecordQuery{Open: true, DueBy: noon().Add(time.Hour)}), []int64{1})

	// A record that was forgotten while a change was applied comes back with what
	// was done; what was seen is not Save's to write, so it is due.
	read := s.record(t, 1)
	must(t, s.Forget(t.Context(), s.lease, key(1), engine.Entry{}))
	read.DueAt = time.Time{}
	must(t, s.Save(t.Context(), s.lease, read))
	got = s.record(t, 1)
	equal(t, got.Seen, engine.Seen{})
	equal(t, got.Work, read.Work)
	equal(t, s.ids(t, engine.RecordQuery{DueBy: noon()}), []int64{1})
}

func testSaveOutdated(t *testing.T, place Place) {
	s := begin(t, place)
	now := noon().Add(time.Hour)
	for name, dueAt := range map[string]time.Time{"nothing owed": {}, "put off": now.AddDate(0, 0, 1)} {
		t.Run(name, func(t *testing.T) {
			s.observe(t, row(1, 1))
			read := s.record(t, 1)
			s.observe(t, row(1, read.Seen.Version+1)) // while the change is applied
			read.Work, read.DueAt = engine.Work{Ticket: ticket(name)}, dueAt
			must(t, s.Save(t.Context(), s.lease, read))

			got := s.record(t, 1)
			equal(t, got.Work, read.Work)
			equal(t, got.Seen.Version, read.Seen.Version+1)
			equal(t, s.ids(t, engine.RecordQuery{DueBy: now}), []int64{1})

			// Even where another save had settled the news meanwhile.
			s.settle(t, 1, read.Work, time.Time{})
			must(t, s.Save(t.Context(), s.lease, read))
			equal(t, s.ids(t, engine.RecordQuery{DueBy: now}), []int64{1})

			// Read again and saved, it goes by what was said.
			s.settle(t, 1, read.Work, dueAt)
			equal(t, s.ids(t, engine.RecordQuery{DueBy: now}), []int64{})
		})
	}
}

func testSaveJournals(t *testing.T, place Place) {
	s := begin(t, place)
	s.observe(t, row(1, 1))
	s.settle(t, 1, engine.Work{}, time.Time{}, entry(key(1), noon(), "one"), entry(key(1), noon(), "two"))
	entries, err := s.Journal(t.Context(), engine.JournalQuery{})
	must(t, err)
	equal(t, details(entries), []string{"two", "one"})

	// Where the record cannot be written, nor is the journal, and the reverse.
	before := readAll(t, s)
	r := s.record(t, 1)
	r.Work.Ticket = ticket("new")
	broken := entry(key(1), time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC), "no JSON has this year")
	if s.Save(t.Context(), s.lease, r, entry(key(1), noon(), "three"), broken) == nil {
		t.Error("an entry that cannot be written was taken")
	}
	equal(t, readAll(t, s), before)
}

func testForget(t *testing.T, place Place) {
	s := begin(t, place)
	s.observe(t, row(1, 1), row(2, 1))
	must(t, s.Forget(t.Context(), s.lease, key(1), entry(key(1), noon(), "forgotten")))
	_, err := s.Record(t.Context(), key(1))
	wantError(t, err, engine.ErrNotFound)
	_, err = s.RawIncident(t.Context(), key(1))
	wantError(t, err, engine.ErrNotFound)
	equal(t, s.ids(t, engine.RecordQuery{}), []int64{2})

	wantError(t, s.Forget(t.Context(), s.lease, key(1), entry(key(1), noon(), "again")), engine.ErrNotFound)
	entries, err := s.Journal(t.Context(), engine.JournalQuery{})
	must(t, err)
	equal(t, details(entries), []string{"forgotten"})

	// An incident that is seen again is new, with the raw incident of its own.
	s.observe(t, row(1, 1, func(seen *engine.Seen) { seen.Incident.Raw = []byte("again") }))
	raw, err := s.RawIncident(t.Context(), key(1))
	must(t, err)
	equal(t, string(raw), "again")
	equal(t, s.record(t, 1).Work, engine.Work{})
}

func testWake(t *testing.T, place Place) {
	s := begin(t, place)
	now := noon().Add(time.Hour)
	closed := func(seen *engine.Seen) { seen.Incident.Status = engine.StatusClosed }
	s.observe(t, row(1, 1), row(2, 1), row(3, 1, closed), row(4, 1, closed), row(5, 1))
	far := noon().AddDate(0, 0, 1)
	s.settle(t, 1, engine.Work{}, time.Time{})                        // open, owes nothing
	s.settle(t, 2, engine.Work{}, far)                                // open, put off
	s.settle(t, 3, engine.Work{}, time.Time{})                        // closed, owes nothing
	s.settle(t, 4, engine.Work{}, far)                                // closed, put off
	s.settle(t, 5, engine.Work{}, noon().Add(-time.Hour))             // overdue: keeps its place
	must(t, s.Save(t.Context(), s.lease, engine.Record{Key: key(6)})) // unseen, owes nothing
	must(t, s.Save(t.Context(), s.lease, engine.Record{Key: key(7), DueAt: far}))

	other := engine.Record{Key: engine.Key{AccountID: 6, Kind: engine.KindIncident, IncidentID: 1}, DueAt: far}
	lease := acquire(t, s.Store, 6, "a")
	must(t, s.Save(t.Context(), lease, other))

	s.observe(t, row(8, 1, func(seen *engine.Seen) { seen.ChangedAt = far })) // by a clock that was ahead
	must(t, s.Wake(t.Context(), s.lease, now))
	equal(t, s.ids(t, engine.RecordQuery{Owing: true, AccountID: account}), []int64{1, 2, 4, 5, 7, 8})
	records, err := s.Records(t.Context(), engine.RecordQuery{DueBy: now})
	must(t, err)
	if len(records) != 6 {
		t.Errorf("due are %v, want six", idsOf(records))
	}
	equal(t, s.record(t, 5).DueAt, noon().Add(-time.Hour))
	equal(t, s.record(t, 8).DueAt, now)
	untouched, err := s.Record(t.Context(), other.Key)
	must(t, err)
	equal(t, untouched, other)
}

func testTally(t *testing.T, place Place) {
	s := begin(t, place)
	with := func(severity engine.Severity, status engine.Status) func(*engine.Seen) {
		return func(seen *engine.Seen) { seen.Incident.Severity, seen.Incident.Status = severity, status }
	}
	s.observe(t,
		row(1, 5, with(engine.SeverityCritical, engine.StatusSent)),
		row(2, 4, with("", engine.StatusAutoRemediating)),
		row(3, 3, with(engine.SeverityHigh, "new status")),
		row(4, 2, with(engine.SeverityLow, engine.StatusSent)),
		row(5, 1, with(engine.SeverityLow, engine.StatusClosed)),
		row(6, 1, with(engine.SeverityLow, engine.StatusDeleting)),
	)
	doubt := intent()
	doubt.DoubtAt = noon()
	s.settle(t, 1, engine.Work{Intent: doubt}, noon())
	s.settle(t, 2, engine.Work{Intent: intent()}, noon().Add(-time.Hour)) // under way, not in doubt
	s.settle(t, 4, engine.Work{Ticket: ticket("1"), Extras: []engine.Extra{{Ticket: *ticket("2")}, {Ticket: *ticket("3")}}}, time.Time{})
	s.settle(t, 5, engine.Work{Skip: engine.SkipDeletedByPerson}, time.Time{})
	s.settle(t, 6, engine.Work{Skip: engine.SkipForgotten}, time.Time{})
	must(t, s.Save(t.Context(), s.lease, engine.Record{Key: key(7), DueAt: noon()})) // unseen
	lease := acquire(t, s.Store, 6, "a")
	must(t, s.Save(t.Context(), lease, engine.Record{Key: engine.Key{AccountID: 6, Kind: engine.KindIncident, IncidentID: 1}}))

	want := engine.Tally{
		Open:    map[engine.Severity]int{engine.SeverityCritical: 2, engine.SeverityHigh: 1, engine.SeverityLow: 1},
		Pending: 4, InDoubt: 1, DeletedByPeople: 1, Extras: 1, OldestPending: noon().Add(3 * time.Minute),
		NextDue: noon().Add(-time.Hour),
	}
	got, err := s.Tally(t.Context(), account)
	must(t, err)
	equal(t, got, want)
	got, err = s.Tally(t.Context(), 0)
	must(t, err)
	equal(t, got, want)
	size, err := s.Size(t.Context())
	must(t, err)
	equal(t, size, 8)
}

// testTallyDetails has records that are due for details alone: nobody waits for
// them, until they are due for something else.
func testTallyDetails(t *testing.T, place Place) {
	s := begin(t, place)
	s.observe(t, row(1, 1), row(2, 4), row(3, 5))
	pending := func(n int, oldest time.Time) {
		t.Helper()
		got, err := s.Tally(t.Context(), account)
		must(t, err)
		if got.Pending != n || !got.OldestPending.Equal(oldest) {
			t.Errorf("%d pending, the oldest since %v; want %d since %v", got.Pending, got.OldestPending, n, oldest)
		}
	}
	pending(3, noon().Add(time.Minute))
	due := noon().Add(time.Hour + time.Millisecond)
	s.settle(t, 1, engine.Work{Aside: due, Ticket: ticket("1")}, due)
	pending(2, noon().Add(4*time.Minute))
	s.settle(t, 2, engine.Work{Aside: due, Ticket: ticket("2")}, due.Add(time.Millisecond))
	pending(2, noon().Add(4*time.Minute))
	s.observe(t, row(1, 2))
	pending(3, noon().Add(2*time.Minute))
}

func testJournal(t *testing.T, place Place) {
	s := begin(t, place)
	var want []engine.Entry
	for i := range 30 {
		k := key(int64(i % 3))
		if i == 29 {
			k = engine.Key{} // of no incident
		}
		e := entry(k, noon().Add(time.Duration(-i)*time.Minute), fmt.Sprint(i))
		must(t, s.Save(t.Context(), s.lease, engine.Record{Key: key(0)}, e))
		want = append([]engine.Entry{e}, want...)
	}
	all, err := s.Journal(t.Context(), engine.JournalQuery{})
	must(t, err)
	for i := range all {
		if i > 0 && all[i].ID >= all[i-1].ID {
			t.Errorf("entry %d comes after entry %d", all[i].ID, all[i-1].ID)
		}
	}
	unnumbered := make([]engine.Entry, len(all))
	copy(unnumbered, all)
	for i := range unnumbered {
		unnumbered[i].ID = 0
	}
	equal(t, unnumbered, want)

	one, err := s.Journal(t.Context(), engine.JournalQuery{Key: key(1)})
	must(t, err)
	equal(t, details(one), []string{"28", "25", "22", "19", "16", "13", "10", "7", "4", "1"})
	page, err := s.Journal(t.Context(), engine.JournalQuery{Key: key(1), After: one[2].ID, Limit: 3})
	must(t, err)
	equal(t, details(page), []string{"19", "16", "13"})
	page, err = s.Journal(t.Context(), engine.JournalQuery{After: all[27].ID, Limit: 5})
	must(t, err)
	equal(t, details(page), []string{"1", "0"})
}

func details(entries []engine.Entry) []string {
	texts := []string{}
	for _, e := range entries {
		texts = append(texts, e.Detail)
	}
	return texts
}

func testDesk(t *testing.T, place Place) {
	s := begin(t, place)
	var whole engine.DeskState
	fill(reflect.ValueOf(&whole).Elem())
	for _, want := range []engine.DeskState{whole, {URL: "https://other.example.com"}, {}} {
		must(t, s.SaveDesk(t.Context(), s.lease, want))
		got, err := s.Desk(t.Context())
		must(t, err)
		equal(t, got, want)
	}
}
