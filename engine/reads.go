package engine

import (
	"context"
	"errors"
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
	next *markedRead
	// last is the last that went well, unless it was of everything: that may be much.
	last *markedRead
}

// markedRead is one read, for those who share it.
type markedRead struct {
	since time.Time
	// began is by the monotonic clock.
	began time.Time
	// done is closed when list and err are there.
	done chan struct{}
	list TicketList
	err  error
}

// errReadLeft tells those who share a read that who was to do it has gone.
var errReadLeft = errors.New("the read was given up")

// read returns every ticket with our marker that was entered since a time; older
// ones may be among them. They are as the desk had them no earlier than fresh, or
// after the call began. The first who asks does the read for all who share it.
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

// recent is the last read, where it will do.
func (m *markedReads) recent(since, fresh time.Time) (TicketList, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil || m.last.began.Before(fresh) || m.last.since.After(since) {
		return TicketList{}, false
	}
	return m.last.list, true
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
	r.began = time.Now()
	r.list, r.err = do(ctx, r.since)
	if r.err != nil && ctx.Err() != nil {
		r.err = errReadLeft
	}
	if r.err == nil && !r.since.IsZero() {
		m.mu.Lock()
		m.last = r
		m.mu.Unlock()
	}
}
