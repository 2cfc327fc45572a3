package statetest

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
)

func testRecordWhole(t *testing.T, place Place) {
	s := begin(t, place)
	want := engine.Record{Key: key(math.MaxInt64)}
	fill(reflect.ValueOf(&want.Seen).Elem())
	fill(reflect.ValueOf(&want.Work).Elem())
	want.Seen.Incident.Raw = nil
	want.DueAt = noon().Add(time.Hour)
	s.observe(t, want)
	must(t, s.Save(t.Context(), s.lease, want))
	equal(t, s.record(t, math.MaxInt64), want)
}

// fill sets everything below v to something else than its zero value, so that a
// field which is added to a record tomorrow is tested, too.
func fill(v reflect.Value) {
	switch value := v.Addr().Interface().(type) {
	case *time.Time:
		*value = noon().Add(time.Nanosecond)
		return
	case *uuid.UUID:
		*value = uuid.UUID{1, 2, 3}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(field)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("text & more")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(7)
	default:
		v.SetInt(math.MaxInt32)
	}
}

// What attackers wrote comes back as they wrote it, but for bytes that are no
// text at all.
func testHostileText(t *testing.T, place Place) {
	s := begin(t, place)
	texts := map[string]string{
		"NUL":                 "a\x00b",
		"control characters":  "\x01\x1b[31m\r\n\t\x7f",
		"bidirectional":       "a\u202eb\u2066c",
		"separators":          "a\u2028b\u2029c",
		"outside the BMP":     "\U0001F980\U0010FFFF",
		"SQL":                 `'; DROP TABLE records; --`,
		"JSON":                `"}\u0000\ud800`,
		"HTML":                `<script>&amp;</script>`,
		"lone replacement":    "\uFFFD",
		"a megabyte":          strings.Repeat("long ", 1<<18),
		"spaces at the edges": "  a  ",
	}
	id := int64(0)
	check := func(name, text, want string) {
		t.Helper()
		id++
		s.observe(t, row(id, 1, func(seen *engine.Seen) {
			seen.Incident.Body, seen.Incident.Platform, seen.Digest = text, text, text
			seen.Incident.IndicatorCounts = map[string]int64{text: 1}
		}))
		link := &engine.TicketLink{ID: text, Title: text}
		s.settle(t, id, engine.Work{Ticket: link, Skip: engine.Skip(text)}, time.Time{}, entry(key(id), noon(), text))
		r := s.record(t, id)
		equal(t, r.Seen.Incident.Body, want)
		equal(t, r.Seen.Incident.Platform, want)
		equal(t, r.Seen.Digest, want)
		equal(t, r.Seen.Incident.IndicatorCounts, map[string]int64{want: 1})
		equal(t, r.Work.Ticket, &engine.TicketLink{ID: want, Title: want})
		equal(t, r.Work.Skip, engine.Skip(want))
		entries, err := s.Journal(t.Context(), engine.JournalQuery{Key: key(id)})
		must(t, err)
		if len(entries) != 1 || entries[0].Detail != want {
			t.Errorf("%s: the journal has %v", name, entries)
		}
		must(t, s.SaveDesk(t.Context(), s.lease, engine.DeskState{Author: text}))
		desk, err := s.Desk(t.Context())
		must(t, err)
		equal(t, desk.Author, want)
	}
	for name, text := range texts {
		check(name, text, text)
	}
	check("no UTF-8", "a\xff\xc3b", "a\uFFFD\uFFFDb")
}

func testRaw(t *testing.T, place Place) {
	s := begin(t, place)
	raws := [][]byte{
		[]byte(`{"id": 1,  "body": "spaces stay"}`),
		[]byte("{\"body\":\"\x00\xff\xfe no text\"}"),
		bytes.Repeat([]byte(`{"body":"a long one, which is worth packing"}`), 10_000),
		[]byte("x"),
	}
	version := int64(0)
	for _, raw := range raws {
		version++
		s.observe(t, row(1, version, func(seen *engine.Seen) { seen.Incident.Raw = raw }))
		got, err := s.RawIncident(t.Context(), key(1))
		must(t, err)
		if !bytes.Equal(got, raw) {
			t.Errorf("%.40q came back as %.40q", raw, got)
		}
	}
	if got := s.record(t, 1).Seen.Incident.Raw; got != nil {
		t.Errorf("the record was loaded with its raw incident %.40q", got)
	}
	// A row that is not newer leaves it; a newer one without it has none.
	s.observe(t, row(1, 1, func(seen *engine.Seen) { seen.Incident.Raw = []byte("old") }))
	got, err := s.RawIncident(t.Context(), key(1))
	must(t, err)
	equal(t, string(got), "x")
	s.observe(t, row(1, version+1, func(seen *engine.Seen) { seen.Incident.Raw = nil }))
	_, err = s.RawIncident(t.Context(), key(1))
	wantError(t, err, engine.ErrNotFound)
}

