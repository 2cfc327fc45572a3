package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	algapsadata "github.com/huntsync/huntsync/providers/algapsa/sim/dataset"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
	huntressdata "github.com/huntsync/huntsync/providers/huntress/sim/dataset"
)

func (a *app) demoCommand() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch it work: simulated Huntress, simulated AlgaPSA, everything else real",
		Long: `Start a simulated Huntress and a simulated AlgaPSA on this machine, show the plan for
what the SOC has published, apply it, play an hour of the SOC's work in seconds and
show the tickets. The configuration it used is left in a temporary folder.`,
		Example: `  huntsync demo
  huntsync demo --keep    keep the simulators running, to try the other commands on them`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), keep) },
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "keep the simulators running until interrupted")
	return cmd
}

// demo is a world of its own: two simulators with one clock, and a folder.
type demo struct {
	app      *app
	clock    *demoClock
	huntress *huntresssim.Server
	desk     *algapsasim.Sim
	dir      string
	session  *session
}

// demoClock runs with the real one, and can be put forward.
type demoClock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *demoClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().UTC().Add(c.ahead)
}

func (c *demoClock) forward(to time.Time) {
	if ahead := to.Sub(c.now()); ahead > 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ahead += ahead
	}
}

func (a *app) demo(ctx context.Context, keep bool) (err error) {
	// The hour that is played ends now, so that what is left fits the real clock.
	d := &demo{app: a, clock: &demoClock{ahead: -time.Hour}}
	stop, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	out := a.output()
	views.DemoBegins(out, len(huntressdata.Organizations()), len(huntressdata.Incidents(d.clock.now())))
	if err := d.plan(ctx, out); err != nil {
		return err
	}
	if err := d.pass(ctx, out, "Apply"); err != nil {
		return err
	}
	if err := d.hour(ctx, out); err != nil {
		return err
	}
	if err := d.tickets(ctx, out); err != nil {
		return err
	}
	if err := d.session.close(ctx); err != nil {
		return err
	}
	d.clock.forward(time.Now())
	views.DemoEnds(out, d.dir, keep)
	if keep {
		<-ctx.Done()
	}
	return nil
}

// open starts the simulators, writes the configuration and opens the state.
func (d *demo) open(ctx context.Context) (stop func() error, err error) {
	d.huntress = huntresssim.New(huntresssim.Options{Now: d.clock.now})
	d.desk = algapsasim.New(algapsasim.Options{Now: d.clock.now, Seed: 1})
	huntressdata.Load(d.huntress, d.clock.now())
	algapsadata.Load(d.desk)

	var servers []io.Closer
	stop = func() error {
		var failures []error
		for _, s := range servers {
			failures = append(failures, s.Close())
		}
		return errors.Join(failures...)
	}
	serve := func(h http.Handler) (string, error) {
		url, server, err := serveLoopback(ctx, h)
		if err == nil {
			servers = append(servers, server)
		}
		return url, err
	}
	huntressURL, err := serve(d.huntress)
	if err != nil {
		return stop, err
	}
	deskURL, err := serve(d.desk)
	if err != nil {
		return stop, errors.Join(err, stop())
	}
	if err := d.configure(ctx, huntressURL, deskURL); err != nil {
		return stop, errors.Join(err, stop())
	}
	return stop, nil
}

// serveLoopback serves a simulator over real HTTP, on this machine only.
func serveLoopback(ctx context.Context, h http.Handler) (url string, server *http.Server, err error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen on loopback: %w", err)
	}
	server = &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), server, nil
}

// configure writes the folder that an MSP would keep in git, and opens it.
func (d *demo) configure(ctx context.Context, huntressURL, deskURL string) error {
	dir, err := os.MkdirTemp("", "huntsync-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the configuration: %w", err)
	}
	d.dir = dir
	for name, text := range demoFiles(huntressURL, deskURL) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write the configuration of the demo: %w", err)
		}
	}
	snapshot, diags := config.Read(ctx, dir)
	var c *config.Config
	if !diags.HasErrors() {
		c, diags = config.Load(snapshot, config.Options{LookupEnv: d.app.lookupEnv})
	}
	if diags.HasErrors() {
		return errors.Join(errors.New("the demo's own configuration is invalid"), views.Diagnostics(d.app.errors(), diags))
	}
	w := newWiring("demo", slog.New(slog.DiscardHandler))
	store, err := w.open(ctx, c, false)
	if err != nil {
		return err
	}
	d.session = &session{config: c, wiring: w, store: store, engine: engine.New(engine.Options{
		Store: store, Holder: w.holder(), Metrics: w.metrics.engine, Log: w.log, Now: d.clock.now,
	})}
	resolution, err := d.session.configure(ctx)
	if err != nil {
		return err
	}
	if len(resolution.Blocking) > 0 {
		return &engine.IncompleteError{Blocking: resolution.Blocking}
	}
	return nil
}

func (d *demo) plan(ctx context.Context, out views.Terminal) error {
	views.DemoStep(out, "Plan", "huntsync plan")
	preview, err := d.session.engine.Preview(ctx)
	if err != nil {
		return err
	}
	return views.WritePlan(out, preview, views.PlanOptions{})
}

func (d *demo) pass(ctx context.Context, out views.Terminal, title string) error {
	views.DemoStep(out, title, "huntsync apply --yes")
	reports, err := d.session.engine.Pass(ctx, nil)
	if err != nil {
		return err
	}
	views.WritePasses(out, reports)
	return nil
}

// hour plays the SOC's hour, with a pass after each of its steps.
func (d *demo) hour(ctx context.Context, out views.Terminal) error {
	views.DemoStep(out, "An hour of the SOC's work, in seconds", "huntsync run")
	began := d.clock.now()
	for _, step := range huntressdata.Hour() {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.clock.forward(began.Add(step.At))
		if err := step.Do(d.huntress); err != nil {
			return fmt.Errorf("%s: %w", step.What, err)
		}
		reports, err := d.session.engine.Pass(ctx, nil)
		if err != nil {
			return err
		}
		views.DemoHour(out, step.At, step.What, reports)
	}
	return nil
}

// tickets shows what is on the desk now.
func (d *demo) tickets(ctx context.Context, out views.Terminal) error {
	views.DemoStep(out, "The tickets", "")
	resolution, _ := d.session.engine.Resolution()
	desk, err := d.session.wiring.desk(d.session.config.Desk)
	if err != nil {
		return err
	}
	list, err := desk.Tickets(ctx, engine.TicketQuery{Title: engine.MarkerPrefix})
	if err != nil {
		return err
	}
	views.WriteTickets(out, resolution.Policy, list.Tickets)
	return nil
}
