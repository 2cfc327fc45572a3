package sim_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// required is the issue of a field that is not there.
func required(name string) map[string]any {
	return map[string]any{"code": "invalid_type", "expected": "string", "received": "undefined", "path": []any{name}, "message": "Required"}
}

// wrongKind is the issue of a field of another type.
func wrongKind(name, want, got string) map[string]any {
	return map[string]any{
		"code": "invalid_type", "expected": want, "received": got, "path": []any{name}, "message": "Expected " + want + ", received " + got,
	}
}

// noUUID is the issue of an id that is none.
func noUUID(name string) map[string]any {
	return map[string]any{"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid", "path": []any{name}}
}

func TestCreateSchema(t *testing.T) {
	t.Parallel()
	five := []any{required("title"), required("board_id"), required("client_id"), required("status_id"), required("priority_id")}
	tooLong := map[string]any{
		"code": "too_big", "maximum": 255.0, "type": "string", "inclusive": true, "exact": false,
		"message": "String must contain at most 255 character(s)", "path": []any{"title"},
	}
	tests := map[string]struct {
		body   any // A map is laid over a good draft.
		issues []any
	}{
		"empty object":           {`{}`, five},
		"no JSON counts as {}":   {`{not json`, five},
		"nothing counts as {}":   {``, five},
		"cut JSON counts as {}":  {`{"title":"x","board_id"`, five},
		"no status":              {map[string]any{"status_id": nil}, []any{required("status_id")}},
		"empty title":            {map[string]any{"title": ""}, []any{map[string]any{"code": "too_small", "minimum": 1.0, "type": "string", "inclusive": true, "exact": false, "message": "String must contain at least 1 character(s)", "path": []any{"title"}}}},
		"256 units":              {map[string]any{"title": strings.Repeat("x", 256)}, []any{tooLong}},
		"128 pairs of units":     {map[string]any{"title": strings.Repeat("😀", 128)}, []any{tooLong}},
		"title of another type":  {map[string]any{"title": 5}, []any{wrongKind("title", "string", "number")}},
		"null is not absent":     {map[string]any{"category_id": null()}, []any{wrongKind("category_id", "string", "null")}},
		"null assignee":          {map[string]any{"assigned_to": null()}, []any{wrongKind("assigned_to", "string", "null")}},
		"board that is no UUID":  {map[string]any{"board_id": "security"}, []any{noUUID("board_id")}},
		"UUID in braces":         {map[string]any{"client_id": "{" + nowhere + "}"}, []any{noUUID("client_id")}},
		"UUID without hyphens":   {map[string]any{"client_id": strings.ReplaceAll(nowhere, "-", "")}, []any{noUUID("client_id")}},
		"attributes of a text":   {map[string]any{"attributes": "x"}, []any{wrongKind("attributes", "object", "string")}},
		"attributes of an array": {map[string]any{"attributes": []int{1}}, []any{wrongKind("attributes", "object", "array")}},
		"tags of a text":         {map[string]any{"tags": "edr"}, []any{wrongKind("tags", "array", "string")}},
		"url that is none": {
			map[string]any{"url": "not a url"},
			[]any{map[string]any{"validation": "url", "code": "invalid_string", "message": "Invalid url", "path": []any{"url"}}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, sim.Options{})
			body := test.body
			if more, ok := body.(map[string]any); ok {
				body = d.draft(more)
			}
			a := d.do("POST", "/tickets", body).refused(400, "VALIDATION_ERROR", "Validation failed")
			if diff := cmp.Diff(test.issues, a.at("error.details")); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
			if n := len(d.s.Tickets()); n != 0 {
				t.Errorf("%d tickets were made", n)
			}
			if n := len(d.s.Mails()); n != 0 {
				t.Errorf("%d mails were sent", n)
			}
		})
	}
}

