package engine

import (
	"context"
	"errors"
	"time"
)

// Host is what a ticket is still owed about the host of its incident, because it
// could not be read while the ticket was made.
type Host struct {
	// Attempts counts the look-ups that failed.
	Attempts int       `json:"attempts"`
	NextAt   time.Time `json:"next_at"`
	// Until is when the ticket is left without.
	Until time.Time `json:"until"`
}

// hostPatience is for how long a host is looked up that could not be read.
const hostPatience = 24 * time.Hour

// detailsRetry is when what waits for a quieter moment is due by itself, should
// the pass end before one comes.
const detailsRetry = time.Minute

// newHost begins to look for a host that could not be read.
func newHost(key Key, now time.Time) *Host {
	return (&Host{Until: now.Add(hostPatience)}).failed(key, now)
}

// failed is the wait after another look-up that failed.
func (h *Host) failed(key Key, now time.Time) *Host {
	next := *h
	next.Attempts++
	next.NextAt = now.Add(backOff(key, next.Attempts+1))
	return &next
}

// changeHost changes what a ticket is owed about its host; nil is nothing.
func (w *Work) changeHost(h *Host) {
	w.changeTicket(func(t *TicketLink) { t.Host = h })
}

// settleHost gives up on a host after long enough, and cuts waits that a clock
// wrote which has been set back since.
func settleHost(r Record, now time.Time) Record {
	t := r.Work.Ticket
	if t == nil || t.Host == nil {
		return r
	}
	h := *t.Host
	if r.Seen.Incident.ID != 0 && r.Seen.Incident.AgentID == 0 || !now.Before(h.Until) {
		r.Work.changeHost(nil)
		return r
	}
	if last := now.Add(maxBackOff); h.NextAt.After(last) {
		h.NextAt = last
	}
	if last := now.Add(hostPatience); h.Until.After(last) {
		h.Until = last
	}
	if h != *t.Host {
		r.Work.changeHost(&h)
	}
	return r
}

// host owes the note about a host that could not be read when the ticket was made.
func (n *planner) host() bool {
	t := n.record.Work.Ticket
	if t.Host == nil || n.backedOff(ActionNote) {
		return false
	}
	if n.now.Before(t.Host.NextAt) {
		n.aside(t.Host.NextAt)
		return false
	}
	n.owe(ActionNote, CauseHost, n.record.Key.OperationID("host/"+t.ID))
	return true
}

// hostNote reads the host, and tells the ticket of it. One that cannot be read is
// no failure: it is looked up again later.
func (a *applier) hostNote(ctx context.Context, r Record, c Change, v *visit) (bool, error) {
	found, err := a.readHost(ctx, r.Seen.Incident.AgentID)
	if err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		r.Work.changeHost(r.Work.Ticket.Host.failed(r.Key, a.now()))
		return true, a.store.Save(context.WithoutCancel(ctx), a.lease(), r)
	}
	v.host = found
	return a.change(ctx, r, c, v)
}

// hostFound is the answer of Huntress about a host.
type hostFound struct {
	// agent is nil where there is none any more, and missing says why.
	agent   *Agent
	missing string
}

// readHost reads a host within the time that there is for details. That it is gone
// is an answer.
func (a *applier) readHost(ctx context.Context, agentID int64) (hostFound, error) {
	ctx, cancel := context.WithTimeout(ctx, enrichTime)
	defer cancel()
	agent, err := lookUp(a, func() (Agent, error) { return a.source.Agent(ctx, agentID) })
	switch {
	case err == nil:
		return hostFound{agent: &agent}, nil
	case errors.Is(err, ErrNotFound):
		return hostFound{missing: hostGone}, nil
	default:
		return hostFound{}, err
	}
}

// What a ticket says where it has no host.
const (
	hostGone  = "its Huntress agent has been uninstalled"
	hostLater = "could not be read in time; a note follows if it can be read within a day"
)
