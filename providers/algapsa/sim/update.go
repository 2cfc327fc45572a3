package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// edit is what an update asks for; a nil pointer leaves the field alone.
type edit struct {
	title, url, board, client, contact, status *string
	category, subcategory, priority, assignee  *string
	closedBy                                   *string
	closedAt                                   *time.Time
	attributes                                 json.RawMessage
	setAttributes                              bool
	override                                   bool
	quiet                                      bool
}

// ticketOf finds the ticket of the path; an id that is no UUID is a 400, an unknown one a 404.
func (s *Sim) ticketOf(c *call) (*Ticket, answer, bool) {
	id := c.params["id"]
	if !isUUID(id) {
		return nil, fail(http.StatusBadRequest, "VALIDATION_ERROR", "Invalid ticket ID format", nil), false
	}
	t := s.world.ticketByID[lower(id)]
	if t == nil {
		return nil, noTicket(), false
	}
	return t, answer{}, true
}

// getTicket is GET /tickets/{id}.
func (s *Sim) getTicket(c *call) answer {
	t, refusal, found := s.ticketOf(c)
	if !found {
		return refusal
	}
	return ok(http.StatusOK, s.detailRow(t))
}

// updateTicket is PUT /tickets/{id}: partial, except that attributes are replaced whole and tags break it.
func (s *Sim) updateTicket(c *call) answer {
	if !isUUID(c.params["id"]) {
		_, refusal, _ := s.ticketOf(c)
		return refusal
	}
	f := looseForm(c.body)
	e := edit{
		title: f.optionalText("title"), url: f.optionalLink("url"), board: f.optionalID("board_id"), client: f.optionalID("client_id"),
		contact: f.optionalIDOrNull("contact_name_id"), status: f.optionalID("status_id"), category: f.optionalID("category_id"),
		subcategory: f.optionalID("subcategory_id"), priority: f.optionalID("priority_id"), assignee: f.optionalID("assigned_to"),
	}
	e.attributes, e.setAttributes = f.object("attributes")
	_, tagged := f.texts("tags")
	e.override = f.flag("override_close_rules")
	e.quiet = f.quiet()
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	t, refusal, found := s.ticketOf(c)
	if !found {
		return refusal
	}
	if tagged {
		return misconfigured()
	}
	return s.apply(c, t, e)
}

// setTicketStatus is PUT /tickets/{id}/status.
func (s *Sim) setTicketStatus(c *call) answer {
	f, err := readForm(c.body)
	if err != nil {
		return s.internal(err.Error())
	}
	var e edit
	if id, ok := f.id("status_id", true); ok {
		e.status = &id
	}
	e.closedAt = f.optionalMoment("closed_at")
	e.closedBy = f.optionalID("closed_by")
	e.override = f.flag("override_close_rules")
	e.quiet = f.quiet()
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	t, refusal, found := s.ticketOf(c)
	if !found {
		return refusal
	}
	return s.apply(c, t, e)
}

// assignTicket is PUT /tickets/{id}/assignment; nobody checks that the user exists.
func (s *Sim) assignTicket(c *call) answer {
	f, err := readForm(c.body)
	if err != nil {
		return s.internal(err.Error())
	}
	e := edit{assignee: f.optionalIDOrNull("assigned_to")}
	e.quiet = f.quiet()
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	t, refusal, found := s.ticketOf(c)
	if !found {
		return refusal
	}
	return s.apply(c, t, e)
}

