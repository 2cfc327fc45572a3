package sim

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// query reads the parameters of a list in schema order; what it is not asked for is ignored, as in the real server.
type query struct {
	values  map[string]string
	issues  []issue
	filters map[string]any
}

// paging is which part of a list is wanted.
type paging struct {
	page, limit int
	from        int // The first row of it.
	sort, order string
}

func newQuery(c *call) *query {
	return &query{values: c.query, filters: map[string]any{}}
}

// refusal is the 400 of everything that was found.
func (q *query) refusal() (answer, bool) {
	if len(q.issues) == 0 {
		return answer{}, false
	}
	return fail(http.StatusBadRequest, "VALIDATION_ERROR", "Query validation failed", q.issues), true
}

// paging reads page, limit, sort and order with the server's bounds and defaults.
func (q *query) paging() paging {
	p := paging{sort: "created_at", order: "desc"}
	p.page = q.number("page", 1, 1, math.MaxInt32)
	p.limit = q.number("limit", 25, 1, 100)
	p.from = (p.page - 1) * p.limit
	if sort, there := q.values["sort"]; there {
		p.sort = sort
	}
	if order, there := q.values["order"]; there {
		p.order = order
		if order != "asc" && order != "desc" {
			q.issues = append(q.issues, issue{
				"received": order, "code": "invalid_enum_value", "options": []string{"asc", "desc"}, "path": []any{"order"},
				"message": fmt.Sprintf("Invalid enum value. Expected 'asc' | 'desc', received '%s'", order),
			})
		}
	}
	return p
}

func (q *query) number(name string, fallback, low, high int) int {
	text, there := q.values[name]
	if !there {
		return fallback
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if strings.TrimSpace(text) == "" {
		n, err = 0, nil // An empty text is the number 0 to the server's language.
	}
	switch {
	case err != nil || math.IsNaN(n):
		q.wrongType(name, "number", "nan")
	case n != math.Trunc(n):
		q.wrongType(name, "integer", "float")
	case n < float64(low):
		q.issues = append(q.issues, issue{
			"code": "too_small", "minimum": low, "type": "number", "inclusive": true, "exact": false,
			"message": fmt.Sprintf("Number must be greater than or equal to %d", low), "path": []any{name},
		})
	case n > float64(high):
		q.issues = append(q.issues, issue{
			"code": "too_big", "maximum": high, "type": "number", "inclusive": true, "exact": false,
			"message": fmt.Sprintf("Number must be less than or equal to %d", high), "path": []any{name},
		})
	default:
		return int(n)
	}
	return fallback
}

func (q *query) wrongType(name, want, got string) {
	q.issues = append(q.issues, issue{
		"code": "invalid_type", "expected": want, "received": got, "path": []any{name},
		"message": fmt.Sprintf("Expected %s, received %s", want, got),
	})
}

// text reads a free text filter.
func (q *query) text(name string) (string, bool) {
	value, there := q.values[name]
	if there {
		q.filters[name] = value
	}
	return value, there
}

// id reads a UUID filter.
func (q *query) id(name string) (string, bool) {
	value, there := q.values[name]
	if !there {
		return "", false
	}
	if !isUUID(value) {
		q.issues = append(q.issues, issue{"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid", "path": []any{name}})
		return "", false
	}
	q.filters[name] = value
	return strings.ToLower(value), true
}

// flag reads a boolean filter, which must be exactly true or false.
func (q *query) flag(name string) (value, there bool) {
	text, there := q.values[name]
	if !there {
		return false, false
	}
	if text != "true" && text != "false" {
		q.issues = append(q.issues, issue{
			"received": text, "code": "invalid_enum_value", "options": []string{"true", "false"}, "path": []any{name},
			"message": fmt.Sprintf("Invalid enum value. Expected 'true' | 'false', received '%s'", text),
		})
		return false, false
	}
	q.filters[name] = text == "true"
	return text == "true", true
}

// texts reads a list given with commas or as a JSON array.
func (q *query) texts(name string) ([]string, bool) {
	value, there := q.values[name]
	if !there {
		return nil, false
	}
	var all []string
	if json.Unmarshal([]byte(value), &all) != nil {
		all = strings.Split(value, ",")
	}
	q.filters[name] = all
	return all, true
}

// moment reads a time filter, which must end in Z.
func (q *query) moment(name string) (time.Time, bool) {
	value, there := q.values[name]
	if !there {
		return time.Time{}, false
	}
	if !isDateTime(value) {
		q.issues = append(q.issues, issue{"code": "invalid_string", "validation": "datetime", "message": "Invalid datetime", "path": []any{name}})
		return time.Time{}, false
	}
	q.filters[name] = value
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, value); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// cut is the part of all rows that the page shows.
func cut[T any](all []T, p paging) []T {
	from := min(p.from, len(all))
	return all[from:min(from+p.limit, len(all))]
}

// ilike is Postgres' ILIKE of %value%: case is folded, % and _ in the value are wildcards.
// A value that ends in a lone backslash makes the database fail.
func ilike(text, value string) bool {
	return like([]rune(strings.ToLower(text)), []rune("%"+strings.ToLower(value)+"%"))
}

// badPattern says whether the database would refuse the pattern: it ends in a backslash that escapes nothing.
func badPattern(value string) bool {
	return (len(value)-len(strings.TrimRight(value, `\`)))%2 == 1
}

// like matches greedily with one point to go back to, so that it is linear for one wildcard and never exponential.
func like(text, pattern []rune) bool {
	t, p, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '%':
			star, mark, p = p, t, p+1
		case p < len(pattern) && matchOne(pattern, p, text[t]):
			p += width(pattern, p)
			t++
		case star >= 0:
			mark++
			t, p = mark, star+1
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '%' {
		p++
	}
	return p == len(pattern)
}

func matchOne(pattern []rune, p int, r rune) bool {
	switch {
	case pattern[p] == '_':
		return true
	case pattern[p] == '\\' && p+1 < len(pattern):
		return pattern[p+1] == r
	default:
		return pattern[p] == r
	}
}

// width is how many runes of the pattern stand for one rune of text.
func width(pattern []rune, p int) int {
	if pattern[p] == '\\' && p+1 < len(pattern) {
		return 2
	}
	return 1
}
