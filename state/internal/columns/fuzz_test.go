package columns_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/columns"
	"github.com/huntsync/huntsync/state/internal/document"
)

// FuzzRecord reads whatever a database has in the place of a record: it is refused,
// or it is a record that comes back as it was when it is written again.
func FuzzRecord(f *testing.F) {
	f.Add(`{"incident":{"id":7,"severity":"high","status":"sent","sent_at":"2026-08-03T12:00:00Z","summary":"x"},"version":3,"changed_at":"2026-08-03T12:00:01Z"}`,
		`{"ticket":{"id":"t"},"told":{"remediations":{"1":"approved"}},"retries":{"close":{"attempts":1,"next_at":"2026-08-03T12:00:00Z","reason":"rejected","error":"no"}}}`, int64(1))
	f.Add(`{"incident":{"id":7,"sent_at":"0000-01-01T00:00:00+23:59"}}`, `{"intent":{"operation":"8b1ca463-b3f4-5e9d-9e13-3ce440f415f0","doubt_at":"9999-12-31T23:59:59-23:59"}}`, int64(-1<<63))
	f.Add(``, `{"extras":[{}],"skip":"deleted_by_person","aside":"2026-08-03T12:00:00Z"}`, int64(1<<63-1))
	f.Add(`[]`, `null`, int64(0))
	f.Fuzz(func(t *testing.T, seen, work string, due int64) {
		r, err := columns.Record(engine.Key{AccountID: 5, Kind: engine.KindIncident, IncidentID: 7}, seen, work, &due)
		if err != nil {
			return
		}
		s, err := columns.OfSeen(r.Seen)
		if err != nil {
			t.Fatal(err)
		}
		w, err := columns.OfWork(r.Work)
		if err != nil {
			t.Fatal(err)
		}
		again, err := columns.Record(r.Key, s.Document, w.Document, document.Millis(r.DueAt))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("changed by writing it (-read +read again):\n%s", diff)
		}
		if s.Severity < 1 || s.Severity > 3 || w.InDoubt && !w.Begun {
			t.Errorf("columns that nothing can be found by: %+v, %+v", s, w)
		}
		pruned, err := columns.Pruned(s.Document)
		if err != nil {
			t.Fatal(err)
		}
		left, err := document.Decode[engine.Seen](pruned)
		if err != nil || left.Version != r.Seen.Version || left.Incident.ID != r.Seen.Incident.ID {
			t.Errorf("not to be known again: %s, %v", pruned, err)
		}
		if i := left.Incident; i.Subject+i.Summary+i.Body+strings.Join(i.Indicators, "") != "" || len(i.Remediations) > 0 {
			t.Errorf("still says what it said: %s", pruned)
		}
	})
}
