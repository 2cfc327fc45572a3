package algapsa

import (
	"context"
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
)

// all reads every page of a list. The desk pages by offset and offers no snapshot, so the list is complete only
// when each page told the same total and so many different rows were seen; else it is read again.
func (c *Client) all(ctx context.Context, op, path, id string, query url.Values) ([]row, error) {
	for attempt := 1; ; attempt++ {
		found, complete, err := c.pages(ctx, op, path, id, query)
		if err != nil || complete {
			return found, err
		}
		if attempt == attempts {
			return nil, restless(op)
		}
	}
}

// pages reads the list once, from its beginning.
func (c *Client) pages(ctx context.Context, op, path, id string, query url.Values) (found []row, complete bool, err error) {
	seen := map[string]bool{}
	total := -1
	for page := 1; ; page++ {
		a, rows, err := c.page(ctx, op, path, query, page)
		if err != nil {
			return nil, false, err
		}
		for _, r := range rows {
			key := r.text(id)
			if key == "" {
				return nil, false, a.unreadable(op, fmt.Errorf("a row without %s", id))
			}
			if !seen[key] {
				seen[key] = true
				found = append(found, r)
			}
		}
		if !a.pagination.known {
			return nil, false, a.unreadable(op, fmt.Errorf("a list without its total"))
		}
		if total >= 0 && a.pagination.total != total {
			return nil, false, nil
		}
		total = a.pagination.total
		if len(rows) == 0 || page*pageSize >= total {
			return found, len(seen) == total, nil
		}
		if err := c.leaveRoom(ctx, op, a); err != nil {
			return nil, false, err
		}
	}
}

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

// page reads one page: by its number, or by the offset where the desk ignores the number.
func (c *Client) page(ctx context.Context, op, path string, query url.Values, page int) (answer, []row, error) {
	q := url.Values{}
	maps.Copy(q, query)
	q.Set("limit", strconv.Itoa(pageSize))
	if path == categoriesPath {
		q.Set("offset", strconv.Itoa((page-1)*pageSize))
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
func restless(op string) *engine.Error {
	return &engine.Error{
		Reason: engine.ReasonUnavailable, Side: Side, Op: op, NotDone: true,
		Detail: fmt.Sprintf("the list changed each of the %d times it was read", attempts),
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
