package engine

import "context"

// turn admits one at a time, as a mutex does, but is waited for only as long as a
// context lives: what is done in a turn can take as long as a call to Huntress
// or the desk.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) give() { <-t }
