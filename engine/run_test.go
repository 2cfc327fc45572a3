package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestPausedDeskIsProbed has a desk that is away for a while: it is probed after
// 1 s, then twice as late each time up to 30 s, by one call at a time, touches no
// incident's own back-off, and once it answers all is done at once.
func TestPausedDeskIsProbed(t *testing.T) {
	for name, down := range map[string]func() fault{"unreachable": neverSent, "not authorized": unauthorized} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				p := w.start(t)
				p.run()
				time.Sleep(10 * time.Second)
				for id := range int64(20) {
					w.send(id+1, orgAcme, SeverityLow)
				}
				w.desk.setFault(func(deskCall) fault { return down() })
				w.desk.forgetCalls()
				p.engine.Poke()
				time.Sleep(4 * time.Minute)
				var at []int
				for _, op := range []string{"tickets", "create"} {
					at = append(at, w.desk.times(op)...)
				}
				slices.Sort(at)
				if want := []int{0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181, 211}; !slices.Equal(at, want) {
					t.Errorf("probes at %v, want %v", at, want)
				}
				w.desk.setFault(nil)
				time.Sleep(31 * time.Second)
				for id := range int64(20) {
					if r := w.record(t, id+1); len(r.Work.Retries) > 0 || r.Work.Ticket == nil {
						t.Errorf("incident %d: ticket %v, retries %v", id+1, r.Work.Ticket, r.Work.Retries)
					}
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestThreeDaysDown is a desk that is away for three days, without an answer to
// anything that was sent.
func TestThreeDaysDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		p.run()
		time.Sleep(10 * time.Second)
		w.desk.setFault(func(deskCall) fault { return timedOut() })
		for id := range int64(60) {
			w.send(id+1, orgAcme, SeverityLow)
			time.Sleep(72 * time.Minute)
			if id%2 == 0 {
				w.source.setStatus(id+1, StatusClosed)
			}
		}
		w.desk.setFault(nil)
		time.Sleep(5 * time.Minute)
		for id := range int64(60) {
			if ticket := w.one(t, id+1); ticket.Closed != (id%2 == 0) {
				t.Errorf("incident %d: ticket closed %t", id+1, ticket.Closed)
			}
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestRetryAfterIsHonored does not ask before the time that the desk gave, unless
// a person asks for it.
func TestRetryAfterIsHonored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		p.run()
		time.Sleep(10 * time.Second)
		w.desk.setFault(nextCall("create", limited(90*time.Second)))
		w.send(1, orgAcme, SeverityLow)
		w.send(2, orgAcme, SeverityLow)
		w.desk.forgetCalls()
		p.engine.Poke()
		time.Sleep(80 * time.Second)
		if err := p.engine.Paused(); err == nil || ReasonOf(err) != ReasonRateLimited {
			t.Errorf("paused: %v", err)
		}
		made := w.desk.made()
		time.Sleep(20 * time.Second)
		w.one(t, 1)
		w.one(t, 2)
		if strings.Count(made, "create") > 2 || strings.Count(made, "tickets") != 1 {
			t.Errorf("before its time the desk was asked %q", made)
		}
		// A person who asks is answered at once.
		w.desk.setFault(nextCall("create", limited(time.Hour)))
		w.send(3, orgAcme, SeverityLow)
		p.engine.Poke()
		time.Sleep(time.Minute)
		if n := len(w.desk.of(3)); n != 0 {
			t.Errorf("%d tickets while the desk is paused", n)
		}
		p.engine.Poke()
		time.Sleep(time.Second)
		w.one(t, 3)
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gate
		limit := deskError(ReasonRateLimited, true)
		limit.RetryAfter = time.Minute
		g.noteSince(g.mark(), fmt.Errorf("create: %w", limit))
		g.noteSince(g.mark(), deskError(ReasonUnavailable, true)) // a shorter pause does not cut a longer one
		time.Sleep(59 * time.Second)
		var paused *PausedError
		if err := g.check(); !errors.As(err, &paused) || time.Until(paused.Until) != time.Second {
			t.Errorf("got %v", err)
		}
		time.Sleep(time.Second)
		if err := g.check(); err != nil {
			t.Errorf("still paused: %v", err)
		}
		mark := g.mark()
		g.noteSince(g.mark(), deskError(ReasonUnavailable, true))
		g.noteSince(mark, nil) // what began before went well
		if err := g.check(); err == nil {
			t.Error("a call from before the pause has lifted it")
		}
		g.noteSince(g.mark(), deskError(ReasonRejected, true)) // it answers
		if err := g.check(); err != nil {
			t.Errorf("a refusal pauses the desk: %v", err)
		}
		day := deskError(ReasonRateLimited, true)
		day.RetryAfter = 24 * time.Hour
		g.noteSince(g.mark(), day)
		time.Sleep(maxBackOff)
		if err := g.check(); err != nil {
			t.Errorf("paused for longer than the longest wait: %v", err)
		}
	})
}

