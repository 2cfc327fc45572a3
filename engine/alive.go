package engine

import (
	"context"
	"fmt"
)

// Alive fails where [Engine.Run] does not answer before the context ends: it has
// not begun, it has ended, or it hangs. A watchdog that is fed by it notices an
// engine that will never poll again. That Huntress or the desk is away is nothing
// of the kind: a restart would not help.
func (e *Engine) Alive(ctx context.Context) error {
	select {
	case e.pulse <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the engine does not answer: %w", context.Cause(ctx))
	}
}

// feel waits for everything that the loops of the engine share: where one of them
// keeps it for ever, the next question whether the engine is alive has no answer.
func (e *Engine) feel() {
	for _, a := range e.list() {
		a.identity()
	}
	_ = e.gate.check() // Only that it answers counts.
}
