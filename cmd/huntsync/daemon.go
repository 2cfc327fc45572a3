package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/cmd/huntsync/web"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa"
	"github.com/huntsync/huntsync/state"
)

// daemon is the process of run, as its web surface sees it.
type daemon struct {
	app      *app
	wiring   *wiring
	store    state.Store
	engine   *engine.Engine
	reloader *reloader
	log      *slog.Logger
	notify   *notifier
	// again asks that a candidate which waits is tried again at once.
	again chan struct{}
}

var _ web.Daemon = (*daemon)(nil)

func newDaemon(a *app, w *wiring, store state.Store) *daemon {
	e := w.engine(store)
	return &daemon{
		app: a, wiring: w, store: store, engine: e, log: w.log, again: make(chan struct{}, 1),
		reloader: &reloader{read: a.read, wiring: w, engine: e, log: w.log},
	}
}

// Poll asks for a poll of every account at once, for a probe of a desk that is
// paused, and for another try of a configuration that waits.
func (d *daemon) Poll() {
	d.engine.Poke()
	d.tryAgain()
}

// tryAgain wakes who tries a configuration that waits, whoever read it.
func (d *daemon) tryAgain() {
	select {
	case d.again <- struct{}{}:
	default:
	}
}

// Reload reads the configuration again.
func (d *daemon) Reload(ctx context.Context) web.ReloadResult {
	result := d.reloader.reload(ctx)
	if result.Failure != nil {
		d.tryAgain()
	}
	var text strings.Builder
	out := views.Terminal{Writer: &text}
	if err := views.Diagnostics(out, result.Diagnostics); err != nil {
		text.WriteString(err.Error())
	}
	views.Reload(out, result.OK(), result.Blocking, result.Warnings, result.Failure)
	return web.ReloadResult{Applied: result.OK(), Text: text.String(), Diagnostics: result.Diagnostics}
}

// Policy is what incidents are decided by.
func (d *daemon) Policy() *engine.Policy {
	resolution, ok := d.engine.Resolution()
	if !ok {
		return nil
	}
	return resolution.Policy
}

// Status tells how everything stands.
func (d *daemon) Status(ctx context.Context) (status.Status, error) {
	return status.Read(ctx, d.store, status.Options{
		Now: time.Now(), Engine: d.engine, Reload: d.lastReload(), Lacking: d.reloader.result().Blocking,
		Version: readBuild().Version, DeskName: algapsa.Side,
	})
}

// lastReload is the last reload as the page shows it.
func (d *daemon) lastReload() *status.Reload {
	last := d.reloader.result()
	if last.At.IsZero() {
		return nil
	}
	r := &status.Reload{At: last.At, Outcome: status.OutcomeApplied}
	switch {
	case last.Diagnostics.HasErrors():
		r.Outcome = status.OutcomeInvalid
		for _, x := range last.Diagnostics {
			if x.Severity == config.SeverityError {
				r.Problems = append(r.Problems, engine.Reminder{Path: x.In, Problem: x.Summary, Help: x.Detail, Pos: x.Pos()})
			}
		}
	case last.Failure != nil:
		r.Outcome = status.OutcomeWaiting
		r.Problems = []engine.Reminder{{Path: "configuration", Problem: last.Failure.Error()}}
	case len(last.Blocking) > 0:
		r.Outcome = status.OutcomeIncomplete
		r.Problems = last.Blocking
	}
	return r
}

// suggest names the client that an unmapped organization most likely belongs to.
func (d *daemon) suggest(organization string) string {
	p := d.Policy()
	if p == nil {
		return ""
	}
	matches := views.ClientNames(p).Closest(organization, 1)
	if len(matches) == 0 {
		return ""
	}
	return matches[0].Name
}
