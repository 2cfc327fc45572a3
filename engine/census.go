package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// census lists everything that is open at Huntress, whatever its age: what is
// missing here is observed like any other incident, and what is held as open here
// but not listed there is read by its id. Absence alone closes nothing.
func (o *observer) census(ctx context.Context) error {
	open := map[int64]bool{}
	take := func(ctx context.Context, page Page) error {
		for _, inc := range page.Incidents {
			open[inc.ID] = true
		}
		return o.takePage(ctx, page)
	}
	for _, status := range []Status{StatusSent, StatusAutoRemediating} {
		w := &walk{
			source: o.source, filter: Filter{Status: status}, floor: beginning,
			organizations: o.organizationIDs(), take: take,
		}
		missing, err := w.run(ctx)
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			return &UnprovedError{What: "census of open incidents", Spans: missing}
		}
	}
	unread, err := o.readAbsent(ctx, open)
	if err != nil {
		return err
	}
	ids := make([]int64, 0, len(open))
	for id := range open {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	o.state.Poll.Census = Census{At: o.now(), Open: ids, Unread: unread}
	return nil
}

// maxUnread is how many reads by id may fail in one census: each can take minutes,
// and the next poll waits for it.
const maxUnread = 3

// readAbsent reads by id what is open in the books but not in the census, and adds
// to the census what is open all the same. That Huntress fails on some of them holds
// up neither the census nor the rest: they count as open, and are read last next time.
func (o *observer) readAbsent(ctx context.Context, open map[int64]bool) (unread []int64, err error) {
	held, err := o.books.Records(ctx, RecordQuery{AccountID: o.state.Poll.Account.ID, Open: true})
	if err != nil {
		return nil, err
	}
	last := func(r Record) int {
		if slices.Contains(o.state.Poll.Census.Unread, r.Key.IncidentID) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(held, func(a, b Record) int { return last(a) - last(b) })
	for _, r := range held {
		id := r.Key.IncidentID
		if open[id] || r.Seen.Incident.ID == 0 {
			continue
		}
		if len(unread) == maxUnread {
			open[id] = true
			continue
		}
		inc, err := o.source.Incident(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
			continue // Gone at Huntress: its ticket stays as it is.
		case err != nil && (ctx.Err() != nil || ReasonOf(err) == ReasonRateLimited):
			return nil, err // That is not about this incident.
		case err != nil:
			open[id] = true
			unread = append(unread, id)
			o.unread = errors.Join(o.unread, fmt.Errorf("incident %d: %w", id, err))
			continue
		}
		if inc.Status.Open() {
			open[id] = true
		}
		// It was asked for alone, and is as it is now, whatever time it bears.
		if err := o.take(ctx, []Incident{inc}, time.Time{}); err != nil {
			return nil, err
		}
	}
	return unread, nil
}
