package statetest

import (
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
)

func testPrune(t *testing.T, place Place) {
	s := begin(t, place)
	cut := noon().AddDate(0, 0, 1)
	closed := func(seen *engine.Seen) { seen.Incident.Status = engine.StatusClosed }
	young := func(seen *engine.Seen) { closed(seen); seen.ChangedAt = cut }
	s.observe(t, row(1, 1), row(2, 1, closed), row(3, 1, closed), row(4, 1, young), row(5, 1, closed))
	s.settle(t, 1, engine.Work{}, time.Time{}, entry(key(1), cut.Add(-time.Second), "old"))       // open
	s.settle(t, 2, engine.Work{Ticket: ticket("2")}, time.Time{}, entry(key(2), cut, "young"))    // over
	s.settle(t, 3, engine.Work{}, cut.AddDate(1, 0, 0), entry(engine.Key{}, noon(), "of nobody")) // owed
	s.settle(t, 4, engine.Work{}, time.Time{})                                                    // young
	s.settle(t, 5, engine.Work{Intent: intent()}, time.Time{})                                    // begun
	must(t, s.Save(t.Context(), s.lease, engine.Record{Key: key(6), Work: engine.Work{Ticket: ticket("6")}}))
	lease := acquire(t, s.Store, 6, "a")
	foreign := entry(engine.Key{AccountID: 6, Kind: engine.KindIncident, IncidentID: 1}, noon(), "of another account")
	must(t, s.Save(t.Context(), lease, engine.Record{Key: foreign.Key}, foreign))
	before := readAll(t, s)

	entries, incidents, err := s.Prune(t.Context(), s.lease, cut)
	must(t, err)
	if entries != 2 || incidents != 1 {
		t.Errorf("%d entries and %d incidents were pruned, want 2 and 1", entries, incidents)
	}
	journal, err := s.Journal(t.Context(), engine.JournalQuery{})
	must(t, err)
	equal(t, details(journal), []string{"of another account", "young"})

	after := readAll(t, s)
	for i, want := range before.Records {
		if want.Key == key(2) {
			want.Seen.Incident.Subject = ""
			before.Raw[2] = ""
		}
		equal(t, after.Records[i], want)
	}
	equal(t, after.Raw, before.Raw)

	entries, incidents, err = s.Prune(t.Context(), s.lease, cut)
	must(t, err)
	if entries != 0 || incidents != 0 {
		t.Errorf("pruning again found %d entries and %d incidents", entries, incidents)
	}
}

func testPruneComeback(t *testing.T, place Place) {
	s := begin(t, place)
	s.observe(t, row(1, 4, func(seen *engine.Seen) { seen.Incident.Status = engine.StatusClosed }))
	work := engine.Work{Ticket: ticket("1"), Told: engine.Told{Version: 4}}
	s.settle(t, 1, work, time.Time{})
	_, incidents, err := s.Prune(t.Context(), s.lease, noon().AddDate(1, 0, 0))
	must(t, err)
	equal(t, incidents, 1)

	// Unchanged it is still known: its digest and version are.
	s.observe(t, row(1, 4))
	got := s.record(t, 1)
	if got.Seen.Digest != "digest" || got.Seen.Incident.Subject != "" || !got.DueAt.IsZero() {
		t.Errorf("an incident that did not change came back as %+v", got)
	}
	s.observe(t, row(1, 5))
	got = s.record(t, 1)
	equal(t, got.Work, work)
	equal(t, got.Seen.Incident.Subject, "Subject")
	equal(t, s.ids(t, engine.RecordQuery{Owing: true}), []int64{1})
	if _, err := s.RawIncident(t.Context(), key(1)); err != nil {
		t.Errorf("it came back without its raw incident: %v", err)
	}

	// Closed again, its time comes again.
	s.observe(t, row(1, 6, func(seen *engine.Seen) { seen.Incident.Status = engine.StatusClosed }))
	s.settle(t, 1, work, time.Time{})
	_, incidents, err = s.Prune(t.Context(), s.lease, noon().AddDate(1, 0, 0))
	must(t, err)
	equal(t, incidents, 1)
}

func testSerial(t *testing.T, place Place) {
	s := begin(t, place)
	last := int64(0)
	step := func(name string, grows bool, err error) {
		t.Helper()
		must(t, err)
		now, err := s.Serial(t.Context())
		must(t, err)
		if grows != (now > last) {
			t.Errorf("%s: the serial went from %d to %d", name, last, now)
		}
		last = now
	}
	observe := func(o engine.Observation) error {
		o.AccountID = account
		return s.Observe(t.Context(), s.lease, o)
	}
	r := row(1, 1)
	step("nothing", false, nil)
	step("a poll without news", false, observe(engine.Observation{Poll: &engine.PollState{SuccessAt: noon()}}))
	step("a new row", true, observe(engine.Observation{Rows: []engine.Record{r}}))
	step("the same row", false, observe(engine.Observation{Rows: []engine.Record{r}}))
	step("a save", true, s.Save(t.Context(), s.lease, r))
	step("an adoption", true, s.SaveAdoption(t.Context(), s.lease, engine.Adoption{AccountID: account}))
	step("a first cursor", true, observe(engine.Observation{Poll: &engine.PollState{Cursor: noon()}}))
	step("a wake", true, s.Wake(t.Context(), s.lease, noon()))
	step("forgetting", true, s.Forget(t.Context(), s.lease, r.Key, engine.Entry{}))
}
