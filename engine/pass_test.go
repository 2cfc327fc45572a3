package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestLimitedPass applies a saved plan that holds one change of very many that are
// due: that one is made, no other, and the rest is not read over and over.
func TestLimitedPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 6000
		w := newWorld()
		for id := range int64(many) {
			w.send(id+1, orgAcme, SeverityLow)
			time.Sleep(time.Second) // A page holds all of a second.
		}
		p := w.start(t)
		_, err := p.engine.Pass(p.ctx, func(c Change) bool { return c.Key.IncidentID == many })
		if err != nil {
			t.Fatal(err)
		}
		if tickets := w.desk.all(); len(tickets) != 1 || tickets[0].ID != w.one(t, many).ID {
			t.Errorf("%d tickets, want the one of incident %d", len(tickets), many)
		}
		if w.store.read > 10*many {
			t.Errorf("%d records were listed for %d that are due", w.store.read, many)
		}
	})
}
