package status_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
	"github.com/huntsync/huntsync/engine"
)

func TestExplain(t *testing.T) {
	tests := []struct {
		name     string
		incident int64
		standing status.Standing
	}{
		{"ticketed", statustest.Ticketed, status.StandingTicket},
		{"in-doubt", statustest.InDoubt, status.StandingInDoubt},
		{"refused", statustest.Refused, status.StandingRefused},
		{"triage", statustest.Triaged, status.StandingTriage},
		{"ended", statustest.Finished, status.StandingEnded},
		{"deleted", statustest.Deleted, status.StandingDeleted},
		{"old", statustest.Old, status.StandingNoTicket},
		{"opted-out", statustest.NotWanted, status.StandingNoTicket},
		{"waiting", statustest.Waiting, status.StandingWaiting},
		{"doubled", statustest.Doubled, status.StandingTicket},
	}
	w := statustest.Usual(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e, err := status.Explain(t.Context(), w.Books, w.Policy, statustest.Key(test.incident), w.Now)
			if err != nil {
				t.Fatal(err)
			}
			if e.Standing != test.standing {
				t.Errorf("stands %s, want %s", e.Standing, test.standing)
			}
			var out bytes.Buffer
			if err := status.WriteExplanation(&out, e, 100, false); err != nil {
				t.Fatal(err)
			}
			golden(t, "explain/"+test.name+".txt", out.Bytes())
		})
	}
	t.Run("creates are stopped", func(t *testing.T) {
		w := statustest.Usual(t)
		w.Stop(t, "ticket 1 lost its id")
		for incident, want := range map[int64]bool{statustest.Waiting: true, statustest.Ticketed: false, statustest.Deleted: false} {
			e, err := status.Explain(t.Context(), w.Books, w.Policy, statustest.Key(incident), w.Now)
			if err != nil {
				t.Fatal(err)
			}
			if slices.Contains(e.Waits, "No tickets are created: ticket 1 lost its id.") != want {
				t.Errorf("incident %d waits for %q, want the stop among it: %t", incident, e.Waits, want)
			}
		}
	})
	t.Run("without policy", func(t *testing.T) {
		e, err := status.Explain(t.Context(), w.Books, nil, statustest.Key(statustest.Ticketed), w.Now)
		if err != nil {
			t.Fatal(err)
		}
		if e.Decision != nil || e.Ticket.Board != "Incident Response" {
			t.Errorf("decision %v, board %q; want none, and the board's name from the state", e.Decision, e.Ticket.Board)
		}
	})
	t.Run("hostile", func(t *testing.T) {
		w := statustest.Hostile(t)
		e, err := status.Explain(t.Context(), w.Books, w.Policy, statustest.Key(statustest.Ticketed), w.Now)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := status.WriteExplanation(&out, e, 100, false); err != nil {
			t.Fatal(err)
		}
		harmless(t, out.String())
		if e.Ticket.URL != "" {
			t.Errorf("the link %q goes to a script", e.Ticket.URL)
		}
	})
	t.Run("unknown", func(t *testing.T) {
		if _, err := status.Explain(t.Context(), w.Books, w.Policy, statustest.Key(4711), w.Now); !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("got %v, want not found", err)
		}
	})
}

func TestAdoptionOwedIsTold(t *testing.T) {
	w := statustest.Empty(t)
	w.Poll(t, func(*engine.PollState) {}) // The first poll owes an adoption.
	w.Add(t, statustest.Incident{Incident: engine.Incident{ID: 1, Status: engine.StatusSent}, DueAt: w.Now})
	e, err := status.Explain(t.Context(), w.Books, nil, statustest.Key(1), w.Now)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Waits) != 2 {
		t.Errorf("waits for %q, want the ticket and the adoption", e.Waits)
	}
}

func TestFind(t *testing.T) {
	w := statustest.Usual(t)
	key, err := status.Find(t.Context(), w.Books, statustest.Triaged)
	if err != nil || key != statustest.Key(statustest.Triaged) {
		t.Errorf("got %v, %v", key, err)
	}
	if _, err := status.Find(t.Context(), w.Books, 4711); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	other := engine.Record{
		Key:  engine.Key{AccountID: 6, Kind: engine.KindIncident, IncidentID: statustest.Triaged},
		Seen: engine.Seen{Incident: engine.Incident{ID: statustest.Triaged, AccountID: 6, Raw: []byte(`{}`)}, Digest: "x", Version: 1},
	}
	lease, err := w.Books.Acquire(t.Context(), 6, engine.Holder{ID: "test"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Books.Observe(t.Context(), lease, engine.Observation{AccountID: 6, Rows: []engine.Record{other}}); err != nil {
		t.Fatal(err)
	}
	_, err = status.Find(t.Context(), w.Books, statustest.Triaged)
	ambiguous, ok := errors.AsType[*status.AmbiguousError](err)
	if !ok || fmt.Sprint(ambiguous.Accounts) != "[5 6]" {
		t.Errorf("got %v, want that accounts 5 and 6 have it", err)
	}
}
