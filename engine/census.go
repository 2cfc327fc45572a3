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
	o.state.Poll.Census = Census{At: o.now(), Open: ids, Unread: unread, Gone: o.state.Poll.Census.Gone}
	return nil
}

// What one census reads by id holds up the next poll: what can be slow, and what can
// wait, is bounded.
const (
	// maxUnread is how many reads may fail: each can take minutes.
	maxUnread = 3
	// maxUnseen is how many incidents are read that were never observed. Their tickets
	// have waited for longer than a look-back, and can wait for the next census.
	maxUnseen = 100
)

// readAbsent reads by id what is open in the books but not in the census, and what was
// never observed, and adds to the census what is open. That Huntress fails on some of
// them holds up neither the census nor the rest: they count as open, and are read last
// next time.
func (o *observer) readAbsent(ctx context.Context, open map[int64]bool) (unread []int64, err error) {
	absent, late, err := o.absent(ctx, open)
	if err != nil {
		return nil, err
	}
	var failed []int64
	first := 0 // of those that were never observed
	for _, r := range absent {
		id := r.Key.IncidentID
		if len(failed) == maxUnread || r.unseen() && first == maxUnseen {
			if late[id] > 0 {
				unread = append(unread, id)
			}
			if late[id] > 0 || !r.unseen() {
				open[id] = true
			}
			continue
		}
		if r.unseen() {
			first++
		}
		inc, err := o.source.Incident(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
			// Gone at Huntress: its ticket stays as it is.
			o.state.Poll.Census.Gone = append(o.state.Poll.Census.Gone, id)
			continue
		case err != nil && (ctx.Err() != nil || ReasonOf(err) == ReasonRateLimited):
			return nil, err // That is not about this incident.
		case err != nil:
			open[id] = true
			failed = append(failed, id)
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
	return append(unread, failed...), nil
}

// absent lists what is to be read by id, in the order in which it is read: what could
// not be read before comes last, and late tells its place there. What is gone is not
// read; of that it forgets what nobody asks for any more.
func (o *observer) absent(ctx context.Context, open map[int64]bool) (absent []Record, late map[int64]int, err error) {
	account := o.state.Poll.Account.ID
	absent, err = o.books.Records(ctx, RecordQuery{AccountID: account, Open: true})
	if err != nil {
		return nil, nil, err
	}
	absent = slices.DeleteFunc(absent, func(r Record) bool { return r.Seen.Incident.ID == 0 })
	unseen, err := unseenRecords(ctx, o.books, account, o.state.Adoption.Unseen)
	if err != nil {
		return nil, nil, err
	}
	census := &o.state.Poll.Census
	gone, still := map[int64]bool{}, []int64(nil)
	for _, id := range census.Gone {
		gone[id] = true
	}
	absent = slices.DeleteFunc(append(absent, unseen...), func(r Record) bool {
		id := r.Key.IncidentID
		if gone[id] && !open[id] {
			still = append(still, id)
		}
		return gone[id] || open[id]
	})
	census.Gone = still
	late = map[int64]int{}
	for i, id := range census.Unread {
		late[id] = i + 1
	}
	slices.SortStableFunc(absent, func(a, b Record) int { return late[a.Key.IncidentID] - late[b.Key.IncidentID] })
	return absent, late, nil
}
