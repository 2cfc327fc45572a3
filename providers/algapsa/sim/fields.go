package sim

import (
	"slices"
	"strings"
	"time"
)

// The optional readers of a form: nil where the field is absent or refused.

func (f *form) optionalText(name string) *string {
	return pointer(f.text(name, false, 1, 255))
}

func (f *form) optionalID(name string) *string {
	return pointer(f.id(name, false))
}

func (f *form) optionalIDOrNull(name string) *string {
	return pointer(f.idOrNull(name))
}

func (f *form) optionalLink(name string) *string {
	return pointer(f.link(name))
}

func (f *form) optionalMoment(name string) *time.Time {
	text, ok := f.text(name, false, 0, 0)
	if !ok {
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || !isDateTime(text) {
		f.add(issue{"code": "invalid_string", "validation": "datetime", "message": "Invalid datetime", "path": []any{name}})
		return nil
	}
	return &t
}

// quiet reads the two switches that keep an update from sending mail.
func (f *form) quiet() bool {
	contacts := f.flag("suppressContactNotifications")
	if f.flag("suppressInternalNotifications") && !contacts {
		f.add(issue{
			"code": "custom", "path": []any{"suppressInternalNotifications"},
			"message": "suppressInternalNotifications requires suppressContactNotifications",
		})
	}
	return contacts
}

func pointer(text string, ok bool) *string {
	if !ok {
		return nil
	}
	return &text
}

func lower(id string) string { return strings.ToLower(id) }

// remove deletes a ticket with its comments and tags.
func (s *Sim) remove(id string) {
	s.world.tickets = slices.DeleteFunc(s.world.tickets, func(t *Ticket) bool { return t.ID == id })
	s.world.tags = slices.DeleteFunc(s.world.tags, func(m tag) bool { return m.ticket == id })
	delete(s.world.ticketByID, id)
}
