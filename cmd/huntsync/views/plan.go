package views

import (
	"fmt"
	"strings"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// PlanOptions say how much of a plan is shown.
type PlanOptions struct {
	JSON bool
	// All shows everything, however long.
	All bool
}

// What is shown of a long plan without --all.
const (
	unmappedShown = 20
	changesShown  = 40
)

// planJSON is the outward form of a plan.
type planJSON struct {
	FormatVersion int               `json:"format_version"`
	Complete      bool              `json:"complete"`
	Blocking      []engine.Reminder `json:"blocking"`
	Warnings      []engine.Reminder `json:"warnings"`
	Unmapped      []unmappedJSON    `json:"unmapped"`
	Changes       []ChangeJSON      `json:"changes"`
	Waiting       int               `json:"waiting"`
	Summary       map[string]int    `json:"summary"`
}

type unmappedJSON struct {
	Account    string `json:"account"`
	ID         int64  `json:"id"`
	Name       string `json:"name"`
	Suggestion string `json:"suggestion"`
	// Suggestions are all close names, the closest first.
	Suggestions []config.Match `json:"suggestions"`
	Problem     string         `json:"problem,omitempty"`
}

// ChangeJSON is one change of a plan. A saved plan holds the same.
type ChangeJSON struct {
	Action     engine.Action `json:"action"`
	Reason     engine.Cause  `json:"reason"`
	Account    string        `json:"account"`
	IncidentID int64         `json:"incident_id"`
	Title      string        `json:"title"`
	Client     string        `json:"client"`
	Board      string        `json:"board"`
	Priority   string        `json:"priority"`
	Ticket     string        `json:"ticket"`
}

// Changes is the outward form of the changes of a preview.
func Changes(p engine.Preview) []ChangeJSON {
	names := map[int64]string{}
	for name, account := range p.Accounts {
		names[account.ID] = name
	}
	changes := make([]ChangeJSON, 0, len(p.Changes))
	for _, c := range p.Changes {
		changes = append(changes, ChangeJSON{
			Action: c.Action, Reason: c.Cause, Account: names[c.Key.AccountID], IncidentID: c.Key.IncidentID,
			Title: c.Title, Client: c.Client, Board: c.Board, Priority: c.Priority, Ticket: c.TicketNumber,
		})
	}
	return changes
}

// WritePlan shows what a pass would do.
func WritePlan(t Terminal, p engine.Preview, o PlanOptions) error {
	clients := ClientNames(p.Policy)
	if o.JSON {
		return writeJSON(t, planJSON{
			FormatVersion: 1, Complete: len(p.Blocking) == 0,
			Blocking: list(p.Blocking), Warnings: list(p.Warnings),
			Unmapped: unmapped(p, clients), Changes: Changes(p), Waiting: p.Waiting, Summary: summary(p),
		})
	}
	if len(p.Blocking) > 0 {
		t.line("%s until the configuration has:", t.paint(yellow, "Polling is disabled"))
		t.reminders(p.Blocking)
		t.line("")
	}
	if len(p.Warnings) > 0 {
		t.line("%s", t.paint(yellow, "Warnings:"))
		t.reminders(p.Warnings)
		t.line("")
	}
	t.unmapped(p, clients, o.All)
	t.changes(p, o.All)
	t.line("%s", SummaryLine(p))
	return nil
}

// ClientNames indexes the active clients of the desk.
func ClientNames(p *engine.Policy) *config.Names {
	var names []string
	if p != nil && p.Catalogue != nil {
		for _, c := range p.Catalogue.Clients {
			if !c.Inactive {
				names = append(names, c.Name)
			}
		}
	}
	return config.NewNames(names)
}

func unmapped(p engine.Preview, clients *config.Names) []unmappedJSON {
	all := make([]unmappedJSON, 0, len(p.Unmapped))
	for _, o := range p.Unmapped {
		u := unmappedJSON{Account: o.Account, ID: o.ID, Name: o.Name, Problem: o.Problem}
		u.Suggestions = list(clients.Closest(o.Name, 3))
		if len(u.Suggestions) > 0 {
			u.Suggestion = u.Suggestions[0].Name
		}
		all = append(all, u)
	}
	return all
}

func (t Terminal) unmapped(p engine.Preview, clients *config.Names, everything bool) {
	if len(p.Unmapped) == 0 {
		return
	}
	t.line("%s (their incidents go to the fallback)", t.paint(bold, "Unmapped organizations"))
	shown := p.Unmapped
	if !everything && len(shown) > unmappedShown {
		shown = shown[:unmappedShown]
	}
	account := ""
	for _, o := range shown {
		if len(p.Accounts) > 1 && o.Account != account {
			account = o.Account
			t.line("  account %s", account)
		}
		t.line("  %s  %s%s", pad(fmt.Sprintf("%d", o.ID), 8), t.paint(bold, fit(safe(o.Name), t.rest(40))), closest(o, clients))
	}
	if rest := len(p.Unmapped) - len(shown); rest > 0 {
		t.line("  ... and %d more; show them with --all", rest)
	}
	t.line("")
}

func closest(o engine.UnmappedOrganization, clients *config.Names) string {
	if o.Problem != "" {
		return "\n            " + safe(o.Problem)
	}
	var names []string
	for _, m := range clients.Closest(o.Name, 3) {
		names = append(names, fmt.Sprintf("%q", safe(m.Name)))
	}
	if len(names) == 0 {
		return "  no client has a similar name"
	}
	return "  closest: " + strings.Join(names, ", ")
}

func (t Terminal) changes(p engine.Preview, everything bool) {
	if len(p.Blocking) > 0 {
		return
	}
	if len(p.Changes) == 0 {
		t.line("Nothing to do: the tickets match the incidents.")
		if p.Waiting > 0 {
			t.line("%s to be looked at later: see huntsync status.", plural(p.Waiting, "incident"))
		}
		t.line("")
		return
	}
	t.line("%s", t.paint(bold, "Changes"))
	shown := p.Changes
	if !everything && len(shown) > changesShown {
		shown = shown[:changesShown]
	}
	for _, c := range shown {
		t.change(c)
	}
	if rest := p.Changes[len(shown):]; len(rest) > 0 {
		t.line("  ... and %s; show them with --all", counts(rest))
	}
	t.line("")
}

func (t Terminal) change(c engine.Change) {
	symbol, color := symbolOf(c.Action)
	head := fmt.Sprintf("%s %s", symbol, pad(string(c.Action), 12))
	t.line("  %s  %s", t.paint(color, head), fit(safe(c.Title), t.rest(19)))
	where := fmt.Sprintf("%s / %s / %s", safe(c.Client), safe(c.Board), safe(c.Priority))
	if c.TicketNumber != "" {
		where = safe(c.TicketNumber) + ", " + where
	}
	t.line("                  %s", t.paint(dim, fit(where+": "+status.Because(c.Cause), t.rest(18))))
}

func symbolOf(a engine.Action) (string, style) {
	switch a {
	case engine.ActionCreate:
		return "+", green
	case engine.ActionClose:
		return "-", red
	case engine.ActionLookup:
		return "?", cyan
	case engine.ActionNote, engine.ActionReopen, engine.ActionMove, engine.ActionReprioritize, engine.ActionLink:
		return "~", yellow
	}
	return "~", yellow
}

// counts is "3 to create, 1 to note" of some changes.
func counts(changes []engine.Change) string {
	n := map[engine.Action]int{}
	for _, c := range changes {
		n[c.Action]++
	}
	var parts []string
	for _, a := range append(engine.Actions(), engine.ActionLink, engine.ActionLookup) {
		if n[a] > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", n[a], verb(a)))
		}
	}
	return strings.Join(parts, ", ")
}

func verb(a engine.Action) string {
	if a == engine.ActionLookup {
		return "look up"
	}
	return string(a)
}

func summary(p engine.Preview) map[string]int {
	n := map[string]int{"unmapped": len(p.Unmapped)}
	for _, a := range engine.Actions() {
		n[string(a)] = 0
	}
	for _, c := range p.Changes {
		if c.Action != engine.ActionLookup && c.Action != engine.ActionLink {
			n[string(c.Action)]++
		}
	}
	return n
}

// SummaryLine is the last line of a plan.
func SummaryLine(p engine.Preview) string {
	n := summary(p)
	var parts []string
	for _, a := range engine.Actions() {
		parts = append(parts, fmt.Sprintf("%d to %s", n[string(a)], a))
	}
	return fmt.Sprintf("Plan: %s. %d organizations unmapped.", strings.Join(parts, ", "), n["unmapped"])
}
