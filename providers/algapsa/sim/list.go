package sim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// test is one filter of a list of tickets.
type test func(*Ticket) bool

// listTickets is GET /tickets.
func (s *Sim) listTickets(c *call) answer {
	q := newQuery(c)
	p := q.paging()
	tests, backslash := s.ticketTests(q)
	fields, selected := splitFields(c.query)
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	if unknown := unknownFields(fields); len(unknown) > 0 {
		return fail(http.StatusBadRequest, "VALIDATION_ERROR", "Unknown fields requested: "+strings.Join(unknown, ", "), nil)
	}
	less, known := s.ticketOrder(p.sort)
	if !known {
		return misconfigured()
	}
	if backslash {
		return s.internal("LIKE pattern must not end with escape character")
	}
	found := s.filterTickets(tests)
	sortPage(found, less, p)
	rows := []map[string]any{}
	for _, t := range cut(found, p) {
		row := s.listRow(t)
		if selected {
			row = s.selectFields(t, row, fields)
		}
		rows = append(rows, row)
	}
	return page(rows, p, len(found), q.filters)
}

func (s *Sim) filterTickets(tests []test) []*Ticket {
	found := []*Ticket{}
	for _, t := range s.world.tickets {
		if !slices.ContainsFunc(tests, func(fits test) bool { return !fits(t) }) {
			found = append(found, t)
		}
	}
	return found
}

// sortRows sorts, and keeps the order of making for ties.
func sortRows[T any](rows []T, less func(a, b T) int, order string) {
	slices.SortStableFunc(rows, func(a, b T) int {
		if order == "asc" {
			return less(a, b)
		}
		return less(b, a)
	})
}

// sortPage is sortRows for one page of a list. The server has no tie-breaker: rows that compare as equal come in
// another order with each page.
func sortPage[T any](rows []T, less func(a, b T) int, p paging) {
	sortRows(rows, less, p.order)
	if p.from == 0 {
		return
	}
	random := rand.New(rand.NewPCG(uint64(p.from), uint64(p.limit))) //nolint:gosec // any order will do, the same each time.
	for from := 0; from < len(rows); {
		to := from + 1
		for to < len(rows) && less(rows[from], rows[to]) == 0 {
			to++
		}
		tied := rows[from:to]
		random.Shuffle(len(tied), func(i, j int) { tied[i], tied[j] = tied[j], tied[i] })
		from = to
	}
}

// ticketTests turns the filters that exist into tests; backslash says that the database would refuse a pattern.
func (s *Sim) ticketTests(q *query) (tests []test, backslash bool) {
	add := func(fits test) { tests = append(tests, fits) }
	for _, name := range []string{"title", "ticket_number", "search"} {
		value, there := q.text(name)
		if !there {
			continue
		}
		backslash = backslash || badPattern(value)
		add(func(t *Ticket) bool { return s.holds(t, name, value) })
	}
	for _, name := range equalFilters() {
		if value, there := q.id(name); there {
			add(func(t *Ticket) bool { return idColumn(t, name) == value })
		}
	}
	for _, name := range []string{"client_name", "contact_name", "board_name", "category_name", "status_name", "priority_name"} {
		if value, there := q.text(name); there {
			add(func(t *Ticket) bool { return s.listRow(t)[name] == value })
		}
	}
	if all, there := q.texts("status_ids"); there {
		add(func(t *Ticket) bool { return slices.Contains(all, t.StatusID) })
	}
	if all, there := q.texts("tags"); there {
		add(func(t *Ticket) bool { return s.taggedAny(t, all) })
	}
	if value, _ := q.flag("is_open"); value {
		add(func(t *Ticket) bool { return !s.closed(t) })
	}
	if value, _ := q.flag("is_closed"); value {
		add(s.closed)
	}
	if value, there := q.flag("has_assignment"); there {
		add(func(t *Ticket) bool { return (t.AssignedTo != "") == value })
	}
	return append(tests, timeTests(q)...), backslash
}

