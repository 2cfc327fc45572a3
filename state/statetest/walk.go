package statetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/huntsync/huntsync/engine"
)

// testModel does at random what a store can do, to it and to the model, and
// compares what they show after each step. One state serves all walks: each has
// an account of its own.
func testModel(t *testing.T, place Place) {
	store := open(t, place)
	next := int64(0)
	rapid.Check(t, func(t *rapid.T) {
		next++
		lease, err := store.Acquire(t.Context(), next, holder("a"), ttl)
		check(t, err)
		w := &walk{ctx: t.Context(), store: store, lease: lease, model: newModel()}
		t.Repeat(map[string]func(*rapid.T){
			"":         w.compare,
			"observe":  w.observe,
			"save":     w.save,
			"outdated": w.saveOutdated,
			"forget":   w.forget,
			"wake":     w.wake,
			"query":    w.query,
			"inspect":  w.inspect,
		})
	})
}

// walk is one random walk.
type walk struct {
	ctx   context.Context //nolint:containedctx // of one walk, whose steps have a signature of rapid's
	store Store
	lease engine.Lease
	model *model
}

func check(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *rapid.T, what string, got, want any) {
	if diff := difference(got, want); diff != "" {
		t.Fatalf("%s: store (+), model (-):\n%s", what, diff)
	}
}

// Few values each, so that they meet.
func (w *walk) key(t *rapid.T) engine.Key {
	id := rapid.Int64Range(1, 6).Draw(t, "incident")
	return engine.Key{AccountID: w.lease.AccountID, Kind: engine.KindIncident, IncidentID: id}
}

func moment() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		minutes := rapid.IntRange(-1, 8).Draw(t, "minutes")
		if minutes < 0 {
			return time.Time{}
		}
		return noon().Add(time.Duration(minutes) * time.Minute)
	})
}

func (w *walk) seen(t *rapid.T, k engine.Key) engine.Seen {
	return engine.Seen{
		Incident: engine.Incident{
			ID: k.IncidentID, AccountID: k.AccountID, Subject: rapid.String().Draw(t, "subject"),
			Severity: rapid.SampledFrom([]engine.Severity{"low", "high", "critical", "", "odd"}).Draw(t, "severity"),
			Status:   rapid.SampledFrom(append(engine.Statuses(), "", "odd")).Draw(t, "status"),
			SentAt:   moment().Draw(t, "sent"),
			Raw:      rapid.SliceOfN(rapid.Byte(), 1, 50).Draw(t, "raw"),
		},
		Version: rapid.Int64Range(1, 9).Draw(t, "version"),
		FirstAt: moment().Draw(t, "first"), ChangedAt: moment().Draw(t, "changed"),
	}
}

func (w *walk) observe(t *rapid.T) {
	o := engine.Observation{AccountID: w.lease.AccountID}
	for range rapid.IntRange(0, 3).Draw(t, "rows") {
		k := w.key(t)
		o.Rows = append(o.Rows, engine.Record{Key: k, Seen: w.seen(t, k)})
	}
	if rapid.Bool().Draw(t, "poll") {
		o.Poll = &engine.PollState{Account: engine.Account{ID: o.AccountID}, Cursor: moment().Draw(t, "cursor")}
	}
	if rapid.Bool().Draw(t, "organizations") {
		o.Organizations = []engine.Organization{{ID: rapid.Int64().Draw(t, "organization")}}
	}
	check(t, w.store.Observe(w.ctx, w.lease, o))
	w.model.observe(o)
}

func (w *walk) work(t *rapid.T) engine.Work {
	var work engine.Work
	if rapid.Bool().Draw(t, "ticket") {
		work.Ticket = ticket("1")
	}
	if rapid.Bool().Draw(t, "intent") {
		work.Intent = intent()
		work.Intent.DoubtAt = moment().Draw(t, "doubt")
	}
	work.Skip = rapid.SampledFrom([]engine.Skip{"", engine.SkipDeletedByPerson, engine.SkipForgotten}).Draw(t, "skip")
	for range rapid.IntRange(0, 2).Draw(t, "extras") {
		work.Extras = append(work.Extras, engine.Extra{Ticket: *ticket("2")})
	}
	return work
}

