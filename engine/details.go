package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// detail reports whether a change is one that a ticket can do without for now. It
// is made once nothing else is due: it must not use up time, or a budget of
// requests, that a new incident needs.
func (c Change) detail() bool { return c.Cause == CauseHost || c.Action == ActionLink }

// details are what a pass has put aside until nothing else is due.
type details struct {
	// now is true while they are worked on. It changes only while no worker is at work.
	now bool
	// noAssets is set once the desk did not let us see or link assets: the rest of
	// the pass does without.
	noAssets atomic.Bool

	mu   sync.Mutex
	keys []Key
}

func (d *details) add(keys ...Key) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keys = append(d.keys, keys...)
}

func (d *details) take() []Key {
	d.mu.Lock()
	defer d.mu.Unlock()
	keys := d.keys
	d.keys = nil
	return keys
}

// leastUrgent is behind every incident in line.
func leastUrgent() urgency { return urgency{severity: SeverityLow} }

// putAside leaves a detail to the end of the pass, or to another one should the
// pass end before.
func (a *applier) putAside(ctx context.Context, r Record) error {
	r.DueAt = a.now().Add(detailsRetry)
	r.Work.Aside = r.DueAt
	if err := a.store.Save(context.WithoutCancel(ctx), a.lease(), r); err != nil {
		return err
	}
	a.details.add(r.Key)
	return nil
}

// workDetails works on what was put aside, for a while: something more urgent may
// have come. It reports whether there is more of it.
func (a *applier) workDetails(ctx context.Context) (more bool, err error) {
	a.details.now = true
	defer func() { a.details.now = false }()
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	keys := a.details.take()
	for began := time.Now(); len(keys) > 0 && time.Since(began) <= relist; keys = keys[1:] {
		key := keys[0]
		group.Go(func() error {
			came, err := a.inLine(groupCtx, leastUrgent(), key)
			if !came {
				a.details.add(key)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return false, err
	}
	a.details.add(keys...)
	return len(a.details.keys) > 0, nil
}
