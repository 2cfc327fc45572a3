package views

import (
	"fmt"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// reminders lists what a configuration lacks or names wrongly.
func (t Terminal) reminders(list []engine.Reminder) {
	for _, r := range list {
		where := ""
		if r.Pos.File != "" {
			where = t.paint(dim, fmt.Sprintf(" (%s:%d)", safe(r.Pos.File), r.Pos.Line))
		}
		t.line("  %s%s", t.paint(bold, safe(r.Path)), where)
		t.line("      %s", safe(r.Problem))
		if len(r.Candidates) > 0 {
			t.line("      Did you mean %s?", candidates(r.Candidates))
		}
		if r.Help != "" {
			t.line("      %s", safe(r.Help))
		}
	}
}

// candidates is `"a", "b" or "c"`.
func candidates(names []string) string {
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, fmt.Sprintf("%q", safe(n)))
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return strings.Join(quoted[:len(quoted)-1], ", ") + " or " + quoted[len(quoted)-1]
}

// Incomplete tells why nothing was done.
func Incomplete(t Terminal, blocking []engine.Reminder) {
	t.line("%s the configuration is incomplete, so nothing was done. It lacks:", t.paint(red, "Error:"))
	t.reminders(blocking)
}

// Reload tells what became of a configuration that was read again.
func Reload(t Terminal, ok bool, blocking, warnings []engine.Reminder, failure error) {
	if len(warnings) > 0 {
		t.line("Warnings:")
		t.reminders(warnings)
		t.line("")
	}
	switch {
	case ok:
		t.line("The configuration runs.")
	case failure != nil:
		t.line("The configuration waits: %s", safe(failure.Error()))
		t.line("It is tried again until it can be held against the desk and Huntress. What ran before keeps running.")
		if len(blocking) > 0 {
			t.line("It is incomplete as well. It lacks:")
			t.reminders(blocking)
		}
	case len(blocking) > 0:
		t.line("The configuration is incomplete. What ran before keeps running. It lacks:")
		t.reminders(blocking)
	default:
		t.line("The configuration is invalid. What ran before keeps running.")
	}
}
