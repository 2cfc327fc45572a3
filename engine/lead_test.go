package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestIncompleteReplicaStandsBack starts a second replica whose configuration is
// incomplete: the first goes on with every account. Once that one is gone the second
// holds them, and works them as soon as it lacks nothing.
func TestIncompleteReplicaStandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 8)
		a := r.come()
		time.Sleep(time.Minute)
		good := r.configuration
		r.configuration = newFakeConfiguration()
		lacking := r.configuration
		lacking.blocking = []Reminder{{Path: "routing.board", Problem: "there is no such board"}}
		b := r.come()
		r.configuration = good
		for range 60 {
			time.Sleep(time.Second)
			if n := len(a.led()); n != 8 {
				t.Fatalf("the complete replica leads %d of 8 accounts", n)
			}
		}
		r.sendAll()
		time.Sleep(6 * time.Minute)
		r.expectTickets()

		if err := a.stop(); err != nil {
			t.Fatal(err)
		}
		r.sendAll()
		time.Sleep(time.Minute)
		r.expectLed(b)
		lacking.change(func(c *fakeConfiguration) { c.blocking = nil })
		r.desk.mu.Lock()
		r.desk.catalogue.Boards = append(r.desk.catalogue.Boards, Board{ID: "b-new", Name: "New"})
		r.desk.mu.Unlock()
		time.Sleep(catalogueAge + time.Minute) // It looks at the desk again by itself.
		r.expectTickets()
	})
}

// TestReplicaThatBecameIncompleteGivesUp has a board vanish from the desk, as only the
// replica sees that reads its catalogue again: another that can polls.
func TestReplicaThatBecameIncompleteGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 4)
		a := r.come()
		time.Sleep(time.Minute)
		lacking := r.configuration
		r.configuration = newFakeConfiguration()
		b := r.come()
		time.Sleep(time.Minute)
		r.expectLed(a, b)
		lacking.change(func(c *fakeConfiguration) {
			c.blocking = []Reminder{{Path: "routing.board", Problem: "there is no such board"}}
		})
		a.engine.refresh(a.ctx)
		time.Sleep(attendance + takeAfter)
		if n := len(b.led()); n != 4 {
			t.Errorf("the complete replica leads %d of 4 accounts", n)
		}
		r.sendAll()
		time.Sleep(6 * time.Minute)
		r.expectTickets()
		lacking.change(func(c *fakeConfiguration) { c.blocking = nil })
		a.engine.refresh(a.ctx)
		time.Sleep(settledAfter + 3*attendEvery)
		r.expectLed(a, b)
		if len(a.led()) == 0 {
			t.Error("complete again it leads nothing")
		}
	})
}

// TestLoneReplicaBeginsAtOnce lets the configuration of the only replica become
// complete.
func TestLoneReplicaBeginsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 2)
		r.configuration.blocking = []Reminder{{Path: "routing.board", Problem: "there is no such board"}}
		a := r.come()
		r.sendAll()
		time.Sleep(10 * time.Minute)
		r.configuration.change(func(c *fakeConfiguration) { c.blocking = nil })
		a.engine.refresh(a.ctx)
		time.Sleep(firstPollWithin + 100*time.Millisecond)
		r.expectTickets()
	})
}

// TestReplicaThatDoesNotTake has a replica beside two others whose Huntress does not
// tell it which accounts there are: it signs on, and takes nothing. The others go on
// but for one attempt an hour to hand it its share, which it gets in the end.
func TestReplicaThatDoesNotTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 8)
		a, b := r.come(), r.come()
		time.Sleep(10 * time.Minute)
		good := r.sources
		r.sources = nil
		var blind []*fakeSource
		for _, source := range good {
			s := newFakeSource(r.now)
			s.account = source.account
			s.setBefore(huntressDown)
			blind = append(blind, s)
		}
		r.sources = blind
		c := r.comeWith(func(s *AccountSettings) { s.Identity = "another key" })
		r.sources = good
		without := 0
		for range 3600 {
			time.Sleep(time.Second)
			without += 8 - len(a.led()) - len(b.led())
		}
		if len(c.led()) > 0 || without == 0 || without > 2*8*10 {
			t.Errorf("it leads %s; in an hour accounts were without a leader for %d seconds", c.led(), without)
		}
		r.sendAll()
		time.Sleep(6 * time.Minute)
		r.expectTickets()
		for _, s := range blind {
			s.setBefore(nil)
		}
		time.Sleep(offerAgain + time.Minute)
		r.expectLed(a, b, c)
		if len(c.led()) == 0 {
			t.Error("it knows its accounts by now, and leads none")
		}
	})
}
