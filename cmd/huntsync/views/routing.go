package views

import (
	"fmt"
	"strings"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// Routing is where a made-up incident would go.
type Routing struct {
	Organization string
	// Unknown is true where the configuration has no such organization; Closest
	// are those that could have been meant.
	Unknown  bool
	Closest  []config.Match
	Incident engine.Incident
	Policy   *engine.Policy
	Decision engine.Decision
	// Routes is the path through the routes.
	Routes   []config.Tried
	Blocking []engine.Reminder
}

type routingJSON struct {
	FormatVersion int               `json:"format_version"`
	Client        string            `json:"client"`
	Board         string            `json:"board"`
	Category      string            `json:"category,omitempty"`
	Priority      string            `json:"priority"`
	Route         string            `json:"route,omitempty"`
	Unmapped      bool              `json:"unmapped"`
	Tickets       bool              `json:"tickets"`
	Problem       string            `json:"problem,omitempty"`
	Unknown       bool              `json:"organization_unknown"`
	Closest       []config.Match    `json:"closest_organizations"`
	Steps         []engine.Step     `json:"steps"`
	Routes        []config.Tried    `json:"routes"`
	Blocking      []engine.Reminder `json:"blocking"`
}

// WriteRouting tells where a made-up incident would go, and why.
func WriteRouting(t Terminal, r Routing, asJSON bool) error {
	d := r.Decision
	tickets := !d.OptedOut && r.Incident.Status != engine.StatusDeleting
	if asJSON {
		return writeJSON(t, routingJSON{
			FormatVersion: 1, Client: r.Policy.ClientName(d.ClientID), Board: r.Policy.BoardName(d.BoardID),
			Category: categoryOf(d), Priority: r.Policy.PriorityName(d.PriorityID), Route: d.Route,
			Unmapped: d.Unmapped, Tickets: tickets, Problem: d.Problem, Unknown: r.Unknown, Closest: list(r.Closest),
			Steps: list(d.Steps), Routes: list(r.Routes), Blocking: list(r.Blocking),
		})
	}
	t.line("%s", t.paint(bold, r.answer(tickets)))
	if r.Unknown {
		t.line("%s", r.unknown())
	}
	t.line("")
	t.line("%s", t.paint(bold, "Why there"))
	widest := 0
	for _, s := range d.Steps {
		widest = max(widest, len([]rune(safe(s.Value))))
	}
	for _, s := range d.Steps {
		t.line("  %s%s  from %s%s", pad(s.Attribute, 10), pad(orDash(safe(s.Value)), widest), safe(s.From), t.paint(dim, place(s.Pos)))
		if s.Note != "" {
			t.line("            %s", safe(s.Note))
		}
	}
	if len(r.Routes) > 0 {
		t.line("")
		t.line("%s", t.paint(bold, "The path through the routes"))
		for _, tried := range r.Routes {
			t.line("  %s", strings.ReplaceAll(engine.Clean(tried.String()), "\n", " "))
		}
	}
	if len(r.Blocking) > 0 {
		t.line("")
		t.line("%s the configuration still lacks:", t.paint(yellow, "Incomplete:"))
		t.reminders(r.Blocking)
	}
	return nil
}

func (r Routing) answer(tickets bool) string {
	d := r.Decision
	switch {
	case d.OptedOut:
		return "It gets no ticket: its organization is opted out (tickets = false)."
	case !tickets:
		return "It gets no ticket: Huntress is deleting it."
	}
	where := fmt.Sprintf("board %q for client %q with priority %q",
		safe(r.Policy.BoardName(d.BoardID)), safe(r.Policy.ClientName(d.ClientID)), safe(r.Policy.PriorityName(d.PriorityID)))
	if d.Unmapped {
		return "It goes to the fallback: " + where + "."
	}
	return "It goes to " + where + "."
}

func (r Routing) unknown() string {
	text := fmt.Sprintf("The configuration has no organization %q, so it is unmapped.", safe(r.Organization))
	if len(r.Closest) > 0 {
		var names []string
		for _, m := range r.Closest {
			names = append(names, m.Name)
		}
		text += " Did you mean " + candidates(names) + "?"
	}
	return text
}

func categoryOf(d engine.Decision) string {
	for _, s := range d.Steps {
		if s.Attribute == "category" {
			return s.Value
		}
	}
	return ""
}

func place(p engine.Pos) string {
	if p.File == "" {
		return ""
	}
	return fmt.Sprintf(" (%s:%d)", safe(p.File), p.Line)
}

func orDash(s string) string {
	if strings.TrimSpace(s) == "" {
		return "-"
	}
	return s
}
