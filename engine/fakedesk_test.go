package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// fakeDesk is a ticketing system in memory, with the faults that real ones have.
type fakeDesk struct {
	mu        sync.Mutex
	now       func() time.Time
	catalogue Catalogue
	contacts  []Contact
	assets    []Asset
	tickets   map[string]*deskTicket
	last      int
	limits    Limits
	// dropIDs makes new tickets lose our correlation id.
	dropIDs bool
	// mute makes notes lose their operation, and anonymous who wrote them.
	mute, anonymous bool
	// closeRules, where set, refuse a close for a ticket.
	closeRules func(deskTicket) []string
	// fault is asked at every call what shall go wrong with it.
	fault func(deskCall) fault
	// calls is every call that was made, in order.
	calls []deskCall
	// late are the effects that come after their answer was given up: each is
	// closed when it came.
	late []chan struct{}
}

// deskTicket is a ticket with what no list shows.
type deskTicket struct {
	Ticket

	notes   []Note
	assets  []string // linked to it
	deleted bool
	draft   Draft
}

// deskCall is one call to the desk.
type deskCall struct {
	op     string // "create", "ticket", "tickets", "update", "note", "find note", "catalogue", "contacts"
	ticket string
	title  string
	update TicketUpdate
	at     time.Time
}

func (c deskCall) writes() bool {
	return c.op == "create" || c.op == "update" || c.op == "note" || c.op == "link"
}

// fault is what goes wrong with one call.
type fault struct {
	// err is the answer; nil is none.
	err *Error
	// acted is true where the call has its effect all the same.
	acted bool
	// after is how long the effect takes to come, where it comes late.
	after time.Duration
	// hang is how long the answer takes.
	hang time.Duration
}

func deskError(reason Reason, notDone bool) *Error {
	return &Error{Reason: reason, Side: "Desk", Op: "call", Detail: string(reason), NotDone: notDone}
}

// The kinds of fault.
func neverSent() fault { return fault{err: deskError(ReasonUnavailable, true)} }
func cutBefore() fault { return fault{err: deskError(ReasonUnavailable, false)} }
func cutAfter() fault  { return fault{err: deskError(ReasonUnavailable, false), acted: true} }
func timedOut() fault  { return fault{err: deskError(ReasonTimeout, false), hang: deskTimeout} }
func timedOutDone() fault {
	return fault{err: deskError(ReasonTimeout, false), acted: true, hang: deskTimeout}
}
func unauthorized() fault { return fault{err: deskError(ReasonAuth, true)} }
func refusedHere() fault  { return fault{err: deskError(ReasonRejected, true)} }

// doneLate answers nothing in time; the effect comes later, within the settle time.
func doneLate(after time.Duration) fault {
	return fault{err: deskError(ReasonTimeout, false), acted: true, after: after, hang: deskTimeout}
}

func limited(after time.Duration) fault {
	err := deskError(ReasonRateLimited, true)
	err.RetryAfter = after
	return fault{err: err}
}

const (
	boardSecurity = "b-security"
	boardTriage   = "b-triage"
	boardVIP      = "b-vip"
	boardEndless  = "b-endless" // without a closed status

	clientAcme   = "c-acme"
	clientGlobex = "c-globex"
	clientQuiet  = "c-quiet"
	clientTriage = "c-triage"

	orgAcme     = 1
	orgGlobex   = 2
	orgOptedOut = 3
	orgUnmapped = 4

	ourselves = "user-huntsync"
)

func openStatus(board string) string   { return "open@" + board }
func closedStatus(board string) string { return "closed@" + board }

