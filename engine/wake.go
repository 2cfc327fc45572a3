package engine

import (
	"context"
	"fmt"
)

// wake makes everything due that waits or is open, whatever a clock that was ahead
// has put off.
func (e *Engine) wake(ctx context.Context, h *hold) error {
	if err := e.store.Wake(ctx, h.current(), e.now()); err != nil {
		return fmt.Errorf("wake what waits: %w", err)
	}
	return nil
}
