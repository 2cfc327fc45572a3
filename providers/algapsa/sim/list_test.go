package sim_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// filled makes a desk with tickets t1 (the oldest) to tN, a second apart.
func filled(t *testing.T, n int) *desk {
	t.Helper()
	d := newDesk(t, sim.Options{})
	for i := range n {
		d.create(map[string]any{"title": fmt.Sprintf("t%d", i+1)})
		d.now = d.now.Add(time.Second)
	}
	return d
}

func TestListPages(t *testing.T) {
	t.Parallel()
	d := filled(t, 130)
	d.get("/tickets").is(
		200, "data.0.title", "t130", "data.24.title", "t106", "data.25", "<none>", "pagination.page", 1, "pagination.limit", 25,
		"pagination.total", 130, "pagination.totalPages", 6, "pagination.hasNext", true, "pagination.hasPrev", false,
		"meta.sort", "created_at", "meta.order", "desc",
	)
	d.get("/tickets?limit=100&page=2").is(
		200, "data.0.title", "t30", "data.29.title", "t1", "data.30", "<none>", "pagination.hasNext", false, "pagination.hasPrev", true,
	)
	d.get("/tickets?limit=100&page=9").is(200, "data.0", "<none>", "pagination.total", 130, "pagination.hasNext", false)
	d.get("/tickets?limit=2&order=asc&sort=entered_at").is(200, "data.0.title", "t1", "data.1.title", "t2")
	d.get("/tickets?limit=1&limit=3").is(200, "pagination.limit", 3) // The last wins.

	// Pages are cut by offset: a new ticket between two reads moves a row to the next page.
	first := d.get("/tickets?limit=10").column("title")
	d.create(map[string]any{"title": "new"})
	second := d.get("/tickets?limit=10&page=2").column("title")
	if first[9] != second[0] {
		t.Errorf("page 1 ended with %s, page 2 began with %s", first[9], second[0])
	}
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	d := filled(t, 1)
	tests := map[string]struct {
		status int
		pairs  []any
	}{
		"limit=0":                       {400, []any{"error.details.0.code", "too_small", "error.details.0.path.0", "limit"}},
		"limit=101":                     {400, []any{"error.details.0.message", "Number must be less than or equal to 100"}},
		"limit=500":                     {400, []any{"error.message", "Query validation failed"}},
		"limit=abc":                     {400, []any{"error.details.0.message", "Expected number, received nan"}},
		"limit=NaN":                     {400, []any{"error.details.0.message", "Expected number, received nan"}},
		"limit=1.5":                     {400, []any{"error.details.0.message", "Expected integer, received float"}},
		"limit=":                        {400, []any{"error.details.0.code", "too_small"}},
		"page=0":                        {400, []any{"error.details.0.message", "Number must be greater than or equal to 1"}},
		"page=0&limit=0":                {400, []any{"error.details.0.path.0", "page", "error.details.1.path.0", "limit"}},
		"order=sideways":                {400, []any{"error.details.0.code", "invalid_enum_value"}},
		"sort=nosuch":                   {500, []any{"error.code", "INTERNAL_CONFIGURATION"}},
		"board_id=security":             {400, []any{"error.details.0.message", "Invalid uuid"}},
		"is_open=1":                     {400, []any{"error.details.0.code", "invalid_enum_value"}},
		"entered_from=2026-08-24":       {400, []any{"error.details.0.message", "Invalid datetime"}},
		"entered_from=2026-08-24T12:00": {400, []any{"error.details.0.message", "Invalid datetime"}},
		"entered_from=2026-08-24T12:00:00%2B00:00": {400, []any{"error.details.0.message", "Invalid datetime"}},
		"entered_to=2026-08-24T12:00:00-02:00":     {400, []any{"error.details.0.path.0", "entered_to"}},
		"title=x%5C":                               {500, []any{"error.code", "INTERNAL_ERROR"}}, // Ends in a backslash.
		"fields=ticket_id,attributes":              {400, []any{"error.message", "Unknown fields requested: attributes"}},
	}
	for query, test := range tests {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			reply := d.get("/tickets?" + query)
			reply.t = t
			reply.is(test.status, test.pairs...)
		})
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	add := func(title string, more map[string]any) string {
		body := map[string]any{"title": title}
		maps.Copy(body, more)
		id := d.create(body)
		d.now = d.now.Add(time.Hour)
		return id
	}
	tagged := add("[Huntress #12] one", map[string]any{"attributes": map[string]string{"huntsync_id": "c-12"}})     // entered 12:00
	add("[Huntress #123] 100%_sure", map[string]any{"client_id": d.neighbor.ID, "contact_name_id": d.contact.ID})   // 13:00
	add("[huntress #7] lower", map[string]any{"board_id": d.other.ID, "status_id": d.otherOpen.ID})                 // 14:00
	closed := add("other", map[string]any{"assigned_to": d.user.ID, "category_id": d.category.ID, "tags": []any{}}) // 15:00
	d.do("PUT", "/tickets/"+closed+"/status", map[string]string{"status_id": d.closed.ID}).is(200)                  // 16:00
	d.do("POST", "/tags/entity/ticket/"+tagged, map[string]any{"entity_id": tagged, "entity_type": "ticket", "tags": []string{" EDR "}}).
		is(201, "data.created_count", 1)

	one, two, three, four := "[Huntress #12] one", "[Huntress #123] 100%_sure", "[huntress #7] lower", "other"
	all := []string{four, three, two, one}
	tests := []struct {
		query url.Values
		want  []string
	}{
		{url.Values{"title": {"HUNTRESS #"}}, []string{three, two, one}},
		{url.Values{"title": {"[Huntress #12]"}}, []string{one}},
		{url.Values{"title": {"#12"}}, []string{two, one}},
		{url.Values{"title": {"#12%one"}}, []string{one}},
		{url.Values{"title": {"H_ntress #7"}}, []string{three}},
		{url.Values{"title": {"%"}}, all},
		{url.Values{"title": {"100%_sure"}}, []string{two}},
		{url.Values{"title": {`100\%\_sure`}}, []string{two}},
		{url.Values{"title": {`100\%sure`}}, nil},
		{url.Values{"title": {""}}, all},
		{url.Values{"ticket_number": {"001002"}}, []string{two}},
		{url.Values{"search": {"birchwood"}}, []string{two}},
		{url.Values{"search": {"c-12"}}, nil}, // Never attributes.
		{url.Values{"board_id": {d.other.ID}}, []string{three}},
		{url.Values{"board_id": {strings.ToUpper(d.other.ID)}}, []string{three}},
		{url.Values{"client_id": {d.neighbor.ID}}, []string{two}},
		{url.Values{"contact_name_id": {d.contact.ID}}, []string{two}},
		{url.Values{"entered_by": {d.user.ID}}, all},
		{url.Values{"entered_by": {nowhere}}, nil},
		{url.Values{"category_id": {d.category.ID}}, []string{four}},
		{url.Values{"status_ids": {d.otherOpen.ID + "," + d.closed.ID}}, []string{four, three}},
		{url.Values{"status_ids": {`["` + d.closed.ID + `"]`}}, []string{four}},
		{url.Values{"is_closed": {"true"}}, []string{four}},
		{url.Values{"is_open": {"true"}}, []string{three, two, one}},
		{url.Values{"is_open": {"false"}}, all},
		{url.Values{"is_closed": {"false"}}, all},
		{url.Values{"has_assignment": {"true"}}, []string{four}},
		{url.Values{"has_assignment": {"false"}}, []string{three, two, one}},
		{url.Values{"client_name": {"Birchwood"}}, []string{two}},
		{url.Values{"client_name": {"birchwood"}}, nil},
		{url.Values{"board_name": {"Triage"}}, []string{three}},
		{url.Values{"tags": {"edr"}}, []string{one}},
		{url.Values{"tags": {"EDR,x"}}, []string{one}},
		{url.Values{"tags": {"x"}}, nil},
		{url.Values{"entered_from": {"2026-08-24T14:00:00Z"}}, []string{four, three}},
		{url.Values{"entered_from": {"2026-08-24T14:00:00.123Z"}}, []string{four, three}}, // Inclusive.
		{url.Values{"entered_to": {"2026-08-24T13:00:00.123Z"}}, []string{two, one}},
		{url.Values{"created_from": {"2026-08-24T14:00:00Z"}, "title": {"lower"}}, []string{three}},
		{url.Values{"updated_from": {"2026-08-24T15:30:00Z"}}, []string{four}},
		{url.Values{"closed_from": {"2026-08-24T15:30:00Z"}}, []string{four}},
		{url.Values{"closed_to": {"2027-01-01T00:00:00Z"}}, []string{four}},
		// What is no filter returns everything.
		{url.Values{"attributes.huntsync_id": {"c-12"}}, all},
		{url.Values{"huntsync_id": {"c-12"}}, all},
		{url.Values{"is_active": {"false"}}, all},
		{url.Values{"Title": {"nothing has this"}}, all},
		{url.Values{"url": {"x"}, "source": {"x"}, "ticket_origin": {"x"}}, all},
	}
	for _, test := range tests {
		a := d.get("/tickets?"+test.query.Encode()).is(200, "pagination.total", len(test.want))
		if got := a.column("title"); !slices.Equal(got, test.want) {
			t.Errorf("%v: %q, want %q", test.query, got, test.want)
		}
	}
	d.get("/tickets?title=one").is(200, "meta.filters.title", "one", "data.0.attributes.huntsync_id", "c-12")
	d.get("/tickets?nosuch=1").is(200, "meta.filters.nosuch", "<none>")
	d.get("/tickets?title=one&fields=ticket_number,tags").is(
		200, "data.0.ticket_number", "TIC001001", "data.0.tags.0", "edr", "data.0.client_id", d.client.ID, "data.0.attributes", "<none>",
		"data.0.title", "<none>",
	)
	d.get("/tickets?sort=client_name&order=asc&limit=1&entered_to=2026-08-24T13:30:00Z").is(200, "data.0.client_name", "Acme Corporation")
}