func newFakeDesk(now func() time.Time) *fakeDesk {
	d := &fakeDesk{now: now, tickets: map[string]*deskTicket{}, limits: Limits{Title: 255, Note: 5000, Body: 60000}}
	for _, b := range []string{boardSecurity, boardTriage, boardVIP, boardEndless} {
		name := strings.TrimPrefix(b, "b-")
		d.catalogue.Boards = append(d.catalogue.Boards, Board{ID: b, Name: strings.ToUpper(name[:1]) + name[1:]})
		d.catalogue.Statuses = append(d.catalogue.Statuses, TicketStatus{ID: openStatus(b), BoardID: b, Name: "New", Default: true})
		if b != boardEndless {
			d.catalogue.Statuses = append(d.catalogue.Statuses, TicketStatus{ID: closedStatus(b), BoardID: b, Name: "Closed", Closed: true})
		}
		d.catalogue.Statuses = append(d.catalogue.Statuses, TicketStatus{ID: "working@" + b, BoardID: b, Name: "Working"})
	}
	d.catalogue.Priorities = []Priority{{"p0", "P0"}, {"p1", "P1"}, {"p2", "P2"}, {"p3", "P3"}}
	d.catalogue.Clients = []Client{
		{ID: clientAcme, Name: "Acme Corporation"},
		{ID: clientGlobex, Name: "Globex GmbH"},
		{ID: clientQuiet, Name: "Quiet Ltd"},
		{ID: clientTriage, Name: "Security Triage"},
	}
	return d
}

// call does one call: act has the effect, unless a fault says otherwise.
func (d *fakeDesk) call(ctx context.Context, c deskCall, act func() error) error {
	d.mu.Lock()
	c.at = d.now()
	d.calls = append(d.calls, c)
	var f fault
	if d.fault != nil {
		f = d.fault(c)
	}
	if f.err == nil || f.acted && f.after == 0 {
		if err := act(); err != nil && f.err == nil {
			d.mu.Unlock()
			return err
		}
	}
	if f.acted && f.after > 0 {
		came := make(chan struct{})
		d.late = append(d.late, came)
		time.AfterFunc(f.after, func() {
			defer close(came)
			d.mu.Lock()
			defer d.mu.Unlock()
			_ = act() // who asked has long gone
		})
	}
	d.mu.Unlock()
	if f.hang > 0 {
		select {
		case <-time.After(f.hang):
		case <-ctx.Done():
		}
	}
	if f.err != nil {
		return f.err
	}
	return nil
}

// settle waits until all came that was asked for so far.
func (d *fakeDesk) settle() {
	d.mu.Lock()
	late := d.late
	d.late = nil
	d.mu.Unlock()
	for _, came := range late {
		<-came
	}
}

func (d *fakeDesk) Catalogue(ctx context.Context) (*Catalogue, error) {
	var c Catalogue
	err := d.call(ctx, deskCall{op: "catalogue"}, func() error {
		c = copied(d.catalogue)
		return nil
	})
	return &c, err
}

func (d *fakeDesk) Contacts(ctx context.Context, clientID, name string) ([]Contact, error) {
	var found []Contact
	err := d.call(ctx, deskCall{op: "contacts"}, func() error {
		for _, c := range d.contacts {
			if c.ClientID == clientID && (c.Name == name || c.Email == name) {
				found = append(found, c)
			}
		}
		return nil
	})
	return found, err
}

func (d *fakeDesk) Create(ctx context.Context, draft Draft) (Ticket, error) {
	var t Ticket
	err := d.call(ctx, deskCall{op: "create", title: draft.Title}, func() error {
		isContact := func(c Contact) bool { return c.ID == draft.ContactID }
		if draft.ContactID != "" && !slices.ContainsFunc(d.contacts, isContact) {
			return &Error{Reason: ReasonRejected, Side: "Desk", Op: "create ticket", NotDone: true, InvalidReference: true, Detail: "no such contact"}
		}
		status, ok := d.status(draft.StatusID)
		if !ok || status.BoardID != draft.BoardID || status.Closed {
			return &Error{Reason: ReasonRejected, Side: "Desk", Op: "create ticket", NotDone: true, InvalidReference: true, Detail: "bad status"}
		}
		d.last++
		t = Ticket{
			ID: fmt.Sprintf("t%04d", d.last), Number: strconv.Itoa(1000 + d.last), Title: draft.Title,
			BoardID: draft.BoardID, StatusID: draft.StatusID, ClientID: draft.ClientID, PriorityID: draft.PriorityID,
			CategoryID: draft.CategoryID, CorrelationID: draft.CorrelationID, Author: ourselves,
			EnteredAt: d.now(), UpdatedAt: d.now(),
		}
		if d.dropIDs {
			t.CorrelationID = uuid.Nil
		}
		d.tickets[t.ID] = &deskTicket{Ticket: t, draft: draft}
		return nil
	})
	if err != nil {
		return Ticket{}, err // t may yet be written, late
	}
	return t, nil
}

