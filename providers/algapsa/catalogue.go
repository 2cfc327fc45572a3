package algapsa

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// categoriesPath is the one list that pages by offset.
const categoriesPath = "/categories/ticket"

// Catalogue reads boards, statuses, priorities, categories and clients, and whether there are assets: six requests,
// and one more for each further hundred of any of them. Inactive boards and clients are in it, marked.
func (c *Client) Catalogue(ctx context.Context) (*engine.Catalogue, error) {
	catalogue := &engine.Catalogue{}
	for _, part := range []func(context.Context, *engine.Catalogue) error{
		c.boards, c.statuses, c.priorities, c.categories, c.clients,
	} {
		if err := part(ctx, catalogue); err != nil {
			return nil, err
		}
	}
	catalogue.HasAssets = c.hasAssets(ctx)
	catalogue.ReadAt = time.Now()
	return catalogue, nil
}

func (c *Client) boards(ctx context.Context, catalogue *engine.Catalogue) error {
	found, err := c.all(ctx, "list boards", "/boards", "board_id", url.Values{"include_inactive": {"true"}})
	if err != nil {
		return err
	}
	for _, r := range found {
		inactive, _ := r.flag("is_inactive")
		catalogue.Boards = append(catalogue.Boards, engine.Board{ID: r.text("board_id"), Name: r.text("board_name"), Inactive: inactive})
	}
	return nil
}

// statuses reads the statuses of all boards: the one list that is neither paged nor mixed with those of projects.
func (c *Client) statuses(ctx context.Context, catalogue *engine.Catalogue) error {
	const op = "list statuses"
	a, err := c.read(ctx, op, "/tickets/statuses", nil)
	if err != nil {
		return err
	}
	rows, err := a.rows()
	if err != nil {
		return a.unreadable(op, err)
	}
	seen := map[string]bool{} // One that comes twice would look like two of the same name.
	for _, r := range rows {
		status := engine.TicketStatus{ID: r.text("status_id"), BoardID: r.text("board_id"), Name: r.text("name")}
		status.Closed, _ = r.flag("is_closed")
		status.Default, _ = r.flag("is_default")
		status.Order, _ = r.number("order_number")
		if status.ID != "" && status.BoardID != "" && !seen[status.ID] {
			catalogue.Statuses = append(catalogue.Statuses, status)
			seen[status.ID] = true
		}
	}
	return nil
}

func (c *Client) priorities(ctx context.Context, catalogue *engine.Catalogue) error {
	found, err := c.all(ctx, "list priorities", "/priorities", "priority_id", url.Values{"item_type": {"ticket"}})
	if err != nil {
		return err
	}
	for _, r := range found {
		if kind := r.text("item_type"); kind != "" && kind != "ticket" {
			continue
		}
		catalogue.Priorities = append(catalogue.Priorities, engine.Priority{ID: r.text("priority_id"), Name: r.text("priority_name")})
	}
	return nil
}

// categories reads the categories; a product without them has none.
func (c *Client) categories(ctx context.Context, catalogue *engine.Catalogue) error {
	found, err := c.all(ctx, "list categories", categoriesPath, "category_id", nil)
	if errors.Is(err, errProduct) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, r := range found {
		catalogue.Categories = append(catalogue.Categories, engine.Category{
			ID: r.text("category_id"), ParentID: r.text("parent_category"), BoardID: r.text("board_id"), Name: r.text("category_name"),
		})
	}
	return nil
}

func (c *Client) clients(ctx context.Context, catalogue *engine.Catalogue) error {
	// By name: clients that were imported together share the time by which the desk sorts of itself, and rows that
	// compare as equal may come in another order with each page.
	found, err := c.all(ctx, "list clients", "/clients", "client_id", url.Values{"sort": {"client_name"}, "order": {"asc"}})
	if err != nil {
		return err
	}
	for _, r := range found {
		inactive, _ := r.flag("is_inactive")
		catalogue.Clients = append(catalogue.Clients, engine.Client{ID: r.text("client_id"), Name: r.text("client_name"), Inactive: inactive})
	}
	return nil
}

// Contacts lists the contacts of a client whose name is exactly name, or whose e-mail address is, in any case.
func (c *Client) Contacts(ctx context.Context, clientID, name string) ([]engine.Contact, error) {
	query := url.Values{"client_id": {clientID}}
	if strings.Contains(name, "@") {
		query.Set("email", literal(name))
	} else {
		query.Set("full_name", literal(name))
	}
	found, err := c.all(ctx, "list contacts", "/contacts", "contact_name_id", query)
	if err != nil {
		return nil, err
	}
	contacts := []engine.Contact{}
	for _, r := range found {
		contact := engine.Contact{
			ID: r.text("contact_name_id"), ClientID: r.text("client_id"), Name: r.text("full_name"), Email: r.text("email"),
		}
		contact.Inactive, _ = r.flag("is_inactive")
		if name != "" && contact.ClientID == clientID && (contact.Name == name || strings.EqualFold(contact.Email, name)) {
			contacts = append(contacts, contact)
		}
	}
	return contacts, nil
}

// literal makes a text safe for the desk's substring filters, where % and _ are live wildcards and a backslash can
// break the query: each becomes the wildcard for one character. What is found must then be compared exactly.
func literal(text string) string {
	return strings.NewReplacer("%", "_", `\`, "_").Replace(text)
}
