package engine

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// lines counts the lines of the log that hold a text.
func (w *world) lines(text string) int {
	n := 0
	for line := range strings.Lines(w.logged()) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

func (w *world) expectLines(t *testing.T, want int, text string) {
	t.Helper()
	if got := w.lines(text); got != want {
		t.Errorf("%d lines say %q, want %d:\n%s", got, text, want, w.logged())
	}
}

// answerWith has Huntress fail at everything; nil ends it.
func (w *world) answerWith(err func() error) {
	w.source.mu.Lock()
	defer w.source.mu.Unlock()
	w.source.before = nil
	if err != nil {
		w.source.before = func(string) error { return err() }
	}
}

// TestFailingPollsAreToldOnce has Huntress fail for hours, in words that are never
// the same, then fail otherwise, and then work again.
func TestFailingPollsAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		p.run()
		time.Sleep(time.Minute)
		w.answerWith(func() error {
			return &Error{Reason: ReasonUnavailable, Side: "Huntress", Op: "list", Err: errors.New("reset of port " + time.Now().String())}
		})
		time.Sleep(3 * time.Hour)
		w.expectLines(t, 1, "Poll failed")
		w.expectLines(t, 1, "reason=unavailable")
		w.answerWith(func() error { return &Error{Reason: ReasonAuth, Side: "Huntress", Op: "list", Status: 401} })
		time.Sleep(3 * time.Hour)
		w.expectLines(t, 2, "Poll failed")
		w.expectLines(t, 1, "reason=auth")
		w.answerWith(nil)
		time.Sleep(3 * time.Hour)
		w.expectLines(t, 1, "Poll succeeds again")
		for line := range strings.Lines(w.logged()) {
			if strings.Contains(line, "Poll ") && (!strings.Contains(line, "account=main") || !strings.Contains(line, "pass=")) {
				t.Errorf("no account or no pass in %s", line)
			}
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestUnknownAccountIsToldOnce has an account that Huntress does not tell from the start.
func TestUnknownAccountIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.answerWith(func() error { return &Error{Reason: ReasonAuth, Side: "Huntress", Op: "account", Status: 401} })
		p := w.start(t)
		p.run()
		time.Sleep(time.Hour)
		w.expectLines(t, 1, "Huntress does not tell which account this is")
		if _, err := p.engine.Configure(t.Context(), p.setup()); err != nil {
			t.Fatal(err)
		}
		w.expectLines(t, 1, "Huntress does not tell which account this is")
		w.answerWith(nil)
		time.Sleep(time.Minute)
		w.expectLines(t, 1, "Huntress tells which account this is")
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestAPausedDeskIsToldOnce has a desk that is away for a day.
func TestAPausedDeskIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		p.run()
		time.Sleep(time.Minute)
		w.desk.setFault(func(deskCall) fault { return neverSent() })
		w.send(1, orgAcme, SeverityLow)
		time.Sleep(24 * time.Hour)
		w.expectLines(t, 1, "Changes wait")
		w.desk.setFault(nil)
		time.Sleep(time.Hour)
		w.expectLines(t, 1, "Changes are applied again")
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestARefusalIsToldOnce has a desk that refuses one incident for a day. Whatever
// is done is one line, with account, incident, ticket and pass.
func TestARefusalIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		p.run()
		time.Sleep(time.Minute)
		w.desk.setFault(func(c deskCall) fault {
			if c.op == "create" {
				return refusedHere()
			}
			return fault{}
		})
		w.send(1, orgAcme, SeverityLow)
		time.Sleep(24 * time.Hour)
		w.expectLines(t, 1, "incident=1")
		w.expectLines(t, 1, "The desk refused a change")
		w.desk.setFault(nil)
		time.Sleep(2 * time.Hour)
		w.expectLines(t, 2, "incident=1")
		for line := range strings.Lines(w.logged()) {
			if !strings.Contains(line, "incident=1") {
				continue
			}
			for _, part := range []string{"account=main", "pass=", "ticket=", "action=create", "outcome="} {
				if !strings.Contains(line, part) {
					t.Errorf("no %s in %s", part, line)
				}
			}
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}
