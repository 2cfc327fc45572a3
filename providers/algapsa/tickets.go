package algapsa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
)

// The names under which a ticket's attributes carry what is ours.
const (
	attributeBody        = "description"  // Where AlgaPSA looks for the body.
	attributeCorrelation = "huntsync_id"  // The correlation id.
	attributeReference   = "external_ref" // The same, where AlgaPSA's workflows look for it.
)

// ticketBody is what creates a ticket.
type ticketBody struct {
	Title         string            `json:"title"`
	BoardID       string            `json:"board_id"`
	ClientID      string            `json:"client_id"`
	StatusID      string            `json:"status_id"`
	PriorityID    string            `json:"priority_id"`
	CategoryID    string            `json:"category_id,omitempty"`
	SubcategoryID string            `json:"subcategory_id,omitempty"`
	ContactID     string            `json:"contact_name_id,omitempty"`
	Attributes    map[string]string `json:"attributes"`
}

// Create makes one ticket with one request. AlgaPSA e-mails its contact or client, which cannot be turned off.
func (c *Client) Create(ctx context.Context, d engine.Draft) (engine.Ticket, error) {
	const op = "create ticket"
	switch {
	case d.CorrelationID == uuid.Nil:
		return engine.Ticket{}, misuse(op, "a ticket without correlation id")
	case d.SubcategoryID != "" && d.CategoryID == "":
		return engine.Ticket{}, misuse(op, "a subcategory without its category")
	}
	body, err := renderBody(d.Body)
	if err != nil {
		return engine.Ticket{}, misuse(op, err.Error())
	}
	id := d.CorrelationID.String()
	a, err := c.write(ctx, op, http.MethodPost, "/tickets", ticketBody{
		Title: cutTitle(d.Title), BoardID: d.BoardID, ClientID: d.ClientID, StatusID: d.StatusID, PriorityID: d.PriorityID,
		CategoryID: d.CategoryID, SubcategoryID: d.SubcategoryID, ContactID: d.ContactID,
		Attributes: map[string]string{attributeBody: body, attributeCorrelation: id, attributeReference: id},
	})
	if err != nil {
		return engine.Ticket{}, err
	}
	t, err := c.ticketOf(op, a)
	if err == nil && t.CorrelationID != uuid.Nil && t.CorrelationID != d.CorrelationID {
		return engine.Ticket{}, a.unreadable(op, errOther)
	}
	return t, err
}

// errOther is an answer that belongs to another request: something on the way mixed them up.
var errOther = errors.New("it is about another ticket")

// Ticket reads one ticket as it is now.
func (c *Client) Ticket(ctx context.Context, id string) (engine.Ticket, error) {
	const op = "read ticket"
	path, err := ticketPath(op, id)
	if err != nil {
		return engine.Ticket{}, err
	}
	a, err := c.read(ctx, op, path, nil)
	if err != nil {
		return engine.Ticket{}, err
	}
	return c.thisTicket(op, id, a)
}

// updateBody is what changes a ticket. Attributes are never among it: the desk would replace them whole.
type updateBody struct {
	BoardID    string `json:"board_id,omitempty"`
	StatusID   string `json:"status_id,omitempty"`
	ClientID   string `json:"client_id,omitempty"`
	PriorityID string `json:"priority_id,omitempty"`
	CategoryID string `json:"category_id,omitempty"`
	ChildID    string `json:"subcategory_id,omitempty"`
	Quiet      bool   `json:"suppressContactNotifications,omitempty"`
}

