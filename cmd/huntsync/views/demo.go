package views

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// DemoBegins says what is about to be seen.
func DemoBegins(t Terminal, organizations, incidents int) {
	t.line("A simulated Huntress (%s, %s) and a simulated AlgaPSA run on this", plural(organizations, "organization"), plural(incidents, "incident report"))
	t.line("machine. Everything else is the real thing: HTTP, configuration, engine and SQLite state.")
}

// DemoStep begins a part of the demo; command is what would do it for real.
func DemoStep(t Terminal, title, command string) {
	t.line("")
	if command != "" {
		t.line("%s %s", t.paint(bold, "== "+title), t.paint(dim, "("+command+")"))
	} else {
		t.line("%s", t.paint(bold, "== "+title))
	}
	t.line("")
}

// DemoHour tells one step of the hour, and what came of it at the desk.
func DemoHour(t Terminal, at time.Duration, what string, reports []engine.PassReport) {
	t.line("  %s  %s", t.paint(cyan, fmt.Sprintf("+%02d min", int(at.Minutes()))), fit(safe(what), t.rest(11)))
	done := totals(reports, engine.OutcomeDone)
	var parts []string
	for _, a := range engine.Actions() {
		if done[a] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", done[a], pastTense(a)))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no change at the desk"}
	}
	t.line("           %s", t.paint(dim, strings.Join(parts, ", ")))
}

// DemoEnds says what is left, and what can be done with it.
func DemoEnds(t Terminal, dir string, keep bool) {
	t.line("")
	t.line("The configuration and the state are in %s. Look at them:", t.paint(bold, dir))
	t.line("")
	t.line("  huntsync validate -c %s", dir)
	if !keep {
		t.line("")
		t.line("The simulators end with the demo. To try plan, apply and run against them, keep them running")
		t.line("and use another terminal:")
		t.line("")
		t.line("  huntsync demo --keep")
		return
	}
	t.line("  huntsync plan     -c %s", dir)
	t.line("  huntsync apply    -c %s --yes", dir)
	t.line("  huntsync check    -c %s", dir)
	t.line("  huntsync run      -c %s", dir)
	t.line("")
	t.line("The simulators run until you press Ctrl-C.")
}

// WriteTickets shows tickets as a table, by number.
func WriteTickets(t Terminal, p *engine.Policy, tickets []engine.Ticket) {
	slices.SortFunc(tickets, func(a, b engine.Ticket) int { return strings.Compare(a.Number, b.Number) })
	statuses := map[string]string{}
	for _, s := range p.Catalogue.Statuses {
		statuses[s.ID] = s.Name
	}
	rows := [][]string{{"TICKET", "STATUS", "PRIORITY", "BOARD", "CLIENT", "TITLE"}}
	open := 0
	for _, x := range tickets {
		if !x.Closed {
			open++
		}
		rows = append(rows, []string{
			safe(x.Number), safe(statuses[x.StatusID]), safe(p.PriorityName(x.PriorityID)),
			safe(p.BoardName(x.BoardID)), fit(safe(p.ClientName(x.ClientID)), 26), safe(x.Title),
		})
	}
	t.table(rows)
	t.line("")
	t.line("%s: %d open, %d closed.", plural(len(tickets), "ticket"), open, len(tickets)-open)
}

// table writes rows in columns; the last one takes what is left of the width.
func (t Terminal) table(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for n, row := range rows {
		var b strings.Builder
		taken := 0
		for i, cell := range row {
			if i == len(row)-1 {
				b.WriteString(fit(cell, t.rest(taken)))
				break
			}
			b.WriteString(pad(cell, widths[i]+2))
			taken += widths[i] + 2
		}
		text := strings.TrimRight(b.String(), " ")
		if n == 0 {
			text = t.paint(bold, text)
		}
		t.line("%s", text)
	}
}
