package sim_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

func TestTicketIDs(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	for method, part := range map[string]string{"GET": "", "PUT": "", "DELETE": ""} {
		d.do(method, "/tickets/not-a-uuid"+part, `{}`).refused(400, "VALIDATION_ERROR", "Invalid ticket ID format")
		d.do(method, "/tickets/"+nowhere+part, `{}`).refused(404, "NOT_FOUND", "ticket not found")
	}
	d.do("PUT", "/tickets/"+nowhere+"/status", map[string]string{"status_id": d.closed.ID}).refused(404, "NOT_FOUND", "ticket not found")
	d.do("POST", "/tickets/"+nowhere+"/comments", map[string]string{"comment_text": "x"}).refused(404, "NOT_FOUND", "ticket not found")
	d.get("/tickets/"+nowhere+"/comments").refused(404, "NOT_FOUND", "ticket not found")

	id := d.create(nil)
	d.do("DELETE", "/tickets/"+id, nil).is(204)
	for _, call := range [][3]string{
		{"GET", ""},
		{"PUT", "", `{"title":"x"}`},
		{"DELETE", ""},
		{"PUT", "/status", `{"status_id":"` + d.open.ID + `"}`},
		{"POST", "/comments", `{"comment_text":"x"}`},
		{"GET", "/comments"},
		{"GET", "/assets"},
	} {
		d.do(call[0], "/tickets/"+id+call[1], call[2]).refused(404, "NOT_FOUND", "ticket not found")
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		body   func(*desk) any
		status int
		pairs  []any
	}{
		"changes only what is sent": {
			func(*desk) any { return map[string]any{"title": "renamed"} },
			200,
			[]any{"data.title", "renamed", "data.attributes.huntsync_id", "c-1", "data.priority_id", "PRIORITY"},
		},
		"replaces attributes whole": {
			func(*desk) any { return map[string]any{"attributes": map[string]string{"other": "1"}} },
			200,
			[]any{"data.attributes.other", "1", "data.attributes.huntsync_id", "<none>"},
		},
		"nothing is a change of the time": {
			func(*desk) any { return map[string]any{} },
			200,
			[]any{"data.updated_at", "2026-08-24T12:00:01.123Z", "data.updated_by", "USER"},
		},
		"unknown fields are nothing": {func(*desk) any { return map[string]any{"unknown": 1} }, 200, []any{"data.title", "[Huntress #1] test"}},
		"no JSON is nothing":         {func(*desk) any { return `{not json` }, 200, []any{"data.title", "[Huntress #1] test"}},
		"unknown priority is taken":  {func(*desk) any { return map[string]any{"priority_id": nowhere} }, 200, []any{"data.priority_id", nowhere}},
		"unknown assignee is taken":  {func(*desk) any { return map[string]any{"assigned_to": nowhere} }, 200, []any{"data.assigned_to", nowhere}},
		"a url is kept here":         {func(*desk) any { return map[string]any{"url": "https://example.com/1"} }, 200, []any{"data.url", "https://example.com/1"}},
		"contact may be null":        {func(*desk) any { return map[string]any{"contact_name_id": null()} }, 200, []any{"data.contact_name_id", nil}},
		"category may not be null":   {func(*desk) any { return map[string]any{"category_id": null()} }, 400, []any{"error.details.0.received", "null"}},
		"assignee may not be null":   {func(*desk) any { return map[string]any{"assigned_to": null()} }, 400, []any{"error.details.0.received", "null"}},
		"attributes may not be null": {func(*desk) any { return map[string]any{"attributes": null()} }, 400, []any{"error.details.0.received", "null"}},
		"a title must not be too long": {
			func(*desk) any { return map[string]any{"title": string(make([]byte, 256))} },
			400,
			[]any{"error.details.0.code", "too_big"},
		},
		"unknown client": {
			func(*desk) any { return map[string]any{"client_id": nowhere} }, 400,
			[]any{
				"error.code", "BAD_REQUEST", "error.message", "Invalid reference",
				"error.details", "Key (client_id)=(" + nowhere + `) is not present in table "clients".`,
			},
		},
		"tags break it": {
			func(*desk) any { return map[string]any{"title": "renamed", "tags": []string{"x"}} },
			500,
			[]any{"error.code", "INTERNAL_CONFIGURATION"},
		},
		"a board needs a status": {
			func(d *desk) any { return map[string]any{"board_id": d.other.ID} }, 400,
			[]any{
				"error.code", "VALIDATION_ERROR", "error.details.0.path.0", "status_id",
				"error.details.0.message", "Changing the board requires selecting a status for the destination board",
			},
		},
		"a board needs a status of its own": {
			func(d *desk) any { return map[string]any{"board_id": d.other.ID, "status_id": d.waiting.ID} }, 400,
			[]any{"error.details.0.message", "Invalid status: selected status does not belong to the selected board"},
		},
		"board and status together": {
			func(d *desk) any { return map[string]any{"board_id": d.other.ID, "status_id": d.otherOpen.ID} }, 200,
			[]any{"data.board_id", "OTHER", "data.attributes.huntsync_id", "c-1"},
		},
		"the old status sent again is not checked": {
			func(d *desk) any { return map[string]any{"board_id": d.other.ID, "status_id": d.open.ID} }, 200, []any{"data.board_id", "OTHER"},
		},
		"quiet inside only is refused": {
			func(*desk) any { return map[string]any{"suppressInternalNotifications": true} }, 400, []any{"error.code", "VALIDATION_ERROR"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, sim.Options{})
			id := d.create(map[string]any{"attributes": map[string]string{"huntsync_id": "c-1", "description": "x"}})
			before, _ := d.s.Ticket(id)
			d.now = d.now.Add(time.Second)
			names := map[string]any{"PRIORITY": d.priority.ID, "USER": d.user.ID, "OTHER": d.other.ID}
			pairs := slices.Clone(test.pairs)
			for i, value := range pairs {
				if text, ok := value.(string); ok && names[text] != nil {
					pairs[i] = names[text]
				}
			}
			d.do("PUT", "/tickets/"+id, test.body(d)).is(test.status, pairs...)
			if after, _ := d.s.Ticket(id); test.status != 200 && (after.Title != before.Title || !after.UpdatedAt.Equal(before.UpdatedAt)) {
				t.Errorf("a refused update changed the ticket: %+v", after)
			}
		})
	}
}