func (d *fakeDesk) status(id string) (TicketStatus, bool) {
	for _, s := range d.catalogue.Statuses {
		if s.ID == id {
			return s, true
		}
	}
	return TicketStatus{}, false
}

func (d *fakeDesk) ticket(id string) (*deskTicket, error) {
	t, ok := d.tickets[id]
	if !ok || t.deleted {
		return nil, &Error{Reason: ReasonRejected, Side: "Desk", Op: "read ticket", Status: 404, NotDone: true, NotFound: true}
	}
	return t, nil
}

func (d *fakeDesk) Ticket(ctx context.Context, id string) (Ticket, error) {
	var found Ticket
	err := d.call(ctx, deskCall{op: "ticket", ticket: id}, func() error {
		t, err := d.ticket(id)
		if err == nil {
			found = t.Ticket
		}
		return err
	})
	return found, err
}

func (d *fakeDesk) Tickets(ctx context.Context, q TicketQuery) (TicketList, error) {
	list := TicketList{DeskTime: d.now()}
	err := d.call(ctx, deskCall{op: "tickets", title: q.Title}, func() error {
		for _, t := range d.tickets {
			if !t.deleted && strings.Contains(t.Title, q.Title) && !t.EnteredAt.Before(q.Since) {
				list.Tickets = append(list.Tickets, t.Ticket)
			}
		}
		return nil
	})
	if err == nil && q.AtMost > 0 && len(list.Tickets) > q.AtMost {
		return TicketList{}, ErrTooMany
	}
	return list, err
}

func (d *fakeDesk) Update(ctx context.Context, id string, u TicketUpdate) error {
	return d.call(ctx, deskCall{op: "update", ticket: id, update: u}, func() error {
		t, err := d.ticket(id)
		if err != nil {
			return err
		}
		next := t.Ticket
		set := func(field *string, value string) {
			if value != "" {
				*field = value
			}
		}
		set(&next.BoardID, u.BoardID)
		set(&next.StatusID, u.StatusID)
		set(&next.ClientID, u.ClientID)
		set(&next.PriorityID, u.PriorityID)
		set(&next.CategoryID, u.CategoryID)
		status, ok := d.status(next.StatusID)
		if !ok || status.BoardID != next.BoardID {
			return &Error{Reason: ReasonRejected, Side: "Desk", Op: "update ticket", NotDone: true, InvalidReference: true, Detail: "the status is of another board"}
		}
		if status.Closed && !t.Closed && d.closeRules != nil {
			if rules := d.closeRules(*t); len(rules) > 0 {
				return &Error{Reason: ReasonRejected, Side: "Desk", Op: "close ticket", NotDone: true, CloseRules: rules, Detail: "close rules"}
			}
		}
		next.Closed, next.UpdatedAt = status.Closed, d.now()
		t.Ticket = next
		return nil
	})
}

func (d *fakeDesk) Note(ctx context.Context, id string, n Note) error {
	return d.call(ctx, deskCall{op: "note", ticket: id, title: plain(n.Body)}, func() error {
		t, err := d.ticket(id)
		if err == nil {
			t.notes = append(t.notes, n)
		}
		return err
	})
}

func (d *fakeDesk) Assets(ctx context.Context, clientID, name string) ([]Asset, error) {
	var found []Asset
	err := d.call(ctx, deskCall{op: "assets", title: name}, func() error {
		for _, a := range d.assets {
			if a.ClientID == clientID && strings.EqualFold(a.Name, name) {
				found = append(found, a)
			}
		}
		return nil
	})
	return found, err
}

