package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestLongPassKeepsWhatIsShared makes passes, as apply does, on a state that leases
// accounts, where one part of a pass takes much longer than a lease lasts.
func TestLongPassKeepsWhatIsShared(t *testing.T) {
	for name, slow := range map[string]func(*world){
		"walk": func(w *world) {
			w.source.setBefore(func(op string) error {
				if op == "page" {
					time.Sleep(4 * time.Minute) // It waits for the budget of Huntress.
				}
				return nil
			})
		},
		"adoption": func(w *world) {
			w.desk.setFault(func(c deskCall) fault {
				if c.op == "tickets" {
					return fault{hang: 4 * time.Minute}
				}
				return fault{}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.store.expiring = true
				p := w.start(t)
				w.send(1, orgAcme, SeverityLow)
				slow(w)
				p.mustPass(t)
				w.one(t, 1)
			})
		})
	}
}

// TestHeldWhileAPersonIsAsked has a person think about a plan for longer than a lease
// lasts: nobody else takes the account meanwhile, and anybody can once it is given back.
func TestHeldWhileAPersonIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.store.expiring = true
		w.send(1, orgAcme, SeverityLow)
		p, q := w.start(t), w.start(t)
		if err := p.engine.Hold(p.ctx); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * leaseTime(w.settle))
		if err := q.pass(); err == nil {
			t.Error("another process took the account")
		}
		p.mustPass(t)
		w.one(t, 1)
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		q.mustPass(t)
	})
}
