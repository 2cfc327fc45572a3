package views

// Verdict is how one check went.
type Verdict string

// The verdicts.
const (
	Good     Verdict = "ok"
	Doubtful Verdict = "warning"
	Failed   Verdict = "failed"
	Unknown  Verdict = "unknown"
)

// Check is one thing that was checked.
type Check struct {
	Verdict Verdict
	What    string
	Detail  string
}

// WriteChecks shows the checks of one side.
func WriteChecks(t Terminal, title string, checks []Check) {
	t.line("%s", t.paint(bold, safe(title)))
	for _, c := range checks {
		color := green
		switch c.Verdict {
		case Doubtful:
			color = yellow
		case Failed:
			color = red
		case Unknown:
			color = dim
		case Good:
		}
		t.line("  %s  %s  %s", t.paint(color, pad(string(c.Verdict), 7)), pad(safe(c.What), 18), safe(c.Detail))
	}
	t.line("")
}

// WriteCheckSummary ends the list, and reports whether something failed.
func WriteCheckSummary(t Terminal, checks []Check) (bad bool) {
	n := map[Verdict]int{}
	for _, c := range checks {
		n[c.Verdict]++
	}
	if n[Failed] > 0 {
		t.line("%s %d of %d checks failed.", t.paint(red, "Not ready:"), n[Failed], len(checks))
		return true
	}
	if n[Doubtful] > 0 {
		t.line("%s %d checks, %s.", t.paint(yellow, "Ready:"), len(checks), plural(n[Doubtful], "warning"))
		return false
	}
	t.line("%s %d checks.", t.paint(green, "Ready:"), len(checks))
	return false
}
