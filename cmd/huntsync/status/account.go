package status

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// account makes the outward form of one account.
func (r *reader) account(ctx context.Context, a engine.AccountStatus) (Account, error) {
	t := a.Tally
	out := Account{
		Name: engine.CleanLine(a.Name), ID: a.Account.ID, HuntressName: engine.CleanLine(a.Account.Name),
		Connection: r.connection(a), Poll: r.poll(a),
		Open: Open{
			Critical: t.Open[engine.SeverityCritical], High: t.Open[engine.SeverityHigh], Low: t.Open[engine.SeverityLow],
		},
		Pending: t.Pending, OldestPendingAt: t.OldestPending.UTC(), InDoubt: t.InDoubt,
		CensusAt: a.Poll.Census.At.UTC(), DeletedByPeople: t.DeletedByPeople, Doubled: t.Extras,
		AdoptionOwed: a.AdoptionOwed, Waiting: []Waiting{},
	}
	if a.Account.ID == 0 {
		return out, nil
	}
	if r.policy != nil {
		out.Organizations = &Organizations{Mapped: a.Mapped, Unmapped: a.Unmapped, OptedOut: a.OptedOut}
	}
	var err error
	if out.Unticketed, err = r.unticketed(ctx, a); err != nil {
		return Account{}, err
	}
	if t.Pending > 0 {
		if out.Waiting, err = r.waiting(ctx, a.Account.ID); err != nil {
			return Account{}, err
		}
	}
	return out, nil
}

func (r *reader) connection(a engine.AccountStatus) Connection {
	switch {
	case r.blocked:
		return ConnectionPaused
	case a.Trouble != "" || a.Poll.Failures > 0:
		return ConnectionFailing
	case a.Poll.SuccessAt.IsZero():
		return ConnectionStarting
	}
	return ConnectionOK
}

func (r *reader) poll(a engine.AccountStatus) Poll {
	p := Poll{
		AttemptAt: a.Poll.AttemptAt.UTC(), SuccessAt: a.Poll.SuccessAt.UTC(),
		IntervalSeconds: int(a.Interval / time.Second),
		Failures:        a.Poll.Failures, Reason: a.Poll.Reason, Error: engine.CleanLine(a.Poll.Error),
	}
	if a.Trouble != "" {
		p.Error = engine.CleanLine(a.Trouble)
	}
	// Without an engine nobody knows whether there is a next one.
	if r.options.Engine != nil && a.Interval > 0 && !p.AttemptAt.IsZero() && !r.blocked && a.Trouble == "" {
		p.NextAt = p.AttemptAt.Add(a.Interval)
	}
	return p
}

// unticketed counts what the census lists as open, has been due for more than
// two poll intervals and has no ticket. Nobody can tell before the first census,
// nor without the routing, which says what is opted out.
func (r *reader) unticketed(ctx context.Context, a engine.AccountStatus) (*int, error) {
	census := a.Poll.Census
	if r.policy == nil || a.Interval == 0 || census.At.IsZero() {
		return nil, nil //nolint:nilnil // absent is a value of the field that this fills.
	}
	count, err := engine.Unticketed(ctx, r.books, r.policy, a.Account.ID, census, a.Interval, r.options.Now)
	if err != nil {
		return nil, err
	}
	return &count, nil
}

// waiting lists the first of what is owed, in the order in which it is worked on.
func (r *reader) waiting(ctx context.Context, accountID int64) ([]Waiting, error) {
	records, err := r.books.Records(ctx, engine.RecordQuery{
		AccountID: accountID, DueBy: r.options.Now.AddDate(100, 0, 0), Limit: scanned,
	})
	if err != nil {
		return nil, fmt.Errorf("read what is owed: %w", err)
	}
	records = slices.DeleteFunc(records, engine.Record.OnlyDetails)
	records = records[:min(len(records), waitingShown)]
	list := make([]Waiting, 0, len(records))
	for _, record := range records {
		w := Waiting{
			AccountID: record.Key.AccountID, IncidentID: record.Key.IncidentID,
			Subject: subject(record), Severity: line(record.Seen.Incident.Severity),
			InDoubt: inDoubt(record), Why: r.why(record), Since: record.Seen.ChangedAt.UTC(), At: record.DueAt.UTC(),
		}
		if t := record.Work.Ticket; t != nil {
			w.Ticket, w.TicketURL = ticketName(*t), SafeURL(t.URL)
		}
		list = append(list, w)
	}
	return list, nil
}

// why says what a record waits for, in one sentence.
func (r *reader) why(record engine.Record) string {
	sentences := Waits(r.policy, record, r.options.Now)
	if len(sentences) == 0 {
		return "It is looked at again."
	}
	return sentences[0]
}

func inDoubt(r engine.Record) bool {
	return r.Work.Intent != nil && !r.Work.Intent.DoubtAt.IsZero()
}
