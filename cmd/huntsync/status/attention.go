package status

import (
	"fmt"
	"time"
)

// lateAfter is after how many intervals a poll that neither came nor failed is
// told of.
const lateAfter = 3

// attention says what a person should look at although nothing failed, a
// sentence each, the most urgent first.
func attention(s Status) []string {
	var list []string
	say := func(format string, args ...any) { list = append(list, sentence(fmt.Sprintf(format, args...))) }
	if s.Desk.CreatesStopped != "" {
		list = append(list, noCreates(s.Desk.CreatesStopped))
	}
	for _, a := range s.Accounts {
		if a.Unticketed != nil && *a.Unticketed > 0 {
			say("%s of account %s: open, due for more than two polls, and still without a ticket", Counted(*a.Unticketed, "incident"), a.Title())
		}
		if len(s.Replicas) > 0 && a.Leader == nil && a.ID != 0 {
			say("No replica works account %s; one takes it within seconds, or when the lease of a lost one has ended", a.Title())
		}
		if late(a, s.At) {
			interval, ago := Span(time.Duration(a.Poll.IntervalSeconds)*time.Second), Ago(a.Poll.AttemptAt, s.At)
			if s.Daemon == nil {
				say("The last poll of account %s began %s, and its interval is %s: does huntsync run?", a.Title(), ago, interval)
			} else {
				say("Account %s is polled every %s, but the last poll began %s", a.Title(), interval, ago)
			}
		}
		if a.Doubled > 0 {
			say("%s of account %s: more than one ticket; the oldest is kept", Counted(a.Doubled, "incident"), a.Title())
		}
	}
	if p := s.Desk.Paused; p != nil {
		say("The desk is paused until %s, what is owed waits: %s", moment(p.Until), p.Detail)
	}
	if c := s.Configuration; c != nil && c.Reload != nil && c.Reload.Outcome != OutcomeApplied {
		say("%s", c.Reload.Outcome.Label())
	}
	return list
}

// noCreates says that no tickets are created, and why.
func noCreates(why string) string { return sentence("No tickets are created: " + why) }

// late reports whether an account was not polled although it was due long ago.
func late(a Account, now time.Time) bool {
	interval := time.Duration(a.Poll.IntervalSeconds) * time.Second
	return interval > 0 && a.Connection == ConnectionOK && now.Sub(a.Poll.AttemptAt) > lateAfter*interval
}