func testRecordsByID(t *testing.T, place Place) {
	s := begin(t, place)
	s.observe(t, row(30, 1), row(-2, 1), row(7, 1), row(1<<40, 1))
	other := engine.Key{AccountID: 2, Kind: engine.KindIncident, IncidentID: 100}
	must(t, s.Observe(t.Context(), acquire(t, s.Store, 2, "a"), engine.Observation{
		AccountID: 2, Rows: []engine.Record{{Key: other, Seen: engine.Seen{Version: 1}}},
	}))
	equal(t, s.ids(t, engine.RecordQuery{}), []int64{100, -2, 7, 30, 1 << 40})
	equal(t, s.ids(t, engine.RecordQuery{AccountID: account}), []int64{-2, 7, 30, 1 << 40})
	equal(t, s.ids(t, engine.RecordQuery{Limit: 2}), []int64{100, -2})
}

func testRecordsPaged(t *testing.T, place Place) {
	s := begin(t, place)
	var rows []engine.Record
	var want []int64
	for id := int64(1); id <= 25; id++ {
		rows = append(rows, row(id, 1))
		want = append(want, id)
	}
	s.observe(t, rows...)
	for _, q := range []engine.RecordQuery{{Limit: 10}, {AccountID: account, Limit: 5}, {Open: true, Limit: 25}} {
		var got []int64
		for {
			page, err := s.Records(t.Context(), q)
			must(t, err)
			if len(page) == 0 {
				break
			}
			if len(page) > q.Limit {
				t.Fatalf("%d records came on a page of %d", len(page), q.Limit)
			}
			got = append(got, idsOf(page)...)
			q.After = page[len(page)-1].Key
		}
		equal(t, got, want)
	}
}

func testDueOrder(t *testing.T, place Place) {
	s := begin(t, place)
	now := noon().Add(24 * time.Hour)
	put := func(id int64, severity engine.Severity, sentAt time.Time, work engine.Work, dueAt time.Time) {
		t.Helper()
		s.observe(t, row(id, 1, func(seen *engine.Seen) {
			seen.Incident.Severity, seen.Incident.SentAt = severity, sentAt
		}))
		s.settle(t, id, work, dueAt)
	}
	early, late := noon().Add(-time.Hour), noon().Add(time.Hour)
	// Numbered against their order, so that no order by id passes for it.
	put(90, engine.SeverityLow, late, engine.Work{Intent: intent()}, noon())
	put(89, engine.SeverityCritical, early, engine.Work{Intent: intent(), Ticket: ticket("1")}, late)
	put(88, engine.SeverityCritical, early, engine.Work{}, now)
	put(87, "unheard-of", noon(), engine.Work{}, early) // counts as critical
	put(86, engine.SeverityCritical, late, engine.Work{}, early)
	put(85, engine.SeverityHigh, early, engine.Work{}, early)
	put(84, engine.SeverityHigh, time.Time{}, engine.Work{}, early) // age counts from when it was first seen, noon
	put(83, engine.SeverityHigh, late, engine.Work{}, early)
	put(82, engine.SeverityLow, early, engine.Work{}, early)
	put(81, engine.SeverityLow, late, engine.Work{Ticket: ticket("2")}, early)
	put(80, engine.SeverityCritical, early, engine.Work{Ticket: ticket("3")}, noon())
	put(70, engine.SeverityCritical, early, engine.Work{}, now.Add(time.Second)) // not yet
	put(69, engine.SeverityCritical, early, engine.Work{}, time.Time{})          // never

	want := []int64{90, 89, 88, 87, 86, 85, 84, 83, 82, 81, 80}
	equal(t, s.ids(t, engine.RecordQuery{DueBy: now}), want)
	equal(t, s.ids(t, engine.RecordQuery{DueBy: now, AccountID: account}), want)
	equal(t, s.ids(t, engine.RecordQuery{DueBy: now, AccountID: account, Limit: 4}), want[:4])
	equal(t, s.ids(t, engine.RecordQuery{DueBy: now, AccountID: account + 1}), []int64{})
	equal(t, s.ids(t, engine.RecordQuery{DueBy: noon(), Limit: 3}), []int64{90, 87, 86})
}

