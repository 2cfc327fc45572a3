package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestAlive asks an engine that has not begun, that works, that cannot reach
// anybody, and that has ended.
func TestAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		expect := func(when string, want bool) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := p.engine.Alive(ctx); (err == nil) != want {
				t.Errorf("%s: %v", when, err)
			}
		}
		expect("before it runs", false)
		p.run()
		time.Sleep(time.Minute)
		expect("while it runs", true)
		w.desk.setFault(func(deskCall) fault { return neverSent() })
		w.answerWith(func() error { return &Error{Reason: ReasonUnavailable, Side: "Huntress"} })
		w.send(1, orgAcme, SeverityLow)
		time.Sleep(3 * time.Hour)
		expect("while nobody can be reached", true)
		if err := p.stop(); err != nil {
			t.Error(err)
		}
		expect("after its end", false)
	})
}

// TestNotAlive asks an engine in which something keeps for ever what all loops need.
func TestNotAlive(t *testing.T) {
	p := newWorld().start(t)
	p.run()
	ask := func(within time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		return p.engine.Alive(ctx)
	}
	p.engine.gate.mu.Lock()
	_ = ask(10 * time.Second) // The loop finds it out.
	if err := ask(50 * time.Millisecond); err == nil {
		t.Error("an engine that hangs is alive")
	}
	p.engine.gate.mu.Unlock()
	if err := ask(10 * time.Second); err != nil {
		t.Errorf("an engine that goes on: %v", err)
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}
