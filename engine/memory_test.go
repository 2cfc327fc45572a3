package engine

import (
	"testing"
	"testing/synctest"
)

// TestMistypedDesk begins with the URL of a desk that does not answer, and goes on
// with the right one: that is the one which the state belongs to.
func TestMistypedDesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.desk.setFault(func(deskCall) fault { return neverSent() })
		p, err := w.boot()
		if err == nil {
			t.Fatal("the desk answered")
		}
		w.desk.setFault(nil)
		fixed := p.setup()
		fixed.DeskURL = "https://right.example.com"
		if _, err := p.engine.Configure(p.ctx, fixed); err != nil {
			t.Fatal(err)
		}
		w.send(1, orgAcme, SeverityLow)
		p.mustPass(t)
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		q, _ := w.boot() // with the wrong one
		if _, err := q.engine.Configure(q.ctx, fixed); err != nil {
			t.Errorf("after a restart: %v", err)
		}
	})
}

// TestCatalogueOfAnotherDesk corrects the URL of a desk that answered, before anything
// was done there: its catalogue is not taken for that of the other.
func TestCatalogueOfAnotherDesk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		w.desk.setFault(func(deskCall) fault { return neverSent() })
		fixed := p.setup()
		fixed.DeskURL = "https://right.example.com"
		if _, err := p.engine.Configure(p.ctx, fixed); err == nil {
			t.Error("the other desk was configured unseen")
		}
		w.desk.setFault(nil)
		w.send(1, orgAcme, SeverityLow)
		p.mustPass(t)
		if got := w.store.desk.URL; got != p.setup().DeskURL {
			t.Errorf("the state is bound to %s, which never ran", got)
		}
	})
}