func TestCreateReferences(t *testing.T) {
	t.Parallel()
	const present = " is not present in table "
	tests := map[string]struct {
		more    func(*desk) map[string]any
		status  int
		code    string
		details any // Of BAD_REQUEST the text, else the message of the first issue.
	}{
		"status of another board": {
			func(d *desk) map[string]any { return map[string]any{"status_id": d.otherOpen.ID} },
			400, "VALIDATION_ERROR", "status_id STATUS does not belong to board_id BOARD",
		},
		"unknown status": {
			func(*desk) map[string]any { return map[string]any{"status_id": nowhere} },
			400, "VALIDATION_ERROR", "status_id " + nowhere + " does not belong to board_id BOARD",
		},
		"unknown board": {
			func(*desk) map[string]any { return map[string]any{"board_id": nowhere} },
			400, "VALIDATION_ERROR", "status_id OPEN does not belong to board_id " + nowhere,
		},
		"unknown client": {
			func(*desk) map[string]any { return map[string]any{"client_id": nowhere} },
			400, "BAD_REQUEST", "Key (client_id)=(" + nowhere + ")" + present + `"clients".`,
		},
		"unknown category": {
			func(*desk) map[string]any { return map[string]any{"category_id": nowhere} },
			400, "BAD_REQUEST", "Key (tenant, category_id)=(TENANT, " + nowhere + ")" + present + `"categories".`,
		},
		"unknown contact": {
			func(*desk) map[string]any { return map[string]any{"contact_name_id": nowhere} },
			400, "BAD_REQUEST", "Key (tenant, contact_name_id)=(TENANT, " + nowhere + ")" + present + `"contacts".`,
		},
		"subcategory of another category": {
			func(d *desk) map[string]any {
				return map[string]any{"category_id": d.foreign.ID, "subcategory_id": d.sub.ID}
			}, 400, "VALIDATION_ERROR", "Subcategory does not belong to the category",
		},
		"location": {
			func(*desk) map[string]any { return map[string]any{"location_id": nowhere} },
			400, "VALIDATION_ERROR", "Location does not belong to the client",
		},

		"unknown priority is accepted":          {func(*desk) map[string]any { return map[string]any{"priority_id": nowhere} }, 201, "", nil},
		"unknown assignee is accepted":          {func(*desk) map[string]any { return map[string]any{"assigned_to": nowhere} }, 201, "", nil},
		"category of another board is accepted": {func(d *desk) map[string]any { return map[string]any{"category_id": d.foreign.ID} }, 201, "", nil},
		"subcategory without category":          {func(d *desk) map[string]any { return map[string]any{"subcategory_id": d.sub.ID} }, 201, "", nil},
		"contact of another client is accepted": {func(d *desk) map[string]any {
			return map[string]any{"client_id": d.neighbor.ID, "contact_name_id": d.contact.ID}
		}, 201, "", nil},
		"inactive client is accepted":    {func(d *desk) map[string]any { return map[string]any{"client_id": d.inactive.ID} }, 201, "", nil},
		"255 units of title":             {func(*desk) map[string]any { return map[string]any{"title": strings.Repeat("😀", 127) + "x"} }, 201, "", nil},
		"ids in upper case are the same": {func(d *desk) map[string]any { return map[string]any{"client_id": strings.ToUpper(d.client.ID)} }, 201, "", nil},
		"category with its subcategory": {func(d *desk) map[string]any {
			return map[string]any{"category_id": d.category.ID, "subcategory_id": d.sub.ID}
		}, 201, "", nil},
		"a status that starts closed is accepted": {func(d *desk) map[string]any { return map[string]any{"status_id": d.closed.ID} }, 201, "", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const tenant = "11111111-2222-4333-8444-555555555555"
			d := newDesk(t, sim.Options{Tenant: tenant})
			a := d.do("POST", "/tickets", d.draft(test.more(d))).is(test.status)
			if test.status == 201 {
				return
			}
			want, _ := test.details.(string)
			want = strings.NewReplacer("STATUS", d.otherOpen.ID, "OPEN", d.open.ID, "BOARD", d.board.ID, "TENANT", tenant).Replace(want)
			if test.code == "BAD_REQUEST" {
				a.is(400, "error.code", test.code, "error.message", "Invalid reference", "error.details", want)
			} else {
				a.is(400, "error.code", test.code, "error.message", "Validation failed", "error.details.0.message", want)
			}
		})
	}

	t.Run("inactive board is accepted", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, sim.Options{})
		d.s.EditBoard(d.board.ID, func(b *sim.Board) { b.Inactive = true })
		d.create(nil)
	})
	t.Run("blank title passes the schema only", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, sim.Options{})
		d.do("POST", "/tickets", d.draft(map[string]any{"title": "   "})).refused(400, "VALIDATION_ERROR", "Ticket title is required")
	})
}

