package status_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
	"github.com/huntsync/huntsync/engine"
)

// worlds are all the states that a page or a command may meet.
func worlds() map[string]func(testing.TB) *statustest.World {
	return map[string]func(testing.TB) *statustest.World{
		"empty":   statustest.Empty,
		"usual":   statustest.Usual,
		"failing": statustest.Failing,
		"shared":  statustest.Shared,
		"paused":  statustest.Paused,
		"large":   statustest.Large,
		"hostile": statustest.Hostile,
		"without-daemon": func(tb testing.TB) *statustest.World {
			w := statustest.Usual(tb)
			w.Engine, w.Policy = nil, nil
			return w
		},
		"without-daemon-with-policy": func(tb testing.TB) *statustest.World {
			w := statustest.Usual(tb)
			w.Engine = nil
			return w
		},
		"without-daemon-for-long": func(tb testing.TB) *statustest.World {
			w := statustest.Usual(tb)
			w.Engine = nil
			w.Now = w.Now.Add(72 * time.Hour)
			return w
		},
	}
}

func read(t *testing.T, w *statustest.World) status.Status {
	t.Helper()
	s, err := w.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStatus(t *testing.T) {
	for name, world := range worlds() {
		t.Run(name, func(t *testing.T) {
			s := read(t, world(t))
			text, err := json.MarshalIndent(s, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "status/"+name+".json", append(text, '\n'))
			valid(t, text)

			var out bytes.Buffer
			if err := status.WriteText(&out, s, 100, false); err != nil {
				t.Fatal(err)
			}
			golden(t, "status/"+name+".txt", out.Bytes())
			harmless(t, out.String())
		})
	}
}

// harmless fails for text that could steer a terminal or hide what it says.
func harmless(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			t.Fatalf("%U reached the output:\n%q", r, text)
		}
	}
}

func TestTextFitsItsWidth(t *testing.T) {
	for name, world := range worlds() {
		if name == "large" {
			continue // Its tables are those of the others.
		}
		t.Run(name, func(t *testing.T) {
			s := read(t, world(t))
			var out bytes.Buffer
			if err := status.WriteText(&out, s, 120, false); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out.String()) {
				words := strings.Fields(line)
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 120 && len(words) > 1 && !strings.Contains(line, "://") {
					t.Errorf("%d columns: %s", n, line)
				}
			}
		})
	}
}

func TestColorIsOnlyWhereAllowed(t *testing.T) {
	s := read(t, statustest.Failing(t))
	var with, without bytes.Buffer
	if err := errors.Join(status.WriteText(&with, s, 100, true), status.WriteText(&without, s, 100, false)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(with.String(), "\x1b[31m") || strings.Contains(without.String(), "\x1b") {
		t.Errorf("with color: %q\nwithout: %q", with.String(), without.String())
	}
}

func TestManyAccountsBecomeATable(t *testing.T) {
	s := read(t, statustest.Usual(t))
	for len(s.Accounts) < 8 {
		s.Accounts = append(s.Accounts, s.Accounts[0])
	}
	var out bytes.Buffer
	if err := status.WriteText(&out, s, 140, false); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n  main (Example MSP)"); got != 8 || !strings.Contains(out.String(), "NO TICKET") {
		t.Errorf("the accounts are no table:\n%s", out.String())
	}
}

func TestReadiness(t *testing.T) {
	tests := []struct {
		name  string
		world func(testing.TB) *statustest.World
		want  []string
	}{
		{"nothing runs", statustest.Empty, []string{"No configuration runs yet."}},
		{"nothing runs, and the log knows why", func(tb testing.TB) *statustest.World {
			w := statustest.Empty(tb)
			w.Reload = &status.Reload{Outcome: status.OutcomeWaiting, Problems: []engine.Reminder{{Problem: "AlgaPSA: read boards: HTTP 503"}}}
			return w
		}, []string{"No configuration runs yet: AlgaPSA: read boards: HTTP 503."}},
		{"incomplete", statustest.Paused, []string{
			"Polling is disabled: routing.fallback.client: No client takes the incidents of unmapped organizations.",
			`Polling is disabled: routing.board: The desk has no board "Securty".`,
		}},
		{"polled", statustest.Usual, nil},
		{"failing", statustest.Failing, []string{
			`The last poll of account main failed: Huntress: read incident reports: HTTP 401: the key or the secret is wrong; check api_key and api_secret of huntress "main".`,
		}},
		{"not identified", func(tb testing.TB) *statustest.World {
			w := statustest.Usual(tb)
			w.Engine.Trouble = "Huntress: read account: HTTP 401"
			return w
		}, []string{"The last poll of account main failed: Huntress: read account: HTTP 401."}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := read(t, test.world(t)).Daemon
			if diff := cmp.Diff(test.want, d.NotReady); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if d.Ready != (len(test.want) == 0) {
				t.Errorf("ready is %v", d.Ready)
			}
		})
	}
}

