package huntress

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/huntsync/huntsync/engine"
)

var errNoProgress = errors.New("the pages of the list repeat themselves")

// list reads all pages of a list, by ascending id. Huntress's page tokens may be
// timestamps of one second: rows that were made in the same second, as an import
// makes them, could fall between two pages. So a list of several pages is read in
// both directions, with pages of another length, and the two are united. A row
// that cannot be read is left out, with a warning.
func list[T any](ctx context.Context, c *Client, r request, name string, decode func(json.RawMessage) (T, error), id func(T) int64) ([]T, error) {
	found := map[int64]T{}
	walk := func(direction string, limit int) (pages int, err error) {
		return c.walk(ctx, r, name, direction, limit, func(raw json.RawMessage) {
			v, err := decode(raw)
			if err != nil {
				c.log.WarnContext(ctx, "left out a row that cannot be read",
					"huntress", c.name, "list", name, "error", err)
				return
			}
			key := id(v)
			if key <= 0 {
				key = -int64(len(found)) - 1 // no id, but still worth showing
			}
			found[key] = v
		})
	}
	pages, err := walk("desc", engine.MaxPage)
	stuck := errors.Is(err, errNoProgress)
	if err != nil && !stuck {
		return nil, err
	}
	if pages > 1 {
		if _, err := walk("asc", engine.MaxPage-engine.MaxPage/7); err != nil && (stuck || !errors.Is(err, errNoProgress)) {
			return nil, err
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b T) int { return cmp.Compare(id(a), id(b)) }), nil
}

// walk reads the pages of a list in one direction.
func (c *Client) walk(ctx context.Context, r request, name, direction string, limit int, row func(json.RawMessage)) (pages int, err error) {
	query := maps.Clone(r.query)
	if query == nil {
		query = map[string][]string{}
	}
	query.Set("limit", strconv.Itoa(limit))
	query.Set("sort_direction", direction)
	r.query = query
	seen := map[string]bool{}
	for {
		answer, err := c.get(ctx, r)
		if err != nil {
			return pages, err
		}
		pages++
		rows, err := answer.body.array(name)
		if err != nil {
			return pages, c.unexpected(r, err)
		}
		for _, raw := range rows {
			row(raw)
		}
		next, err := nextToken(answer.body, len(rows) < limit)
		if err != nil {
			return pages, c.unexpected(r, err)
		}
		if next == "" {
			return pages, nil
		}
		if seen[next] {
			return pages, c.unexpected(r, errNoProgress)
		}
		seen[next] = true
		query.Set("page_token", next)
	}
}
