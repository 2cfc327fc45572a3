// Package statustest makes states, policies and engines as the pages and the
// status commands meet them: empty, usual, failing, paused, large and hostile.
package statustest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/sqlite"
)

// AccountID is the account of every world.
const AccountID = 5

// Interval is how often it is polled.
const Interval = 5 * time.Minute

// World is a state with an engine that seems to run on it.
type World struct {
	Now    time.Time
	Books  engine.Store
	Policy *engine.Policy // nil where no configuration runs
	Engine *Engine        // nil where the state is read without one
	Reload *status.Reload
}

// Status reads how the world stands.
func (w *World) Status(ctx context.Context) (status.Status, error) {
	o := status.Options{Now: w.Now, Policy: w.Policy, Reload: w.Reload, Version: "1.2.3", DeskName: "AlgaPSA"}
	if w.Engine != nil {
		o.Engine = w.Engine
	} else if w.Policy != nil {
		o.Interval = Interval
	}
	return status.Read(ctx, w.Books, o)
}

// Engine answers as a running engine would.
type Engine struct {
	world *World
	// Current is what it runs on; Resolved is false before there is any.
	Current  engine.Resolution
	Resolved bool
	// Trouble, where set, is why the account is not identified.
	Trouble string
	Pause   error
	Stopped string
	// More are further accounts that stand as the first one does.
	More int
	// Failure, where set, is what reading the status fails with.
	Failure error
}

// Status tells how the account stands, from the books.
func (e *Engine) Status(ctx context.Context) ([]engine.AccountStatus, error) {
	if e.Failure != nil {
		return nil, e.Failure
	}
	if !e.Resolved {
		return nil, nil
	}
	s := engine.AccountStatus{Name: "main", Interval: Interval, Trouble: e.Trouble}
	if e.Trouble != "" {
		return []engine.AccountStatus{s}, nil
	}
	state, err := e.world.Books.Account(ctx, AccountID)
	if err != nil && !errors.Is(err, engine.ErrNotFound) {
		return nil, err
	}
	s.Account, s.Poll, s.AdoptionOwed = account(), state.Poll, state.Adoption.Owed
	if s.Tally, err = e.world.Books.Tally(ctx, AccountID); err != nil {
		return nil, err
	}
	if e.Current.Policy != nil {
		for _, o := range state.Organizations {
			switch status.MappingOf(e.Current.Policy, AccountID, o.ID) {
			case status.Mapped:
				s.Mapped++
			case status.Unmapped:
				s.Unmapped++
			case status.OptedOut:
				s.OptedOut++
			}
		}
	}
	list := []engine.AccountStatus{s}
	for n := range e.More {
		s.Name = fmt.Sprintf("client-%02d/a long name of an account", n+2)
		list = append(list, s)
	}
	return list, nil
}

// Resolution is what the engine runs on.
func (e *Engine) Resolution() (engine.Resolution, bool) { return e.Current, e.Resolved }

// Paused tells why the desk is paused.
func (e *Engine) Paused() error { return e.Pause }

// Holder is the process.
func (e *Engine) Holder() engine.Holder {
	return engine.Holder{ID: "test", Host: "host", PID: 1, Command: "run", Since: Noon()}
}

// CreatesStopped tells why no tickets are created.
func (e *Engine) CreatesStopped() string { return e.Stopped }

func account() engine.Account {
	return engine.Account{ID: AccountID, Name: "Example MSP", Subdomain: "example"}
}

// Noon is when every world plays.
func Noon() time.Time { return time.Date(2026, time.August, 3, 12, 0, 0, 0, time.UTC) }

// Empty is a world on its first day: nothing is configured, nothing was seen.
func Empty(tb testing.TB) *World {
	tb.Helper()
	store, err := sqlite.Open(tb.Context(), sqlite.Options{Path: filepath.Join(tb.TempDir(), "huntsync.db")})
	if err != nil {
		tb.Fatalf("opening a state: %v", err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Errorf("closing the state: %v", err)
		}
	})
	w := &World{Now: Noon(), Books: store}
	w.Engine = &Engine{world: w}
	return w
}

// Configured is a world whose configuration is complete and that was polled a
// minute ago, with these organizations mapped and no incidents.
func Configured(tb testing.TB, organizations int) *World {
	tb.Helper()
	w := Empty(tb)
	w.Policy = policy(organizations)
	w.Engine.Resolved, w.Engine.Current = true, engine.Resolution{Policy: w.Policy}
	w.Reload = &status.Reload{At: w.Now.Add(-time.Hour), Outcome: status.OutcomeApplied}
	w.Poll(tb, func(*engine.PollState) {})
	lease := w.lease(tb)
	observation := engine.Observation{AccountID: AccountID, Organizations: organizationsOf(w.Policy, organizations)}
	if err := w.Books.Observe(tb.Context(), lease, observation); err != nil {
		tb.Fatalf("observing organizations: %v", err)
	}
	if err := w.Books.SaveAdoption(tb.Context(), lease, engine.Adoption{AccountID: AccountID, ReadAt: w.Now}); err != nil {
		tb.Fatalf("saving the adoption: %v", err)
	}
	if err := w.Books.SaveDesk(tb.Context(), lease, engine.DeskState{URL: "https://psa.example.com", Catalogue: w.Policy.Catalogue}); err != nil {
		tb.Fatalf("saving the desk: %v", err)
	}
	return w
}

