package engine

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Host is what a ticket is still owed about the host of its incident: a note, where
// the host could not be read while the ticket was made, and the link to its asset.
type Host struct {
	// Told is true once the ticket says what the host is.
	Told bool `json:"told,omitempty"`
	// Name and Serial are the host's; empty until it was read.
	Name   string `json:"name,omitempty"`
	Serial string `json:"serial,omitempty"`
	// Attempts counts the look-ups that failed.
	Attempts int       `json:"attempts,omitempty"`
	NextAt   time.Time `json:"next_at,omitzero"`
	// Until is when the ticket is left without. It is the zero time while there is
	// no client whose asset the host could be: the ticket waits for a mapping.
	Until time.Time `json:"until,omitzero"`
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

// assetNameLimit is how long the name of a host may be for its asset to be looked up.
const assetNameLimit = 255

// toLink is what a ticket that knows its host is still owed: the link to the asset.
// It is nil where there is nothing to look for.
func toLink(a *Agent) *Host {
	if a == nil {
		return nil
	}
	name := strings.TrimSpace(a.Hostname)
	if name == "" || len(name) > assetNameLimit {
		return nil
	}
	return &Host{Told: true, Name: name, Serial: strings.TrimSpace(a.Serial)}
}

// failed is the wait after another look-up that failed.
func (h *Host) failed(key Key, now time.Time) *Host {
	next := *h
	next.Attempts++
	next.NextAt = now.Add(backOff(key, next.Attempts+1))
	return &next
}

// hostTold is what is owed once the ticket says what the host is.
func (w *Work) hostTold() {
	if w.Ticket == nil || w.Ticket.Host == nil {
		return
	}
	h := *w.Ticket.Host
	if h.Name == "" {
		w.changeHost(nil)
		return
	}
	w.changeHost(&Host{Told: true, Name: h.Name, Serial: h.Serial})
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
	if h.Told && h.Until.IsZero() && !t.Unmapped {
		h.Until = now.Add(hostPatience)
	}
	gone := r.Seen.Incident.ID != 0 && r.Seen.Incident.AgentID == 0
	if gone || !h.Until.IsZero() && !now.Before(h.Until) {
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

// host owes the note about a host that could not be read when the ticket was made,
// and then the link to its asset, once there is a client to have one.
func (n *planner) host() bool {
	t := n.record.Work.Ticket
	switch h := t.Host; {
	case h == nil, h.Told && t.Unmapped, !h.Told && n.backedOff(ActionNote):
		return false
	case n.now.Before(h.NextAt):
		n.aside(h.NextAt)
		return false
	case h.Told:
		n.owe(ActionLink, CauseAsset, n.record.Key.OperationID("asset/"+t.ID))
	default:
		n.owe(ActionNote, CauseHost, n.record.Key.OperationID("host/"+t.ID))
	}
	return true
}

// hostNote reads the host, and tells the ticket of it. One that cannot be read is
// no failure: it is looked up again later.
func (a *applier) hostNote(ctx context.Context, r Record, c Change, v *visit) (bool, error) {
	found, err := a.readHost(ctx, r.Seen.Incident.AgentID)
	if err != nil {
		return a.hostLater(ctx, r)
	}
	v.host = found
	if h := toLink(found.agent); h != nil && a.policy.Catalogue.HasAssets {
		// Kept now: the outcome of the note may have to be looked up later.
		h.Told, h.Attempts, h.NextAt, h.Until = false, r.Work.Ticket.Host.Attempts, r.Work.Ticket.Host.NextAt, r.Work.Ticket.Host.Until
		r.Work.changeHost(h)
	}
	return a.change(ctx, r, c, v)
}

// hostLater puts a look-up off that failed; that is no failure of the incident.
func (a *applier) hostLater(ctx context.Context, r Record) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	r.Work.changeHost(r.Work.Ticket.Host.failed(r.Key, a.now()))
	return true, a.store.Save(context.WithoutCancel(ctx), a.lease(), r)
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
		return hostFound{agent: new(agent.bounded())}, nil
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
