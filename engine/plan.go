package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// Plan lists everything that the desk is owed for these records, in the order in
// which it is worked on: what is in doubt first, then creates by severity and age,
// then the rest. It is pure: the same input gives the same plan, and nothing is
// read or written.
//
// Of an incident that owes several steps all are listed, each as if those before
// it had succeeded.
func Plan(p *Policy, records []Record, now time.Time) []Change {
	var plan []Change
	for _, r := range records {
		plan = append(plan, sequence(p, r, now)...)
	}
	slices.SortStableFunc(plan, func(a, b Change) int {
		return cmp.Or(
			cmp.Compare(a.class(), b.class()),
			a.compareCreates(b),
			cmp.Compare(a.Key.AccountID, b.Key.AccountID),
			cmp.Compare(a.Key.IncidentID, b.Key.IncidentID),
		)
	})
	return plan
}

// The classes of changes, in the order in which they are worked on.
const (
	classLook = iota
	classCreate
	classRest
)

func (c Change) class() int {
	switch {
	case c.Cause == CauseInDoubt || c.Action == ActionLookup:
		return classLook
	case c.Action == ActionCreate:
		return classCreate
	default:
		return classRest
	}
}

func (c Change) compareCreates(other Change) int {
	if c.class() != classCreate || other.class() != classCreate {
		return 0
	}
	return cmp.Or(
		cmp.Compare(other.Severity.Rank(), c.Severity.Rank()),
		c.SentAt.Compare(other.SentAt),
	)
}

// maxSteps bounds the steps of one incident; more would be a fault of ours.
const maxSteps = 16

func sequence(p *Policy, r Record, now time.Time) []Change {
	var steps []Change
	for len(steps) < maxSteps {
		r = settle(p, r, now)
		c, _, ok := next(p, r, now)
		if !ok {
			break
		}
		steps = append(steps, c)
		if c.Cause == CauseInDoubt || c.Action == ActionLookup {
			break // What follows depends on what is found.
		}
		r = done(p, r, c, TicketLink{
			ID: "", BoardID: c.Decision.BoardID, PriorityID: c.Decision.PriorityID,
			ClientID: c.Decision.ClientID, StatusID: c.Decision.StatusID,
		})
	}
	return steps
}

// settle decides what needs no call. An intent that nobody is waiting for any
// more (its process is gone) is in doubt from the moment it is found.
func settle(p *Policy, r Record, now time.Time) Record {
	w := &r.Work
	if w.Intent != nil && w.Intent.DoubtAt.IsZero() {
		intent := *w.Intent
		intent.DoubtAt, intent.DecideAt = now, now.Add(p.Settle)
		w.Intent = &intent
	}
	cutWaits(w, now, p.Settle)
	// One of a state that kept all of it would be as much again.
	r.Seen.Incident = r.Seen.Incident.bounded()
	inc := r.Seen.Incident
	if inc.ID != 0 && w.Ticket != nil && w.Told.Version == 0 {
		// Adopted before its incident was observed: taken as found, with nothing
		// to be told of the past.
		w.Told = p.tell(r)
		w.changeTicket(func(t *TicketLink) { t.Severity = inc.Severity.Effective() })
		w.Ended = w.Ticket.Closed && inc.Status.Closed()
	}
	if inc.ID != 0 && w.Ticket == nil && w.Intent == nil && w.Skip == "" && r.Seen.Skip == "" &&
		inc.Status.Closed() && p.Decide(r.Key.AccountID, inc).OptedOut {
		w.Skip = SkipClosedOptedOut
	}
	if (w.Skip == SkipClosedOptedOut || w.Skip == SkipLeftBehind) && inc.Status.Open() {
		w.Skip = ""
	}
	return settleHost(r, now)
}

// cutWaits cuts stored times to the longest wait that there can be: they were
// written by a clock that has been set back since.
func cutWaits(w *Work, now time.Time, settle time.Duration) {
	if i := w.Intent; i != nil && i.DecideAt.After(now.Add(settle)) {
		intent := *i
		intent.DecideAt = now.Add(settle)
		w.Intent = &intent
	}
	if w.VanishedAt.After(now) {
		w.VanishedAt = now
	}
	if w.RecheckAt.After(now.Add(recheckAfter)) {
		w.RecheckAt = now.Add(recheckAfter)
	}
	for action, retry := range w.Retries {
		if retry.NextAt.After(now.Add(maxBackOff)) {
			retry.NextAt = now.Add(maxBackOff)
			w.Retries = maps.Clone(w.Retries)
			w.Retries[action] = retry
		}
	}
	for _, x := range w.Extras {
		if last := now.Add(maxBackOff); x.Retry.NextAt.After(last) {
			w.Extras = changedExtras(w.Extras, x.Ticket.ID, func(x *Extra) { x.Retry.NextAt = last })
		}
	}
}

