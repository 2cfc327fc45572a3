package engine

import (
	"slices"
	"time"
)

// Catalogue is what a desk has, by id: the things that routing names.
type Catalogue struct {
	Boards     []Board        `json:"boards"`
	Statuses   []TicketStatus `json:"statuses"`
	Priorities []Priority     `json:"priorities"`
	Categories []Category     `json:"categories"`
	Clients    []Client       `json:"clients"`
	// HasAssets is false where the desk has no assets at all, or does not let us see
	// them: then none is looked for.
	HasAssets bool `json:"has_assets,omitempty"`
	// ReadAt is when it was read, by our clock.
	ReadAt time.Time `json:"read_at"`
}

// Board holds tickets. Statuses and categories belong to one board each.
type Board struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Inactive bool   `json:"inactive,omitempty"`
}

// TicketStatus is a status of one board.
type TicketStatus struct {
	ID      string `json:"id"`
	BoardID string `json:"board_id"`
	Name    string `json:"name"`
	Closed  bool   `json:"closed,omitempty"`
	Default bool   `json:"default,omitempty"`
	Order   int    `json:"order,omitempty"`
}

// Priority is a ticket priority of the desk.
type Priority struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Category is a category of one board; a subcategory has a ParentID.
type Category struct {
	ID       string `json:"id"`
	ParentID string `json:"parent_id,omitempty"`
	BoardID  string `json:"board_id"`
	Name     string `json:"name"`
}

// Client is a client of the MSP at the desk.
type Client struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Inactive bool   `json:"inactive,omitempty"`
}

// Contact is a person at a client.
type Contact struct {
	ID       string `json:"id"`
	ClientID string `json:"client_id"`
	Name     string `json:"name"`
	Email    string `json:"email,omitempty"`
	Inactive bool   `json:"inactive,omitempty"`
}

// Asset is a device of a client at the desk.
type Asset struct {
	ID       string `json:"id"`
	ClientID string `json:"client_id"`
	Name     string `json:"name"`
	Serial   string `json:"serial,omitempty"`
}

// equal reports whether one catalogue and another hold the same things.
func (c *Catalogue) equal(other *Catalogue) bool {
	if c == nil || other == nil {
		return c == other
	}
	return slices.Equal(c.Boards, other.Boards) && slices.Equal(c.Statuses, other.Statuses) &&
		slices.Equal(c.Priorities, other.Priorities) && slices.Equal(c.Categories, other.Categories) &&
		slices.Equal(c.Clients, other.Clients) && c.HasAssets == other.HasAssets
}