// Update sends only the fields that are set; a status alone goes the way that does not count against the rate limit.
func (c *Client) Update(ctx context.Context, id string, u engine.TicketUpdate) error {
	const op = "update ticket"
	path, err := ticketPath(op, id)
	if err != nil {
		return err
	}
	switch onlyStatus := u.BoardID == "" && u.ClientID == "" && u.PriorityID == "" && u.CategoryID == ""; {
	case u.SubcategoryID != "" && u.CategoryID == "":
		return misuse(op, "a subcategory without its category")
	case u.BoardID != "" && u.StatusID == "":
		return misuse(op, "a board without the status there")
	case onlyStatus && u.StatusID == "":
		return nil
	case onlyStatus:
		path += "/status"
	}
	a, err := c.write(ctx, op, http.MethodPut, path, updateBody{
		BoardID: u.BoardID, StatusID: u.StatusID, ClientID: u.ClientID, PriorityID: u.PriorityID,
		CategoryID: u.CategoryID, ChildID: u.SubcategoryID, Quiet: u.Quiet,
	})
	if err != nil {
		return err
	}
	now, err := c.thisTicket(op, id, a)
	if err != nil {
		return err
	}
	return confirm(op, u, a, now)
}

// confirm compares the answer with what was asked for: a body that the desk could not read is a success without effect.
// Whether the ticket is closed is not asked here, because the answer carries the old columns.
func confirm(op string, u engine.TicketUpdate, a answer, now engine.Ticket) error {
	for _, field := range []struct{ name, want, got string }{
		{"board", u.BoardID, now.BoardID},
		{"status", u.StatusID, now.StatusID},
		{"client", u.ClientID, now.ClientID},
		{"priority", u.PriorityID, now.PriorityID},
		{"category", u.CategoryID, now.CategoryID},
	} {
		if field.want != "" && !strings.EqualFold(field.want, field.got) {
			return a.unreadable(op, fmt.Errorf("the %s is another one than was asked for", field.name))
		}
	}
	return nil
}

// thisTicket reads the ticket that was asked about, and no other.
func (c *Client) thisTicket(op, id string, a answer) (engine.Ticket, error) {
	t, err := c.ticketOf(op, a)
	if err == nil && !strings.EqualFold(t.ID, id) {
		return engine.Ticket{}, a.unreadable(op, errOther)
	}
	return t, err
}

// ticketOf reads the one ticket of an answer.
func (c *Client) ticketOf(op string, a answer) (engine.Ticket, error) {
	r, err := a.row()
	if err != nil {
		return engine.Ticket{}, a.unreadable(op, err)
	}
	t := c.ticket(r)
	if t.ID == "" {
		return engine.Ticket{}, a.unreadable(op, errors.New("a ticket without ticket_id"))
	}
	return t, nil
}

// ticket reads a row. Closed is by the status where the row tells, because the column is_closed goes stale.
func (c *Client) ticket(r row) engine.Ticket {
	t := engine.Ticket{
		ID: r.text("ticket_id"), Number: r.text("ticket_number"), Title: r.text("title"),
		BoardID: r.text("board_id"), StatusID: r.text("status_id"), ClientID: r.text("client_id"),
		PriorityID: r.text("priority_id"), CategoryID: r.text("category_id"), Author: r.text("entered_by"),
		EnteredAt: r.time("entered_at"), UpdatedAt: r.time("updated_at"),
	}
	closed, known := r.flag("status_is_closed")
	if !known {
		closed, _ = r.flag("is_closed")
	}
	t.Closed = closed
	if id, err := uuid.Parse(r.object("attributes").text(attributeCorrelation)); err == nil {
		t.CorrelationID = id
	}
	if t.ID != "" {
		t.URL = c.base.JoinPath("msp", "tickets", url.PathEscape(t.ID)).String()
	}
	return t
}

// ticketPath is where a ticket is. An id that is no UUID names no ticket, and may even name another route.
func ticketPath(op, id string) (string, error) {
	if _, err := uuid.Parse(id); err != nil || len(id) != len(uuid.Nil.String()) {
		return "", &engine.Error{
			Reason: engine.ReasonRejected, Side: Side, Op: op, NotDone: true,
			Detail: fmt.Sprintf("%q is not the id of a ticket: it looks like %s", id, uuid.Nil),
		}
	}
	return "/tickets/" + id, nil
}
