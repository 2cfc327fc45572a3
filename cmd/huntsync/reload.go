package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// A candidate that waits for the desk is tried again after retryFirst, twice as
// late each time.
const (
	retryFirst = time.Second
	retryLast  = 30 * time.Second
)

// lookForAccounts is how often a reseller's key is asked which accounts it reaches.
const lookForAccounts = time.Hour

// reloader takes a configuration from its files to the engine. Everything that
// can fail comes first; what runs is replaced last and whole, or not at all.
type reloader struct {
	read   func(context.Context) attempt
	wiring *wiring
	engine *engine.Engine
	log    *slog.Logger
	// notify tells systemd of reloads; nil tells nobody.
	notify *notifier

	// loading admits one reload at a time.
	loading sync.Mutex

	mu      sync.Mutex
	running *config.Config  // nil before the first that could be published
	reached map[string]bool // the accounts that it runs on, by name
	last    ReloadResult
	tried   attempt
	waiting bool
	told    string
}

// ReloadResult is how the last reload ended.
type ReloadResult struct {
	At time.Time
	// Diagnostics are what is wrong with the files.
	Diagnostics config.Diagnostics
	// Blocking is what the files still lack.
	Blocking []engine.Reminder
	// Warnings do not keep them from being used.
	Warnings []engine.Reminder
	// Failure is why they could not be held against the desk and Huntress.
	Failure error
	// Active is true where what was read is what runs.
	Active bool
}

// OK reports whether what was read runs, and polling goes on by it.
func (r ReloadResult) OK() bool { return r.Active && len(r.Blocking) == 0 && r.Failure == nil }

// reload reads the configuration and runs it if it is valid and complete. Where
// nothing runs yet an incomplete one is taken, with polling disabled.
func (r *reloader) reload(ctx context.Context) ReloadResult {
	r.loading.Lock()
	defer r.loading.Unlock()
	r.notify.reloading(ctx)
	tried := r.read(ctx)
	result := ReloadResult{At: time.Now(), Diagnostics: tried.diags}
	if tried.config != nil {
		r.activate(ctx, tried.config, &result)
	}
	r.publish(ctx, tried, result)
	r.notify.ready(ctx, statusLine(result, r.active() != nil))
	return result
}

// activate holds a valid configuration against the desk and Huntress.
func (r *reloader) activate(ctx context.Context, c *config.Config, result *ReloadResult) {
	setup, err := r.wiring.setup(ctx, c)
	if e, ok := errors.AsType[*engine.IncompleteError](err); ok {
		result.Blocking = e.Blocking
		return
	}
	result.Blocking = c.Incomplete()
	if len(result.Blocking) > 0 && r.complete() {
		return
	}
	result.Failure = err
	if err != nil && (r.active() != nil || len(setup.Accounts) == 0) {
		return // What runs may reach more. Where nothing does, what is reached is a beginning.
	}
	resolution, err := r.engine.Configure(ctx, setup)
	if err != nil {
		result.Failure = errors.Join(result.Failure, err)
		return
	}
	result.Blocking, result.Warnings = resolution.Blocking, resolution.Warnings
	if result.Active = len(resolution.Blocking) == 0 || !r.complete(); result.Active {
		r.wiring.metrics.budgets.follow(setup.Accounts)
		r.reaches(setup.Accounts)
	}
}

// complete reports whether a complete configuration runs.
func (r *reloader) complete() bool {
	resolution, ok := r.engine.Resolution()
	return ok && len(resolution.Blocking) == 0
}

// publish remembers and tells the outcome, once for each outcome.
func (r *reloader) publish(ctx context.Context, tried attempt, result ReloadResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := tried.config
	r.tried = tried
	if result.Active {
		r.warnOfRestart(ctx, c)
		r.running = c
	}
	r.last = result
	r.waiting = result.Failure != nil
	r.wiring.metrics.complete.Set(number(!result.Diagnostics.HasErrors() && len(result.Blocking) == 0))
	r.wiring.metrics.reloadSuccessful.Set(number(result.OK()))
	if result.OK() {
		r.wiring.metrics.reloadTime.Set(float64(result.At.UnixMilli()) / 1000)
	}
	if told := outcome(c, result); told != r.told {
		r.told = told
		r.tell(ctx, result)
	}
}

// warnOfRestart tells of blocks that are only read at the start.
func (r *reloader) warnOfRestart(ctx context.Context, c *config.Config) {
	if r.running == nil {
		return
	}
	if old := r.running.State; old.Type != c.State.Type || old.Path != c.State.Path || old.URL != c.State.URL {
		r.log.WarnContext(ctx, "The state block changed; huntsync has to be restarted for it")
	}
	if r.running.Web.Listen != c.Web.Listen {
		r.log.WarnContext(ctx, "The web block changed; huntsync has to be restarted for it")
	}
}

