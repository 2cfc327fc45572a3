package sim

import (
	"encoding/json"
	"time"
)

// Ticket is a ticket as the database holds it, with the names of a person's view filled in on copies.
type Ticket struct {
	ID, Number, Title, URL                string
	BoardID, StatusID, PriorityID         string
	ClientID, ContactID, LocationID       string
	CategoryID, SubcategoryID, AssignedTo string
	// MasterID is the ticket that this one is bundled under; empty for none.
	MasterID                       string
	EnteredBy, UpdatedBy, ClosedBy string
	Source, Origin                 string
	EnteredAt, UpdatedAt, ClosedAt time.Time
	// IsClosed is the column, which a create in a closed status leaves false; StatusClosed is the truth.
	IsClosed   bool
	Attributes json.RawMessage // The jsonb column; nil is null.
	Comments   []Comment
	Assets     []AssetLink

	// What close rules look at; tickets that are bundled under this one are counted beside OpenChildren.
	TimeEntries, OpenChildren, OpenChecklist int

	// Board, Status, Priority, Client and StatusClosed are filled in by [Sim.Tickets] and [Sim.Ticket] only.
	Board, Status, Priority, Client string
	StatusClosed                    bool
}

// Comment is a comment of a ticket.
type Comment struct {
	ID, ThreadID, ParentID, UserID string
	Text                           string
	Internal, Resolution           bool
	Metadata                       json.RawMessage // Nil is null.
	CreatedAt                      time.Time
}

// AssetLink says that an asset is linked to a ticket.
type AssetLink struct {
	AssetID, Relationship, Notes string
	At                           time.Time
}

// row is the raw ticket row: what a create answers and every read begins with.
func (s *Sim) row(t *Ticket) map[string]any {
	r := map[string]any{
		"tenant": s.world.tenant, "ticket_id": t.ID, "ticket_number": t.Number, "title": t.Title,
		"url": textOrNull(t.URL), "contact_name_id": textOrNull(t.ContactID), "status_id": t.StatusID,
		"category_id": textOrNull(t.CategoryID), "subcategory_id": textOrNull(t.SubcategoryID),
		"priority_id": t.PriorityID, "entered_by": textOrNull(t.EnteredBy), "updated_by": textOrNull(t.UpdatedBy),
		"assigned_to": textOrNull(t.AssignedTo), "closed_by": textOrNull(t.ClosedBy),
		"entered_at": timeText(t.EnteredAt), "updated_at": timeText(t.UpdatedAt), "closed_at": timeText(t.ClosedAt),
		"is_closed": t.IsClosed, "attributes": rawOrNull(t.Attributes), "title_index": searchVector(t.Title),
		"location_id": textOrNull(t.LocationID), "escalated": false, "board_id": t.BoardID, "client_id": t.ClientID,
		"master_ticket_id": textOrNull(t.MasterID), "source": textOrNull(t.Source), "ticket_origin": textOrNull(t.Origin), "sla_total_pause_minutes": 0,
	}
	for _, column := range emptyTicketColumns() {
		r[column] = nil
	}
	return r
}

// emptyTicketColumns are the columns that stay null in everything we do.
func emptyTicketColumns() []string {
	return []string{
		"severity_id", "urgency_id", "impact_id", "due_date", "email_metadata", "itil_impact", "itil_urgency",
		"itil_priority_level", "escalation_level", "escalated_at", "escalated_by", "response_state",
		"sla_policy_id", "sla_started_at", "sla_response_due_at", "sla_response_at",
		"sla_response_met", "sla_resolution_due_at", "sla_resolution_at", "sla_resolution_met", "sla_paused_at",
		"assigned_team_id", "billing_profile_id",
	}
}

// listRow is the row of a list: the raw row with the joined names.
func (s *Sim) listRow(t *Ticket) map[string]any {
	r := s.row(t)
	s.joinNames(t, r)
	r["subcategory_name"] = s.categoryName(t.SubcategoryID)
	r["board_name"] = nil
	if b := s.world.board(t.BoardID); b != nil {
		r["board_name"] = b.Name
	}
	r["entered_by_name"] = s.userName(t.EnteredBy)
	return r
}

// detailRow is what a GET of one ticket answers.
func (s *Sim) detailRow(t *Ticket) map[string]any {
	r := s.row(t)
	s.joinNames(t, r)
	r["description_html"] = descriptionHTML(t)
	r["documents"] = []any{}
	for _, column := range []string{
		"location_name", "client_email", "client_phone", "contact_email", "contact_phone", "contact_avatar_url", "client_logo_url",
	} {
		r[column] = nil
	}
	if c := s.world.clientByID[t.ClientID]; c != nil {
		r["client_email"] = textOrNull(c.Email)
		r["location_name"] = "Main Office"
	}
	if c := s.world.contactByID[t.ContactID]; c != nil {
		r["contact_email"] = textOrNull(c.Email)
	}
	return r
}

func (s *Sim) joinNames(t *Ticket, r map[string]any) {
	r["client_name"], r["contact_name"], r["status_name"], r["status_is_closed"] = nil, nil, nil, nil
	r["priority_name"], r["category_name"] = nil, s.categoryName(t.CategoryID)
	r["assigned_to_name"] = s.userName(t.AssignedTo)
	if c := s.world.clientByID[t.ClientID]; c != nil {
		r["client_name"] = c.Name
	}
	if c := s.world.contactByID[t.ContactID]; c != nil {
		r["contact_name"] = c.Name
	}
	if st := s.world.statusByID[t.StatusID]; st != nil {
		r["status_name"], r["status_is_closed"] = st.Name, st.Closed
	}
	if p := s.world.priority(t.PriorityID); p != nil {
		r["priority_name"] = p.Name
	}
}

func (s *Sim) categoryName(id string) any {
	if c := s.world.category(id); c != nil {
		return c.Name
	}
	return nil
}

func (s *Sim) userName(id string) any {
	if u := s.world.users[id]; u != nil {
		return u.Name
	}
	return nil
}

// closed says whether the ticket's status is a closed one: the only truth.
func (s *Sim) closed(t *Ticket) bool {
	st := s.world.statusByID[t.StatusID]
	return st != nil && st.Closed
}

func rawOrNull(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	return raw
}
