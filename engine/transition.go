package engine

import (
	"maps"
	"slices"
	"time"
)

// recheckAfter is when a repeated create is looked at once more.
const recheckAfter = time.Hour

// done is the record after a change is known to have happened. Link is the
// ticket of a create; it is ignored otherwise.
func done(p *Policy, r Record, c Change, link TicketLink) Record {
	w := &r.Work
	w.Intent = nil
	if c.Cause != CauseDuplicate {
		w.Retries = without(w.Retries, c.Action)
	}
	switch c.Action {
	case ActionCreate:
		link.Unmapped, link.Severity = c.Decision.Unmapped, severityOf(c)
		w.Ticket, w.Told = &link, c.Told
		w.Ended = c.Told.Status.Closed() && p.closing(r) == nil
	case ActionNote:
		r = noted(p, r, c)
	case ActionClose:
		if c.Cause == CauseDuplicate {
			w.Extras = settledExtras(w.Extras, c.TicketID, true)
			break
		}
		w.Ended, w.CloseRefused, w.CloseRefusedTold = true, nil, false
		w.changeTicket(func(t *TicketLink) { t.Closed = true })
	case ActionReopen:
		w.Ended = false
		w.changeTicket(func(t *TicketLink) { t.Closed = false })
	case ActionReprioritize:
		w.changeTicket(func(t *TicketLink) { t.PriorityID, t.Severity = c.Decision.PriorityID, severityOf(c) })
	case ActionMove:
		w.changeTicket(func(t *TicketLink) {
			t.BoardID, t.ClientID, t.StatusID = c.Decision.BoardID, c.Decision.ClientID, c.Decision.StatusID
			t.Unmapped = false
		})
	case ActionLink:
		w.changeHost(nil)
	case ActionLookup:
	}
	return r
}

func noted(p *Policy, r Record, c Change) Record {
	w := &r.Work
	switch c.Cause {
	case CauseDuplicate:
		w.Extras = settledExtras(w.Extras, c.TicketID, false)
	case CauseCloseRefused:
		w.CloseRefusedTold = true
	case CauseHost:
		w.hostTold()
	default:
		// An incident that opened again wants its ticket open, also where the end
		// was not followed: a person may have done that.
		reopened := w.Told.Status.Closed() && c.Told.Status.Open()
		w.Told = c.Told.remember(w.Told)
		if reopened || c.Told.Status.Closed() && p.closing(r) == nil {
			w.Ended = true
		}
		if c.Told.Status.Open() {
			w.CloseRefused, w.CloseRefusedTold = nil, false
		}
	}
	return r
}

// severityOf is what a priority was chosen for: an unknown severity was treated
// as critical.
func severityOf(c Change) Severity { return c.Told.Severity.Effective() }

// changeTicket changes a copy, so that records can be shared.
func (w *Work) changeTicket(change func(*TicketLink)) {
	if w.Ticket == nil {
		return
	}
	t := *w.Ticket
	change(&t)
	w.Ticket = &t
}

func settledExtras(extras []Extra, ticketID string, settled bool) []Extra {
	return changedExtras(extras, ticketID, func(x *Extra) {
		x.Noted, x.Settled, x.Retry = true, x.Settled || settled, Retry{}
	})
}

// changedExtras changes a copy, as changeTicket does.
func changedExtras(extras []Extra, ticketID string, change func(*Extra)) []Extra {
	changed := slices.Clone(extras)
	for i := range changed {
		if changed[i].Ticket.ID == ticketID {
			change(&changed[i])
		}
	}
	return changed
}

func without(retries map[Action]Retry, action Action) map[Action]Retry {
	if _, ok := retries[action]; !ok {
		return retries
	}
	retries = maps.Clone(retries)
	delete(retries, action)
	if len(retries) == 0 {
		return nil
	}
	return retries
}
