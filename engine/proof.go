package engine

import (
	"context"
	"sync/atomic"
)

// proof is a ticket of this process that came back with our correlation id. Until
// there is one a create goes alone: a desk that drops the id shows it by the first
// ticket, and others that were under way by then could not be held back.
type proof struct {
	alone turn
	shown atomic.Bool
}

// enter waits for the create that is under way, where that may be the proof, and
// returns what ends this one.
func (p *proof) enter(ctx context.Context) (leave func(), err error) {
	if p.shown.Load() {
		return func() {}, nil
	}
	if err := p.alone.take(ctx); err != nil {
		return nil, err
	}
	if p.shown.Load() {
		p.alone.give() // It was.
		return func() {}, nil
	}
	return p.alone.give, nil
}