// next is the next step that a record owes, or when to ask again: the zero time
// where nothing is owed at all.
func next(p *Policy, r Record, now time.Time) (c Change, wake time.Time, ok bool) {
	n := planned(p, r, now)
	wake, _ = n.due()
	return n.change, wake, n.change.Action != ""
}

// planned looks for the next step of a record.
func planned(p *Policy, r Record, now time.Time) planner {
	n := planner{policy: p, record: r, now: now}
	_ = n.inDoubt() || n.lookup() || n.create() || n.duplicate() ||
		n.note() || n.reopen() || n.reprioritize() || n.move() || n.close() || n.closeRefused() ||
		n.host()
	return n
}

// planner finds the next step of one record. Each of its steps reports whether
// the search ends with it: with a change, or (where the change has no action)
// with nothing to be done before wake.
type planner struct {
	policy *Policy
	record Record
	now    time.Time

	change Change
	wake   time.Time
	// detail is when to ask again for what nobody waits for.
	detail time.Time
}

// due is when to ask again, and in aside the same time where that is for a detail
// alone; see [Work.Aside].
func (n *planner) due() (at, aside time.Time) {
	switch {
	case n.detail.IsZero():
		return n.wake, time.Time{}
	case n.wake.IsZero():
		return n.detail, n.detail
	case n.detail.Before(n.wake):
		return n.detail, time.Time{}
	default:
		return n.wake, time.Time{}
	}
}

// inDoubt looks up what may have happened before anything else is done.
func (n *planner) inDoubt() bool {
	i := n.record.Work.Intent
	if i == nil {
		return false
	}
	if n.now.Before(i.DecideAt) {
		return n.wait(i.DecideAt)
	}
	n.owe(i.Action, CauseInDoubt, i.Operation)
	n.change.TicketID = i.TicketID
	return true
}

// lookup looks for a ticket that vanished, and for one that a repeated create
// may have doubled.
func (n *planner) lookup() bool {
	w := n.record.Work
	if at := w.VanishedAt; !at.IsZero() {
		at = at.Add(n.policy.Settle)
		if n.now.Before(at) {
			return n.wait(at)
		}
		n.owe(ActionLookup, CauseVanished, n.record.Key.OperationID("vanished"))
		return true
	}
	if at := w.RecheckAt; !at.IsZero() && w.Ticket != nil {
		if !n.now.Before(at) {
			n.owe(ActionLookup, CauseRecheck, n.record.Key.OperationID("recheck"))
			return true
		}
		n.aside(at)
	}
	return false
}

// create owes a ticket to every incident without one that is not skipped.
func (n *planner) create() bool {
	r := n.record
	if r.Work.Ticket != nil {
		return false
	}
	if r.Seen.Incident.ID == 0 || r.Seen.Skip != "" || r.Work.Skip != "" {
		return true
	}
	d := n.policy.Decide(r.Key.AccountID, r.Seen.Incident)
	if d.OptedOut {
		return true
	}
	if n.backedOff(ActionCreate) {
		return true
	}
	cause := CauseNew
	if d.Unmapped {
		cause = CauseUnmapped
	}
	n.owe(ActionCreate, cause, r.Key.OperationID("create"))
	n.change.Decision = d
	n.change.Title = subject{policy: n.policy, key: r.Key, incident: r.Seen.Incident, decision: d}.title(titleShown)
	n.name(d)
	return true
}

// duplicate settles further tickets of the incident.
func (n *planner) duplicate() bool {
	w := n.record.Work
	if w.Skip == SkipDeletedByPerson || w.Skip == SkipForgotten {
		return true
	}
	for _, x := range w.Extras {
		if x.Noted && x.Settled {
			continue
		}
		action := ActionNote
		if x.Noted {
			action = ActionClose
		}
		if n.waits(x.Retry) {
			continue
		}
		n.owe(action, CauseDuplicate, n.record.Key.OperationID("duplicate/"+x.Ticket.ID))
		n.change.TicketID, n.change.TicketNumber = x.Ticket.ID, x.Ticket.Number
		return true
	}
	// A ticket that was adopted before its incident was observed owes nothing yet.
	return n.record.Seen.Incident.ID == 0
}

// note owes the news. A refused note waits for its own back-off and holds up
// nothing.
func (n *planner) note() bool {
	r := n.record
	now := n.policy.tell(r)
	if !hasNews(r.Work.Told, now) || n.backedOff(ActionNote) {
		return false
	}
	what := "note"
	if organizationChanged(r.Work.Told, now) {
		// The incident itself may be as it was.
		what = fmt.Sprintf("note/%+v/%+v", *r.Work.Told.Organization, *now.Organization)
	}
	n.owe(ActionNote, newsCause(r.Work.Told, now), n.noteID(what))
	return true
}

