package views

import "github.com/huntsync/huntsync/engine"

// WriteRebuilt tells what a state holds after it was made anew.
func WriteRebuilt(t Terminal, reports []engine.PassReport, records, pending int) {
	for _, r := range reports {
		t.line("Account %s: %s read.", safe(r.Account), plural(r.Rows, "incident"))
	}
	t.line("The state knows %s; something is owed to %d of them. See: huntsync plan",
		plural(records, "incident"), pending)
}
