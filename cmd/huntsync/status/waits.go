package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// Waits says what the ticket of a record is owed and what that waits for, a
// sentence each, what comes first at the beginning. It is empty where nothing is
// owed. Without a policy it tells what the record itself knows.
func Waits(p *engine.Policy, r engine.Record, now time.Time) []string {
	var list []string
	say := func(format string, args ...any) { list = append(list, sentence(fmt.Sprintf(format, args...))) }
	refused := func(what string, retry engine.Retry) {
		if p != nil && retry.Policy != p.Hash {
			return // Another configuration's change; this one's is tried at once.
		}
		say("The desk refused to %s (%s): %s. It is tried again at %s, and at once when the configuration changes",
			what, times(retry.Attempts), strings.TrimRight(engine.CleanLine(retry.Error), "."), moment(retry.NextAt))
	}
	w := r.Work
	if w.Intent != nil {
		say("%s", intent(r, now))
	}
	if !w.VanishedAt.IsZero() {
		say("The desk said at %s that the ticket does not exist; it is looked up once more before that is believed", moment(w.VanishedAt))
	}
	for _, action := range slices.Sorted(maps.Keys(w.Retries)) {
		refused(Did(action), w.Retries[action])
	}
	for _, x := range w.Extras {
		what := "add a note to"
		if x.Noted {
			what = "close"
		}
		if x.Retry.Attempts > 0 {
			refused(what+" the second ticket", x.Retry)
		}
	}
	if len(w.CloseRefused) > 0 && !w.Ended {
		say("The board's rules refuse the close: %s", engine.CleanLine(strings.Join(w.CloseRefused, "; ")))
	}
	if t := w.Ticket; t != nil && t.Host != nil && !t.Host.Told {
		say("The host could not be read from Huntress (%s); a note tells of it when it can be. It is tried again at %s, and given up at %s",
			times(t.Host.Attempts), moment(t.Host.NextAt), moment(t.Host.Until))
	}
	if t := w.Ticket; t != nil && t.Host != nil && t.Host.Told && t.Host.Attempts > 0 {
		say("The asset of the host could not be linked (%s). It is tried again at %s, and given up at %s",
			times(t.Host.Attempts), moment(t.Host.NextAt), moment(t.Host.Until))
	}
	if p != nil {
		for _, c := range engine.Plan(p, []engine.Record{r}, now) {
			if c.Cause != engine.CauseInDoubt {
				say("Next: %s, because %s", Did(c.Action), Because(c.Cause))
			}
		}
	}
	if !w.RecheckAt.IsZero() {
		say("Its ticket had to be created again; at %s it is checked that there is only one", moment(w.RecheckAt))
	}
	if len(list) == 0 && !r.DueAt.IsZero() {
		say("%s", due(r))
	}
	return list
}

// answerWithin is how long the answer to a change may take before whoever waited for it
// must have ended: a call to the desk is given up earlier.
const answerWithin = 15 * time.Second

// intent says what became of a change that was begun, and when that is decided.
func intent(r engine.Record, now time.Time) string {
	i := *r.Work.Intent
	if i.DoubtAt.IsZero() {
		text := fmt.Sprintf("It was asked at %s to %s", moment(i.StartedAt), Did(i.Action))
		if now.Sub(i.StartedAt) <= answerWithin {
			return text + "; the answer has not come yet"
		}
		return text + ", and huntsync ended before the answer came. Whether that happened is looked up one settle time " +
			"after a huntsync works the account again"
	}
	why := ""
	if i.Reason != "" {
		why = " (" + Troubled(i.Reason) + ")"
	}
	text := fmt.Sprintf("In doubt: the desk was asked at %s to %s and the answer was unclear%s. ", moment(i.StartedAt), Did(i.Action), why)
	at := i.DecideAt
	if r.DueAt.After(at) {
		at = r.DueAt // An earlier look-up was not answered.
	}
	if now.After(at) {
		return text + "Whether that happened is looked up as soon as the desk answers; that was due at " + moment(at)
	}
	return text + fmt.Sprintf("At %s it is looked up whether that happened", moment(at))
}

// due says that something is owed where the routing that tells what is not known.
func due(r engine.Record) string {
	if r.Work.Ticket == nil {
		return "It waits for its ticket"
	}
	return "Its ticket waits to be told of a change"
}

// moment is a time as sentences give it.
func moment(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
