package statetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// model is a store made of maps, written to be read: what [engine.Store] says,
// for one account that is always held.
type model struct {
	account *engine.AccountState
	records map[engine.Key]engine.Record
	raw     map[engine.Key][]byte
	journal []engine.Entry
}

func newModel() *model {
	return &model{records: map[engine.Key]engine.Record{}, raw: map[engine.Key][]byte{}}
}

func (m *model) observe(o engine.Observation) {
	if m.account == nil {
		m.account = &engine.AccountState{
			Poll:     engine.PollState{Account: engine.Account{ID: o.AccountID}},
			Adoption: engine.Adoption{AccountID: o.AccountID},
		}
	}
	if o.Poll != nil {
		if m.account.Poll.Cursor.IsZero() && !o.Poll.Cursor.IsZero() {
			m.account.Adoption.Owed = true
		}
		m.account.Poll = *o.Poll
	}
	if o.Organizations != nil {
		m.account.Organizations = o.Organizations
	}
	for _, row := range o.Rows {
		r, known := m.records[row.Key]
		if known && row.Seen.Version <= r.Seen.Version {
			continue
		}
		r.Key, r.Seen = row.Key, row.Seen
		m.raw[row.Key] = row.Seen.Incident.Raw
		r.Seen.Incident.Raw = nil
		r.DueAt = atOnce(r)
		m.records[row.Key] = r
	}
}

// atOnce is the due time of a record that is due at once: since it changed, or
// as long as it is due already.
func atOnce(r engine.Record) time.Time {
	since := r.Seen.ChangedAt
	if since.IsZero() {
		since = time.UnixMilli(0).UTC()
	}
	if !r.DueAt.IsZero() && r.DueAt.Before(since) {
		return r.DueAt
	}
	return since
}

func (m *model) save(r engine.Record, entries []engine.Entry) {
	stored := m.records[r.Key]
	stored.Key, stored.Work = r.Key, r.Work
	if stored.Seen.Version == r.Seen.Version {
		stored.DueAt = r.DueAt
	} else {
		stored.DueAt = atOnce(stored)
	}
	m.records[r.Key] = stored
	m.journal = append(m.journal, entries...)
}

func (m *model) forget(k engine.Key, e engine.Entry) (found bool) {
	if _, found = m.records[k]; found {
		delete(m.records, k)
		delete(m.raw, k)
		m.journal = append(m.journal, e)
	}
	return found
}

func (m *model) wake(now time.Time) {
	for k, r := range m.records {
		if isOpen(r) || !r.DueAt.IsZero() {
			if r.DueAt = atOnce(r); r.DueAt.After(now) {
				r.DueAt = now
			}
			m.records[k] = r
		}
	}
}

func isOpen(r engine.Record) bool {
	return r.Seen.Incident.ID != 0 && r.Seen.Incident.Status.Open()
}

func (m *model) find(q engine.RecordQuery) []engine.Record {
	var found []engine.Record
	for _, r := range m.records {
		switch {
		case q.AccountID != 0 && r.Key.AccountID != q.AccountID,
			q.IncidentIDs != nil && !slices.Contains(q.IncidentIDs, r.Key.IncidentID),
			!q.DueBy.IsZero() && (r.DueAt.IsZero() || r.DueAt.After(q.DueBy)),
			q.Owing && r.DueAt.IsZero(),
			q.Open && !isOpen(r),
			q.Ticketless && r.Work.Ticket != nil,
			q.After != engine.Key{} && compareKeys(r.Key, q.After) <= 0:
			continue
		}
		found = append(found, r)
	}
	order := func(a, b engine.Record) int { return compareKeys(a.Key, b.Key) }
	if !q.DueBy.IsZero() {
		order = compareTurns
	}
	slices.SortFunc(found, order)
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found
}

func compareKeys(a, b engine.Key) int {
	return cmp.Or(
		cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.IncidentID, b.IncidentID), cmp.Compare(a.Kind, b.Kind),
	)
}

// compareTurns is the order in which records are worked on.
func compareTurns(a, b engine.Record) int {
	if order := cmp.Compare(turn(a), turn(b)); order != 0 {
		return order
	}
	if turn(a) == 1 {
		urgency := -cmp.Compare(a.Seen.Incident.Severity.Rank(), b.Seen.Incident.Severity.Rank())
		return cmp.Or(urgency, sentAt(a).Compare(sentAt(b)), compareKeys(a.Key, b.Key))
	}
	return cmp.Or(a.DueAt.Compare(b.DueAt), compareKeys(a.Key, b.Key))
}

// turn is 0 for a change that was begun, 1 for a record without a ticket, 2 for
// the rest.
func turn(r engine.Record) int {
	switch {
	case r.Work.Intent != nil:
		return 0
	case r.Work.Ticket == nil:
		return 1
	default:
		return 2
	}
}

func sentAt(r engine.Record) time.Time {
	for _, t := range []time.Time{r.Seen.Incident.SentAt, r.Seen.FirstAt, r.Seen.ChangedAt} {
		if !t.IsZero() {
			return t
		}
	}
	return time.UnixMilli(0)
}

func (m *model) tally() engine.Tally {
	t := engine.Tally{Open: map[engine.Severity]int{
		engine.SeverityCritical: 0, engine.SeverityHigh: 0, engine.SeverityLow: 0,
	}}
	for _, r := range m.records {
		if isOpen(r) {
			t.Open[r.Seen.Incident.Severity.Effective()]++
		}
		if r.Work.Intent != nil && !r.Work.Intent.DoubtAt.IsZero() {
			t.InDoubt++
		}
		if r.Work.Skip == engine.SkipDeletedByPerson {
			t.DeletedByPeople++
		}
		if len(r.Work.Extras) > 0 {
			t.Extras++
		}
		if r.DueAt.IsZero() {
			continue
		}
		if t.NextDue.IsZero() || r.DueAt.Before(t.NextDue) {
			t.NextDue = r.DueAt
		}
		if r.OnlyDetails() {
			continue
		}
		t.Pending++
		changedAt := r.Seen.ChangedAt
		if !changedAt.IsZero() && (t.OldestPending.IsZero() || changedAt.Before(t.OldestPending)) {
			t.OldestPending = changedAt
		}
	}
	return t
}

func (m *model) list(q engine.JournalQuery) []engine.Entry {
	var found []engine.Entry
	for _, e := range slices.Backward(m.journal) {
		if q.Key == (engine.Key{}) || e.Key == q.Key {
			found = append(found, e)
		}
	}
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found
}
