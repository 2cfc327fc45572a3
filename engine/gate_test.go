package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestLongReadLiftsNoPause lets a list of tickets, and the catalogue, end well after
// the desk has told the call of another account to wait.
func TestLongReadLiftsNoPause(t *testing.T) {
	for op, read := range map[string]func(*process, *applier) error{
		"tickets": func(p *process, a *applier) error {
			_, err := a.list(p.ctx, TicketQuery{Title: MarkerPrefix})
			return err
		},
		"catalogue": func(p *process, a *applier) error { return p.engine.refreshCatalogue(p.ctx, a.hold) },
	} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				p := w.start(t)
				w.send(1, orgAcme, SeverityLow)
				w.desk.setFault(nextCall("create", refusedHere()))
				p.mustPass(t)
				w.desk.setFault(func(c deskCall) fault {
					if c.op == op {
						return fault{hang: 20 * time.Second}
					}
					return fault{}
				})
				time.Sleep(catalogueAge)
				account := p.engine.list()[0]
				a := p.engine.applier(account, account.held(), p.engine.view(), "pass", scope{})
				ended := make(chan error, 1)
				go func() { ended <- read(p, a) }()
				time.Sleep(10 * time.Second)
				limit := a.call(p.ctx, func(context.Context) error { return limited(5 * time.Minute).err })
				if ReasonOf(limit) != ReasonRateLimited {
					t.Fatal(limit)
				}
				if err := <-ended; err != nil {
					t.Fatal(err)
				}
				paused, ok := errors.AsType[*PausedError](p.engine.Paused())
				if !ok || time.Until(paused.Until) != 5*time.Minute-10*time.Second {
					t.Errorf("after the read the desk is paused like this: %v", p.engine.Paused())
				}
			})
		})
	}
}
