package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// adoptAll matches every ticket with our marker to its incident. Until it has
// been done once, nothing is created for the account: whatever is in the books,
// the desk may hold tickets of an earlier life.
func (a *applier) adoptAll(ctx context.Context) error {
	list, err := a.marked(ctx, time.Time{}, time.Now())
	if err != nil {
		return fmt.Errorf("adopt the tickets that exist: %w", err)
	}
	adopted, err := a.adoptList(ctx, list)
	if err != nil {
		return err
	}
	a.log.InfoContext(ctx, "Adoption is done", "tickets_read", len(list.Tickets), "adopted", adopted)
	return a.saveRead(ctx, list)
}

// marked reads the tickets with our marker, of all accounts, that were entered
// since a time, together with other accounts that ask for them.
func (a *applier) marked(ctx context.Context, since, fresh time.Time) (TicketList, error) {
	list, err := a.reads.read(ctx, since, fresh, func(ctx context.Context, since time.Time) (TicketList, error) {
		return a.list(ctx, TicketQuery{Title: MarkerPrefix, Since: since})
	})
	if err != nil {
		return list, err
	}
	return list, a.stillHeld(ctx)
}

// list reads tickets. It can be many requests, and the provider bounds each.
func (a *applier) list(ctx context.Context, q TicketQuery) (TicketList, error) {
	if err := a.gate.wait(ctx, relist); err != nil {
		return TicketList{}, err
	}
	mark := a.gate.mark()
	list, err := a.desk.Tickets(ctx, q)
	a.gate.noteSince(mark, err)
	return list, err
}

// stillHeld fails where the account is no longer ours: a read may have taken long.
func (a *applier) stillHeld(ctx context.Context) error {
	_, cancel, err := a.held(ctx)
	if err != nil {
		return err
	}
	cancel()
	return nil
}

func (a *applier) saveRead(ctx context.Context, list TicketList) error {
	at := list.DeskTime
	if at.IsZero() {
		at = a.now()
	}
	if oldest := a.creates.unsureFrom; len(a.creates.unsure) > 0 && oldest.Before(at) {
		at = oldest // What was entered since is not all known.
	}
	unseen, err := unseenRecords(ctx, a.store, a.hold.account, a.creates.unseen)
	if err != nil {
		return err
	}
	err = a.store.SaveAdoption(context.WithoutCancel(ctx), a.lease(),
		Adoption{AccountID: a.hold.account, Owed: false, ReadAt: at, Unseen: incidentIDs(unseen)})
	if err != nil {
		return fmt.Errorf("write how far adoption has come: %w", err)
	}
	return nil
}

// adoptList takes over the tickets of this account that its books do not have.
func (a *applier) adoptList(ctx context.Context, list TicketList) (adopted int, err error) {
	unsure, err := a.learnAuthor(ctx, list.Tickets)
	if err != nil {
		return 0, err
	}
	if unsure != nil {
		a.leaveUndecided(list, unsure)
	}
	theirs, err := a.ofOthers(ctx, list.Tickets)
	if err != nil {
		return 0, err
	}
	byKey, order := a.byIncident(list, theirs)
	failed := 0
	for _, key := range order {
		r, n, err := a.adoptOne(ctx, key, byKey[key], list.remembered)
		if unanswered(err) && failed < askedInVain {
			failed++
			a.creates.undecided(key, byKey[key][0], err)
			continue
		}
		if err != nil {
			return adopted, err
		}
		if r.unseen() {
			a.creates.unseen = append(a.creates.unseen, key.IncidentID)
		}
		adopted += n
	}
	return adopted, nil
}

// leaveUndecided keeps the incidents of tickets that cannot be told for ours yet from
// getting another.
func (a *applier) leaveUndecided(list TicketList, unsure error) {
	for _, t := range list.Tickets {
		if key, ok := a.keyOf(t); ok && byAuthor(t) {
			a.creates.undecided(key, t, a.unsure(t, unsure))
		}
	}
}

// byIncident sorts the tickets of this account by their incidents, in the order of
// the list.
func (a *applier) byIncident(list TicketList, theirs map[int64]bool) (byKey map[Key][]Ticket, order []Key) {
	byKey = map[Key][]Ticket{}
	for _, t := range list.Tickets {
		key, ok := a.keyOf(t)
		if !ok || !a.ours(key, t, theirs) {
			continue
		}
		if byKey[key] == nil {
			order = append(order, key)
		}
		byKey[key] = append(byKey[key], t)
	}
	return byKey, order
}

// lookAgain reads tickets that an earlier read found: people may have deleted them
// since. That the desk fails for one of them pauses nothing.
func (a *applier) lookAgain(ctx context.Context, found []Ticket) (there []Ticket, err error) {
	for _, t := range found {
		var now Ticket
		err := a.callKeeping(ctx, func(ctx context.Context) error {
			var err error
			now, err = a.desk.Ticket(ctx, t.ID)
			return err
		}, unanswered)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look at ticket %s again: %w", t.Number, err)
		}
		there = append(there, now)
	}
	return there, nil
}

func (a *applier) adoptOne(ctx context.Context, key Key, found []Ticket, remembered bool) (r Record, n int, err error) {
	r, err = a.store.Record(ctx, key)
	if errors.Is(err, ErrNotFound) {
		r, err = Record{Key: key}, nil
	}
	if err != nil {
		return r, 0, fmt.Errorf("read record %s: %w", key, err)
	}
	before := r
	r, outcome, changed := a.takeOver(r, found)
	if changed && remembered {
		if found, err = a.lookAgain(ctx, found); err != nil || len(found) == 0 {
			return before, 0, err
		}
		r, outcome, changed = a.takeOver(before, found)
	}
	if !changed {
		return r, 0, nil
	}
	w := &r.Work
	r.DueAt = a.now()
	entry := a.entry(key, ActionCreate, CauseNew, outcome, w.Ticket.name())
	if err := a.store.Save(context.WithoutCancel(ctx), a.lease(), r, entry); err != nil {
		return r, 0, fmt.Errorf("adopt ticket %s: %w", w.Ticket.name(), err)
	}
	a.metrics.changed(ActionCreate, outcome)
	if outcome == OutcomeFound {
		a.metrics.created(r, a.now())
		return r, 0, nil
	}
	return r, 1, nil
}

// takeOver gives a record the tickets that were found for its incident, unless an
// operator said that it gets none: what it has at the desk is left alone.
func (a *applier) takeOver(r Record, found []Ticket) (_ Record, outcome Outcome, changed bool) {
	if r.Work.Skip == SkipForgotten {
		return r, "", false
	}
	sortByEntry(found)
	before := r.Work
	r = a.adopt(r, found)
	w := &r.Work
	if before.Ticket != nil && before.Ticket.ID == w.Ticket.ID && len(before.Extras) == len(w.Extras) {
		return r, "", false
	}
	outcome = OutcomeAdopted
	if w.Intent != nil && w.Intent.Action == ActionCreate {
		// It was our own create after all.
		r, outcome = a.created(r), OutcomeFound
	}
	return r, outcome, true
}