func TestAssignment(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	path := "/tickets/" + d.create(nil) + "/assignment"
	d.do("PUT", path, map[string]any{"assigned_to": nowhere}).is(200, "data.assigned_to", nowhere)
	d.do("PUT", path, map[string]any{"assigned_to": null()}).is(200, "data.assigned_to", nil)
	d.do("PUT", path, map[string]any{"assigned_to": "x"}).refused(400, "VALIDATION_ERROR", "Validation failed")
	d.do("PUT", path, "{not json").is(500, "error.code", "INTERNAL_ERROR")
}

// The answer of a change of status is older than the change; a read is right.
func TestStaleAnswers(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"", "/status"} {
		d := newDesk(t, sim.Options{})
		id := d.create(nil)
		path := "/tickets/" + id
		set := func(status sim.Status, more map[string]any) reply {
			body := map[string]any{"status_id": status.ID}
			maps.Copy(body, more)
			d.now = d.now.Add(time.Minute)
			return d.do("PUT", path+part, body)
		}
		set(d.closed, nil).is(200, "data.status_id", d.closed.ID, "data.is_closed", false, "data.closed_at", nil, "data.closed_by", nil)
		const at = "2026-08-24T12:01:00.123Z"
		d.get(path).is(200, "data.is_closed", true, "data.closed_at", at, "data.closed_by", d.user.ID, "data.status_is_closed", true)
		set(d.closed, nil).is(200, "data.is_closed", true, "data.closed_at", at)
		set(d.open, nil).is(200, "data.status_id", d.open.ID, "data.is_closed", true, "data.closed_at", at)
		d.get(path).is(200, "data.is_closed", false, "data.closed_at", nil, "data.closed_by", nil, "data.status_is_closed", false)
	}
}

