// Package columns derives from a record what the stores ask their databases
// about. A record has two halves with one writer each, and so do its columns:
// no write needs to read the other half.
//
// What is due is worked on by turn, then by age, as [engine.RecordQuery] says.
// The turn follows from columns of both halves, so the databases generate it:
//
//	0         a change was begun and is not known to be done
//	1, 2, 3   no ticket yet: critical, high, low
//	4         the rest
package columns

import (
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/internal/document"
)

// Seen are the columns of what was observed.
type Seen struct {
	Version int64
	// Open is true where the incident is open at Huntress. (A record that only has
	// a ticket has no such columns yet, and is not.)
	Open bool
	// Severity is the rank: 1 low, 2 high, 3 critical or unknown.
	Severity int
	// Since is what age counts from, in milliseconds: when Huntress sent the
	// incident or, where that is not known, when it was first seen.
	Since int64
	// ChangedAt is in milliseconds; nil where nothing was seen yet.
	ChangedAt *int64
	// DueAt is what "due at once" means for the record, in milliseconds: since it
	// changed or, where that is not known, since ever. That needs no clock, and no
	// step of a clock puts it off.
	DueAt    int64
	Document string
}

// OfSeen derives the columns of what was observed.
func OfSeen(seen engine.Seen) (Seen, error) {
	text, err := document.Encode(seen)
	if err != nil {
		return Seen{}, err
	}
	c := Seen{
		Version:   seen.Version,
		Open:      seen.Incident.Status.Open(),
		Severity:  seen.Incident.Severity.Rank(),
		Since:     millis(seen.Incident.SentAt, seen.FirstAt, seen.ChangedAt),
		ChangedAt: document.Millis(seen.ChangedAt),
		DueAt:     millis(seen.ChangedAt),
		Document:  text,
	}
	return c, nil
}

// millis is the first of the times that is set, in milliseconds; 0 where none is.
func millis(times ...time.Time) int64 {
	for _, t := range times {
		if ms := document.Millis(t); ms != nil {
			return *ms
		}
	}
	return 0
}

// Work are the columns of what was done and is owed.
type Work struct {
	// Begun is true while a change was begun whose outcome is not known.
	Begun bool
	// InDoubt is true once the answer to that change is known to be unclear.
	InDoubt bool
	// Ticket is true where there is one.
	Ticket bool
	// DeletedByPerson is true where a person deleted it.
	DeletedByPerson bool
	// Extras is true where the incident has further tickets.
	Extras bool
	// Aside is when the record is due for details alone, in milliseconds; nil where
	// it is not.
	Aside    *int64
	Document string
}

// OfWork derives the columns of what was done and is owed.
func OfWork(work engine.Work) (Work, error) {
	text, err := document.Encode(work)
	if err != nil {
		return Work{}, err
	}
	c := Work{
		Begun:           work.Intent != nil,
		InDoubt:         work.Intent != nil && !work.Intent.DoubtAt.IsZero(),
		Ticket:          work.Ticket != nil,
		DeletedByPerson: work.Skip == engine.SkipDeletedByPerson,
		Extras:          len(work.Extras) > 0,
		Aside:           document.Millis(work.Aside),
		Document:        text,
	}
	return c, nil
}

// Record puts a record together from its columns.
func Record(key engine.Key, seen, work string, dueAt *int64) (engine.Record, error) {
	r := engine.Record{Key: key, DueAt: document.Time(dueAt)}
	var err error
	if r.Seen, err = document.Decode[engine.Seen](seen); err != nil {
		return engine.Record{}, err
	}
	if r.Work, err = document.Decode[engine.Work](work); err != nil {
		return engine.Record{}, err
	}
	return r, nil
}

// Account puts an account's state together from its documents, which are empty
// where nothing is kept yet.
func Account(id int64, poll, adoption, organizations string) (engine.AccountState, error) {
	var a engine.AccountState
	var err error
	if a.Poll, err = document.Decode[engine.PollState](poll); err != nil {
		return engine.AccountState{}, err
	}
	if a.Adoption, err = document.Decode[engine.Adoption](adoption); err != nil {
		return engine.AccountState{}, err
	}
	if a.Organizations, err = document.Decode[[]engine.Organization](organizations); err != nil {
		return engine.AccountState{}, err
	}
	if poll == "" {
		a.Poll.Account.ID = id
	}
	a.Adoption.AccountID = id
	return a, nil
}