func (d *fakeDesk) LinkAsset(ctx context.Context, ticketID, assetID string) error {
	return d.call(ctx, deskCall{op: "link", ticket: ticketID}, func() error {
		t, err := d.ticket(ticketID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(d.assets, func(a Asset) bool { return a.ID == assetID }) {
			return &Error{Reason: ReasonRejected, Side: "Desk", Op: "link asset", Status: 404, NotDone: true, NotFound: true}
		}
		if !slices.Contains(t.assets, assetID) {
			t.assets = append(t.assets, assetID)
		}
		return nil
	})
}

func (d *fakeDesk) FindNote(ctx context.Context, id string, operation uuid.UUID) (author string, found bool, err error) {
	err = d.call(ctx, deskCall{op: "find note", ticket: id}, func() error {
		t, err := d.ticket(id)
		if err == nil {
			found = !d.mute && slices.ContainsFunc(t.notes, func(n Note) bool { return n.Operation == operation })
		}
		return err
	})
	if !found || err != nil {
		return "", false, err
	}
	if d.anonymous {
		return "", true, nil
	}
	return ourselves, true, nil
}

func (d *fakeDesk) Limits() Limits { return d.limits }

// of lists the tickets of an incident, deleted ones too, the oldest first.
func (d *fakeDesk) of(incidentID int64) []deskTicket {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []deskTicket
	for _, id := range slices.Sorted(maps.Keys(d.tickets)) {
		t := *d.tickets[id]
		if t.draft.CorrelationID == (Key{AccountID: 5, Kind: KindIncident, IncidentID: incidentID}).CorrelationID() {
			t.notes = slices.Clone(t.notes)
			list = append(list, t)
		}
	}
	return list
}

// count is how many tickets there ever were.
// all are the tickets.
func (d *fakeDesk) all() []deskTicket {
	d.mu.Lock()
	defer d.mu.Unlock()
	list := make([]deskTicket, 0, len(d.tickets))
	for _, t := range d.tickets {
		list = append(list, *t)
	}
	return list
}

func (d *fakeDesk) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.tickets)
}

// person edits a ticket as somebody at the MSP would.
func (d *fakeDesk) person(id string, edit func(*deskTicket)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	edit(d.tickets[id])
}

func (d *fakeDesk) forgetCalls() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = nil
}

// made lists the calls since forgetCalls, as "op op op".
func (d *fakeDesk) made() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	ops := make([]string, len(d.calls))
	for i, c := range d.calls {
		ops[i] = c.op
	}
	return strings.Join(ops, ", ")
}

// titles lists what tickets were asked for since forgetCalls, sorted.
func (d *fakeDesk) titles() (titles []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.calls {
		if c.op == "tickets" {
			titles = append(titles, c.title)
		}
	}
	slices.Sort(titles)
	return titles
}

func (d *fakeDesk) setFault(f func(deskCall) fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = f
}

func (d *fakeDesk) setCloseRules(rules []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closeRules = func(deskTicket) []string { return rules }
}

// plain is a document as simple text.
func plain(doc Document) string {
	var b strings.Builder
	for _, block := range doc {
		switch block.Kind {
		case Heading:
			b.WriteString(strings.Repeat("#", block.Level) + " ")
		case Bullet:
			b.WriteString("* ")
		case Numbered:
			b.WriteString("1. ")
		case Verbatim:
			b.WriteString("~~~\n")
		case Table:
			for _, row := range block.Rows {
				b.WriteString("| " + strings.Join(row, " | ") + " |\n")
			}
			continue
		case Paragraph:
		}
		for _, s := range block.Spans {
			text := s.Text
			if s.Bold {
				text = "**" + text + "**"
			}
			if s.Link != "" {
				text = "[" + text + "](" + s.Link + ")"
			}
			b.WriteString(text)
		}
		if block.Kind == Verbatim {
			b.WriteString("~~~")
		}
		b.WriteString("\n")
	}
	return b.String()
}
