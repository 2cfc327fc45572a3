package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestFutureUpdateHidesNothing has Huntress give an incident a time far ahead, once:
// what comes after it bears earlier times, and is news all the same.
func TestFutureUpdateHidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		inc := w.incident(1, orgAcme, SeverityCritical)
		inc.UpdatedAt = inc.UpdatedAt.AddDate(1, 0, 0)
		w.source.put(inc)
		p.mustPass(t)
		time.Sleep(10 * time.Minute)
		w.source.setStatus(1, StatusClosed)
		p.mustPass(t)
		if !w.one(t, 1).Closed {
			t.Error("the incident's end was taken for an older copy")
		}
		version := w.record(t, 1).Seen.Version
		p.mustPass(t)
		if got := w.record(t, 1).Seen.Version; got != version {
			t.Errorf("version %d became %d without news", version, got)
		}
	})
}

// TestSeeBelievesNoTimeAhead is how far ahead the time of what is held may be to
// make something else an older copy.
func TestSeeBelievesNoTimeAhead(t *testing.T) {
	now := planNow()
	for name, test := range map[string]struct {
		held, read time.Time
		news       bool
	}{
		"older":                        {now, now.Add(-time.Second), false},
		"older, held to the limit":     {now.Add(skew), now, false},
		"held beyond the limit":        {now.Add(skew + time.Second), now, true},
		"both beyond the limit":        {now.Add(2 * time.Hour), now.Add(time.Hour), true},
		"newer, held beyond the limit": {now.Add(time.Hour), now.Add(2 * time.Hour), true},
	} {
		var r Record
		see(&r, Incident{ID: 1, Status: StatusSent, UpdatedAt: test.held, Raw: []byte("held")}, now.Add(skew), now, now)
		if got := see(&r, Incident{ID: 1, Status: StatusSent, UpdatedAt: test.read, Raw: []byte("read")}, now.Add(skew), now, now); got != test.news {
			t.Errorf("%s: news %t, want %t", name, got, test.news)
		}
	}
}

// TestReadByIDIsNeverOld: the answer about one incident is as it is now, even where
// it bears an earlier time than what is held.
func TestReadByIDIsNeverOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.bury()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		p.mustPass(t)
		time.Sleep(61 * time.Minute)
		inc := w.source.incidents()[1]
		inc.Status, inc.UpdatedAt = StatusDismissed, w.now().AddDate(0, 0, -30)
		w.source.put(inc)
		p.mustPass(t)
		if !w.one(t, 1).Closed {
			t.Error("what was read by id was taken for an older copy")
		}
	})
}
