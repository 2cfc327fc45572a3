package views

import (
	"fmt"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// WritePasses tells what passes did.
func WritePasses(t Terminal, reports []engine.PassReport) {
	for _, r := range reports {
		t.line("Account %s: %s.", safe(r.Account), passed(r))
	}
	done := totals(reports, engine.OutcomeDone, engine.OutcomeFound, engine.OutcomeAdopted)
	var parts []string
	for _, a := range engine.Actions() {
		parts = append(parts, fmt.Sprintf("%d %s", done[a], pastTense(a)))
	}
	t.line("Applied: %s.", strings.Join(parts, ", "))
	if doubt := sum(totals(reports, engine.OutcomeInDoubt)); doubt > 0 {
		t.line("%s an unclear answer: it is looked up after the settle time, by the next pass.", plural(doubt, "change")+" had")
	}
	if refused := sum(totals(reports, engine.OutcomeRefused)); refused > 0 {
		t.line("The desk refused %s; later passes try again. See: huntsync status", plural(refused, "change"))
	}
}

func passed(r engine.PassReport) string {
	text := fmt.Sprintf("%s read, %d new or changed", plural(r.Rows, "incident"), r.Changed)
	if r.Err != nil {
		text += "; it did not end well"
	}
	return text
}

func totals(reports []engine.PassReport, outcomes ...engine.Outcome) map[engine.Action]int {
	n := map[engine.Action]int{}
	for _, r := range reports {
		for action, byOutcome := range r.Outcomes {
			for _, o := range outcomes {
				n[action] += byOutcome[o]
			}
		}
	}
	return n
}

func sum(n map[engine.Action]int) int {
	total := 0
	for _, c := range n {
		total += c
	}
	return total
}

func pastTense(a engine.Action) string {
	switch a {
	case engine.ActionCreate:
		return "created"
	case engine.ActionNote:
		return "noted"
	case engine.ActionClose:
		return "closed"
	case engine.ActionReopen:
		return "reopened"
	case engine.ActionMove:
		return "moved"
	case engine.ActionReprioritize:
		return "reprioritized"
	case engine.ActionLink:
		return "linked"
	case engine.ActionLookup:
		return "looked up"
	}
	return string(a)
}