// Poll writes how the last poll went.
func (w *World) Poll(tb testing.TB, change func(*engine.PollState)) {
	tb.Helper()
	p := engine.PollState{
		Account: account(), Cursor: w.Now.Add(-2 * time.Minute), LookbackFrom: w.Now.AddDate(0, 0, -7),
		OrganizationsAt: w.Now.Add(-20 * time.Minute), AttemptAt: w.Now.Add(-time.Minute), SuccessAt: w.Now.Add(-time.Minute),
		Census: engine.Census{At: w.Now.Add(-20 * time.Minute)},
	}
	change(&p)
	if err := w.Books.Observe(tb.Context(), w.lease(tb), engine.Observation{AccountID: AccountID, Poll: &p}); err != nil {
		tb.Fatalf("observing a poll: %v", err)
	}
}

func (w *World) lease(tb testing.TB) engine.Lease {
	tb.Helper()
	lease, err := w.Books.Acquire(tb.Context(), AccountID, w.Engine.Holder(), 0)
	if err != nil {
		tb.Fatalf("taking the account: %v", err)
	}
	return lease
}

// Key names an incident of the world.
func Key(incident int64) engine.Key {
	return engine.Key{AccountID: AccountID, Kind: engine.KindIncident, IncidentID: incident}
}

// Incident is an incident with what was done about it.
type Incident struct {
	engine.Incident

	Work    engine.Work
	DueAt   time.Time
	Entries []engine.Entry
}

// Add puts incidents into the books.
func (w *World) Add(tb testing.TB, incidents ...Incident) {
	tb.Helper()
	lease := w.lease(tb)
	var rows []engine.Record
	for _, i := range incidents {
		i.AccountID = AccountID
		i.Raw = fmt.Appendf(nil, `{"id":%d}`, i.ID)
		seen := engine.Seen{
			Incident: i.Incident, Digest: fmt.Sprint(i.ID), Version: 1,
			FirstAt: w.Now.Add(-time.Hour), ChangedAt: w.Now.Add(-10 * time.Minute),
		}
		rows = append(rows, engine.Record{Key: Key(i.ID), Seen: seen})
	}
	if err := w.Books.Observe(tb.Context(), lease, engine.Observation{AccountID: AccountID, Rows: rows}); err != nil {
		tb.Fatalf("observing incidents: %v", err)
	}
	var written []engine.Entry
	for n, i := range incidents {
		r := &rows[n]
		r.Work, r.DueAt = i.Work, i.DueAt
		if err := w.Books.Save(tb.Context(), lease, *r); err != nil {
			tb.Fatalf("saving incident %d: %v", i.ID, err)
		}
		for _, e := range i.Entries {
			e.Key = r.Key
			written = append(written, e)
		}
	}
	slices.SortStableFunc(written, func(a, b engine.Entry) int { return a.At.Compare(b.At) })
	for _, e := range written {
		n := slices.IndexFunc(rows, func(r engine.Record) bool { return r.Key == e.Key })
		if err := w.Books.Save(tb.Context(), lease, rows[n], e); err != nil {
			tb.Fatalf("writing the journal: %v", err)
		}
	}
}

// Rebind writes the row of the journal that is about no incident: that the state
// was given to another address of the desk.
func (w *World) Rebind(tb testing.TB) {
	tb.Helper()
	record, err := w.Books.Record(tb.Context(), Key(Ticketed))
	if err != nil {
		tb.Fatal(err)
	}
	err = w.Books.Save(tb.Context(), w.lease(tb), record, engine.Entry{
		At: w.Now, Key: engine.Key{AccountID: AccountID, Kind: engine.KindIncident}, Action: engine.ActionLookup,
		Outcome: engine.OutcomeDone, Detail: "the state was rebound", Who: "state rebind@host",
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// Stop writes down that no tickets are created, as the process does that works the account.
func (w *World) Stop(tb testing.TB, why string) {
	tb.Helper()
	desk, err := w.Books.Desk(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	desk.CreatesStopped = why
	if err := w.Books.SaveDesk(tb.Context(), w.lease(tb), desk); err != nil {
		tb.Fatal(err)
	}
}
