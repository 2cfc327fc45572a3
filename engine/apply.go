package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// applier brings the desk up to date for one account, during one pass.
type applier struct {
	desk   Desk
	name   string // of the desk, for messages
	source Source
	store  Store
	policy *Policy
	// newest is the policy that the next pass will have.
	newest func() *Policy
	hold   *hold
	// epoch is of the lease that the pass began under; what was planned before
	// another holder came and went is not done after it.
	epoch   int64
	gate    *gate
	line    *line
	proof   *proof
	reads   *markedReads
	memory  *deskMemory
	metrics *accountMetrics
	log     *slog.Logger
	now     func() time.Time
	crash   func(point string)
	passID  string

	scope

	creates   createGuard
	vanished  vanishing
	stumbles  *stumbles
	enrichOff atomic.Bool
	tally     passTally
	details   details
}

// visit is the work on one incident within a pass. The ticket is read once.
type visit struct {
	ticket *Ticket
	// host is what Huntress said of the host, where a note is to tell it.
	host hostFound
}

// work brings one incident up to date: it plans, does the first step, and plans
// again until nothing is due. It fails only for what concerns every incident.
func (a *applier) work(ctx context.Context, key Key) error {
	var v visit
	for range maxSteps {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := a.store.Record(ctx, key)
		if err != nil {
			return fmt.Errorf("read record %s: %w", key, err)
		}
		now := a.now()
		r = settle(a.policy, r, now)
		n := planned(a.policy, r, now)
		c := n.change
		if c.Action != "" && a.only != nil && !a.only(c) {
			return nil
		}
		if c.Action == "" {
			r.DueAt, r.Work.Aside = n.due()
			return a.store.Save(context.WithoutCancel(ctx), a.lease(), r)
		}
		if c.detail() && !a.details.now {
			return a.putAside(ctx, r)
		}
		if again, err := a.step(ctx, r, c, &v); err != nil || !again {
			return err
		}
	}
	return a.postpone(ctx, key)
}

// postpone sets an incident aside that does not come to rest. It is a fault of
// ours, and must not keep the others waiting.
func (a *applier) postpone(ctx context.Context, key Key) error {
	r, err := a.store.Record(ctx, key)
	if err != nil {
		return fmt.Errorf("read record %s: %w", key, err)
	}
	a.log.ErrorContext(ctx, "An incident does not come to rest; it is set aside for an hour", "incident", key.IncidentID)
	r.DueAt = a.now().Add(maxBackOff)
	return a.store.Save(context.WithoutCancel(ctx), a.lease(), r)
}

// step does one change. It reports whether the incident may be planned again now.
func (a *applier) step(ctx context.Context, r Record, c Change, v *visit) (again bool, err error) {
	switch {
	case c.Cause == CauseInDoubt:
		return a.decide(ctx, r, c)
	case c.Action == ActionLookup:
		return a.lookUp(ctx, r, c)
	case c.Action == ActionCreate:
		return a.create(ctx, r, c)
	case c.Action == ActionNote && a.outdated(r):
		return false, nil // As in create: the next pass knows what its organization is called.
	case c.Cause == CauseHost:
		return a.hostNote(ctx, r, c, v)
	case c.Action == ActionLink:
		return a.linkAsset(ctx, r, c, v)
	default:
		return a.change(ctx, r, c, v)
	}
}

