package engine

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"
)

// markedReads reads the tickets with our marker for all accounts together: the
// desk's list holds those of every account, and can be long. Who asks while a read
// is under way shares the next one, because what is read has to be newer than the
// question.
type markedReads struct {
	// reading admits one read at a time.
	reading turn

	mu sync.Mutex
	// next is the read that has not begun; nil where nobody waits.
	next   *markedRead
	window markedWindow
}

// markedWindow is what earlier reads found: every ticket with our marker that was
// entered since a time.
type markedWindow struct {
	since time.Time
	// began is when the newest of the reads began, by the monotonic clock, and
	// deskTime the same by the desk's; both are zero before the first.
	began, deskTime time.Time
	tickets         map[string]Ticket
	// pages is about how many requests the newest read took.
	pages int
}

// windowLength is how much of the past is kept. What an account that made no ticket
// for longer needs is read for it alone.
const windowLength = 24 * time.Hour

// perPage is how many tickets a desk lists in one answer.
const perPage = 100

// markedRead is one read, for those who share it.
type markedRead struct {
	since time.Time
	// done is closed when list and err are there.
	done chan struct{}
	list TicketList
	err  error
}

// errReadLeft tells those who share a read that who was to do it has gone.
var errReadLeft = errors.New("the read was given up")

// read returns every ticket with our marker that was entered since a time; older
// ones may be among them. None is missing that was entered before fresh, or before
// the call began. The first who asks does the read for all who share it.
func (m *markedReads) read(
	ctx context.Context, since, fresh time.Time, do func(context.Context, time.Time) (TicketList, error),
) (TicketList, error) {
	if list, ok := m.recent(since, fresh); ok {
		return list, nil
	}
	for {
		r, first := m.join(since)
		if first {
			m.lead(ctx, r, do)
		}
		select {
		case <-r.done:
		case <-ctx.Done():
			return TicketList{}, context.Cause(ctx)
		}
		if !errors.Is(r.err, errReadLeft) {
			return r.list, r.err
		}
		if ctx.Err() != nil {
			return TicketList{}, context.Cause(ctx)
		}
	}
}

// from is from when on tickets would be read now to know what was entered since a
// time.
func (m *markedReads) from(since time.Time) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.window.from(since)
}

// pagesOfLast is about how many requests the last read took.
func (m *markedReads) pagesOfLast() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.window.pages
}

// recent is what earlier reads found, where it will do.
func (m *markedReads) recent(since, fresh time.Time) (TicketList, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.window
	if w.began.IsZero() || !w.began.After(fresh) || !w.covers(since) {
		return TicketList{}, false
	}
	return w.list(since), true
}

// covers reports whether everything that was entered since a time was found.
func (w markedWindow) covers(since time.Time) bool {
	return !w.began.IsZero() && !since.IsZero() && !since.Before(w.since)
}

// from is from when on to read what was entered since a time. Of what earlier reads
// have found, only the last hour is read again: a desk's clock is not exact, and a
// ticket can show late.
func (w markedWindow) from(since time.Time) time.Time {
	if again := w.deskTime.Add(-lookBack); w.covers(since) && w.covers(again) && again.After(since) {
		return again
	}
	return since
}

// list is what was entered since a time.
func (w markedWindow) list(since time.Time) TicketList {
	list := TicketList{DeskTime: w.deskTime, remembered: true}
	for _, t := range w.tickets {
		if !t.EnteredAt.Before(since) {
			list.Tickets = append(list.Tickets, t)
		}
	}
	sortByEntry(list.Tickets)
	return list
}

// with is the window after another read of what was entered since a time.
func (w markedWindow) with(list TicketList, since, began time.Time) markedWindow {
	next := markedWindow{since: w.since, began: began, deskTime: list.DeskTime, tickets: map[string]Ticket{}, pages: 1 + len(list.Tickets)/perPage}
	if !w.covers(since) || since.After(w.deskTime) {
		next.since = since
	} else {
		maps.Copy(next.tickets, w.tickets)
	}
	for _, t := range list.Tickets {
		next.tickets[t.ID] = t
	}
	return next
}

// kept is the window without what is too old to be kept.
func (w markedWindow) kept() markedWindow {
	if oldest := w.deskTime.Add(-windowLength); w.since.Before(oldest) {
		w.since = oldest
		maps.DeleteFunc(w.tickets, func(_ string, t Ticket) bool { return t.EnteredAt.Before(oldest) })
	}
	return w
}

// join takes part in the next read, and reports whether it is the first to do so.
func (m *markedReads) join(since time.Time) (r *markedRead, first bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.next == nil {
		m.next, first = &markedRead{since: since, done: make(chan struct{})}, true
	}
	if since.Before(m.next.since) {
		m.next.since = since
	}
	return m.next, first
}

// lead does a read when the one before has ended.
func (m *markedReads) lead(ctx context.Context, r *markedRead, do func(context.Context, time.Time) (TicketList, error)) {
	defer close(r.done)
	err := m.reading.take(ctx)
	m.mu.Lock()
	m.next = nil // Who asks from now on gets another one.
	m.mu.Unlock()
	if err != nil {
		r.err = errReadLeft
		return
	}
	defer m.reading.give()
	r.list, r.err = m.look(ctx, r.since, do)
	if r.err != nil && ctx.Err() != nil {
		r.err = errReadLeft
	}
}

// look reads what was entered since a time.
func (m *markedReads) look(ctx context.Context, since time.Time, do func(context.Context, time.Time) (TicketList, error)) (TicketList, error) {
	m.mu.Lock()
	w := m.window
	m.mu.Unlock()
	from := w.from(since)
	began := time.Now()
	list, err := do(ctx, from)
	if err != nil {
		return list, err
	}
	if list.DeskTime.IsZero() {
		return list, nil // Nobody can tell what that covers later.
	}
	next := w.with(list, from, began)
	if !from.Equal(since) {
		list = next.list(since)
	}
	m.mu.Lock()
	m.window = next.kept()
	m.mu.Unlock()
	return list, nil
}