// Who wakes up at the due time of a record must find it due.
func testDueMilliseconds(t *testing.T, place Place) {
	s := begin(t, place)
	dueAt := noon().Add(time.Hour + 700*time.Microsecond)
	s.observe(t, row(1, 1))
	s.settle(t, 1, engine.Work{}, dueAt)
	got := s.record(t, 1).DueAt
	if got.After(dueAt) || dueAt.Sub(got) >= time.Millisecond {
		t.Errorf("due at %v, which was saved as %v", got, dueAt)
	}
	equal(t, s.ids(t, engine.RecordQuery{DueBy: dueAt}), []int64{1})
	equal(t, s.ids(t, engine.RecordQuery{DueBy: dueAt.Add(-time.Millisecond)}), []int64{})
}

func testRecordFilters(t *testing.T, place Place) {
	s := begin(t, place)
	closed := func(seen *engine.Seen) { seen.Incident.Status = engine.StatusClosed }
	s.observe(t, row(1, 1), row(2, 1), row(3, 1, closed), row(4, 1, closed),
		row(5, 1, func(seen *engine.Seen) { seen.Incident.Status = engine.StatusDeleting }),
		row(6, 1, func(seen *engine.Seen) { seen.Incident.Status = "new status" }))
	s.settle(t, 1, engine.Work{}, time.Time{})
	s.settle(t, 3, engine.Work{}, time.Time{})
	s.settle(t, 4, engine.Work{}, noon().AddDate(1, 0, 0))
	must(t, s.Save(t.Context(), s.lease, engine.Record{Key: key(7), Work: engine.Work{Ticket: ticket("7")}}))

	tests := []struct {
		name  string
		query engine.RecordQuery
		want  []int64
	}{
		{"open", engine.RecordQuery{Open: true}, []int64{1, 2, 6}},
		{"owing", engine.RecordQuery{Owing: true}, []int64{2, 4, 5, 6}},
		{"due", engine.RecordQuery{DueBy: noon().Add(time.Hour)}, []int64{2, 5, 6}},
		{"due and open", engine.RecordQuery{DueBy: noon().Add(time.Hour), Open: true}, []int64{2, 6}},
		{"due and owing", engine.RecordQuery{DueBy: noon().Add(time.Hour), Owing: true}, []int64{2, 5, 6}},
		{"owing and after", engine.RecordQuery{Owing: true, After: key(4)}, []int64{5, 6}},
		{"due and after", engine.RecordQuery{DueBy: noon().Add(time.Hour), After: key(2)}, []int64{5, 6}},
		{"ids", engine.RecordQuery{IncidentIDs: []int64{7, 3, 3, 99}}, []int64{3, 7}},
		{"ids and open", engine.RecordQuery{IncidentIDs: []int64{1, 3}, Open: true}, []int64{1}},
		{"ids without a ticket", engine.RecordQuery{IncidentIDs: []int64{1, 3, 7}, Ticketless: true}, []int64{1, 3}},
		{"no ids", engine.RecordQuery{IncidentIDs: []int64{}}, []int64{}},
		{"other account", engine.RecordQuery{AccountID: 1, Open: true}, []int64{}},
		{"all with a limit", engine.RecordQuery{AccountID: account, Open: true, Owing: true, After: key(1), Limit: 1}, []int64{2}},
	}
	for _, test := range tests {
		if diff := difference(s.ids(t, test.query), test.want); diff != "" {
			t.Errorf("%s: got (+), want (-):\n%s", test.name, diff)
		}
	}
}

// testUnknown counts incidents that there is no record of.
func testUnknown(t *testing.T, place Place) {
	s := begin(t, place)
	s.observe(t, row(1, 1), row(2, 1))
	must(t, s.Save(t.Context(), s.lease, engine.Record{Key: key(3), Work: engine.Work{Ticket: ticket("3")}}))
	for _, test := range []struct {
		account int64
		ids     []int64
		want    int
	}{
		{account, nil, 0},
		{account, []int64{1, 2, 3}, 0},
		{account, []int64{1, 4, 5}, 2},
		{account + 1, []int64{1, 2}, 2},
	} {
		n, err := s.Unknown(t.Context(), test.account, test.ids)
		must(t, err)
		if n != test.want {
			t.Errorf("%d of %v are unknown of account %d, want %d", n, test.ids, test.account, test.want)
		}
	}
}