// create makes the ticket: intent durable, then the call, then the outcome durable.
func (a *applier) create(ctx context.Context, r Record, c Change) (bool, error) {
	leave, err := a.proof.enter(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	if stopped := a.memory.createsStopped(); stopped != "" {
		return false, a.waitUntil(ctx, r, a.now().Add(time.Minute))
	}
	if !a.creates.done && !a.creates.each {
		return false, nil // It became due just now: the next pass looks for other writers first.
	}
	if a.outdated(r) {
		return false, nil // Its organization is new: the next pass knows where it goes.
	}
	if why := a.creates.unsure[r.Key]; why != nil {
		return a.refuse(ctx, r, c, why)
	}
	if a.creates.each {
		there, err := a.lookUpFirst(ctx, r.Key)
		if ofIncident(err) {
			return a.refuse(ctx, r, c, err)
		}
		if err != nil {
			return false, a.stumbled(ctx, r, err)
		}
		if there {
			return true, nil
		}
	}
	draft, link, err := a.draft(ctx, r, c)
	if err != nil {
		return false, err
	}
	if r, err = a.intend(ctx, r, c, &link); err != nil {
		return false, err
	}
	var ticket Ticket
	err = a.call(ctx, func(ctx context.Context) error {
		var err error
		ticket, err = a.desk.Create(ctx, draft)
		return err
	})
	a.crash("created")
	if err != nil {
		return a.failed(ctx, r, c, err)
	}
	if err := a.checkMarker(ctx, draft, ticket); err != nil {
		return false, err
	}
	link.ID, link.Number, link.URL, link.EnteredAt = ticket.ID, ticket.Number, ticket.URL, ticket.EnteredAt
	return true, a.concludeCreate(ctx, done(a.policy, r, c, link), c, OutcomeDone)
}

// outdated reports whether the organization of an incident became known only after
// this pass began.
func (a *applier) outdated(r Record) bool {
	key := OrganizationKey{AccountID: r.Key.AccountID, OrganizationID: r.Seen.Incident.OrganizationID}
	_, known := a.policy.OrganizationNames[key]
	if known {
		return false
	}
	_, known = a.newest().OrganizationNames[key]
	return known
}

// checkMarker makes sure that the desk kept our correlation id: without it a
// ticket whose answer is lost could not be found again and would be doubled.
func (a *applier) checkMarker(ctx context.Context, draft Draft, ticket Ticket) error {
	if ticket.Author != "" {
		if err := a.memory.learnAuthor(ctx, a.lease(), ticket.Author); err != nil {
			return err
		}
	}
	if ticket.CorrelationID == draft.CorrelationID {
		a.proof.shown.Store(true)
		return nil
	}
	a.log.ErrorContext(ctx, "The desk did not keep our correlation id on a new ticket; no more tickets are created",
		"ticket", ticket.Number)
	return a.memory.stopCreates(ctx, a.lease(), fmt.Sprintf(
		"%s did not keep the correlation id of ticket %s: a lost answer would make a second ticket. "+
			"Find out what removes attributes.huntsync_id from new tickets, then restart huntsync", a.name, ticket.Number))
}

// draft is the ticket as it is sent, and as it will be remembered.
func (a *applier) draft(ctx context.Context, r Record, c Change) (Draft, TicketLink, error) {
	s := subject{policy: a.policy, key: r.Key, incident: r.Seen.Incident, decision: c.Decision}
	a.enrich(ctx, &s)
	d := Draft{
		CorrelationID: r.Key.CorrelationID(),
		Title:         s.title(a.desk.Limits().Title),
		Body:          s.body(),
		BoardID:       c.Decision.BoardID, StatusID: c.Decision.StatusID, ClientID: c.Decision.ClientID,
		PriorityID: c.Decision.PriorityID, CategoryID: c.Decision.CategoryID, SubcategoryID: c.Decision.SubcategoryID,
	}
	contact, err := a.contact(ctx, c.Decision)
	if err != nil {
		return Draft{}, TicketLink{}, err
	}
	d.ContactID = contact
	link := TicketLink{
		Title: d.Title, BoardID: d.BoardID, StatusID: d.StatusID, ClientID: d.ClientID, PriorityID: d.PriorityID,
	}
	if a.policy.Catalogue.HasAssets {
		link.Host = toLink(s.host.agent)
	}
	if s.hostOwed {
		link.Host = newHost(r.Key, a.now())
	}
	return d, link, nil
}

// contact looks the contact up by name; one that is not found exactly once is
// left out: a ticket must not wait for it.
func (a *applier) contact(ctx context.Context, d Decision) (string, error) {
	if d.Contact == "" {
		return "", nil
	}
	found, err := a.contacts(ctx, contactKey{d.ClientID, d.Contact})
	if err == nil && len(found) == 1 {
		return found[0].ID, nil
	}
	if a.isStop(err) && !apart(err) {
		return "", err
	}
	a.log.WarnContext(ctx, "The contact was not found exactly once; the ticket is created without it",
		"client", d.ClientID, "contact", d.Contact, "found", len(found), "error", err)
	return "", nil
}

// contacts looks a contact up by name, at most once in a catalogue's age.
func (a *applier) contacts(ctx context.Context, key contactKey) (found []Contact, err error) {
	if found, known := a.memory.contacts(key, a.now()); known {
		return found, nil
	}
	err = a.callApart(ctx, func(ctx context.Context) error {
		var err error
		found, err = a.desk.Contacts(ctx, key.clientID, key.name)
		return err
	})
	if err == nil {
		a.memory.setContacts(key, found, a.now())
	}
	return found, err
}

// intend writes the intent ahead of the call.
func (a *applier) intend(ctx context.Context, r Record, c Change, link *TicketLink) (Record, error) {
	if err := a.gate.check(); err != nil {
		return r, err
	}
	r.Work.Intent = &Intent{
		Operation: c.Operation, Action: c.Action, Cause: c.Cause, TicketID: c.TicketID,
		Seen: c.Seen, Told: c.Told, Draft: link, Decision: c.Decision.target(),
		StartedAt: a.now(), Epoch: a.epoch,
	}
	if err := a.store.Save(context.WithoutCancel(ctx), a.lease(), r); err != nil {
		return r, fmt.Errorf("write the intent of %s %s ahead: %w", c.Action, r.Key, err)
	}
	a.crash("intended")
	return r, nil
}

// change does everything but a create: the ticket is read right before, because
// what a person did to it is theirs.
func (a *applier) change(ctx context.Context, r Record, c Change, v *visit) (bool, error) {
	if c.Cause == CauseDuplicate {
		// A second ticket is one too many only while there is the first.
		_, err := a.read(ctx, r.Work.Ticket.ID, v)
		if errors.Is(err, ErrNotFound) {
			a.vanished.lost(r.Key)
			return false, nil
		}
		if err != nil {
			return a.unreadable(ctx, r, c, err)
		}
	}
	ticket, err := a.read(ctx, c.TicketID, v)
	if err != nil {
		return a.unreadable(ctx, r, c, err)
	}
	r.Work.VanishedAt = time.Time{}
	update, skip := a.update(r, c, ticket)
	if skip != "" {
		return true, a.conclude(ctx, skipped(a.policy, r, c), c, OutcomeSkipped, skip)
	}
	if c.Action != ActionNote && update.StatusID == "" && update.PriorityID == "" {
		return a.cannotClose(ctx, r, c, ticket)
	}
	if r, err = a.intend(ctx, r, c, nil); err != nil {
		return false, err
	}
	err = a.call(ctx, func(ctx context.Context) error {
		if c.Action == ActionNote {
			return a.desk.Note(ctx, c.TicketID, a.noteOf(r, c, v))
		}
		return a.desk.Update(ctx, c.TicketID, update)
	})
	a.crash("changed")
	if err != nil {
		v.ticket = nil
		return a.failed(ctx, r, c, err)
	}
	v.apply(update)
	return true, a.conclude(ctx, done(a.policy, r, c, TicketLink{}), c, OutcomeDone, staysBehind(ticket, update))
}

// staysBehind says what a move leaves on a ticket that belongs to the board it was on:
// no desk is asked to take a category away, because not every one can.
func staysBehind(t Ticket, u TicketUpdate) string {
	if u.BoardID == "" || u.BoardID == t.BoardID || u.CategoryID != "" || t.CategoryID == "" {
		return ""
	}
	return "the configuration gives no category there, so the ticket keeps that of the board it was on"
}

// apply forgets the ticket that was read once its fields were written to. A note
// leaves it as it is.
func (v *visit) apply(u TicketUpdate) {
	if u.StatusID != "" || u.PriorityID != "" {
		v.ticket = nil
	}
}

func (a *applier) read(ctx context.Context, id string, v *visit) (Ticket, error) {
	if v.ticket != nil && v.ticket.ID == id {
		return *v.ticket, nil
	}
	var t Ticket
	err := a.call(ctx, func(ctx context.Context) error {
		var err error
		t, err = a.desk.Ticket(ctx, id)
		return err
	})
	if err == nil {
		v.ticket = &t
		a.vanished.read()
	}
	return t, err
}

// update is what to send for a change, given the ticket as it is now. Skip says
// why nothing is to be sent, which is when people have already seen to it.
func (a *applier) update(r Record, c Change, t Ticket) (u TicketUpdate, skip string) {
	u.Quiet = !a.policy.Ticket.NotifyClient
	board := a.policy.Boards[t.BoardID]
	link := r.Work.Ticket
	switch c.Action {
	case ActionClose:
		if c.Cause == CauseDuplicate && (t.StatusID != board.OpenID || !untouched(extraOf(r, c.TicketID), t)) {
			return u, "people work on this second ticket"
		}
		if t.Closed {
			return u, "it was closed already"
		}
		u.StatusID = board.ClosedID
		if c.Cause == CauseDuplicate && u.StatusID == "" {
			return u, "the configuration names no closed status that the board of this second ticket has"
		}
		if closing := a.policy.closing(r); closing != nil && c.Cause != CauseDuplicate {
			u.StatusID = a.policy.ClosedStatus(t.BoardID, closing.Status)
		}
	case ActionReopen:
		if !t.Closed {
			return u, "it was open already"
		}
		u.StatusID = board.OpenID
	case ActionReprioritize:
		if t.PriorityID != link.PriorityID {
			return u, "a person chose another priority"
		}
		u.PriorityID = c.Decision.PriorityID
	case ActionMove:
		if !untouched(*link, t) {
			return u, "a person changed the ticket"
		}
		u.BoardID, u.StatusID, u.ClientID = c.Decision.BoardID, c.Decision.StatusID, c.Decision.ClientID
		u.CategoryID, u.SubcategoryID = c.Decision.CategoryID, c.Decision.SubcategoryID
	case ActionCreate, ActionNote, ActionLookup, ActionLink:
	}
	return u, ""
}

// untouched reports whether a ticket is as we last wrote it.
func untouched(link TicketLink, t Ticket) bool {
	return !t.Closed && t.BoardID == link.BoardID && t.ClientID == link.ClientID &&
		t.StatusID == link.StatusID && t.PriorityID == link.PriorityID && t.Title == link.Title
}

func extraOf(r Record, id string) TicketLink {
	for _, x := range r.Work.Extras {
		if x.Ticket.ID == id {
			return x.Ticket
		}
	}
	return TicketLink{}
}

// skipped is the record after a change that people made unnecessary.
func skipped(p *Policy, r Record, c Change) Record {
	switch c.Action {
	case ActionReprioritize:
		r.Work.Retries = without(r.Work.Retries, c.Action)
		r.Work.changeTicket(func(t *TicketLink) { t.Severity = severityOf(c) })
		return r
	case ActionMove:
		r.Work.Retries = without(r.Work.Retries, c.Action)
		r.Work.changeTicket(func(t *TicketLink) { t.Unmapped = false })
		return r
	default:
		return done(p, r, c, TicketLink{})
	}
}

// noteOf is the text of a note.
func (a *applier) noteOf(r Record, c Change, v *visit) Note {
	s := subject{
		policy: a.policy, key: r.Key, incident: r.Seen.Incident, host: v.host,
		decision: a.policy.Decide(r.Key.AccountID, r.Seen.Incident), ticket: *r.Work.Ticket,
	}
	n := Note{Operation: c.Operation, Quiet: !a.policy.Ticket.NotifyClient}
	switch c.Cause {
	case CauseDuplicate:
		n.Body = duplicateNote(*r.Work.Ticket)
	case CauseCloseRefused:
		n.Body = closeRefusedNote(r.Work.CloseRefused)
	case CauseHost:
		n.Body = s.hostNote()
	default:
		n.Body = s.newsNote(r.Work.Told, c.Told, c.Cause)
		n.Resolution = c.Cause == CauseClosed && s.decision.Close != nil && s.decision.Close.Resolution
	}
	return n
}

// cannotClose is for a board that lacks the status that a close or a reopen sets.
func (a *applier) cannotClose(ctx context.Context, r Record, c Change, t Ticket) (bool, error) {
	board := a.policy.BoardName(t.BoardID)
	what := fmt.Sprintf("the board %q has no closed status of the name that the configuration gives", board)
	if c.Action == ActionReopen {
		what = fmt.Sprintf("the board %q has no default open status", board)
	}
	return a.refuse(ctx, r, c, &Error{
		Reason: ReasonRejected, Side: a.name, Op: string(c.Action) + " ticket", Detail: what,
		NotDone: true, CloseRules: []string{what},
	})
}

// call makes one call to the desk, while the desk is not paused and the account
// is surely ours.
func (a *applier) call(ctx context.Context, f func(context.Context) error) error {
	return a.callKeeping(ctx, f, func(error) bool { return false })
}

// callApart is call for what may fail while the rest of the desk works: such a
// failure pauses nothing. Whether the desk is away the next call will tell.
func (a *applier) callApart(ctx context.Context, f func(context.Context) error) error {
	return a.callKeeping(ctx, f, apart)
}

// apart reports whether a call was not let in, or not answered well: all that keeps
// a desk from doing one thing while it does others.
func apart(err error) bool {
	_, paused := errors.AsType[*PausedError](err)
	return !paused && deskFailure(err) && ReasonOf(err) != ReasonRateLimited
}

// callKeeping makes one call and tells the gate of it, unless its failure is to be
// kept from it.
func (a *applier) callKeeping(ctx context.Context, f func(context.Context) error, keep func(error) bool) error {
	if err := a.gate.check(); err != nil {
		return err
	}
	callCtx, cancel, err := a.held(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	mark := a.gate.mark()
	if err = f(callCtx); !keep(err) {
		a.gate.noteSince(mark, err)
	}
	return err
}

// held limits a call to the time for which the account is surely ours.
func (a *applier) held(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if err := a.hold.keep(ctx, a.epoch); err != nil {
		return nil, nil, err
	}
	return a.hold.context(ctx)
}

// lease is what the pass writes under.
func (a *applier) lease() Lease {
	l := a.hold.current()
	l.Epoch = a.epoch
	return l
}

// isStop reports whether an error ends the pass: the desk is away, the account is
// no longer ours.
func (a *applier) isStop(err error) bool {
	if err == nil {
		return false
	}
	_, paused := errors.AsType[*PausedError](err)
	return paused || errors.Is(err, ErrLeaseLost) || deskFailure(err)
}

// failed settles a write that did not answer well.
func (a *applier) failed(ctx context.Context, r Record, c Change, failure error) (bool, error) {
	_, paused := errors.AsType[*PausedError](failure)
	if paused || errors.Is(failure, ErrLeaseLost) || !InDoubt(failure) {
		r.Work.Intent = nil
		if !paused && !errors.Is(failure, ErrLeaseLost) && !deskFailure(failure) {
			return a.refuse(ctx, r, c, failure)
		}
		r.DueAt = a.now()
		a.metrics.changed(c.Action, OutcomeFailed)
		return false, errors.Join(failure, a.store.Save(context.WithoutCancel(ctx), a.lease(), r))
	}
	now := a.now()
	intent := *r.Work.Intent
	intent.DoubtAt, intent.DecideAt, intent.Reason = now, now.Add(a.policy.Settle), ReasonOf(failure)
	r.Work.Intent = &intent
	r.DueAt = intent.DecideAt
	entry, err := a.enter(ctx, r, c, OutcomeInDoubt, failure.Error())
	if err == nil {
		a.tell(ctx, slog.LevelWarn, "The answer to a change was unclear; it is looked up before anything is repeated", entry,
			"decided_at", intent.DecideAt, "error", failure)
	}
	if deskFailure(failure) {
		return false, errors.Join(failure, err)
	}
	return false, err
}

// refuse records a refusal that concerns this incident alone.
func (a *applier) refuse(ctx context.Context, r Record, c Change, failure error) (bool, error) {
	e := asError(failure)
	if e.NotFound && c.Action != ActionCreate {
		return a.unreadable(ctx, r, c, failure)
	}
	before := r.Work.retryOf(c)
	if e.InvalidReference && before.Error != failure.Error() {
		a.memory.expireCatalogue() // Where it was read since, and the same is refused again, that would not help.
	}
	r = refused(r, c, failure, a.policy.Hash, a.now())
	retry := r.Work.retryOf(c)
	if c.Action == ActionClose && c.Cause != CauseDuplicate {
		r.Work.CloseRefused = e.CloseRules
		if len(e.CloseRules) == 0 {
			r.Work.CloseRefused = []string{e.Detail}
		}
	}
	entry, err := a.enter(ctx, r, c, OutcomeRefused, failure.Error())
	if err != nil {
		return true, err
	}
	level := slog.LevelWarn
	if retry.Attempts > 1 && retry.Error == before.Error {
		level = slog.LevelDebug // The log says so already.
	}
	a.tell(ctx, level, "The desk refused a change; it is tried again", entry, "next_at", retry.NextAt, "error", failure)
	return true, nil
}

// conclude makes an outcome durable, and tells of it.
func (a *applier) conclude(ctx context.Context, r Record, c Change, outcome Outcome, detail string) error {
	entry, err := a.enter(ctx, r, c, outcome, detail)
	if err != nil {
		return err
	}
	a.tell(ctx, slog.LevelInfo, "Change", entry)
	return nil
}

// concludeCreate is conclude where there is a ticket now that we made. One whose outcome
// could not be written down is found, and counted, later.
func (a *applier) concludeCreate(ctx context.Context, r Record, c Change, outcome Outcome) error {
	err := a.conclude(ctx, r, c, outcome, "")
	if err == nil {
		a.metrics.created(r, a.now())
	}
	return err
}

// enter makes an outcome durable, with its row of the journal.
func (a *applier) enter(ctx context.Context, r Record, c Change, outcome Outcome, detail string) (Entry, error) {
	if outcome != OutcomeInDoubt {
		r.Work.Intent = nil
		r.DueAt = a.now()
	}
	entry := a.entry(r.Key, c.Action, c.Cause, outcome, c.TicketNumber)
	entry.Detail = detail
	if r.Work.Ticket != nil && entry.Ticket == "" {
		entry.Ticket = r.Work.Ticket.name()
	}
	if err := a.store.Save(context.WithoutCancel(ctx), a.lease(), r, entry); err != nil {
		return Entry{}, fmt.Errorf("write the outcome of %s %s: %w", c.Action, r.Key, err)
	}
	a.metrics.changed(c.Action, outcome)
	a.tally.add(c.Action, outcome)
	return entry, nil
}

// entry is a row of the journal of what this pass did.
func (a *applier) entry(key Key, action Action, cause Cause, outcome Outcome, ticket string) Entry {
	return Entry{
		At: a.now(), Key: key, Action: action, Cause: cause, Outcome: outcome,
		Ticket: ticket, Policy: a.policy.Hash, Who: a.hold.holder.who(), PassID: a.passID,
	}
}

// tell logs an outcome in one line; account and pass are in it already.
func (a *applier) tell(ctx context.Context, level slog.Level, message string, e Entry, more ...any) {
	a.log.With("action", e.Action, "cause", e.Cause, "outcome", e.Outcome, "incident", e.Key.IncidentID, "ticket", e.Ticket).
		Log(ctx, level, message, more...) //nolint:sloglint // the callers' messages are literals.
}

func (a *applier) waitUntil(ctx context.Context, r Record, at time.Time) error {
	r.DueAt = at
	return a.store.Save(context.WithoutCancel(ctx), a.lease(), r)
}

// who is the holder as the journal shows it.
func (h Holder) who() string { return h.Command + "@" + h.Host }
