package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
)

// ours reports whether a ticket is that of an incident: by our correlation id,
// or, where somebody removed it, by the exact marker and the author of our own
// tickets, unless the incident is one of theirs; see [applier.ofOthers].
func (a *applier) ours(key Key, t Ticket, theirs map[int64]bool) bool {
	if t.CorrelationID != uuid.Nil {
		return t.CorrelationID == key.CorrelationID()
	}
	id, ok := ParseMarker(t.Title)
	return ok && id == key.IncidentID && t.Author != "" && t.Author == a.memory.author() && !theirs[id]
}

// keyOf is whose ticket it is by its marker, should it be one of this account.
func (a *applier) keyOf(t Ticket) (Key, bool) {
	id, ok := ParseMarker(t.Title)
	return Key{AccountID: a.hold.account, Kind: KindIncident, IncidentID: id}, ok
}

// ofOthers tells which of the incidents are another account's, of those whose tickets
// are ours only by their author: that is the same for all accounts.
func (a *applier) ofOthers(ctx context.Context, tickets []Ticket) (theirs map[int64]bool, err error) {
	var ids []int64
	for _, t := range tickets {
		if key, ok := a.keyOf(t); ok && byAuthor(t) {
			ids = append(ids, key.IncidentID)
		}
	}
	own, err := a.observed(ctx, a.hold.account, ids)
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id int64) bool { return own[id] })
	theirs = map[int64]bool{}
	if len(ids) == 0 {
		return theirs, nil
	}
	accounts, err := a.store.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the accounts: %w", err)
	}
	for _, other := range accounts {
		seen, err := a.observed(ctx, other.Poll.Account.ID, ids)
		if err != nil {
			return nil, err
		}
		maps.Copy(theirs, seen)
	}
	return theirs, nil
}

// observed tells which of the incidents Huntress has shown for an account. That there
// is a record proves nothing: it may be for such a ticket.
func (a *applier) observed(ctx context.Context, accountID int64, ids []int64) (map[int64]bool, error) {
	observed := map[int64]bool{}
	if len(ids) == 0 {
		return observed, nil
	}
	records, err := a.store.Records(ctx, RecordQuery{AccountID: accountID, IncidentIDs: ids})
	if err != nil {
		return nil, fmt.Errorf("read what account %d has: %w", accountID, err)
	}
	for _, r := range records {
		observed[r.Key.IncidentID] = observed[r.Key.IncidentID] || r.Seen.Incident.ID != 0
	}
	return observed, nil
}

