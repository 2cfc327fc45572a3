package sim

import (
	"slices"
	"time"
)

// MailKind says why a mail was sent.
type MailKind string

// The mails that a ticket causes.
const (
	MailCreated  MailKind = "created"  // Cannot be suppressed.
	MailUpdated  MailKind = "updated"  // Suppressed with suppressContactNotifications.
	MailClosed   MailKind = "closed"   // The same.
	MailReopened MailKind = "reopened" // The same.
	MailComment  MailKind = "comment"  // Of public comments only; the same.
)

// Mail is one message that a customer would have received.
type Mail struct {
	Kind     MailKind
	TicketID string
	To       string
	At       time.Time
}

// mailTo writes to the ticket's contact or, without one, to the client's address.
func (s *Sim) mailTo(t *Ticket, kind MailKind, at time.Time) {
	to := ""
	if contact := s.world.contactByID[t.ContactID]; contact != nil {
		to = contact.Email
	} else if client := s.world.clientByID[t.ClientID]; client != nil {
		to = client.Email
	}
	if to != "" {
		s.mails = append(s.mails, Mail{Kind: kind, TicketID: t.ID, To: to, At: at})
	}
}

func mailOf(wasClosed, isClosed bool) MailKind {
	switch {
	case !wasClosed && isClosed:
		return MailClosed
	case wasClosed && !isClosed:
		return MailReopened
	default:
		return MailUpdated
	}
}

// Mails returns what customers would have received, in order.
func (s *Sim) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}
