package sim

import (
	"encoding/json"
	"slices"
	"time"
)

// Person is a user who works with the tickets in the desk's own pages.
type Person struct {
	s  *Sim
	id string
}

// As is the user with this id, who need not exist.
func (s *Sim) As(userID string) Person { return Person{s: s, id: userID} }

// change edits a ticket the way the desk's own pages do: no check, closed columns kept right.
func (p Person) change(ticketID string, edit func(*Ticket)) bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	t := p.s.world.ticketByID[ticketID]
	if t == nil {
		return false
	}
	was := p.s.closed(t)
	edit(t)
	t.UpdatedAt, t.UpdatedBy = p.s.now().UTC().Truncate(time.Millisecond), p.id
	settle(t, was, p.s.closed(t), &call{now: t.UpdatedAt, user: &User{ID: p.id}})
	return true
}

// Rename changes the title; false when there is no such ticket, as with all of these.
func (p Person) Rename(ticketID, title string) bool {
	return p.change(ticketID, func(t *Ticket) { t.Title = title })
}

// Move puts the ticket on another board in a status of that board.
func (p Person) Move(ticketID, boardID, statusID string) bool {
	return p.change(ticketID, func(t *Ticket) { t.BoardID, t.StatusID = boardID, statusID })
}

// SetStatus closes, reopens or otherwise moves the ticket along.
func (p Person) SetStatus(ticketID, statusID string) bool {
	return p.change(ticketID, func(t *Ticket) { t.StatusID = statusID })
}

// SetPriority changes the priority.
func (p Person) SetPriority(ticketID, priorityID string) bool {
	return p.change(ticketID, func(t *Ticket) { t.PriorityID = priorityID })
}

// SetClient gives the ticket to another client.
func (p Person) SetClient(ticketID, clientID string) bool {
	return p.change(ticketID, func(t *Ticket) { t.ClientID = clientID })
}

// SetAttributes replaces the attributes whole, as a careless script over the API would; nil wipes them.
func (p Person) SetAttributes(ticketID string, attributes json.RawMessage) bool {
	return p.change(ticketID, func(t *Ticket) { t.Attributes = attributes })
}

// Edit changes anything else.
func (p Person) Edit(ticketID string, edit func(*Ticket)) bool {
	return p.change(ticketID, edit)
}

// Bundle merges a ticket with another, which becomes its master; a ticket that is a master itself, or has one, cannot be.
func (p Person) Bundle(ticketID, masterID string) bool {
	p.s.mu.Lock()
	bundled := slices.ContainsFunc(p.s.world.tickets, func(t *Ticket) bool {
		return t.MasterID == ticketID || t.MasterID != "" && (t.ID == ticketID || t.ID == masterID)
	})
	p.s.mu.Unlock()
	return !bundled && p.change(ticketID, func(t *Ticket) { t.MasterID = masterID })
}

// Comment writes a comment.
func (p Person) Comment(ticketID, text string, internal bool) bool {
	return p.change(ticketID, func(t *Ticket) {
		c := Comment{UserID: p.id, Text: text, Internal: internal, CreatedAt: p.s.now().UTC().Truncate(time.Millisecond)}
		p.s.thread(t, &c)
		t.Comments = append(t.Comments, c)
	})
}

// Delete removes the ticket for good.
func (p Person) Delete(ticketID string) bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.s.world.ticketByID[ticketID] == nil {
		return false
	}
	p.s.remove(ticketID)
	return true
}

// Create enters a ticket by hand and returns it with its id, number and times.
func (p Person) Create(t Ticket) Ticket {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	now := p.s.now().UTC().Truncate(time.Millisecond)
	if t.EnteredAt.IsZero() {
		t.EnteredAt = now
	}
	t.UpdatedAt, t.EnteredBy = t.EnteredAt, p.id
	id, number := t.ID, t.Number
	p.s.insert(&t)
	if id != "" {
		delete(p.s.world.ticketByID, t.ID)
		t.ID = id
		p.s.world.ticketByID[id] = &t
	}
	if number != "" {
		t.Number = number
	}
	return p.s.copyTicket(&t)
}
