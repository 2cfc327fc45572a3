package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/web"
	"github.com/huntsync/huntsync/config"
)

// gracePeriod is how long a stop waits for calls that are under way: one call to
// the desk, and what is written about it.
const gracePeriod = 20 * time.Second

type runOptions struct {
	webConfig     string
	allowInsecure bool
}

func (a *app) runCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Poll and keep the tickets right, until stopped",
		Long: `Poll Huntress by the timetable of the configuration, create, update and close tickets,
follow changes of the configuration, and serve the status page, /metrics, /healthz,
/readyz and the API on the address of the web block (default 127.0.0.1:9748).

An incomplete configuration runs with polling disabled and says what it lacks.
On a PostgreSQL state any number of replicas may run: each account is worked by one of
them, and moves when that one ends. An SQLite state serves one process.
SIGHUP and POST /-/reload read the configuration again, POST /-/poll polls at once.

Exit codes: 0 after a clean stop (SIGTERM, Ctrl-C), 1 otherwise.`,
		Example: `  huntsync run
  huntsync run -c /etc/huntsync --web.config.file web.yml
  curl -X POST http://127.0.0.1:9748/-/poll`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.run(cmd.Context(), o) },
	}
	cmd.Flags().StringVar(&o.webConfig, "web.config.file", "", "TLS and basic authentication, as the Prometheus exporter toolkit has it")
	cmd.Flags().BoolVar(&o.allowInsecure, "web.allow-insecure", false, "allow listening off loopback without --web.config.file")
	return cmd
}

// run is the daemon. An invalid configuration, a state that cannot be opened and
// an address that cannot be listened on end it at the start; nothing that
// happens later does, but a signal.
func (a *app) run(ctx context.Context, o runOptions) error {
	c, err := a.load(ctx)
	if err != nil {
		return err
	}
	log, err := a.logger()
	if err != nil {
		return err
	}
	w := newWiring("run", log)
	store, err := w.open(ctx, c, false)
	if err != nil {
		return err
	}
	d := newDaemon(a, w, store)
	d.notify, err = newNotifier(a.lookupEnv, log)
	if err != nil {
		log.WarnContext(ctx, "systemd is not told how huntsync stands", "error", err)
	}
	d.reloader.notify = d.notify
	err = d.serve(ctx, c, o)
	return errors.Join(err, d.engine.Close(ctx), store.Close(), d.notify.close())
}

// serve listens first, so that what is wrong can be looked at, and then works
// until the context ends.
func (d *daemon) serve(ctx context.Context, c *config.Config, o runOptions) error {
	server, err := web.New(web.Options{
		Daemon: d, Books: d.store, Gatherer: d.wiring.registry, Log: d.log, Suggest: d.suggest,
	})
	if err != nil {
		return err
	}
	err = server.Listen(ctx, web.ListenOptions{
		Address: c.Web.Listen, ConfigFile: o.webConfig, AllowInsecure: o.allowInsecure,
	})
	if err != nil {
		return err
	}
	page := server.Addr().String()
	if o.webConfig == "" { // which says else whether it is https
		page = "http://" + page + "/"
	}
	d.log.InfoContext(ctx, "huntsync runs", "version", readBuild().Version, "page", page)

	d.notify.ready(ctx, "Reading the configuration")

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var parts sync.WaitGroup
	parts.Go(func() {
		if err := server.Serve(); err != nil {
			cancel(err)
		}
	})
	parts.Go(func() { d.follow(ctx, c) })
	parts.Go(func() { d.prune(ctx) })
	parts.Go(func() { d.notify.feed(ctx, d.engine.Alive) })
	parts.Go(func() {
		if err := d.engine.Run(ctx); err != nil {
			cancel(err)
		}
	})
	<-ctx.Done()
	d.notify.stopping(ctx)
	d.log.InfoContext(ctx, "huntsync stops when the calls that are under way have ended")
	stopCtx, stop := context.WithTimeout(context.WithoutCancel(ctx), gracePeriod)
	defer stop()
	err = server.Shutdown(stopCtx)
	parts.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	return err
}

// follow loads the configuration, and loads it again whenever it may have changed.
func (d *daemon) follow(ctx context.Context, c *config.Config) {
	watcher := config.NewWatcher(d.app.configPath, config.WatchOptions{
		Files:  func() []string { return d.reloader.credentialFiles(c) },
		Logger: d.log,
	})
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	defer signal.Stop(hangUps)
	hangUp := make(chan struct{}, 1)
	var parts sync.WaitGroup
	defer parts.Wait()
	parts.Go(func() { watcher.Run(ctx) })
	parts.Go(func() { relay(ctx, hangUps, hangUp) })
	d.reloader.reload(ctx)
	d.reloader.follow(ctx, watcher.Changes(), hangUp, d.again)
}

// relay turns signals into wishes for a reload, one at a time.
func relay(ctx context.Context, signals <-chan os.Signal, wishes chan<- struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			select {
			case wishes <- struct{}{}:
			default:
			}
		}
	}
}
