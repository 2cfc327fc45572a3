package engine

import (
	"context"
	"errors"
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
	if err := o.readAbsent(ctx, open); err != nil {
		return err
	}
	ids := make([]int64, 0, len(open))
	for id := range open {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	o.state.Poll.Census = Census{At: o.now(), Open: ids}
	return nil
}

// readAbsent reads by id what is open in the books but not in the census, and
// adds to the census what is open all the same.
func (o *observer) readAbsent(ctx context.Context, open map[int64]bool) error {
	held, err := o.books.Records(ctx, RecordQuery{AccountID: o.state.Poll.Account.ID, Open: true})
	if err != nil {
		return err
	}
	for _, r := range held {
		id := r.Key.IncidentID
		if open[id] || r.Seen.Incident.ID == 0 {
			continue
		}
		inc, err := o.source.Incident(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue // Gone at Huntress: its ticket stays as it is.
		}
		if err != nil {
			return err
		}
		if inc.Status.Open() {
			open[id] = true
		}
		// It was asked for alone, and is as it is now, whatever time it bears.
		if err := o.take(ctx, []Incident{inc}, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}
