package sim

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The documented page sizes.
const (
	defaultLimit = 10
	maxLimit     = 500
)

// order is how a list is sorted.
type order struct {
	field     string
	ascending bool
}

// position is where a row stands in a list: by number or text (one row each, or
// nearly), or by time, where a token only knows the second.
type position struct {
	number int64
	text   string
	time   time.Time
	id     int64 // breaks ties
}

func (p position) compare(q position) int {
	for _, c := range []int{
		cmpInt(p.number, q.number),
		strings.Compare(p.text, q.text),
		p.time.Compare(q.time),
	} {
		if c != 0 {
			return c
		}
	}
	return cmpInt(p.id, q.id)
}

func cmpInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// token names the position of the last row of a page, in base64 as Huntress
// writes it.
func (p position) token(field string) string {
	plain := strconv.FormatInt(p.number, 10)
	switch {
	case isTime(field):
		plain = p.time.UTC().Format(time.RFC3339)
	case p.text != "":
		plain = p.text
	}
	return base64.RawURLEncoding.EncodeToString([]byte(plain))
}

// beyond reports whether a row comes after a page that ended at the token.
type beyond func(position) bool

// parseToken reads a page token; ok is false for one that no list gives.
func parseToken(token string, o order, paging Paging) (beyond, bool) {
	plain, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(token, "="))
	if err != nil {
		return nil, false
	}
	after := func(c int) bool { return c < 0 }
	if o.ascending {
		after = func(c int) bool { return c > 0 }
	}
	switch {
	case isTime(o.field):
		second, err := time.Parse(time.RFC3339, string(plain))
		return func(p position) bool {
			c := p.time.Truncate(time.Second).Compare(second)
			return after(c) || c == 0 && paging == AtOrOlder
		}, err == nil
	case isText(o.field):
		return func(p position) bool { return after(strings.Compare(p.text, string(plain))) }, true
	default:
		id, err := strconv.ParseInt(string(plain), 10, 64)
		return func(p position) bool { return after(cmpInt(p.number, id)) }, err == nil
	}
}

func isTime(field string) bool { return strings.HasSuffix(field, "_at") }

func isText(field string) bool {
	return slices.Contains([]string{"name", "key", "subdomain", "severity"}, field)
}

// listing is a checked list request.
type listing struct {
	order  order
	limit  int
	beyond beyond // nil for the first page
	url    *url.URL
}

// parseListing checks the parameters that all lists share. The second result is
// the answer to a request that is refused.
func (s *Server) parseListing(r *http.Request, fields ...string) (listing, *answer) {
	q := r.URL.Query()
	l := listing{order: order{field: "id"}, limit: defaultLimit, url: r.URL}
	if q.Has("limit") {
		n, err := strconv.Atoi(q.Get("limit"))
		if err != nil {
			return l, failure(http.StatusBadRequest, "limit is invalid")
		}
		if n < 1 || n > maxLimit {
			return l, failure(http.StatusBadRequest, "limit does not have a valid value")
		}
		l.limit = n
	}
	if q.Has("sort_field") {
		l.order.field = q.Get("sort_field")
		if !slices.Contains(fields, l.order.field) {
			return l, failure(http.StatusBadRequest, "sort_field does not have a valid value")
		}
	}
	l.limit = max(l.limit/max(s.options.Scale, 1), 1)
	switch q.Get("sort_direction") {
	case "", "desc":
	case "asc":
		l.order.ascending = true
	default:
		return l, failure(http.StatusBadRequest, "sort_direction does not have a valid value")
	}
	if token := q.Get("page_token"); token != "" {
		var ok bool
		if l.beyond, ok = parseToken(token, l.order, s.options.Paging); !ok {
			return l, failure(http.StatusBadRequest, "page_token is invalid")
		}
	}
	return l, nil
}

// sortRows puts rows in the order asked for.
func sortRows[T any](rows []T, o order, at func(T, string) position) {
	slices.SortFunc(rows, func(a, b T) int {
		c := at(a, o.field).compare(at(b, o.field))
		if o.ascending {
			return c
		}
		return -c
	})
}

// page cuts the asked page out of sorted rows, leaving out what keep refuses, and
// answers it under the resource's plural name.
func page[T any](name string, sorted []T, l listing, keep func(T) bool, at func(T, string) position) *answer {
	rows := make([]T, 0, l.limit)
	more := false
	for _, row := range sorted {
		if keep != nil && !keep(row) || l.beyond != nil && !l.beyond(at(row, l.order.field)) {
			continue
		}
		if len(rows) == l.limit {
			more = true
			break
		}
		rows = append(rows, row)
	}
	pagination := map[string]string{}
	if more {
		token := at(rows[len(rows)-1], l.order.field).token(l.order.field)
		pagination["next_page_token"] = token
		pagination["next_page_url"] = nextURL(l.url, token)
	}
	return success(map[string]any{name: rows, "pagination": pagination})
}

func nextURL(u *url.URL, token string) string {
	q := u.Query()
	q.Set("page_token", token)
	return "https://api.huntress.io" + u.Path + "?" + q.Encode()
}

// matches is a filter that an empty value does not apply.
func matches(want, value string) bool { return want == "" || want == value }