// TestBackOff doubles from half a minute to an hour, with jitter that does not
// change from one look to the next.
func TestBackOff(t *testing.T) {
	for attempts, most := range map[int]time.Duration{
		1: 30 * time.Second, 2: time.Minute, 3: 2 * time.Minute, 7: 32 * time.Minute, 8: time.Hour, 1000: time.Hour,
	} {
		waits := map[time.Duration]bool{}
		for id := range int64(50) {
			wait := backOff(incidentKey(id), attempts)
			if wait > most || wait < most*4/5 || wait != backOff(incidentKey(id), attempts) {
				t.Errorf("attempt %d waits %s, want up to a fifth less than %s", attempts, wait, most)
			}
			waits[wait] = true
		}
		if len(waits) < 40 {
			t.Errorf("attempt %d: 50 incidents wait only %d different times", attempts, len(waits))
		}
	}
}

// TestRunBeginsSoonAndKeepsToItsInterval checks the timetable of polls.
func TestRunBeginsSoonAndKeepsToItsInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var at []time.Duration
		began := time.Now()
		w.source.before = func(op string) error {
			if op == "page" && (len(at) == 0 || time.Since(began)-at[len(at)-1] > time.Second) {
				at = append(at, time.Since(began))
			}
			return nil
		}
		p := w.start(t)
		p.run()
		time.Sleep(time.Hour)
		if err := p.stop(); err != nil {
			t.Error(err)
		}
		if len(at) < 12 || at[0] > firstPollWithin {
			t.Fatalf("polls at %v", at)
		}
		if first := at[1] - at[0]; first > w.settings.Interval || first < w.settings.Interval/2 {
			t.Errorf("the second poll comes after %s", first)
		}
		for i := 2; i < len(at); i++ {
			if gap := at[i] - at[i-1]; gap != w.settings.Interval {
				t.Errorf("poll %d comes %s after the one before", i, gap)
			}
		}
	})
}

// TestPollingGoesOnWhileApplyIsBusy keeps observing by its timetable beside a
// desk that takes forever.
func TestPollingGoesOnWhileApplyIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for id := range int64(400) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		w.desk.fault = func(deskCall) fault { return fault{hang: 9 * time.Second} }
		p := w.start(t)
		p.run()
		time.Sleep(6 * time.Minute)
		w.send(1000, orgAcme, SeverityCritical)
		time.Sleep(6 * time.Minute)
		w.one(t, 1000) // it overtakes what waits
		if state, err := w.store.Account(t.Context(), 5); err != nil || time.Since(state.Poll.SuccessAt) > w.settings.Interval {
			t.Errorf("last poll at %s, now is %s", state.Poll.SuccessAt, time.Now())
		}
		if made := w.desk.count(); made > 350 {
			t.Errorf("%d tickets: the desk was not busy", made)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestIncompleteConfigurationDoesNothing polls only once nothing is lacking.
func TestIncompleteConfigurationDoesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.configuration.blocking = []Reminder{{Path: "routing.board", Problem: "is missing"}}
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		var incomplete *IncompleteError
		if err := p.pass(); !errors.As(err, &incomplete) || !strings.Contains(err.Error(), "routing.board") {
			t.Errorf("pass: %v", err)
		}
		p.run()
		p.engine.Poke()
		time.Sleep(time.Hour)
		if w.source.asked("page") > 0 || w.desk.count() > 0 {
			t.Error("it works all the same")
		}
		w.configuration.change(func(c *fakeConfiguration) { c.blocking = nil })
		if _, err := p.engine.Configure(t.Context(), p.setup()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		w.one(t, 1)
		// A less complete one never takes over.
		w.configuration.change(func(c *fakeConfiguration) {
			c.blocking = []Reminder{{Path: "routing.board", Problem: "is missing"}}
		})
		if r, err := p.engine.Configure(t.Context(), p.setup()); err != nil || len(r.Blocking) != 1 {
			t.Fatalf("resolution %v, error %v", r, err)
		}
		w.send(2, orgAcme, SeverityLow)
		time.Sleep(10 * time.Minute)
		w.one(t, 2)
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestHuntressUnknownAtStart identifies the account once Huntress answers.
func TestHuntressUnknownAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		w.source.before = huntressDown
		p := w.start(t)
		p.run()
		time.Sleep(10 * time.Minute)
		status, err := p.engine.Status(t.Context())
		if err != nil || len(status) != 1 || status[0].Trouble == "" {
			t.Errorf("status %+v, error %v", status, err)
		}
		w.source.mu.Lock()
		w.source.before = nil
		w.source.mu.Unlock()
		time.Sleep(35 * time.Second)
		w.one(t, 1)
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestHeldAccount refuses a second process, and names the first.
func TestHeldAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		first := w.start(t)
		first.mustPass(t)
		var held *HeldError
		if err := w.start(t).pass(); !errors.As(err, &held) || held.Holder.ID != first.holder.ID {
			t.Errorf("pass: %v", err)
		}
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		w.start(t).mustPass(t)
	})
}