func equalFilters() []string {
	return []string{
		"board_id", "client_id", "location_id", "contact_name_id", "status_id", "category_id", "subcategory_id",
		"entered_by", "assigned_to", "priority_id",
	}
}

// idColumn is the value of one of the columns in equalFilters.
func idColumn(t *Ticket, name string) string {
	switch name {
	case "board_id":
		return t.BoardID
	case "client_id":
		return t.ClientID
	case "location_id":
		return t.LocationID
	case "contact_name_id":
		return t.ContactID
	case "status_id":
		return t.StatusID
	case "category_id":
		return t.CategoryID
	case "subcategory_id":
		return t.SubcategoryID
	case "entered_by":
		return t.EnteredBy
	case "assigned_to":
		return t.AssignedTo
	default:
		return t.PriorityID
	}
}

func timeTests(q *query) []test {
	entered := func(t *Ticket) time.Time { return t.EnteredAt }
	var tests []test
	for _, one := range []struct {
		name string
		of   func(*Ticket) time.Time
	}{
		{"entered", entered},
		{"created", entered},
		{"updated", func(t *Ticket) time.Time { return t.UpdatedAt }},
		{"closed", func(t *Ticket) time.Time { return t.ClosedAt }},
	} {
		if from, there := q.moment(one.name + "_from"); there {
			tests = append(tests, func(t *Ticket) bool { return !one.of(t).IsZero() && !one.of(t).Before(from) })
		}
		if to, there := q.moment(one.name + "_to"); there {
			tests = append(tests, func(t *Ticket) bool { return !one.of(t).IsZero() && !one.of(t).After(to) })
		}
	}
	return tests
}

// holds is the substring match of the text filters: neither attributes nor the body are ever searched.
func (s *Sim) holds(t *Ticket, name, value string) bool {
	switch name {
	case "title":
		return ilike(t.Title, value)
	case "ticket_number":
		return ilike(t.Number, value)
	case "contact_name":
		c := s.world.contactByID[t.ContactID]
		return c != nil && ilike(c.Name, value)
	case "client_name":
		c := s.world.clientByID[t.ClientID]
		return c != nil && ilike(c.Name, value)
	default:
		return s.holds(t, "title", value) || s.holds(t, "ticket_number", value) || s.holds(t, "client_name", value)
	}
}

// ticketOrder compares by a column of tickets or one of three joined names; anything else is unknown.
func (s *Sim) ticketOrder(column string) (func(a, b *Ticket) int, bool) {
	byTime := func(of func(*Ticket) time.Time) func(a, b *Ticket) int {
		return func(a, b *Ticket) int { return of(a).Compare(of(b)) }
	}
	switch column {
	case "created_at", "entered_at":
		return byTime(func(t *Ticket) time.Time { return t.EnteredAt }), true
	case "updated_at":
		return byTime(func(t *Ticket) time.Time { return t.UpdatedAt }), true
	case "closed_at":
		return byTime(func(t *Ticket) time.Time { return t.ClosedAt }), true
	}
	joined := column == "client_name" || column == "status_name" || column == "priority_name"
	if _, known := s.row(&Ticket{})[column]; !known && !joined {
		return nil, false
	}
	return func(a, b *Ticket) int {
		return cmp.Compare(fmt.Sprint(s.listRow(a)[column]), fmt.Sprint(s.listRow(b)[column]))
	}, true
}

func splitFields(values map[string]string) ([]string, bool) {
	text, there := values["fields"]
	if !there || text == "" {
		return nil, false
	}
	return strings.Split(text, ","), true
}

func unknownFields(fields []string) []string {
	allowed := []string{
		"ticket_id", "ticket_number", "title", "status_id", "status_name", "status_is_closed", "priority_name", "assigned_to_name",
		"client_name", "contact_name", "updated_at", "entered_at", "closed_at", "tags", "mobile_list",
	}
	return slices.DeleteFunc(slices.Clone(fields), func(name string) bool { return slices.Contains(allowed, name) })
}