func TestCreateStores(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{NumberPrefix: "HD-", FirstNumber: 7, Tenant: nowhere})
	a := d.do("POST", "/tickets", d.draft(map[string]any{
		"category_id": d.category.ID, "subcategory_id": d.sub.ID,
		"attributes":  map[string]any{"description": "<b>&", "huntsync_id": "c-1", "deep": map[string]any{"n": 1}},
		"description": "dropped", "source": "dropped", "url": "https://example.com/x", "tags": []string{"edr", "second"},
		"due_date": "dropped", "suppressContactNotifications": true,
	})).is(
		201, "data.tenant", nowhere, "data.ticket_number", "HD-000007", "data.source", "api", "data.ticket_origin", "api",
		"data.entered_by", d.user.ID, "data.updated_by", nil, "data.url", nil, "data.is_closed", false, "data.closed_at", nil,
		"data.attributes.huntsync_id", "c-1", "data.attributes.deep.n", 1, "data.attributes.description", "<b>&",
		"data.description", "<none>", "data.status_name", "<none>", "data.description_html", "<none>",
		"data.entered_at", "2026-08-24T12:00:00.123Z", "data.updated_at", "2026-08-24T12:00:00.123Z",
		"data.tags.0", "edr", "data.tags.1", "second", // Echoed and not stored.
	)
	if !strings.Contains(a.text, `"<b>&"`) {
		t.Errorf("the text is escaped beyond what JSON needs: %s", a.text)
	}
	id := a.str("data.ticket_id")
	d.get("/tickets/"+id).is(
		200, "data.tags", "<none>", "data.url", nil, "data.status_name", "New", "data.status_is_closed", false, "data.client_name", "Acme Corporation",
		"data.priority_name", "P1", "data.category_name", "Security", "data.description_html", "<p>&lt;b&gt;&amp;</p>",
		"data.board_name", "<none>", "data.subcategory_name", "<none>",
	)
	d.get("/tickets?tags=edr").is(200, "pagination.total", 0)
	d.get("/tickets").is(
		200, "data.0.attributes.huntsync_id", "c-1", "data.0.board_name", "Security", "data.0.subcategory_name", "Incident",
		"data.0.entered_by_name", "huntsync", "data.0.status_is_closed", false, "data.0.description_html", "<none>",
	)

	ticket, ok := d.s.Ticket(id)
	if !ok || ticket.Attribute("huntsync_id") != "c-1" || ticket.Attribute("deep") != "" || ticket.Board != "Security" {
		t.Errorf("the ticket is %+v", ticket)
	}
	d.now = d.now.Add(time.Second)
	if got := d.create(map[string]any{"attributes": map[string]any{}}); got == id {
		t.Error("two tickets have one id")
	}
	d.get("/tickets").is(200, "data.0.attributes", nil) // {} is stored as null.
}

func TestCreateIsNotIdempotent(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	body := d.draft(map[string]any{"attributes": map[string]string{"huntsync_id": "c-1"}})
	first, second := d.do("POST", "/tickets", body).is(201), d.do("POST", "/tickets", body).is(201)
	if first.str("data.ticket_id") == second.str("data.ticket_id") || first.str("data.ticket_number") == second.str("data.ticket_number") {
		t.Error("the repeat answered the same ticket")
	}
	if n := len(d.s.Tickets()); n != 2 {
		t.Errorf("%d tickets, want 2", n)
	}
}

// A ticket created in a closed status is broken: its columns say open, its status says closed.
func TestCreatedClosed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	d.s.EditBoard(d.board.ID, func(b *sim.Board) { b.Rules.TimeEntry = true }) // Not evaluated on a create.
	id := d.create(map[string]any{"status_id": d.closed.ID})
	d.get("/tickets/"+id).is(200, "data.is_closed", false, "data.closed_at", nil, "data.status_is_closed", true)
	d.get("/tickets?is_closed=true").is(200, "pagination.total", 1)
	d.get("/tickets?is_open=true").is(200, "pagination.total", 0)
}

func TestCreateUnstorable(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	for _, more := range []map[string]any{
		{"title": "a\x00b"},
		{"attributes": map[string]any{"description": "a\x00b"}},
	} {
		d.do("POST", "/tickets", d.draft(more)).refused(500, "INTERNAL_ERROR", "An unexpected error occurred")
	}
	d.create(map[string]any{"attributes": json.RawMessage(`{"description":"C:\\u0000 is a path"}`)})
	if n := len(d.s.Tickets()); n != 1 {
		t.Errorf("%d tickets, want 1", n)
	}
}

func TestFromAsset(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	body := d.draft(map[string]any{
		"asset_id": d.asset.ID, "description": "text", "contact_name_id": d.contact.ID, "category_id": d.category.ID,
		"attributes": map[string]string{"huntsync_id": "dropped"},
	})
	a := d.do("POST", "/tickets/from-asset", body).is(
		201, "data.contact_name_id", nil, "data.category_id", nil, "data.source", nil, "data.ticket_origin", "internal",
		"data.attributes.description", "text", "data.attributes.created_from_asset", d.asset.ID, "data.attributes.huntsync_id", "<none>",
	)
	d.get("/tickets/"+a.str("data.ticket_id")+"/assets").is(200, "data.0.asset_id", d.asset.ID, "data.0.relationship_type", "affected")
	d.do("POST", "/tickets/from-asset", "{not json").is(500, "error.code", "INTERNAL_ERROR")
}

// Same seed, same calls, same ids; another seed, others.
func TestSeed(t *testing.T) {
	t.Parallel()
	ids := func(seed uint64) []string {
		d := newDesk(t, sim.Options{Seed: seed})
		return []string{d.board.ID, d.create(nil), d.create(nil)}
	}
	one, again, other := ids(1), ids(1), ids(2)
	if !slices.Equal(one, again) || slices.Equal(one, other) || one[1] == one[2] {
		t.Errorf("seed 1: %v and %v, seed 2: %v", one, again, other)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	d.now = time.Date(2026, 8, 24, 14, 30, 0, 0, time.FixedZone("", 7200))
	a := d.do("POST", "/tickets", d.draft(nil)).is(201, "data.entered_at", "2026-08-24T12:30:00.000Z")
	if got := a.header.Get("Date"); got != "Mon, 24 Aug 2026 12:30:00 GMT" {
		t.Errorf("Date is %q", got)
	}
}