// TestPausedHolderWritesNothing stops a process in the middle of a call for longer
// than its lease; another takes over, and the first does nothing any more.
func TestPausedHolderWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.store.expiring = true
		for id := range int64(6) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		asleep := fault{err: deskError(ReasonTimeout, false), hang: 10 * time.Minute}
		w.desk.fault = nextCall("create", asleep)
		first := w.start(t)
		// The fake's hang ends with the call's context; a stopped process does not see it.
		done := make(chan error)
		go func() { done <- first.pass() }()
		time.Sleep(leaseTime(w.settle) + time.Second)
		second := w.start(t)
		for range 4 {
			second.mustPass(t)
			time.Sleep(w.settle)
		}
		if err := <-done; err == nil {
			t.Error("the pass of the stopped process succeeded")
		}
		if err := first.pass(); !errors.Is(err, ErrLeaseLost) && !strings.Contains(err.Error(), "held") {
			t.Errorf("the first process goes on: %v", err)
		}
		for id := range int64(6) {
			w.one(t, id+1)
		}
	})
}

// TestLongPassKeepsItsLease works for longer than a lease lasts.
func TestLongPassKeepsItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.store.expiring = true
		for id := range int64(200) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		w.desk.fault = func(deskCall) fault { return fault{hang: 5 * time.Second} }
		w.start(t).mustPass(t)
		if n := w.desk.count(); n != 200 {
			t.Errorf("%d of 200 tickets after %s", n, time.Since(w.source.incidents()[1].SentAt))
		}
	})
}

// TestClockSteps sets the wall clock back and forth while work is waiting.
func TestClockSteps(t *testing.T) {
	for _, step := range []time.Duration{-100 * 24 * time.Hour, -time.Hour, time.Hour, 100 * 24 * time.Hour} {
		t.Run(step.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var offset atomic.Int64
				w := newWorld()
				now := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
				w.now, w.store.now = now, now // Huntress and the desk have clocks of their own
				w.send(1, orgAcme, SeverityLow)
				w.send(2, orgAcme, SeverityLow)
				refusals := 0
				w.desk.fault = func(c deskCall) fault {
					switch id, _ := ParseMarker(c.title); {
					case c.op == "create" && id == 1 && refusals < 3:
						refusals++
						return refusedHere()
					case c.op == "create" && id == 2 && refusals < 10:
						refusals = 10
						return cutBefore()
					}
					return fault{}
				}
				p := w.start(t)
				p.run()
				time.Sleep(15 * time.Second)
				offset.Store(int64(step))
				time.Sleep(2*time.Hour + 5*time.Minute)
				w.send(3, orgAcme, SeverityLow)
				time.Sleep(10 * time.Minute)
				for id := range int64(3) {
					w.one(t, id+1)
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestStopFinishesWhatIsUnderWay answers SIGTERM after the call that has begun.
func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		w.desk.fault = func(c deskCall) fault { return fault{hang: map[string]time.Duration{"create": 8 * time.Second}[c.op]} }
		p := w.start(t)
		p.run()
		time.Sleep(5 * time.Second)
		if err := p.stop(); err != nil {
			t.Error(err)
		}
		if p.err != nil {
			t.Errorf("run: %v", p.err)
		}
		if r := w.record(t, 1); r.Work.Intent != nil || r.Work.Ticket == nil {
			t.Errorf("the create that was under way is not written down: %+v", r.Work)
		}
	})
}

func TestSameAccountTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		setup := p.setup()
		setup.Accounts = append(setup.Accounts, AccountSetup{
			Settings: AccountSettings{Name: "again", Interval: time.Minute}, Source: w.source,
		})
		var same *SameAccountError
		if _, err := p.engine.Configure(t.Context(), setup); !errors.As(err, &same) {
			t.Errorf("got %v", err)
		}
		other := p.setup()
		other.DeskURL = "https://other.example.com"
		var desk *OtherDeskError
		q := New(Options{Store: w.store, Holder: Holder{ID: "q"}, Metrics: p.engine.metrics, Log: p.engine.log})
		p.mustPass(t)
		if _, err := q.Configure(context.Background(), other); !errors.As(err, &desk) { //nolint:usetesting // inside a bubble.
			t.Errorf("got %v", err)
		}
	})
}

