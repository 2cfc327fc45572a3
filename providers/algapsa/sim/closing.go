package sim

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// CloseRules are what a board asks for before one of its tickets may be closed; the zero value asks for nothing.
type CloseRules struct {
	ResolutionComment bool     // A comment with is_resolution, or with closes_ticket in its metadata.
	TimeEntry         bool     // At least one time entry.
	Checklist         bool     // No open item.
	OpenChildren      bool     // No open child.
	RequiredFields    []string // Of category_id, subcategory_id, priority_id, assigned_to.
}

// checkClose evaluates the rules of the ticket's board. The override works with its own permission only, and is
// otherwise ignored.
func (s *Sim) checkClose(c *call, t *Ticket, override bool) (answer, bool) {
	if override && slices.Contains(c.key.Permissions, "ticket:close_override") {
		return answer{}, false
	}
	var broken []issue
	refuse := func(rule, message string, more issue) {
		entry := issue{"path": []any{"status_id"}, "rule": rule, "message": message}
		maps.Copy(entry, more)
		broken = append(broken, entry)
	}
	var rules CloseRules
	if b := s.world.board(t.BoardID); b != nil {
		rules = b.Rules
	}
	if rules.ResolutionComment && !slices.ContainsFunc(t.Comments, resolves) {
		refuse("resolution_comment", "A resolution comment is required before closing this ticket", nil)
	}
	if rules.TimeEntry && t.TimeEntries == 0 {
		refuse("time_entry", "At least one time entry is required before closing this ticket", nil)
	}
	if rules.Checklist && t.OpenChecklist > 0 {
		refuse("checklist_incomplete", "All required checklist items must be completed", issue{"incomplete_count": t.OpenChecklist})
	}
	if open := s.openChildren(t); rules.OpenChildren && open > 0 {
		refuse("open_children", "All child tickets must be closed first", issue{"open_children_count": open})
	}
	if missing := missingFields(t, rules.RequiredFields); len(missing) > 0 {
		refuse("required_fields", "Required fields are missing", issue{"missing_fields": missing})
	}
	if len(broken) == 0 {
		return answer{}, false
	}
	return fail(http.StatusBadRequest, "VALIDATION_ERROR", "Ticket close rules not satisfied", broken), true
}

// openChildren counts the open tickets that are bundled under a ticket.
func (s *Sim) openChildren(t *Ticket) int {
	open := t.OpenChildren
	for _, child := range s.world.tickets {
		if child.MasterID == t.ID && child.ClosedAt.IsZero() {
			open++
		}
	}
	return open
}

func resolves(c Comment) bool {
	var metadata struct {
		ClosesTicket bool `json:"closes_ticket"`
	}
	return c.Resolution || json.Unmarshal(c.Metadata, &metadata) == nil && metadata.ClosesTicket
}

func missingFields(t *Ticket, required []string) []string {
	values := map[string]string{
		"category_id": t.CategoryID, "subcategory_id": t.SubcategoryID, "priority_id": t.PriorityID, "assigned_to": t.AssignedTo,
	}
	var missing []string
	for _, name := range required {
		if values[name] == "" {
			missing = append(missing, name)
		}
	}
	return missing
}
