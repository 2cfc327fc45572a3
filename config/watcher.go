package config

import (
	"context"
	"log/slog"
	"time"

	"github.com/fsnotify/fsnotify"
)

// What holds where [WatchOptions] do not say otherwise.
const (
	defaultPoll    = 30 * time.Second
	defaultQuiet   = 500 * time.Millisecond
	defaultLongest = 5 * time.Second
)

// WatchOptions are how a [Watcher] watches. Zero values stand for the defaults.
type WatchOptions struct {
	// Files lists further files to watch, such as those that hold credentials. It
	// is asked again whenever something changed; nil for none.
	Files func() []string
	// Poll is how often it says to look again whatever happens; default 30 s.
	Poll time.Duration
	// Quiet is how long nothing may happen before it says so; default 500 ms.
	Quiet time.Duration
	// Longest is how long it waits for quiet at most; default 5 s.
	Longest time.Duration
	// Logger is told when there are no events; nil for nobody.
	Logger *slog.Logger
}

// Watcher says when it is worth reading a configuration again. It never says what
// changed, or that anything did: events are lost, late, or about something else,
// so only the content decides.
type Watcher struct {
	path    string
	options WatchOptions
	changes chan struct{}
	warned  bool
}

// NewWatcher makes a watcher of a configuration, a directory or a file. The path
// need not exist.
func NewWatcher(path string, o WatchOptions) *Watcher {
	if o.Poll == 0 {
		o.Poll = defaultPoll
	}
	if o.Quiet == 0 {
		o.Quiet = defaultQuiet
	}
	if o.Longest == 0 {
		o.Longest = defaultLongest
	}
	if o.Files == nil {
		o.Files = func() []string { return nil }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Watcher{path: path, options: o, changes: make(chan struct{}, 1)}
}

// Changes receives a value when it is worth reading the configuration again. It
// holds one value at most: what happens while nobody looks is one change.
func (w *Watcher) Changes() <-chan struct{} { return w.changes }

// Run watches until the context ends. Where the system gives no events (a network
// file system, too many watches) it goes on by polling alone.
func (w *Watcher) Run(ctx context.Context) {
	events, err := fsnotify.NewWatcher()
	if err != nil {
		w.degrade(ctx, err)
		w.loop(ctx, nil, nil, func() {})
		return
	}
	defer func() { _ = events.Close() }()
	w.loop(ctx, events.Events, events.Errors, func() { w.follow(ctx, events) })
}

// loop says to look again after each burst of events and on each tick. Before it
// does, it watches what there is to watch now: so nothing is missed between. On
// lost comes an error where some events did not.
func (w *Watcher) loop(ctx context.Context, events <-chan fsnotify.Event, lost <-chan error, follow func()) {
	follow()
	w.say()
	poll := time.NewTicker(w.options.Poll)
	defer poll.Stop()
	burst := debounce{quiet: w.options.Quiet, longest: w.options.Longest}
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			burst.event(time.Now())
			continue
		case err := <-lost:
			w.options.Logger.DebugContext(ctx, "events of the file system were lost", "error", err)
			burst.event(time.Now())
			continue
		case <-burst.timer():
		case <-poll.C:
			if burst.timer() != nil {
				continue // somebody is writing, and it will be looked when the burst is over
			}
		}
		burst.end()
		follow()
		w.say()
	}
}

func (w *Watcher) say() {
	select {
	case w.changes <- struct{}{}:
	default: // it is said already
	}
}

// follow watches every directory in which a change could matter, and no other.
func (w *Watcher) follow(ctx context.Context, events *fsnotify.Watcher) {
	wanted := watchedDirectories(w.path, w.options.Files())
	for _, have := range events.WatchList() {
		if !wanted[have] {
			_ = events.Remove(have) // it may be gone by itself
		}
	}
	for dir := range wanted {
		// Adding again is harmless, and needed where a directory was replaced.
		if err := events.Add(dir); err != nil {
			w.degrade(ctx, err)
		}
	}
}

// degrade says once that there are no events, or not for everything.
func (w *Watcher) degrade(ctx context.Context, err error) {
	if w.warned {
		return
	}
	w.warned = true
	w.options.Logger.WarnContext(ctx, "changes of the configuration are found by polling only",
		"error", err, "poll_interval", w.options.Poll)
}

// debounce waits for a burst of events to end, but not for ever.
type debounce struct {
	quiet, longest time.Duration
	first          time.Time // of the burst; zero outside of one
	wait           *time.Timer
}

func (d *debounce) event(now time.Time) {
	if d.first.IsZero() {
		d.first = now
	}
	left := min(d.quiet, d.first.Add(d.longest).Sub(now))
	if d.wait == nil {
		d.wait = time.NewTimer(left)
	} else {
		d.wait.Reset(left)
	}
}

// timer fires when the burst is over; it is nil outside of one.
func (d *debounce) timer() <-chan time.Time {
	if d.first.IsZero() {
		return nil
	}
	return d.wait.C
}

func (d *debounce) end() {
	d.first = time.Time{}
	if d.wait != nil {
		d.wait.Stop()
	}
}