func TestSearch(t *testing.T) {
	t.Parallel()
	d := filled(t, 30)
	d.do("PUT", "/tickets/"+d.s.Tickets()[29].ID+"/status", map[string]string{"status_id": d.closed.ID}).is(200)
	path := "/tickets/search?query="
	d.get(path+"t").is(200, "data.0.title", "t29", "data.24.title", "t5", "data.25", "<none>", "pagination", "<none>", "data.0.attributes", nil)
	d.get(path+"T3").is(200, "data.0.title", "t3", "data.1", "<none>")
	d.get(path+"t3&include_closed=true").is(200, "data.0.title", "t30", "data.1.title", "t3")
	d.get(path+"t&limit=100&page=2").is(200, "data.0.title", "t29", "data.28.title", "t1")
	d.get(path+"TIC001007").is(200, "data.0.title", "t7", "data.1", "<none>")
	d.get(path+"Acme").is(200, "data.0", "<none>") // Title and number unless asked.
	d.get(path+"Acme&fields=client_name").is(200, "data.0.title", "t29")
	d.get(path+"%25&limit=1").is(200, "data.0.title", "t29", "data.1", "<none>")
	d.get(path+"t&client_ids="+d.neighbor.ID).is(200, "data.0", "<none>")
	d.get(path+"t&status_ids="+d.open.ID+"&limit=1").is(200, "data.0.title", "t29")
	d.get(path).is(400, "error.details.0.message", "Search query is required")
	d.get("/tickets/search").is(400, "error.details.0.message", "Required")
	d.get(path+"x&fields=description").is(400, "error.details.0.code", "invalid_union")
	d.get(path+"x&limit=101").is(400, "error.details.0.code", "too_big")
	d.get(path + "x%5C").is(500)
}
