package engine

import (
	"context"
	"fmt"
)

// wake makes everything due that waits or is open. What a clock that was ahead has
// put off for longer than anything waits becomes due as well: the store counts
// from when it changed, which may be yet to come.
func (e *Engine) wake(ctx context.Context, h *hold) error {
	if err := e.store.Wake(ctx, h.current()); err != nil {
		return fmt.Errorf("wake what waits: %w", err)
	}
	q := RecordQuery{AccountID: h.account, Owing: true, Limit: batch}
	for {
		owing, err := e.store.Records(ctx, q)
		if err != nil {
			return fmt.Errorf("read what waits: %w", err)
		}
		now := e.now()
		for _, r := range owing {
			q.After = r.Key
			if !r.DueAt.After(now.Add(maxBackOff)) {
				continue
			}
			r.DueAt = now
			if err := e.store.Save(ctx, h.current(), r); err != nil {
				return fmt.Errorf("cut the wait of %s: %w", r.Key, err)
			}
		}
		if len(owing) < batch {
			return nil
		}
	}
}
