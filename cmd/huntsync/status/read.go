package status

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// How much a status lists.
const (
	recentShown  = 20
	waitingShown = 10
)

// Engine is what a status asks of a running engine; [engine.Engine] is one.
type Engine interface {
	Status(ctx context.Context) ([]engine.AccountStatus, error)
	Resolution() (engine.Resolution, bool)
	Paused() error
	CreatesStopped() string
	Holder() engine.Holder
}

// Books is what a status reads of a state; every [engine.Store] is one.
type Books interface {
	Accounts(ctx context.Context) ([]engine.AccountState, error)
	Record(ctx context.Context, key engine.Key) (engine.Record, error)
	Records(ctx context.Context, q engine.RecordQuery) ([]engine.Record, error)
	Unknown(ctx context.Context, accountID int64, incidents []int64) (int, error)
	Tally(ctx context.Context, accountID int64) (engine.Tally, error)
	Journal(ctx context.Context, q engine.JournalQuery) ([]engine.Entry, error)
	Desk(ctx context.Context) (engine.DeskState, error)
	Roster(ctx context.Context) (engine.Roster, error)
}

// Options say what else is known.
type Options struct {
	// Now is the time to reckon with.
	Now time.Time
	// Engine is the one that runs in this process; nil where the state is read
	// without one.
	Engine Engine
	// Policy is what incidents are decided by; nil takes the engine's, and without
	// an engine leaves out what depends on the routing.
	Policy *engine.Policy
	// Interval is the time between two polls, for where no engine tells it; zero is
	// not known.
	Interval time.Duration
	// Reload is the configuration that was read last; nil for none.
	Reload *Reload
	// Lacking is what that one lacks; it counts while none runs.
	Lacking []engine.Reminder
	// Version is that of the program.
	Version string
	// DeskName is what messages call the desk.
	DeskName string
}

// Read reads how everything stands. It writes nothing and asks neither Huntress
// nor the desk.
func Read(ctx context.Context, books Books, o Options) (Status, error) {
	s := Status{FormatVersion: FormatVersion, At: o.Now.UTC(), Accounts: []Account{}}
	desk, err := books.Desk(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("read what is known of the desk: %w", err)
	}
	s.Desk = Desk{Name: o.DeskName, URL: desk.URL, CreatesStopped: engine.CleanLine(desk.CreatesStopped)}
	r := reader{books: books, options: o, policy: o.Policy}
	if o.Engine != nil {
		r.readEngine(&s)
	}
	accounts, err := r.accounts(ctx)
	if err != nil {
		return Status{}, err
	}
	for _, a := range accounts {
		account, err := r.account(ctx, a)
		if err != nil {
			return Status{}, err
		}
		s.Accounts = append(s.Accounts, account)
	}
	roster, err := books.Roster(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("read who works which account: %w", err)
	}
	r.replicas(&s, roster)
	if s.Desk.CreatesStopped == "" && slices.ContainsFunc(s.Accounts, Account.elsewhere) {
		// One that stands by hears of it only when it is to create something itself.
		s.Desk.CreatesStopped = engine.CleanLine(desk.CreatesStopped)
	}
	if s.Recent, err = History(ctx, books, engine.JournalQuery{Limit: recentShown}); err != nil {
		return Status{}, err
	}
	if o.Engine != nil {
		s.Daemon = &Daemon{Version: o.Version, NotReady: notReady(s, r.resolved)}
		s.Daemon.Ready = len(s.Daemon.NotReady) == 0
	}
	s.Attention = append([]string{}, attention(s)...)
	return s, nil
}

// reader reads one status.
type reader struct {
	books   Books
	options Options
	policy  *engine.Policy
	// resolved is true once the engine runs on a configuration; blocked while that
	// is incomplete.
	resolved, blocked bool
}