func TestUnticketed(t *testing.T) {
	// 4711 is open at Huntress and nobody here ever saw it; Waiting waits for longer
	// than two intervals; so does InDoubt; Ticketed has its ticket.
	s := read(t, statustest.Failing(t))
	if got := s.Accounts[0].Unticketed; got == nil || *got != 3 {
		t.Errorf("unticketed is %v, want 3", got)
	}
	s = read(t, statustest.Configured(t, 1))
	if got := s.Accounts[0].Unticketed; got == nil || *got != 0 {
		t.Errorf("unticketed is %v for an empty census, want 0", got)
	}
	w := statustest.Usual(t)
	w.Poll(t, func(p *engine.PollState) {
		p.Census.Open = []int64{statustest.NotWanted, statustest.Deleted, statustest.Old}
	})
	if got := read(t, w).Accounts[0].Unticketed; got == nil || *got != 0 {
		t.Errorf("unticketed is %v where no ticket is due, want 0", got)
	}
	w.Poll(t, func(p *engine.PollState) { p.Census = engine.Census{} })
	if got := read(t, w).Accounts[0].Unticketed; got != nil {
		t.Errorf("unticketed is %d before the first census, want unknown", *got)
	}
}

func TestAttention(t *testing.T) {
	tests := []struct {
		name  string
		world func(testing.TB) *statustest.World
		want  []string
	}{
		{"all is well", func(tb testing.TB) *statustest.World { return statustest.Configured(tb, 3) }, []string{}},
		{"usual", statustest.Usual, []string{
			"2 incidents of account main (Example MSP): open, due for more than two polls, and still without a ticket.",
			"1 incident of account main (Example MSP): more than one ticket; the oldest is kept.",
		}},
		{"failing", statustest.Failing, []string{
			"No tickets are created: The desk does not keep our correlation id (attributes.huntsync_id), so a lost answer could double a ticket.",
			"3 incidents of account main (Example MSP): open, due for more than two polls, and still without a ticket.",
			"1 incident of account main (Example MSP): more than one ticket; the oldest is kept.",
			"The desk is paused until 2026-08-03 12:00:30 UTC, what is owed waits: AlgaPSA: create ticket: HTTP 503.",
			"The configuration that was read last is invalid; the one before runs on.",
		}},
		{"held by nobody", func(tb testing.TB) *statustest.World {
			w := statustest.Configured(tb, 3)
			w.Books = statustest.Share(w.Books, engine.Roster{Replicas: []engine.Replica{{Holder: w.Engine.Holder()}}})
			return w
		}, []string{"No replica works account main (Example MSP); one takes it within seconds, or when the lease of a lost one has ended."}},
		{"creates are stopped by the replica that works the account", func(tb testing.TB) *statustest.World {
			w := statustest.Configured(tb, 3)
			w.Stop(tb, "ticket 1 lost its id")
			other := engine.Holder{ID: "other", Host: "huntsync-1", PID: 17}
			w.Books = statustest.Share(w.Books, engine.Roster{
				Replicas: []engine.Replica{{Holder: w.Engine.Holder()}, {Holder: other}},
				Seats:    []engine.Seat{{AccountID: statustest.AccountID, Holder: other}},
			})
			return w
		}, []string{"No tickets are created: ticket 1 lost its id."}},
		{"a stop that this process has lifted", func(tb testing.TB) *statustest.World {
			w := statustest.Configured(tb, 3)
			w.Stop(tb, "ticket 1 lost its id")
			return w
		}, []string{}},
		{"not polled for long", func(tb testing.TB) *statustest.World {
			w := statustest.Configured(tb, 3)
			w.Now = w.Now.Add(3 * statustest.Interval)
			return w
		}, []string{"Account main (Example MSP) is polled every 5 min, but the last poll began 16 min ago."}},
		{"not polled for long, as far as the state tells", func(tb testing.TB) *statustest.World {
			w := statustest.Configured(tb, 3)
			w.Now = w.Now.Add(3 * statustest.Interval)
			w.Engine = nil
			return w
		}, []string{"The last poll of account Example MSP began 16 min ago, and its interval is 5 min: does huntsync run?"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, read(t, test.world(t)).Attention); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadFails(t *testing.T) {
	w := statustest.Usual(t)
	broken := errors.New("the disk is gone")
	w.Engine.Failure = broken
	if _, err := w.Status(t.Context()); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

func TestHistory(t *testing.T) {
	w := statustest.Usual(t)
	changes, err := status.History(t.Context(), w.Books, engine.JournalQuery{Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := status.WriteHistory(&out, changes, w.Now, 100, false); err != nil {
		t.Fatal(err)
	}
	golden(t, "history.txt", out.Bytes())

	out.Reset()
	if err := status.WriteHistory(&out, nil, w.Now, 100, false); err != nil {
		t.Fatal(err)
	}
	if out.String() != "The journal is empty.\n" {
		t.Errorf("an empty journal: %q", out.String())
	}
}

// failingWriter takes nothing.
type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteErrorsAreTold(t *testing.T) {
	w := statustest.Usual(t)
	s := read(t, w)
	e, err := status.Explain(t.Context(), w.Books, w.Policy, statustest.Key(statustest.Ticketed), w.Now)
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"text":        status.WriteText(failingWriter{}, s, 80, false),
		"history":     status.WriteHistory(failingWriter{}, s.Recent, s.At, 80, false),
		"explanation": status.WriteExplanation(failingWriter{}, e, 80, false),
	} {
		if err == nil {
			t.Errorf("%s: a failed write was swallowed", name)
		}
	}
}
