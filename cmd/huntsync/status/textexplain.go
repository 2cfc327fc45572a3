package status

import (
	"fmt"
	"io"
	"strings"
)

// WriteExplanation shows to a person why an incident went where it went.
func WriteExplanation(w io.Writer, e Explanation, width int, color bool) error {
	p := &page{width: width, color: color}
	p.line("%s", p.paint(bold, fmt.Sprintf("Incident %d: %s", e.IncidentID, e.Incident.Subject)))
	p.paragraph("", e.Answer)
	for _, s := range e.Waits {
		p.paragraph("- ", s)
	}
	p.line("")
	p.facts(e)
	p.decision(e.Decision)
	p.ticket("Ticket", e.Ticket)
	for i := range e.Extras {
		p.ticket("Further ticket of the same incident", &e.Extras[i])
	}
	if len(e.History) > 0 {
		p.line("%s", p.paint(bold, "History"))
		p.changes(e.History, e.At)
	}
	return p.writeTo(w)
}

// row is a labeled line; one without a value is left out.
func (p *page) row(label, value string) {
	if value != "" {
		p.paragraph(fmt.Sprintf("  %-16s", label), value)
	}
}

func (p *page) facts(e Explanation) {
	f := e.Incident
	p.row("account", fmt.Sprintf("%s (%d)", e.Account, e.AccountID))
	p.row("organization", f.Organization)
	p.row("severity", string(f.Severity))
	p.row("status", string(f.Status))
	p.row("platform", f.Platform)
	p.row("indicators", strings.Join(f.Indicators, ", "))
	if !f.SentAt.IsZero() {
		p.row("sent", moment(f.SentAt))
	}
	if !f.ClosedAt.IsZero() {
		p.row("closed", moment(f.ClosedAt))
	}
	if !f.FirstSeenAt.IsZero() {
		p.row("first seen", moment(f.FirstSeenAt))
	}
	p.row("portal", f.PortalURL)
	p.row("correlation id", e.CorrelationID)
	if len(f.Surprises) > 0 {
		p.row("surprises", "fields of another type than documented: "+strings.Join(f.Surprises, ", "))
	}
	p.line("")
}

func (p *page) decision(d *Decision) {
	if d == nil {
		return
	}
	p.line("%s", p.paint(bold, "Why there"))
	if d.Route != "" {
		p.row("route", d.Route)
	}
	for _, s := range d.Steps {
		value := s.Value
		if value != "" {
			value += " "
		}
		p.row(s.Attribute, value+"from "+s.From+place(s.Pos))
		if s.Note != "" {
			p.row("", s.Note)
		}
	}
	p.line("")
}

func (p *page) ticket(title string, t *Ticket) {
	if t == nil {
		return
	}
	p.line("%s", p.paint(bold, title))
	p.row("number", t.Name())
	p.row("link", t.URL)
	p.row("title", t.Title)
	p.row("client", t.Client)
	p.row("board", t.Board)
	p.row("priority", t.Priority)
	if !t.EnteredAt.IsZero() {
		p.row("entered", moment(t.EnteredAt))
	}
	switch {
	case t.Closed:
		p.row("state", "closed")
	case t.Triage:
		p.row("state", "open, for triage")
	default:
		p.row("state", "open")
	}
	if t.Adopted {
		p.row("found", "it was there already and was taken as found")
	}
	p.line("")
}
