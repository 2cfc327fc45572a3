package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
)

// cards is how many accounts are shown as cards; more become a table.
const cards = 4

// concernsShown is how many of the things to look at are listed.
const concernsShown = 10

// waitingShown is how many waiting incidents the status page lists.
const waitingShown = 25

type statusPage struct {
	frame
	Status status.Status
	Cards  bool
	// Concerns are what a person has to look at; what the page tells of at length
	// below them is left out.
	Concerns []string
	// MoreConcerns counts those that are left out because there are too many.
	MoreConcerns int
	// Well is true where nothing has to be looked at, and that is known of every account.
	Well bool
	// Waiting are those of all accounts together.
	Waiting []status.Waiting
	Pending int
	Polls   []pollResult
	// PollsRunning is true while one of them has no result yet.
	PollsRunning bool
}

// unknown reports whether it cannot be told yet that an account's incidents have
// their tickets: before its first census, and while the desk's tickets are read.
func unknown(a status.Account) bool {
	return a.Connection != status.ConnectionOK || a.Unticketed == nil || a.AdoptionOwed
}

// pollResult is what became of a poll that was asked for on the page.
type pollResult struct {
	Account string
	Outcome string // running, ok, failed or off
	Text    string
}

func (s *Server) statusPage(w http.ResponseWriter, r *http.Request) {
	now, err := s.daemon.Status(r.Context())
	if err != nil {
		s.pageError(w, r, err)
		return
	}
	p := statusPage{frame: s.frame("Status", "/"), Status: now, Cards: len(now.Accounts) <= cards}
	p.Refresh = "/"
	if now.Daemon != nil && len(now.Configuration.Blocking) == 0 {
		p.Concerns = now.Daemon.NotReady
	}
	p.Concerns = slices.Concat(p.Concerns, now.Attention)
	if more := len(p.Concerns) - concernsShown; more > 0 {
		p.Concerns, p.MoreConcerns = p.Concerns[:concernsShown], more
	}
	p.Well = len(p.Concerns) == 0 && now.Daemon != nil && now.Daemon.Ready && !slices.ContainsFunc(now.Accounts, unknown)
	if !p.Cards {
		slices.SortStableFunc(p.Status.Accounts, func(a, b status.Account) int { return cmp.Compare(troubleFirst(a), troubleFirst(b)) })
	}
	for _, a := range now.Accounts {
		p.Pending += a.Pending
		for _, w := range a.Waiting {
			if len(p.Waiting) < waitingShown {
				p.Waiting = append(p.Waiting, w)
			}
		}
	}
	if asked := askedFor(r, p.Now); !asked.IsZero() {
		p.Refresh = "/?asked=" + strconv.FormatInt(asked.UnixMilli(), 10)
		for _, a := range now.Accounts {
			result := resultOf(a, asked)
			p.Polls = append(p.Polls, result)
			p.PollsRunning = p.PollsRunning || result.Outcome == "running"
		}
	}
	s.render(w, r, http.StatusOK, "status", p)
}

// troubleFirst orders accounts so that those with trouble are on top.
func troubleFirst(a status.Account) int {
	switch {
	case a.Connection == status.ConnectionFailing:
		return 0
	case a.Unticketed != nil && *a.Unticketed > 0:
		return 1
	case a.InDoubt > 0:
		return 2
	}
	return 3
}

// resultOf tells what became of a poll of an account that was asked for then.
func resultOf(a status.Account, asked time.Time) pollResult {
	result := pollResult{Account: a.Title()}
	began := !a.Poll.AttemptAt.Before(asked.Truncate(time.Millisecond))
	switch {
	case a.Connection == status.ConnectionPaused:
		result.Outcome, result.Text = "off", "not polled, because polling is disabled"
	case began && a.Poll.Failures > 0:
		result.Outcome, result.Text = "failed", "failed: "+a.Poll.Error
	case began:
		result.Outcome, result.Text = "ok", "succeeded"
	case a.ID == 0:
		result.Outcome, result.Text = "running", "Huntress was asked again which account this is"
	default:
		result.Outcome, result.Text = "running", "asked for; it has not ended yet"
	}
	return result
}
