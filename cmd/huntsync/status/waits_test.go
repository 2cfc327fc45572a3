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

// TestWaitsForTheAnswer tells of a change whose answer has not come or was unclear when
// it is decided, which is never a time that has passed.
func TestWaitsForTheAnswer(t *testing.T) {
	t.Parallel()
	w := statustest.Usual(t)
	usual, err := w.Books.Record(t.Context(), statustest.Key(statustest.InDoubt))
	if err != nil {
		t.Fatal(err)
	}
	decided := usual.Work.Intent.DecideAt.UTC().Format(time.TimeOnly)
	for _, test := range []struct {
		name   string
		after  time.Duration // of what was begun, or, in doubt, of when that is decided
		clear  bool
		change func(*engine.Record)
		want   string
	}{
		{name: "on its way", after: 5 * time.Second, clear: true, want: "; the answer has not come yet."},
		{
			name: "left by a process that ended", after: time.Minute, clear: true,
			want: "huntsync ended before the answer came. Whether that happened is looked up one settle time after a huntsync works the account again.",
		},
		{name: "in doubt", after: -time.Second, want: "At 2026-08-03 " + decided + " UTC it is looked up whether that happened."},
		{
			name: "the look-up was not answered", after: time.Second,
			change: func(r *engine.Record) { r.DueAt = r.Work.Intent.DecideAt.Add(17 * time.Second) },
			want:   "At 2026-08-03 12:00:47 UTC it is looked up whether that happened.",
		},
		{
			name: "overdue", after: time.Hour,
			want: "Whether that happened is looked up as soon as the desk answers; that was due at 2026-08-03 " + decided + " UTC.",
		},
	} {
		r := usual
		intent := *usual.Work.Intent
		r.Work.Intent, r.DueAt = &intent, intent.DecideAt
		now := intent.DecideAt.Add(test.after)
		if test.clear {
			intent.DoubtAt, intent.DecideAt = time.Time{}, time.Time{}
			now = intent.StartedAt.Add(test.after)
		}
		if test.change != nil {
			test.change(&r)
		}
		if got := status.Waits(w.Policy, r, now)[0]; !strings.HasSuffix(got, test.want) {
			t.Errorf("%s: %q, want it to end in %q", test.name, got, test.want)
		}
	}
}