func (w *walk) save(t *rapid.T) {
	r := engine.Record{Key: w.key(t)}
	if stored, known := w.model.records[r.Key]; known {
		r.Seen = stored.Seen
	}
	w.saveAs(t, r)
}

func (w *walk) saveOutdated(t *rapid.T) {
	r := engine.Record{Key: w.key(t)}
	r.Seen.Version = rapid.Int64Range(0, 9).Draw(t, "version")
	w.saveAs(t, r)
}

func (w *walk) saveAs(t *rapid.T, r engine.Record) {
	r.Work, r.DueAt = w.work(t), moment().Draw(t, "due")
	var entries []engine.Entry
	for range rapid.IntRange(0, 2).Draw(t, "entries") {
		entries = append(entries, entry(r.Key, noon(), rapid.String().Draw(t, "detail")))
	}
	check(t, w.store.Save(w.ctx, w.lease, r, entries...))
	w.model.save(r, entries)
}

func (w *walk) forget(t *rapid.T) {
	k := w.key(t)
	e := entry(k, noon(), "forgotten")
	err := w.store.Forget(w.ctx, w.lease, k, e)
	if !w.model.forget(k, e) {
		if !errors.Is(err, engine.ErrNotFound) {
			t.Fatalf("forgetting what is not there: %v", err)
		}
		return
	}
	check(t, err)
}

func (w *walk) wake(t *rapid.T) {
	now := noon().Add(time.Duration(rapid.IntRange(0, 8).Draw(t, "now")) * time.Minute)
	check(t, w.store.Wake(w.ctx, w.lease, now))
	w.model.wake(now)
}

func (w *walk) query(t *rapid.T) {
	q := engine.RecordQuery{
		AccountID: w.lease.AccountID, DueBy: moment().Draw(t, "by"),
		Owing: rapid.Bool().Draw(t, "owing"), Open: rapid.Bool().Draw(t, "open"),
		Ticketless: rapid.Bool().Draw(t, "ticketless"),
		Limit:      rapid.IntRange(0, 4).Draw(t, "limit"),
	}
	if rapid.Bool().Draw(t, "paged") {
		q.After = w.key(t)
	}
	if rapid.Bool().Draw(t, "by id") {
		q.IncidentIDs = rapid.SliceOfN(rapid.Int64Range(1, 6), 1, 3).Draw(t, "ids")
	}
	got, err := w.store.Records(w.ctx, q)
	check(t, err)
	same(t, "records", got, w.model.find(q))
}

// compare holds the records against the model, after each step.
func (w *walk) compare(t *rapid.T) {
	records, err := w.store.Records(w.ctx, engine.RecordQuery{AccountID: w.lease.AccountID})
	check(t, err)
	same(t, "records", records, w.model.find(engine.RecordQuery{}))
}

// inspect holds what is kept beside the records against the model.
func (w *walk) inspect(t *rapid.T) {
	account, err := w.store.Account(w.ctx, w.lease.AccountID)
	if w.model.account == nil {
		if !errors.Is(err, engine.ErrNotFound) {
			t.Fatalf("an account that was never observed: %v", err)
		}
	} else {
		check(t, err)
		same(t, "account", account, *w.model.account)
	}
	tally, err := w.store.Tally(w.ctx, w.lease.AccountID)
	check(t, err)
	same(t, "tally", tally, w.model.tally())

	k := w.key(t)
	raw, err := w.store.RawIncident(w.ctx, k)
	if !errors.Is(err, engine.ErrNotFound) {
		check(t, err)
	}
	same(t, "raw incident", raw, w.model.raw[k])
	q := engine.JournalQuery{Key: k, Limit: rapid.IntRange(0, 3).Draw(t, "limit")}
	journal, err := w.store.Journal(w.ctx, q)
	check(t, err)
	for i := range journal {
		journal[i].ID = 0
	}
	same(t, "journal", journal, w.model.list(q))
}
