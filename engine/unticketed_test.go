package engine

import (
	"testing"
	"time"
)

// TestUnticketedByAnyClock counts what has been due for more than two intervals,
// and what was first seen by a clock that was ahead: the one number that must be 0
// must not be 0 for as long as that clock was wrong.
func TestUnticketedByAnyClock(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		first time.Time
		want  int
	}{
		"just seen":                       {now, 0},
		"two intervals ago":               {now.Add(-10 * time.Minute), 0},
		"longer ago":                      {now.Add(-10*time.Minute - time.Second), 1},
		"by a replica somewhat ahead":     {now.Add(3 * time.Second), 0},
		"by a clock that was hours ahead": {now.Add(4 * time.Hour), 1},
	} {
		w := newWorld()
		r := Record{Key: incidentKey(1), Seen: Seen{Incident: w.incident(1, orgAcme, SeverityHigh), Version: 1, FirstAt: test.first}}
		w.store.records[r.Key] = r
		p := newFakeConfiguration().Resolve(nil, nil).Policy
		got, err := Unticketed(t.Context(), w.store, p, 5, Census{At: now, Open: []int64{1}}, 5*time.Minute, now)
		if err != nil || got != test.want {
			t.Errorf("%s: %d unticketed, want %d, error %v", name, got, test.want, err)
		}
	}
}
