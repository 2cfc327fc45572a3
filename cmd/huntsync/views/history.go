package views

import "github.com/huntsync/huntsync/cmd/huntsync/status"

type historyJSON struct {
	FormatVersion int             `json:"format_version"`
	Changes       []status.Change `json:"changes"`
}

// WriteHistoryJSON lists rows of the journal for programs.
func WriteHistoryJSON(t Terminal, changes []status.Change) error {
	return writeJSON(t, historyJSON{FormatVersion: 1, Changes: list(changes)})
}

// NextPage begins a page that replaces the one before, where somebody watches.
func NextPage(t Terminal) {
	if t.Interactive {
		t.line("\x1b[H\x1b[2J\x1b[3J")
	}
}
