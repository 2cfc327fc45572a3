package engine

import (
	"testing"
	"testing/synctest"
)

// TestConfiguringWhileIdentifying reads a configuration again and again while the
// account that runs is being identified; the race detector watches.
func TestConfiguringWhileIdentifying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.source.setBefore(huntressDown)
		p := w.start(t)
		running := p.engine.list()[0]
		w.source.setBefore(nil)
		renamed := p.setup()
		renamed.Accounts[0].Settings.Name = "renamed"
		identified := make(chan error, 1)
		go func() { identified <- p.engine.identify(p.ctx, running, nil) }()
		for range 50 {
			if _, err := p.engine.identifyAll(p.ctx, renamed); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-identified; err != nil {
			t.Error(err)
		}
	})
}