func TestClosedAtOfTheCaller(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	path := "/tickets/" + d.create(nil)
	given := "2026-01-02T03:04:05.000Z"
	put := func(status sim.Status) {
		d.do("PUT", path+"/status", map[string]any{"status_id": status.ID, "closed_at": given}).is(200)
	}
	put(d.waiting) // From open to open it is stored as given.
	d.get(path).is(200, "data.is_closed", false, "data.closed_at", given)
	put(d.closed)
	d.get(path).is(200, "data.is_closed", true, "data.closed_at", "2026-08-24T12:00:00.123Z")
	put(d.open)
	d.get(path).is(200, "data.is_closed", false, "data.closed_at", nil)
	d.do("PUT", path+"/status", map[string]any{"status_id": d.closed.ID, "closed_at": "yesterday"}).is(400, "error.details.0.message", "Invalid datetime")
}

func TestStatus(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{Development: true})
	path := "/tickets/" + d.create(nil) + "/status"
	const foreign = "Invalid status: selected status does not belong to the selected board"
	d.do("PUT", path, map[string]string{"status_id": d.otherOpen.ID}).is(400, "error.details.0.message", foreign)
	d.do("PUT", path, map[string]string{"status_id": nowhere}).is(400, "error.details.0.message", foreign)
	d.do("PUT", path, "{}").is(400, "error.details.0.message", "Required", "error.details.0.path.0", "status_id")
	d.do("PUT", path, "{not json").refused(500, "INTERNAL_ERROR", "Expected property name or '}' in JSON at position 1")
	d.do("PUT", path, "").is(500, "error.code", "INTERNAL_ERROR")
	project := d.s.AddStatus(sim.Status{BoardID: d.board.ID, Name: "Sprint", Type: "project"})
	d.do("PUT", path, map[string]string{"status_id": project.ID}).is(400, "error.details.0.message", foreign)
}