// reopen follows an incident that opened again, whoever had closed the ticket.
func (n *planner) reopen() bool {
	if !n.record.Seen.Incident.Status.Open() || !n.record.Work.Ended || n.backedOff(ActionReopen) {
		return false
	}
	n.owe(ActionReopen, CauseReopened, n.record.Key.OperationID(fmt.Sprintf("reopen/%d", n.record.Seen.Version)))
	return true
}

// reprioritize follows a severity that was raised.
func (n *planner) reprioritize() bool {
	r := n.record
	inc, ticket := r.Seen.Incident, r.Work.Ticket
	if !inc.Status.Open() || inc.Severity.Rank() <= ticket.Severity.Rank() {
		return false
	}
	d := n.policy.Decide(r.Key.AccountID, inc)
	if d.PriorityID == ticket.PriorityID || n.backedOff(ActionReprioritize) {
		return false
	}
	n.owe(ActionReprioritize, CauseSeverityRaised, r.Key.OperationID(fmt.Sprintf("reprioritize/%d", r.Seen.Version)))
	n.change.Decision = d
	n.change.Priority = n.policy.PriorityName(d.PriorityID)
	return true
}

// move takes a triage ticket to the client that its organization was mapped to.
func (n *planner) move() bool {
	r := n.record
	if !n.policy.MoveOnMap || !r.Work.Ticket.Unmapped || !r.Seen.Incident.Status.Open() {
		return false
	}
	d := n.policy.Decide(r.Key.AccountID, r.Seen.Incident)
	if d.Unmapped || d.OptedOut || n.backedOff(ActionMove) {
		return false
	}
	n.owe(ActionMove, CauseMapped, r.Key.OperationID("move/"+d.ClientID))
	n.change.Decision = d
	n.name(d)
	return true
}

// close follows the incident's end.
func (n *planner) close() bool {
	r := n.record
	if !r.Seen.Incident.Status.Closed() || r.Work.Ended || n.policy.closing(r) == nil || n.backedOff(ActionClose) {
		return false
	}
	n.owe(ActionClose, CauseClosed, r.Key.OperationID(fmt.Sprintf("close/%d", r.Seen.Version)))
	return true
}

// closeRefused says once a closing why the ticket could not be closed.
func (n *planner) closeRefused() bool {
	w := n.record.Work
	if len(w.CloseRefused) == 0 || w.CloseRefusedTold || w.Ended ||
		!n.record.Seen.Incident.Status.Closed() || n.backedOff(ActionNote) {
		return false
	}
	n.owe(ActionNote, CauseCloseRefused, n.noteID("close-refused"))
	return true
}

// noteID names a note by the version of the incident that it tells of. The digest
// tells it from a note of an earlier life, whose state was lost: versions are
// counted anew.
func (n *planner) noteID(what string) uuid.UUID {
	return n.record.Key.OperationID(fmt.Sprintf("%s/%d/%s", what, n.record.Seen.Version, n.record.Seen.Digest))
}

// owe fills in the change.
func (n *planner) owe(action Action, cause Cause, operation [16]byte) {
	r := n.record
	inc := r.Seen.Incident
	n.change = Change{
		Action: action, Cause: cause, Key: r.Key, Operation: operation,
		Title:    cutUTF16(Marker(r.Key.IncidentID)+" "+CleanLine(inc.Subject), titleShown),
		Severity: inc.Severity, SentAt: inc.SentAt,
		Seen: r.Seen.Version, Told: n.policy.tell(r),
	}
	if t := r.Work.Ticket; t != nil {
		n.change.TicketID, n.change.TicketNumber = t.ID, t.Number
		if t.Title != "" {
			n.change.Title = t.Title
		}
		n.change.Client = n.policy.ClientName(t.ClientID)
		n.change.Board = n.policy.BoardName(t.BoardID)
		n.change.Priority = n.policy.PriorityName(t.PriorityID)
	}
}

// titleShown is how long a title is in a plan.
const titleShown = 255

func (n *planner) name(d Decision) {
	n.change.Client = n.policy.ClientName(d.ClientID)
	n.change.Board = n.policy.BoardName(d.BoardID)
	n.change.Priority = n.policy.PriorityName(d.PriorityID)
}

// backedOff reports whether the record waits after a refusal of this action.
func (n *planner) backedOff(action Action) bool {
	return n.waits(n.record.Work.Retries[action])
}

// waits reports whether a back-off lasts. A refusal of another policy's change does
// not count.
func (n *planner) waits(retry Retry) bool {
	if retry.Policy != n.policy.Hash {
		return false
	}
	if !n.now.Before(retry.NextAt) {
		return false
	}
	n.later(retry.NextAt)
	return true
}

func (n *planner) later(at time.Time) {
	if n.wake.IsZero() || at.Before(n.wake) {
		n.wake = at
	}
}

// aside is later for what nobody waits for.
func (n *planner) aside(at time.Time) {
	if n.detail.IsZero() || at.Before(n.detail) {
		n.detail = at
	}
}

func (n *planner) wait(at time.Time) bool {
	n.later(at)
	return true
}
