package sim

import (
	"encoding/json"
	"net/http"
	"strings"
)

// createTicket is POST /tickets. A body that is no JSON counts as {}; nothing makes a repeat harmless.
func (s *Sim) createTicket(c *call) answer {
	f := looseForm(c.body)
	t := Ticket{Source: "api", Origin: "api", EnteredBy: c.user.ID, EnteredAt: c.now, UpdatedAt: c.now}
	t.Title, _ = f.text("title", true, 1, 255)
	f.link("url") // Checked, then dropped.
	t.BoardID, _ = f.id("board_id", true)
	t.ClientID, _ = f.id("client_id", true)
	t.LocationID, _ = f.id("location_id", false)
	t.ContactID, _ = f.id("contact_name_id", false)
	t.StatusID, _ = f.id("status_id", true)
	t.CategoryID, _ = f.id("category_id", false)
	t.SubcategoryID, _ = f.id("subcategory_id", false)
	t.PriorityID, _ = f.id("priority_id", true)
	t.AssignedTo, _ = f.id("assigned_to", false)
	t.Attributes, _ = f.object("attributes")
	tags, tagged := f.texts("tags")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	if refusal, bad := s.checkNewTicket(&t); bad {
		return refusal
	}
	if c.fault.loses() {
		t.Attributes = nil
	}
	s.insert(&t)
	row := s.row(&t)
	if tagged {
		row["tags"] = tags // Echoed and not stored.
	}
	s.mailTo(&t, MailCreated, c.now)
	return ok(http.StatusCreated, row)
}

// insert gives the ticket its id and number and stores it.
func (s *Sim) insert(t *Ticket) {
	t.ID, t.Number = s.world.newID(), s.world.newNumber()
	s.world.tickets = append(s.world.tickets, t)
	s.world.ticketByID[t.ID] = t
}

// checkNewTicket is what the service and the foreign keys check, in their order: neither priority nor assignee.
func (s *Sim) checkNewTicket(t *Ticket) (answer, bool) {
	if strings.TrimSpace(t.Title) == "" {
		return fail(http.StatusBadRequest, "VALIDATION_ERROR", "Ticket title is required", nil), true
	}
	if t.LocationID != "" { // The simulated clients have no locations to choose.
		return invalid(issue{"path": []any{"location_id"}, "message": "Location does not belong to the client"}), true
	}
	if st := s.world.statusByID[t.StatusID]; st == nil || st.BoardID != t.BoardID || st.Type != "ticket" {
		return invalid(issue{
			"path": []any{"status_id"}, "message": "status_id " + t.StatusID + " does not belong to board_id " + t.BoardID,
		}), true
	}
	if t.CategoryID != "" && t.SubcategoryID != "" {
		if sub := s.world.category(t.SubcategoryID); sub != nil && sub.Parent != t.CategoryID {
			return invalid(issue{"path": []any{"subcategory_id"}, "message": "Subcategory does not belong to the category"}), true
		}
	}
	if refusal, bad := s.checkReferences(t); bad {
		return refusal, true
	}
	return s.checkText(t.Title, t.Attributes)
}

// checkReferences are the foreign keys of a ticket.
func (s *Sim) checkReferences(t *Ticket) (answer, bool) {
	tenant := func(id string) string { return s.world.tenant + ", " + id }
	switch {
	case s.world.clientByID[t.ClientID] == nil:
		return dangling("client_id", t.ClientID, "clients"), true
	case t.CategoryID != "" && s.world.category(t.CategoryID) == nil:
		return dangling("tenant, category_id", tenant(t.CategoryID), "categories"), true
	case t.SubcategoryID != "" && s.world.category(t.SubcategoryID) == nil:
		return dangling("tenant, subcategory_id", tenant(t.SubcategoryID), "categories"), true
	case t.ContactID != "" && s.world.contactByID[t.ContactID] == nil:
		return dangling("tenant, contact_name_id", tenant(t.ContactID), "contacts"), true
	}
	return answer{}, false
}

// checkText refuses what Postgres cannot store: the character U+0000, plain or inside jsonb.
func (s *Sim) checkText(text string, raw json.RawMessage) (answer, bool) {
	if strings.ContainsRune(text, 0) || strings.Contains(strings.ReplaceAll(string(raw), `\\`, ""), `\u0000`) {
		return s.internal("invalid byte sequence for encoding \"UTF8\": 0x00"), true
	}
	return answer{}, false
}

// createFromAsset is POST /tickets/from-asset: it drops the contact and the category and keeps no attributes of ours.
func (s *Sim) createFromAsset(c *call) answer {
	f, err := readForm(c.body)
	if err != nil {
		return s.internal(err.Error())
	}
	t := Ticket{Origin: "internal", EnteredBy: c.user.ID, EnteredAt: c.now, UpdatedAt: c.now}
	t.Title, _ = f.text("title", true, 1, 255)
	t.PriorityID, _ = f.id("priority_id", true)
	t.StatusID, _ = f.id("status_id", true)
	t.BoardID, _ = f.id("board_id", true)
	assetID, _ := f.id("asset_id", true)
	t.ClientID, _ = f.id("client_id", true)
	description, _ := f.text("description", false, 0, 0)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	if refusal, bad := s.checkNewTicket(&t); bad {
		return refusal
	}
	attributes := map[string]string{"description": description, "created_from_asset": assetID}
	if t.Attributes, err = json.Marshal(attributes); err != nil {
		return s.internal(err.Error())
	}
	t.Assets = []AssetLink{{AssetID: assetID, Relationship: "affected", At: c.now}}
	s.insert(&t)
	s.mailTo(&t, MailCreated, c.now)
	return ok(http.StatusCreated, s.row(&t))
}