// apply checks and stores an edit. The answer is the row before the statements that keep the closed columns.
func (s *Sim) apply(c *call, t *Ticket, e edit) answer {
	next := *t
	e.onto(&next)
	if refusal, bad := s.checkMove(t, &next, e); bad {
		return refusal
	}
	was, will := s.closed(t), s.closed(&next)
	if !was && will {
		if refusal, bad := s.checkClose(c, &next, e.override); bad {
			return refusal
		}
	}
	if refusal, bad := s.checkReferences(&next); bad {
		return refusal
	}
	if refusal, bad := s.checkText(next.Title, next.Attributes); bad {
		return refusal
	}
	if e.closedAt != nil {
		next.ClosedAt = *e.closedAt
	}
	if e.closedBy != nil {
		next.ClosedBy = *e.closedBy
	}
	next.UpdatedAt, next.UpdatedBy = c.now, c.user.ID
	row := s.row(&next) // What the caller sees is this moment.
	row["description_html"] = descriptionHTML(&next)
	settle(&next, was, will, c)
	*t = next
	if !e.quiet {
		s.mailTo(t, mailOf(was, will), c.now)
	}
	return ok(http.StatusOK, row)
}

// onto writes the fields that are set.
func (e edit) onto(t *Ticket) {
	for _, field := range []struct {
		to   *string
		from *string
	}{
		{&t.Title, e.title},
		{&t.URL, e.url},
		{&t.BoardID, e.board},
		{&t.ClientID, e.client},
		{&t.ContactID, e.contact},
		{&t.StatusID, e.status},
		{&t.CategoryID, e.category},
		{&t.SubcategoryID, e.subcategory},
		{&t.PriorityID, e.priority},
		{&t.AssignedTo, e.assignee},
	} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	if e.setAttributes {
		t.Attributes = e.attributes
	}
}

// settle keeps is_closed, closed_at and closed_by, whatever the caller said about them.
func settle(t *Ticket, was, will bool, c *call) {
	switch {
	case !was && will:
		t.IsClosed, t.ClosedAt, t.ClosedBy = true, c.now, c.user.ID
	case was && !will:
		t.IsClosed, t.ClosedAt, t.ClosedBy = false, time.Time{}, ""
	}
}

// checkMove is the rule that the status belongs to the board. Like the real server it is skipped when the
// status of the old board is sent again with the new board.
func (s *Sim) checkMove(t, next *Ticket, e edit) (answer, bool) {
	moved := next.BoardID != t.BoardID
	if moved && e.status == nil {
		return invalid(issue{
			"path": []any{"status_id"}, "message": "Changing the board requires selecting a status for the destination board",
		}), true
	}
	if e.status == nil || next.StatusID == t.StatusID {
		return answer{}, false
	}
	st := s.world.statusByID[next.StatusID]
	if st == nil || st.BoardID != next.BoardID || st.Type != "ticket" {
		return invalid(issue{
			"path": []any{"status_id"}, "message": "Invalid status: selected status does not belong to the selected board",
		}), true
	}
	return answer{}, false
}

// deleteTicket is DELETE /tickets/{id}; what was recorded on the ticket stands in its way.
func (s *Sim) deleteTicket(c *call) answer {
	t, refusal, found := s.ticketOf(c)
	if !found {
		return refusal
	}
	if refusal, bad := dependencies(t); bad {
		return refusal
	}
	s.remove(t.ID)
	return answer{status: http.StatusNoContent}
}

// dependencies is the 409 of a ticket with linked assets or time entries.
func dependencies(t *Ticket) (answer, bool) {
	var counts []string
	var all []any
	for _, one := range []struct {
		kind, label string
		n           int
	}{
		{"asset_association", "asset associations", len(t.Assets)},
		{"time_entry", "time entries", t.TimeEntries},
	} {
		if one.n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", one.n, one.label))
			all = append(all, map[string]any{"type": one.kind, "count": one.n, "label": one.label})
		}
	}
	if len(all) == 0 {
		return answer{}, false
	}
	message := "This ticket has associated records that must be removed or reassigned first: " + strings.Join(counts, ", ") + "."
	return fail(http.StatusConflict, "CONFLICT", message, map[string]any{
		"code":         "DEPENDENCIES_EXIST",
		"dependencies": all,
		"alternatives": []any{map[string]any{
			"action": "archive", "label": "Archive",
			"description": "Moves the record out of active use while preserving history.",
			"warning":     "Archived records are hidden from default views.",
		}},
	}), true
}
