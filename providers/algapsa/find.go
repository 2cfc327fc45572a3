package algapsa

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// instant is how times are asked for: UTC with milliseconds; an offset other than Z is refused.
const instant = "2006-01-02T15:04:05.000Z"

// Tickets lists, completely, the tickets whose title holds the text, open and closed alike. That there are too many is
// told by the first page.
func (c *Client) Tickets(ctx context.Context, q engine.TicketQuery) (engine.TicketList, error) {
	const op = "list tickets"
	since := q.Since.Truncate(time.Millisecond)
	for range attempts {
		found, complete, err := c.entered(ctx, op, literal(q.Title), since, q.AtMost)
		if err != nil {
			return engine.TicketList{}, err
		}
		if !complete {
			continue
		}
		found.Tickets = slices.DeleteFunc(found.Tickets, func(t engine.Ticket) bool {
			return !strings.Contains(t.Title, q.Title) || !t.EnteredAt.IsZero() && t.EnteredAt.Before(since)
		})
		return found, nil
	}
	return engine.TicketList{}, restless(op, attempts)
}

// entered reads the tickets in the order in which they were entered. The desk pages by offset and offers no
// snapshot: with a ticket that is deleted meanwhile, another one would slip over the border of two pages unseen.
// So each page begins at the moment at which the one before it ended, and a moment that fills a page is read by itself.
func (c *Client) entered(ctx context.Context, op, title string, from time.Time, atMost int) (found engine.TicketList, complete bool, err error) {
	query := url.Values{"sort": {"entered_at"}, "order": {"asc"}, "title": {title}}
	s := shelf{read: c.ticket, seen: map[string]time.Time{}}
	total, page := -1, 1
	for {
		if !from.IsZero() {
			query.Set("entered_from", from.UTC().Format(instant))
		}
		a, rows, err := c.page(ctx, op, "/tickets", query, page, pageSize)
		if err != nil {
			return engine.TicketList{}, false, err
		}
		if found.DeskTime.IsZero() {
			found.DeskTime = a.date
		}
		last, err := s.add(rows, from)
		if err != nil {
			return engine.TicketList{}, false, a.unreadable(op, err)
		}
		switch {
		case !a.pagination.known:
			return engine.TicketList{}, false, a.unreadable(op, errors.New("a list without its total"))
		case total >= 0 && a.pagination.total != total:
			return engine.TicketList{}, false, nil
		case atMost > 0 && a.pagination.total > atMost:
			return engine.TicketList{}, false, engine.ErrTooMany
		case page*pageSize >= a.pagination.total:
			found.Tickets = s.tickets
			return found, s.since(from) >= a.pagination.total, nil
		case len(rows) == 0:
			return engine.TicketList{}, false, nil
		}
		if err := c.leaveRoom(ctx, op, a); err != nil {
			return engine.TicketList{}, false, err
		}
		switch {
		case last.After(from):
			from, page, total = last, 1, -1
		case last.IsZero(): // Only offsets are left.
			page, total = page+1, a.pagination.total
		default:
			if err := c.crowd(ctx, op, query, from, &s); err != nil {
				return engine.TicketList{}, false, err
			}
			from, page, total = from.Add(time.Millisecond), 1, -1
		}
	}
}

// crowd reads the tickets of one moment, of which there are more than a page holds. By their time the desk would give
// them in another order with each page, and some on none; by their ids there is one order only.
func (c *Client) crowd(ctx context.Context, op string, query url.Values, at time.Time, s *shelf) error {
	q := maps.Clone(query)
	q.Set("sort", "ticket_id")
	// The desk may know the times better than it tells them: to the next millisecond is all of this one.
	q.Set("entered_to", at.Add(time.Millisecond).UTC().Format(instant))
	return c.gather(ctx, op, "/tickets", q, &pile{id: "ticket_id", take: func(r row) { s.put(s.read(r)) }})
}

// shelf collects different tickets. It keeps none of the rows: they carry whole bodies.
type shelf struct {
	read    func(row) engine.Ticket
	tickets []engine.Ticket
	seen    map[string]time.Time // When each was entered, by id.
}

// add takes the rows of one page, which must all be of the time asked for and in order, and returns the moment of
// the last; zero where a row does not tell, so that paging goes on by offsets.
func (s *shelf) add(rows []row, from time.Time) (last time.Time, err error) {
	last = from
	for _, r := range rows {
		t := s.read(r)
		at := t.EnteredAt.Truncate(time.Millisecond)
		switch {
		case t.ID == "":
			return time.Time{}, errors.New("a ticket without ticket_id")
		case !at.IsZero() && at.Before(last):
			return time.Time{}, errors.New("tickets in another order than was asked for")
		}
		last = at
		s.put(t)
	}
	return last, nil
}

// put keeps a ticket, once.
func (s *shelf) put(t engine.Ticket) {
	if _, ok := s.seen[t.ID]; !ok {
		s.tickets = append(s.tickets, t)
	}
	s.seen[t.ID] = t.EnteredAt.Truncate(time.Millisecond)
}

// since counts the tickets entered at or after a moment.
func (s *shelf) since(from time.Time) int {
	n := 0
	for _, at := range s.seen {
		if !at.Before(from) {
			n++
		}
	}
	return n
}