// selectFields keeps the fields asked for and those that always ride along; attributes cannot be had this way.
func (s *Sim) selectFields(t *Ticket, row map[string]any, fields []string) map[string]any {
	always := []string{"ticket_id", "status_id", "entered_by", "assigned_to", "client_id", "board_id", "assigned_team_id"}
	short := map[string]any{}
	for _, name := range append(always, fields...) {
		switch name {
		case "tags":
			short[name] = s.tagsOf(t.ID)
		case "mobile_list":
			for _, more := range []string{"ticket_number", "title", "status_name", "priority_name", "client_name", "updated_at"} {
				short[more] = row[more]
			}
		default:
			short[name] = row[name]
		}
	}
	return short
}

// searchTickets is GET /tickets/search: closed tickets are hidden unless asked for, and there is no paging.
func (s *Sim) searchTickets(c *call) answer {
	q := newQuery(c)
	text, there := c.query["query"]
	switch {
	case !there:
		q.issues = append(q.issues, issue{
			"code": "invalid_type", "expected": "string", "received": "undefined", "path": []any{"query"}, "message": "Required",
		})
	case text == "":
		q.issues = append(q.issues, issue{
			"code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false,
			"message": "Search query is required", "path": []any{"query"},
		})
	}
	fields := q.searchFields()
	narrow := searchTests(q)
	closed, _ := q.flag("include_closed")
	limit := q.number("limit", 25, 1, 100)
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	if badPattern(text) {
		return s.internal("LIKE pattern must not end with escape character")
	}
	found := s.filterTickets(append(narrow, func(t *Ticket) bool {
		return (closed || !s.closed(t)) && slices.ContainsFunc(fields, func(name string) bool { return s.holds(t, name, text) })
	}))
	sortRows(found, func(a, b *Ticket) int { return a.EnteredAt.Compare(b.EnteredAt) }, "desc")
	rows := []map[string]any{}
	for _, t := range found[:min(limit, len(found))] {
		rows = append(rows, s.listRow(t))
	}
	return ok(http.StatusOK, rows)
}

// searchTests are the lists of ids that narrow a search.
func searchTests(q *query) []test {
	var tests []test
	for _, name := range []string{"status_id", "priority_id", "client_id", "assigned_to"} {
		if all, there := q.texts(strings.TrimSuffix(name, "_id") + "_ids"); there {
			tests = append(tests, func(t *Ticket) bool { return slices.Contains(all, idColumn(t, name)) })
		}
	}
	return tests
}

// searchFields reads which columns are searched.
func (q *query) searchFields() []string {
	allowed := []string{"title", "ticket_number", "client_name", "contact_name"}
	text, there := q.values["fields"]
	if !there {
		return allowed[:2]
	}
	fields := strings.Split(text, ",")
	for i, name := range fields {
		if slices.Contains(allowed, name) {
			continue
		}
		q.issues = append(q.issues, unknownSearchField(allowed, name, i))
	}
	return fields
}

// unknownSearchField is how the validator reports a union neither side of which fits.
func unknownSearchField(allowed []string, name string, at int) issue {
	quoted := make([]string, len(allowed))
	for i, one := range allowed {
		quoted[i] = "'" + one + "'"
	}
	return issue{
		"code": "invalid_union", "path": []any{"fields"}, "message": "Invalid input",
		"unionErrors": []any{
			map[string]any{"name": "ZodError", "issues": []any{issue{
				"code": "invalid_type", "expected": "array", "received": "string", "path": []any{"fields"},
				"message": "Expected array, received string",
			}}},
			map[string]any{"name": "ZodError", "issues": []any{issue{
				"received": name, "code": "invalid_enum_value", "options": allowed, "path": []any{"fields", at},
				"message": fmt.Sprintf("Invalid enum value. Expected %s, received '%s'", strings.Join(quoted, " | "), name),
			}}},
		},
	}
}
