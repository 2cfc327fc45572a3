package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// broken is a desk that takes a moment for each call, and fails whatever is asked of
// one ticket.
func broken(ticket string, asked *int) func(deskCall) fault {
	return func(c deskCall) fault {
		if c.ticket != ticket {
			return fault{hang: 300 * time.Millisecond}
		}
		*asked++
		return fault{err: deskError(ReasonUnavailable, false), hang: 100 * time.Millisecond}
	}
}

// TestTicketThatCannotBeRead is I4 for tickets: the desk fails to show one of them,
// for ever, which holds up no other, and is asked for it less and less often.
func TestTicketThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		p.run()
		for id := range int64(40) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		p.engine.Poke()
		time.Sleep(10 * time.Minute)
		asked := 0
		w.desk.setFault(broken(w.one(t, 1).ID, &asked))
		for id := range int64(40) {
			w.source.setStatus(id+1, StatusClosed)
		}
		p.engine.Poke()
		time.Sleep(time.Minute)
		for id := range int64(40) {
			if closed := w.one(t, id+1).Closed; closed != (id > 0) {
				t.Errorf("incident %d: closed %t", id+1, closed)
			}
		}
		time.Sleep(24 * time.Hour)
		w.desk.setFault(nil)
		if asked > 60 {
			t.Errorf("the broken ticket was asked for %d times in a day, want few more than one an hour", asked)
		}
		time.Sleep(maxBackOff)
		if !w.one(t, 1).Closed {
			t.Errorf("not closed within an hour after it can be read: %s", w.outcomes(1))
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestDoubtThatCannotBeDecided has a change in doubt on a ticket that the desk fails
// to show: it comes before any create, and holds up none.
func TestDoubtThatCannotBeDecided(t *testing.T) {
	for _, op := range []string{"note", "update"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				p := w.start(t)
				p.run()
				w.send(1, orgAcme, SeverityLow)
				p.engine.Poke()
				time.Sleep(time.Minute)
				ticket, asked, fails := w.one(t, 1).ID, 0, false
				always := broken(ticket, &asked)
				w.desk.setFault(func(c deskCall) fault {
					if fails = fails || c.op == op; fails {
						return always(c)
					}
					return fault{}
				})
				w.source.setStatus(1, StatusClosed)
				p.engine.Poke()
				time.Sleep(5 * time.Minute)
				for id := range int64(10) {
					w.send(id+10, orgGlobex, SeverityCritical)
				}
				p.engine.Poke()
				time.Sleep(time.Minute)
				for id := range int64(10) {
					w.one(t, id+10)
				}
				w.desk.setFault(nil)
				time.Sleep(maxBackOff)
				if !w.one(t, 1).Closed {
					t.Errorf("still open: %s", w.outcomes(1))
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestOutageIsHeldAgainstNoTicket has a desk that is away for half a day: reads that
// fail because of it are made again as soon as it answers.
func TestOutageIsHeldAgainstNoTicket(t *testing.T) {
	for name, down := range map[string]func() fault{"unreachable": neverSent, "failing": cutBefore, "silent": timedOut} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				p := w.start(t)
				p.run()
				for id := range int64(20) {
					w.send(id+1, orgAcme, SeverityLow)
				}
				p.engine.Poke()
				time.Sleep(10 * time.Minute)
				w.desk.setFault(func(deskCall) fault { return down() })
				for id := range int64(20) {
					w.source.setStatus(id+1, StatusClosed)
				}
				time.Sleep(12 * time.Hour)
				w.desk.setFault(nil)
				time.Sleep(lastProbe + deskTimeout + 2*stumbleGap)
				for id := range int64(20) {
					if !w.one(t, id+1).Closed {
						t.Errorf("ticket of incident %d is still open; due at %s, now is %s", id+1, w.record(t, id+1).DueAt, time.Now())
					}
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
