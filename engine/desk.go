package engine

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Desk is the ticketing system. Errors are [*Error]: for a write, NotDone says
// whether it is proved that nothing happened; everything else is in doubt, and a
// write is never repeated inside the call. Reads may be repeated.
type Desk interface {
	// Catalogue reads everything that routing can name, contacts excepted.
	Catalogue(ctx context.Context) (*Catalogue, error)
	// Contacts lists the contacts of a client whose name or e-mail is exactly name.
	Contacts(ctx context.Context, clientID, name string) ([]Contact, error)

	// Create makes one ticket with one request. The ticket returned is what the
	// desk answered, so a missing correlation id shows.
	Create(ctx context.Context, d Draft) (Ticket, error)
	// Ticket reads one ticket as it is now; [ErrNotFound] only for the desk's own
	// "not found" answer.
	Ticket(ctx context.Context, id string) (Ticket, error)
	// Tickets lists, completely, the tickets whose title holds the text asked for, or
	// fails with [ErrTooMany].
	Tickets(ctx context.Context, q TicketQuery) (TicketList, error)
	// Update sends only the fields that are set.
	Update(ctx context.Context, id string, u TicketUpdate) error

	// Note adds a note.
	Note(ctx context.Context, ticketID string, n Note) error
	// FindNote reports whether the ticket has the note of that operation, and who
	// wrote it, by the id that [Ticket.Author] has for the same person.
	FindNote(ctx context.Context, ticketID string, operation uuid.UUID) (author string, found bool, err error)

	// Assets lists the assets of a client whose name is exactly name, in whatever case.
	Assets(ctx context.Context, clientID, name string) ([]Asset, error)
	// LinkAsset links an asset to a ticket; that it is linked already is no error.
	LinkAsset(ctx context.Context, ticketID, assetID string) error

	// Limits tells what the desk's texts can hold.
	Limits() Limits
}

// Limits are the sizes that a desk's texts are cut to before they are sent.
type Limits struct {
	Title int // UTF-16 code units
	Note  int // visible characters
	Body  int // visible characters
}

// Draft is a ticket to be made. All ids are the desk's.
type Draft struct {
	CorrelationID uuid.UUID
	Title         string // begins with the marker; at most Limits.Title
	Body          Document
	BoardID       string
	StatusID      string
	ClientID      string
	PriorityID    string
	CategoryID    string // optional
	SubcategoryID string // optional, never without CategoryID
	ContactID     string // optional
}

// Ticket is a ticket as the desk has it.
type Ticket struct {
	ID         string
	Number     string // what people call it; opaque
	URL        string // where people open it; empty where the desk has no such place
	Title      string
	BoardID    string
	StatusID   string
	ClientID   string
	PriorityID string
	CategoryID string
	// Closed is by the ticket's status, the only truth.
	Closed bool
	// CorrelationID is ours, as the ticket carries it; [uuid.Nil] where it does not.
	CorrelationID uuid.UUID
	// Author is who entered the ticket, by the desk's id.
	Author    string
	EnteredAt time.Time // by the desk's clock
	UpdatedAt time.Time // by the desk's clock
}

// TicketQuery asks for tickets by their title, open and closed alike.
type TicketQuery struct {
	// Title is text that the title holds, taken literally and case-sensitively.
	Title string
	// Since, where set, leaves out tickets entered before it (desk's clock).
	Since time.Time
	// AtMost, where set, is how many tickets are worth listing.
	AtMost int
}

// TicketList is a complete answer to a [TicketQuery].
type TicketList struct {
	Tickets []Ticket
	// DeskTime is the desk's clock when the list was begun; the zero time where
	// the desk did not tell.
	DeskTime time.Time

	// remembered is set where some of them are as an earlier read found them.
	remembered bool
}

// TicketUpdate changes fields of a ticket; an empty field stays as it is. A
// board needs the status that the ticket shall have there.
type TicketUpdate struct {
	BoardID    string
	StatusID   string
	ClientID   string
	PriorityID string
	// CategoryID is of the board that the ticket is on then, and SubcategoryID never
	// without it.
	CategoryID    string
	SubcategoryID string
	// Quiet keeps the desk from e-mailing the client about this update.
	Quiet bool
}

// Note is a note to be added; it is always internal to the MSP.
type Note struct {
	// Operation marks the note, so that one in doubt can be found again.
	Operation uuid.UUID
	Body      Document
	// Resolution marks it as the resolution that a board's close rules ask for.
	Resolution bool
	// Quiet keeps the desk from e-mailing the client about this note.
	Quiet bool
}
