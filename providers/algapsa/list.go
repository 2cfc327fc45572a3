package algapsa

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"time"

	"github.com/huntsync/huntsync/engine"
)

const (
	pageSize = 100 // The most the desk gives; one more is refused.
	reserve  = 10  // Of the rate limit: what page reading leaves to writes.
	attempts = 5   // To read a list that changes while it is read.

	// What lists are read in that could not be read whole: 12 sizes.
	smallestPage = 40
	pageStep     = 5
)

// all reads every page of a list. The desk pages by offset, offers no snapshot, and gives rows that compare as equal
// in another order with each page. So the list is complete only when each page told the same total and so many
// different rows were seen; else it is read again, with pages of another size, whose borders are elsewhere.
func (c *Client) all(ctx context.Context, op, path, id string, query url.Values) ([]row, error) {
	p := pile{id: id}
	if err := c.gather(ctx, op, path, query, &p); err != nil {
		return nil, err
	}
	return p.rows, nil
}

// gather reads a list until it is complete.
func (c *Client) gather(ctx context.Context, op, path string, query url.Values, p *pile) error {
	for size := pageSize; size > smallestPage; size -= pageStep {
		if err := c.pages(ctx, op, path, query, size, p); err != nil {
			return err
		}
		if p.complete() {
			return nil
		}
	}
	return restless(op, (pageSize-smallestPage)/pageStep)
}

// pages reads the list once, from its beginning, or until its total changes.
func (c *Client) pages(ctx context.Context, op, path string, query url.Values, size int, p *pile) error {
	for page := 1; ; page++ {
		a, rows, err := c.page(ctx, op, path, query, page, size)
		if err != nil {
			return err
		}
		if !a.pagination.known {
			return a.unreadable(op, errors.New("a list without its total"))
		}
		changed := p.of(a.pagination.total)
		for _, r := range rows {
			if !p.add(r) {
				return a.unreadable(op, fmt.Errorf("a row without %s", p.id))
			}
		}
		if len(rows) == 0 || page*size >= a.pagination.total || changed && page > 1 {
			return nil
		}
		if err := c.leaveRoom(ctx, op, a); err != nil {
			return err
		}
	}
}

// pile collects the different rows of a list, for as long as its total stays the same.
type pile struct {
	id    string    // What tells rows apart.
	take  func(row) // Gets the rows in place of the pile, which then keeps none: they may be long.
	seen  map[string]bool
	rows  []row
	total int
}

// of begins anew where the list has another total than before, and reports whether it did.
func (p *pile) of(total int) (changed bool) {
	if p.seen != nil && p.total == total {
		return false
	}
	*p = pile{id: p.id, take: p.take, seen: map[string]bool{}, total: total}
	return true
}

// add takes a row, unless it has no id.
func (p *pile) add(r row) bool {
	key := r.text(p.id)
	if key == "" || p.seen[key] {
		return key != ""
	}
	p.seen[key] = true
	if p.take != nil {
		p.take(r)
	} else {
		p.rows = append(p.rows, r)
	}
	return true
}

func (p *pile) complete() bool { return len(p.seen) == p.total }

// leaveRoom waits before the next page when the rate limit is nearly used up.
func (c *Client) leaveRoom(ctx context.Context, op string, a answer) error {
	if a.remaining < 0 || a.remaining >= reserve {
		return nil
	}
	if err := sleep(ctx, time.Second); err != nil {
		return &engine.Error{Reason: engine.ReasonTimeout, Side: Side, Op: op, NotDone: true, Err: err}
	}
	return nil
}

// page reads one page of so many rows: by its number, or by the offset where the desk ignores the number.
func (c *Client) page(ctx context.Context, op, path string, query url.Values, page, size int) (answer, []row, error) {
	q := url.Values{}
	maps.Copy(q, query)
	q.Set("limit", strconv.Itoa(size))
	if path == categoriesPath {
		q.Set("offset", strconv.Itoa((page-1)*size))
	} else {
		q.Set("page", strconv.Itoa(page))
	}
	a, err := c.read(ctx, op, path, q)
	if err != nil {
		return answer{}, nil, err
	}
	rows, err := a.rows()
	if err != nil {
		return answer{}, nil, a.unreadable(op, err)
	}
	return a, rows, nil
}

// restless is a list that could not be read whole.
func restless(op string, times int) *engine.Error {
	return &engine.Error{
		Reason: engine.ReasonUnavailable, Side: Side, Op: op, NotDone: true,
		Detail: fmt.Sprintf("the list could not be read whole in %d attempts: it changes while it is read", times),
	}
}

// unreadable is a success that says something we cannot read. For a write that leaves it in doubt.
func (a answer) unreadable(op string, err error) *engine.Error {
	return &engine.Error{
		Reason: engine.ReasonUnavailable, Side: Side, Op: op, Status: a.status, Detail: "the answer cannot be read", Err: err,
	}
}

// misuse is a call that is wrong before anything is sent.
func misuse(op, detail string) *engine.Error {
	return &engine.Error{Reason: engine.ReasonInternal, Side: Side, Op: op, Detail: detail, NotDone: true}
}