// TestBacklogHoldsUpNothing works off a backlog of hours at a slow desk: meanwhile
// what was in doubt is decided, news are told, and a new configuration is followed.
func TestBacklogHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for id := range int64(3000) {
			inc := w.incident(id+1, orgAcme, SeverityLow)
			inc.SentAt = inc.SentAt.Add(time.Duration(id-3000) * time.Second)
			inc.UpdatedAt = inc.SentAt
			w.source.put(inc)
		}
		lost := false
		w.desk.fault = func(c deskCall) fault {
			if id, _ := ParseMarker(c.title); c.op == "create" && id == 1 && !lost {
				lost = true
				return cutAfter()
			}
			return fault{hang: 8 * time.Second}
		}
		p := w.start(t)
		p.run()
		time.Sleep(5 * time.Minute)
		if r := w.record(t, 1); r.Work.Ticket == nil {
			t.Errorf("still in doubt: %+v", r.Work.Intent)
		}
		w.source.setStatus(2, StatusClosed)
		w.configuration.change(func(c *fakeConfiguration) {
			c.hash, c.edit = "hash-2", func(p *Policy) { p.BoardID = boardVIP }
		})
		if _, err := p.engine.Configure(t.Context(), p.setup()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		w.send(5000, orgAcme, SeverityCritical)
		time.Sleep(8 * time.Minute)
		if ticket := w.one(t, 5000); ticket.BoardID != boardVIP {
			t.Errorf("the ticket is on %s", ticket.BoardID)
		}
		if n := w.desk.count(); n > 2000 {
			t.Errorf("%d tickets: there is no backlog", n)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestNewConfigurationIsTakenUp maps an organization while a pass is under way, and
// other reasons to apply come with it: its tickets move all the same, also where the
// state takes nothing just then.
func TestNewConfigurationIsTakenUp(t *testing.T) {
	for _, full := range []bool{false, true} {
		for range 16 { // Of what comes together any may be seen first.
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.configuration.edit = func(p *Policy) { p.MoveOnMap = true }
				w.send(1, orgUnmapped, SeverityLow)
				p := w.start(t)
				p.run()
				time.Sleep(10 * time.Second)
				w.send(2, orgAcme, SeverityLow)
				w.desk.setFault(func(c deskCall) fault { return map[bool]fault{true: {hang: 5 * time.Second}}[c.op == "create"] })
				p.engine.Poke()
				time.Sleep(2 * time.Second) // The create of incident 2 hangs.
				w.configuration.edit = func(p *Policy) {
					p.MoveOnMap = true
					p.Organizations[OrganizationKey{5, orgUnmapped}] = Mapping{Label: "Nobody & Sons", By: "name", ClientID: clientGlobex}
				}
				w.configuration.hash = "hash-2"
				if _, err := p.engine.Configure(t.Context(), p.setup()); err != nil {
					t.Fatal(err)
				}
				p.engine.Poke()
				if full {
					w.store.setFails(func(op string) error { return map[bool]error{true: errors.New("the disk is full")}[op == "wake"] })
					time.Sleep(time.Minute)
					w.store.setFails(nil)
				}
				time.Sleep(time.Minute)
				if ticket := w.one(t, 1); ticket.BoardID != boardSecurity || ticket.ClientID != clientGlobex {
					t.Errorf("the ticket did not move: %+v", ticket.Ticket)
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}
