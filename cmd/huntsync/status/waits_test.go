package status_test

import (
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
	"github.com/huntsync/huntsync/engine"
)

// TestWaitsForTheHost tells of a host that could not be read: when it is looked up
// again, and, once that is due, that a note is owed and why.
func TestWaitsForTheHost(t *testing.T) {
	t.Parallel()
	w := statustest.Usual(t)
	r, err := w.Books.Record(t.Context(), engine.Key{AccountID: statustest.AccountID, Kind: engine.KindIncident, IncidentID: statustest.Ticketed})
	if err != nil {
		t.Fatal(err)
	}
	r.Seen.Incident.AgentID = 9
	link := *r.Work.Ticket
	link.Host = &engine.Host{Attempts: 3, NextAt: w.Now.Add(time.Minute), Until: w.Now.Add(time.Hour)}
	r.Work.Ticket = &link
	const owed = "Next: add a note, because the host could not be read when the ticket was made."
	for _, after := range []time.Duration{0, 2 * time.Minute} {
		waits := strings.Join(status.Waits(w.Policy, r, w.Now.Add(after)), "\n")
		if !strings.Contains(waits, "The host could not be read from Huntress (3 times)") ||
			!strings.Contains(waits, link.Host.NextAt.UTC().Format(time.TimeOnly)) || strings.Contains(waits, owed) != (after > 0) {
			t.Errorf("after %s it waits for:\n%s", after, waits)
		}
	}
}

// TestWaitsForTheSecondTicket tells what was refused of a second ticket.
func TestWaitsForTheSecondTicket(t *testing.T) {
	t.Parallel()
	w := statustest.Usual(t)
	r, err := w.Books.Record(t.Context(), engine.Key{AccountID: statustest.AccountID, Kind: engine.KindIncident, IncidentID: statustest.Doubled})
	if err != nil {
		t.Fatal(err)
	}
	for noted, want := range map[bool]string{false: "add a note to the second ticket", true: "close the second ticket"} {
		r.Work.Extras = []engine.Extra{{Ticket: r.Work.Extras[0].Ticket, Noted: noted, Retry: engine.Retry{
			Attempts: 2, NextAt: w.Now.Add(time.Minute), Error: "too long", Policy: w.Policy.Hash,
		}}}
		waits := strings.Join(status.Waits(w.Policy, r, w.Now), "\n")
		if want = "The desk refused to " + want + " (2 times): too long"; !strings.Contains(waits, want) {
			t.Errorf("want %q in:\n%s", want, waits)
		}
	}
}
