package views

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/engine"
)

type recordJSON struct {
	FormatVersion int             `json:"format_version"`
	AccountID     int64           `json:"account_id"`
	Kind          engine.Kind     `json:"kind"`
	IncidentID    int64           `json:"incident_id"`
	CorrelationID string          `json:"correlation_id"`
	DueAt         time.Time       `json:"due_at,omitzero"`
	Seen          engine.Seen     `json:"seen"`
	Work          engine.Work     `json:"work"`
	Raw           json.RawMessage `json:"raw,omitempty"`
}

// WriteRecord shows what the state holds on an incident; raw is the incident as
// Huntress sent it, or nothing.
func WriteRecord(t Terminal, r engine.Record, raw []byte, asJSON bool) error {
	if asJSON {
		return writeJSON(t, recordJSON{
			FormatVersion: 1, AccountID: r.Key.AccountID, Kind: r.Key.Kind, IncidentID: r.Key.IncidentID,
			CorrelationID: r.Key.CorrelationID().String(), DueAt: r.DueAt, Seen: r.Seen, Work: r.Work, Raw: raw,
		})
	}
	row := func(label, format string, args ...any) {
		t.line("  %s%s", pad(label, 16), fmt.Sprintf(format, args...))
	}
	w := r.Work
	t.line("%s", t.paint(bold, fmt.Sprintf("Incident %d of account %d", r.Key.IncidentID, r.Key.AccountID)))
	row("standing", "%s", status.StandingOf(r).Label())
	row("correlation id", "%s", r.Key.CorrelationID())
	row("seen", "version %d, first %s, changed %s", r.Seen.Version, moment(r.Seen.FirstAt), moment(r.Seen.ChangedAt))
	row("due", "%s", moment(r.DueAt))
	if w.Ticket != nil {
		row("ticket", "%s", linkText(*w.Ticket))
	}
	if skip := string(w.Skip) + string(r.Seen.Skip); skip != "" {
		row("no ticket", "%s", skip)
	}
	if i := w.Intent; i != nil {
		row("begun", "%s (%s) at %s, operation %s", i.Action, i.Cause, moment(i.StartedAt), i.Operation)
		if !i.DoubtAt.IsZero() {
			row("in doubt", "since %s, decided at %s after %s", moment(i.DoubtAt), moment(i.DecideAt), plural(i.Lookups, "empty look-up"))
		}
	}
	for _, action := range slices.Sorted(maps.Keys(w.Retries)) {
		x := w.Retries[action]
		row("refused", "%s, %s, again at %s: %s", action, plural(x.Attempts, "time"), moment(x.NextAt), safe(x.Error))
	}
	for _, x := range w.Extras {
		row("further ticket", "%s", linkText(x.Ticket))
		if x.Retry.Attempts > 0 {
			row("refused", "its note or close, %s, again at %s: %s", plural(x.Retry.Attempts, "time"), moment(x.Retry.NextAt), safe(x.Retry.Error))
		}
	}
	return nil
}

func linkText(l engine.TicketLink) string {
	name := l.Number
	if name == "" {
		name = l.ID
	}
	parts := []string{safe(name), "id " + safe(l.ID)}
	if l.Adopted {
		parts = append(parts, "adopted")
	}
	if l.Closed {
		parts = append(parts, "closed")
	}
	return strings.Join(parts, ", ")
}

func moment(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return at.UTC().Format(time.RFC3339)
}

// visible writes characters of a JSON text that hide or reorder others as
// escapes: it stays the same JSON, and shows what it is.
func visible(text []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}
