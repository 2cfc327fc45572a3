package engine

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestUnreadableIncidentsHoldUpNoCensus has Huntress fail on incidents that its lists
// do not show: each census is finished without them, they count as open, and however
// many they are the others are still read.
func TestUnreadableIncidentsHoldUpNoCensus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.bury()
		const poisoned = maxUnread + 1
		for id := range int64(poisoned + 1) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		p := w.start(t)
		p.mustPass(t)
		// All but the last are listed no more and cannot be read; the last ended where no
		// poll reads it.
		for id := range int64(poisoned) {
			w.source.remove(id + 1)
		}
		ended := w.source.incidents()[poisoned+1]
		ended.Status, ended.UpdatedAt = StatusDismissed, w.now().AddDate(0, 0, -30)
		w.source.put(ended)
		reads := 0
		w.source.setBefore(func(op string) error {
			if op != "incident" {
				return nil
			}
			if reads++; reads == maxUnread+2 {
				return nil // The second census begins with the two that the first did not try.
			}
			return huntressDown(op)
		})
		time.Sleep(61 * time.Minute)
		p.mustPass(t)
		census := func() Census {
			a, err := w.store.Account(t.Context(), 5)
			if err != nil {
				t.Fatal(err)
			}
			if a.Poll.Census.At.Before(w.now().Add(-time.Minute)) {
				t.Errorf("the last census is of %s", a.Poll.Census.At)
			}
			return a.Poll.Census
		}
		if got := census(); !slices.Equal(got.Open, []int64{1, 2, 3, 4, 5}) || !slices.Equal(got.Unread, []int64{1, 2, 3}) || reads != maxUnread {
			t.Errorf("census %+v after %d reads", got, reads)
		}
		if !strings.Contains(w.logged(), "incident 1: Huntress") {
			t.Error("the log does not tell which incident could not be read")
		}
		time.Sleep(61 * time.Minute)
		p.mustPass(t)
		if got := census(); !slices.Equal(got.Open, []int64{1, 2, 3, 4}) || !slices.Equal(got.Unread, []int64{3, 4, 1, 2}) {
			t.Errorf("census %+v", got)
		}
		if !w.one(t, poisoned+1).Closed {
			t.Error("the one that can be read was not")
		}
	})
}