// learnAuthor finds out who our tickets are entered by, where tickets show it or
// it has to be known to tell whether they are ours. Our creates show it too, but
// after a loss of the state there is none yet, and no desk tells whose key ours is.
//
// Unsure says why that could not be found out, where the desk fails for what it was
// asked about: until it is, or a create shows it, tickets that are ours only if their
// author is are nobody's, and their incidents get none. Nobody else waits for it.
func (a *applier) learnAuthor(ctx context.Context, tickets []Ticket) (unsure, err error) {
	for _, t := range tickets {
		key, ok := a.keyOf(t)
		if ok && t.Author != "" && t.CorrelationID == key.CorrelationID() {
			return nil, a.memory.learnAuthor(ctx, a.lease(), t.Author)
		}
	}
	// Whoever asks again asks about the same ticket, and finds the note there.
	tickets = slices.Clone(tickets)
	sortByEntry(tickets)
	failed := 0
	for _, t := range tickets {
		if a.memory.author() != "" {
			return nil, nil
		}
		if byAuthor(t) && a.memory.notesAreMute() {
			return errMuteNotes, nil
		}
		err := a.askAuthor(ctx, t)
		if errors.Is(err, errMuteNotes) {
			a.memory.muteNotes()
			return err, nil
		}
		if unanswered(err) {
			unsure = err
			if failed++; failed == askedInVain {
				break
			}
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	if a.memory.author() != "" {
		return nil, nil
	}
	return unsure, nil
}

// askedInVain is about how many tickets the desk may fail before no more is asked.
const askedInVain = 3

// errMuteNotes is a desk that does not keep what marks a note, or who wrote it.
var errMuteNotes = errors.New("the desk does not show who wrote our note")

// byAuthor reports whether a ticket is ours only if its author is.
func byAuthor(t Ticket) bool { return t.CorrelationID == uuid.Nil && t.Author != "" }

// unsure is why the incident of a ticket gets no other one for now.
func (a *applier) unsure(t Ticket, why error) error {
	return &Error{
		Reason: ReasonInternal, Side: a.name, Op: "find out whether ticket " + LinkTo(t).name() + " is ours",
		Detail:  "it has our marker but not our id, so only its author can tell, and whom our tickets are entered by is not known yet",
		NotDone: true, Err: why,
	}
}

// askAuthor adds a note to a ticket that has our marker but nobody's correlation
// id: who the desk says wrote it is who enters our tickets.
func (a *applier) askAuthor(ctx context.Context, t Ticket) error {
	key, ok := a.keyOf(t)
	if !ok || !byAuthor(t) {
		return nil
	}
	note := Note{
		Operation: key.OperationID("author of " + t.ID),
		Body:      authorNote(),
		Quiet:     !a.policy.Ticket.NotifyClient,
	}
	author, err := a.noteAuthor(ctx, t.ID, note)
	if ReasonOf(err) == ReasonRejected {
		a.log.WarnContext(ctx, "The desk refused the note that would tell whether a ticket is ours; it is taken for somebody else's",
			"ticket", t.Number, "incident", key.IncidentID, "error", err)
		return nil
	}
	if err == nil && author == "" {
		err = errMuteNotes
	}
	if err != nil {
		return fmt.Errorf("find out whether ticket %s is ours: %w", t.Number, err)
	}
	a.log.InfoContext(ctx, "A ticket has our marker but not our id; a note on it told who our tickets are entered by",
		"ticket", t.Number, "incident", key.IncidentID, "author", author, "ours", author == t.Author)
	if err := a.recordAuthorNote(ctx, key, t); err != nil {
		return err
	}
	return a.memory.learnAuthor(ctx, a.lease(), author)
}

// recordAuthorNote puts the note into the journal of the incident, where it is one
// that we know.
func (a *applier) recordAuthorNote(ctx context.Context, key Key, t Ticket) error {
	r, err := a.store.Record(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read record %s: %w", key, err)
	}
	entry := a.entry(key, ActionNote, CauseAuthor, OutcomeDone, LinkTo(t).name())
	if err := a.store.Save(context.WithoutCancel(ctx), a.lease(), r, entry); err != nil {
		return fmt.Errorf("write the note on ticket %s into the journal: %w", entry.Ticket, err)
	}
	a.metrics.changed(ActionNote, OutcomeDone)
	return nil
}

// noteAuthor tells who wrote our note on a ticket, and adds it where it is not
// there yet. That the desk fails for this ticket pauses nothing.
func (a *applier) noteAuthor(ctx context.Context, ticketID string, note Note) (author string, err error) {
	find := func() (found bool, err error) {
		err = a.callKeeping(ctx, func(ctx context.Context) error {
			author, found, err = a.desk.FindNote(ctx, ticketID, note.Operation)
			return err
		}, unanswered)
		return found, err
	}
	if found, err := find(); found || err != nil {
		return author, err
	}
	noteErr := a.callKeeping(ctx, func(ctx context.Context) error { return a.desk.Note(ctx, ticketID, note) }, unanswered)
	if noteErr != nil && !unanswered(noteErr) {
		return "", noteErr
	}
	found, err := find()
	switch {
	case found || err != nil:
		return author, err
	case noteErr != nil:
		return "", noteErr
	default:
		return "", errMuteNotes
	}
}

// authorNote says why it is there to whoever works on the ticket.
func authorNote() Document {
	return Document{paragraph("huntsync, which files Huntress incidents here, lost its records. This ticket has the title of " +
		"its tickets but not its attribute huntsync_id, and the desk tells only by a note whether the same user wrote both. " +
		"If so, huntsync goes on with this ticket; if not, it leaves it alone.")}
}