func TestCloseRules(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		rules   sim.CloseRules
		pairs   []any
		satisfy func(d *desk, id string)
	}{
		"resolution comment": {
			sim.CloseRules{ResolutionComment: true},
			[]any{"error.details.0.rule", "resolution_comment"},
			func(d *desk, id string) {
				d.do("POST", "/tickets/"+id+"/comments", map[string]any{"comment_text": "done", "is_internal": true, "is_resolution": true}).is(201)
			},
		},
		"resolution by metadata": {
			sim.CloseRules{ResolutionComment: true},
			[]any{"error.details.0.rule", "resolution_comment"},
			func(d *desk, id string) {
				d.do("POST", "/tickets/"+id+"/comments", map[string]any{
					"comment_text": "done", "is_internal": true, "metadata": map[string]any{"closes_ticket": true},
				}).is(201)
			},
		},
		"time entry": {
			sim.CloseRules{TimeEntry: true},
			[]any{"error.details.0.rule", "time_entry"},
			func(d *desk, id string) { d.s.As("dana").Edit(id, func(t *sim.Ticket) { t.TimeEntries = 1 }) },
		},
		"checklist": {
			sim.CloseRules{Checklist: true},
			[]any{"error.details.0.rule", "checklist_incomplete", "error.details.0.incomplete_count", 2},
			func(d *desk, id string) { d.s.As("dana").Edit(id, func(t *sim.Ticket) { t.OpenChecklist = 0 }) },
		},
		"children": {
			sim.CloseRules{OpenChildren: true},
			[]any{"error.details.0.rule", "open_children", "error.details.0.open_children_count", 1},
			func(d *desk, id string) { d.s.As("dana").Edit(id, func(t *sim.Ticket) { t.OpenChildren = 0 }) },
		},
		"fields": {
			sim.CloseRules{RequiredFields: []string{"category_id", "subcategory_id", "priority_id", "assigned_to"}},
			[]any{
				"error.details.0.rule", "required_fields", "error.details.0.missing_fields.0", "category_id",
				"error.details.0.missing_fields.1", "subcategory_id", "error.details.0.missing_fields.2", "assigned_to",
			},
			func(d *desk, id string) {
				d.do("PUT", "/tickets/"+id, map[string]any{"category_id": d.category.ID, "subcategory_id": d.sub.ID, "assigned_to": d.user.ID}).is(200)
			},
		},
		"several": {
			sim.CloseRules{TimeEntry: true, OpenChildren: true},
			[]any{"error.details.0.rule", "time_entry", "error.details.1.rule", "open_children"},
			func(d *desk, id string) {
				d.s.As("dana").Edit(id, func(t *sim.Ticket) { t.TimeEntries, t.OpenChildren = 1, 0 })
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, sim.Options{})
			id := d.create(nil)
			d.s.EditBoard(d.board.ID, func(b *sim.Board) { b.Rules = test.rules })
			d.s.As("dana").Edit(id, func(t *sim.Ticket) { t.OpenChecklist, t.OpenChildren = 2, 1 })
			closing := map[string]any{"status_id": d.closed.ID}
			for _, part := range []string{"", "/status"} {
				d.do("PUT", "/tickets/"+id+part, closing).refused(400, "VALIDATION_ERROR", "Ticket close rules not satisfied").
					is(400, append([]any{"error.details.0.path.0", "status_id"}, test.pairs...)...)
			}
			d.get("/tickets/"+id).is(200, "data.status_is_closed", false)
			// An override without its permission is ignored: 400, not 403.
			override := map[string]any{"status_id": d.closed.ID, "override_close_rules": true, "override_close_rules_reason": "x"}
			d.do("PUT", "/tickets/"+id+"/status", override).refused(400, "VALIDATION_ERROR", "Ticket close rules not satisfied")
			d.do("PUT", "/tickets/"+id+"/status", map[string]any{"status_id": d.waiting.ID}).is(200) // Open to open: no rules.
			test.satisfy(d, id)
			d.do("PUT", "/tickets/"+id+"/status", closing).is(200)
			d.get("/tickets/"+id).is(200, "data.status_is_closed", true)
			d.do("PUT", "/tickets/"+id+"/status", map[string]any{"status_id": d.open.ID}).is(200) // Reopening: no rules.
		})
	}

	t.Run("of a closed ticket", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, sim.Options{})
		path := "/tickets/" + d.create(nil) + "/status"
		d.do("PUT", path, map[string]any{"status_id": d.closed.ID}).is(200)
		d.s.EditBoard(d.board.ID, func(b *sim.Board) { b.Rules.TimeEntry = true })
		d.do("PUT", path, map[string]any{"status_id": d.closed.ID}).is(200) // Closed to closed: no rules.
	})
	t.Run("of a master", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, sim.Options{})
		d.s.EditBoard(d.board.ID, func(b *sim.Board) { b.Rules.OpenChildren = true })
		child, master, other := d.create(nil), d.create(nil), d.create(nil)
		dana := d.s.As("dana")
		if !dana.Bundle(child, master) || dana.Bundle(master, other) || dana.Bundle(child, other) || dana.Bundle(other, child) {
			t.Error("a ticket has one master at most, which has none itself")
		}
		d.get("/tickets/"+child).is(200, "data.master_ticket_id", master)
		closing := map[string]any{"status_id": d.closed.ID}
		d.do("PUT", "/tickets/"+master+"/status", closing).is(400, "error.details.0.open_children_count", 1)
		d.do("PUT", "/tickets/"+child+"/status", closing).is(200)
		d.do("PUT", "/tickets/"+master+"/status", closing).is(200)
	})
	t.Run("override", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, sim.Options{})
		id := d.create(nil)
		d.s.EditBoard(d.board.ID, func(b *sim.Board) { b.Rules.TimeEntry = true })
		d.grant("ticket:update", "ticket:close_override")
		d.do("PUT", "/tickets/"+id+"/status", map[string]any{"status_id": d.closed.ID}).is(400)
		d.do("PUT", "/tickets/"+id+"/status", map[string]any{"status_id": d.closed.ID, "override_close_rules": true}).is(200)
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	id := d.create(nil)
	d.do("POST", "/tickets/"+id+"/assets", map[string]string{"asset_id": d.asset.ID}).is(201)
	d.do("DELETE", "/tickets/"+id, nil).is(
		409, "error.code", "CONFLICT", "error.details.code", "DEPENDENCIES_EXIST", "error.details.dependencies.0.type", "asset_association",
		"error.details.dependencies.0.count", 1, "error.details.alternatives.0.action", "archive",
		"error.message", "This ticket has associated records that must be removed or reassigned first: 1 asset associations.",
	)
	d.do("DELETE", "/tickets/"+id+"/assets/"+d.asset.ID, nil).is(204)
	d.s.As("dana").Edit(id, func(t *sim.Ticket) { t.TimeEntries = 2 })
	d.do("DELETE", "/tickets/"+id, nil).is(409, "error.details.dependencies.0.type", "time_entry", "error.details.dependencies.1", "<none>")
	d.s.As("dana").Edit(id, func(t *sim.Ticket) { t.TimeEntries = 0 })
	if a := d.do("DELETE", "/tickets/"+id, nil).is(204); a.text != "" {
		t.Errorf("body %q, want none", a.text)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	dana := d.s.AddUser(sim.User{Name: "Dana"})
	person := d.s.As(dana.ID)
	id := d.create(map[string]any{"attributes": map[string]string{"huntsync_id": "c-1"}})
	path := "/tickets/" + id
	d.now = d.now.Add(time.Minute)

	person.Rename(id, "mine now")
	d.get(path).is(200, "data.title", "mine now", "data.updated_by", dana.ID, "data.updated_at", "2026-08-24T12:01:00.123Z", "data.attributes.huntsync_id", "c-1")
	person.SetStatus(id, d.closed.ID)
	d.get(path).is(200, "data.is_closed", true, "data.closed_by", dana.ID)
	person.SetStatus(id, d.open.ID)
	d.get(path).is(200, "data.is_closed", false, "data.closed_at", nil)
	person.Move(id, d.other.ID, d.otherOpen.ID)
	d.get(path).is(200, "data.board_id", d.other.ID, "data.status_id", d.otherOpen.ID)
	person.SetPriority(id, nowhere)
	person.SetClient(id, d.neighbor.ID)
	d.get(path).is(200, "data.priority_id", nowhere, "data.client_name", "Birchwood")
	person.Comment(id, "looking", false)
	d.get(path+"/comments").is(200, "data.0.note", "looking", "data.0.created_by_name", "Dana", "data.0.is_internal", false)
	person.SetAttributes(id, json.RawMessage(`{"watch_list":[]}`))
	d.get(path).is(200, "data.attributes.huntsync_id", "<none>")

	made := person.Create(sim.Ticket{Title: "by hand", BoardID: d.board.ID, StatusID: d.open.ID, ClientID: d.client.ID, PriorityID: d.priority.ID})
	d.get("/tickets/"+made.ID).is(200, "data.title", "by hand", "data.entered_by", dana.ID, "data.source", nil)
	if !person.Delete(id) || person.Delete(id) || person.Rename(id, "x") {
		t.Error("a deleted ticket can still be changed")
	}
	d.get(path).is(404)

	d.s.RemoveStatus(d.open.ID)
	d.do("POST", "/tickets", d.draft(nil)).is(400)
	d.get("/tickets/"+made.ID).is(200, "data.status_name", nil, "data.status_is_closed", nil)
}