// readEngine adds what only a running engine knows.
func (r *reader) readEngine(s *Status) {
	resolution, ok := r.options.Engine.Resolution()
	r.resolved, r.blocked = ok, len(resolution.Blocking) > 0
	blocking := resolution.Blocking
	if !ok {
		blocking = r.options.Lacking
	}
	s.Configuration = &Configuration{
		Complete: ok && !r.blocked,
		Blocking: clean(blocking), Warnings: clean(resolution.Warnings),
		Reload: r.reload(),
	}
	if resolution.Policy != nil {
		s.Configuration.Hash = resolution.Policy.Hash
		if r.policy == nil {
			r.policy = resolution.Policy
		}
	}
	s.Desk.CreatesStopped = engine.CleanLine(r.options.Engine.CreatesStopped())
	if err := r.options.Engine.Paused(); err != nil {
		s.Desk.Paused = &Pause{Reason: engine.ReasonOf(err), Detail: engine.CleanLine(err.Error())}
		if paused, ok := errors.AsType[*engine.PausedError](err); ok {
			*s.Desk.Paused = Pause{Reason: paused.Cause.Reason, Detail: engine.CleanLine(paused.Cause.Error()), Until: paused.Until.UTC()}
		}
	}
}

func (r *reader) reload() *Reload {
	if r.options.Reload == nil {
		return nil
	}
	reload := *r.options.Reload
	reload.At, reload.Problems = reload.At.UTC(), clean(reload.Problems)
	return &reload
}

// clean makes reminders safe to show; names of organizations are part of them.
func clean(list []engine.Reminder) []engine.Reminder {
	cleaned := make([]engine.Reminder, 0, len(list))
	for _, r := range list {
		r.Path, r.Problem, r.Help = engine.CleanLine(r.Path), engine.CleanLine(r.Problem), engine.CleanLine(r.Help)
		r.Pos.File = engine.CleanLine(r.Pos.File)
		candidates := make([]string, 0, len(r.Candidates))
		for _, c := range r.Candidates {
			candidates = append(candidates, engine.CleanLine(c))
		}
		r.Candidates = candidates
		cleaned = append(cleaned, r)
	}
	return cleaned
}

// accounts lists the accounts as the engine runs them, or as the state has them.
func (r *reader) accounts(ctx context.Context) ([]engine.AccountStatus, error) {
	if r.options.Engine != nil {
		accounts, err := r.options.Engine.Status(ctx)
		if err != nil {
			return nil, fmt.Errorf("ask how the accounts stand: %w", err)
		}
		return accounts, nil
	}
	states, err := r.books.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	accounts := make([]engine.AccountStatus, 0, len(states))
	for _, state := range states {
		a := engine.AccountStatus{
			Name: AccountName(state.Poll.Account), Account: state.Poll.Account,
			Interval: r.options.Interval,
			Poll:     state.Poll, AdoptionOwed: state.Adoption.Owed,
		}
		if a.Tally, err = r.books.Tally(ctx, state.Poll.Account.ID); err != nil {
			return nil, fmt.Errorf("count records: %w", err)
		}
		if r.policy != nil {
			var counts Organizations
			for _, o := range state.Organizations {
				counts = counts.and(MappingOf(r.policy, state.Poll.Account.ID, o.ID))
			}
			a.Mapped, a.Unmapped, a.OptedOut = counts.Mapped, counts.Unmapped, counts.OptedOut
		}
		accounts = append(accounts, a)
	}
	slices.SortFunc(accounts, func(a, b engine.AccountStatus) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Account.ID, b.Account.ID))
	})
	return accounts, nil
}

// AccountName is what an account is called where the configuration's name for it
// is not known.
func AccountName(a engine.Account) string {
	if name := engine.CleanLine(a.Name); name != "" {
		return name
	}
	return fmt.Sprintf("account %d", a.ID)
}

// notReady says why the daemon is not ready, a sentence each.
func notReady(s Status, resolved bool) []string {
	if !resolved {
		why := "No configuration runs yet"
		if s.Configuration.Reload != nil && len(s.Configuration.Reload.Problems) > 0 {
			why += ": " + s.Configuration.Reload.Problems[0].Problem
		}
		return []string{sentence(why)}
	}
	var reasons []string
	for _, b := range s.Configuration.Blocking {
		reasons = append(reasons, sentence("Polling is disabled: "+b.Path+": "+b.Problem))
	}
	if len(reasons) > 0 {
		return reasons
	}
	for _, a := range s.Accounts {
		if a.Connection == ConnectionFailing && !a.elsewhere() {
			reasons = append(reasons, sentence("The last poll of account "+a.Name+" failed: "+a.Poll.Error))
		}
	}
	return reasons
}