// outcome names what came of a reload: the same thing is not logged twice.
func outcome(c *config.Config, result ReloadResult) string {
	text := ""
	if c != nil {
		text = c.Hash
	}
	for _, d := range result.Diagnostics {
		text += "\n" + d.Summary + d.Detail
	}
	for _, b := range result.Blocking {
		text += "\n" + b.Path + b.Problem
	}
	if result.Failure != nil {
		text += "\n" + string(engine.ReasonOf(result.Failure))
	}
	return text
}

func (r *reloader) tell(ctx context.Context, result ReloadResult) {
	for _, d := range result.Diagnostics {
		level := slog.LevelWarn
		if d.Severity == config.SeverityError {
			level = slog.LevelError
		}
		r.log.Log(ctx, level, "Configuration", "problem", d.Summary, "detail", d.Detail, "file", d.Pos().File, "line", d.Pos().Line)
	}
	for _, b := range result.Blocking {
		r.log.ErrorContext(ctx, "Configuration is incomplete", "path", b.Path, "problem", b.Problem, "help", b.Help,
			"file", b.Pos.File, "line", b.Pos.Line)
	}
	for _, w := range result.Warnings {
		r.log.WarnContext(ctx, "Configuration", "path", w.Path, "problem", w.Problem, "file", w.Pos.File, "line", w.Pos.Line)
	}
	switch {
	case result.Failure != nil:
		r.log.ErrorContext(ctx, "Configuration cannot be held against the desk and Huntress yet; it is tried again", "error", result.Failure)
	case result.OK():
		r.log.InfoContext(ctx, "Configuration runs")
	case result.Active:
		r.log.ErrorContext(ctx, "Polling is disabled until the configuration is complete")
	case r.running != nil:
		r.log.ErrorContext(ctx, "The new configuration is not used; the last good one keeps running")
	}
}

// follow reloads whenever somebody says that something may have changed, and
// while a candidate waits for the desk or Huntress.
func (r *reloader) follow(ctx context.Context, changes <-chan struct{}, hangUp <-chan struct{}, now <-chan struct{}) {
	wait := retryFirst
	var due time.Time // when it is tried again; zero is not decided
	look := time.NewTicker(lookForAccounts)
	defer look.Stop()
	for {
		var retry <-chan time.Time
		if !r.waits() {
			wait, due = retryFirst, time.Time{}
		} else {
			if due.IsZero() {
				due = time.Now().Add(wait)
				wait = min(2*wait, retryLast)
			}
			retry = time.After(time.Until(due)) // Whatever else is looked at meanwhile.
		}
		select {
		case <-ctx.Done():
			return
		case <-changes:
			if !r.stale(ctx) {
				continue
			}
		case <-hangUp:
			wait = retryFirst
		case <-look.C:
			if !r.newAccounts(ctx) {
				continue
			}
		case <-now:
			if !r.waits() {
				continue
			}
			wait = retryFirst
		case <-retry:
		}
		r.reload(ctx)
		due = time.Time{}
	}
}

// stale reports whether the files are not those of the last attempt. An event is
// only a hint: content decides.
func (r *reloader) stale(ctx context.Context) bool {
	r.mu.Lock()
	tried := r.tried
	r.mu.Unlock()
	now := r.read(ctx)
	if now.snapshot == nil || tried.snapshot == nil || now.snapshot.Hash != tried.snapshot.Hash {
		return true
	}
	if tried.config == nil { // what was wrong may have been in the file of a credential
		return now.config != nil
	}
	return tried.config.Stale(now.snapshot)
}

func (r *reloader) reaches(accounts []engine.AccountSetup) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reached = map[string]bool{}
	for _, a := range accounts {
		if isReached(a) {
			r.reached[a.Settings.Name] = true
		}
	}
}

// newAccounts reports whether a reseller's key reaches an account that is not yet
// polled. That one is gone shows when it is polled.
func (r *reloader) newAccounts(ctx context.Context) bool {
	c := r.active()
	if c == nil || !slices.ContainsFunc(c.Huntress, func(h config.Huntress) bool { return len(h.Accounts) > 0 }) {
		return false
	}
	setup, err := r.wiring.setup(ctx, c)
	if err != nil {
		r.log.WarnContext(ctx, "It cannot be told whether there are new accounts; it is tried again in an hour", "error", err)
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range setup.Accounts {
		if isReached(a) && !r.reached[a.Settings.Name] {
			r.log.InfoContext(ctx, "The key reaches an account that was not there before", "account", a.Settings.Name)
			return true
		}
	}
	return false
}

// waits reports whether a candidate is to be tried again.
func (r *reloader) waits() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.waiting
}

// credentialFiles are what is to be watched beside the configuration: the files of
// the last one that was valid, and before there is one those of the start.
func (r *reloader) credentialFiles(start *config.Config) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return cmp.Or(r.tried.config, r.running, start).CredentialFiles()
}

// active is the configuration that runs; nil before the first.
func (r *reloader) active() *config.Config {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running
}

// result is how the last reload ended.
func (r *reloader) result() ReloadResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
