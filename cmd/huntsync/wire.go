package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa"
	"github.com/huntsync/huntsync/providers/huntress"
	"github.com/huntsync/huntsync/state"
)

// wiring puts the parts together that a configuration names. It keeps clients
// over a reload, so that an account that did not change keeps its timetable and
// its budget.
type wiring struct {
	command  string
	registry *prometheus.Registry
	metrics  *metrics
	log      *slog.Logger
	// transport, where set, carries every request: the demo and the tests use it.
	transport http.RoundTripper
	// jitter, where set, spreads requests to Huntress instead of chance, so that a
	// test can be repeated.
	jitter func() float64

	mu       sync.Mutex
	accounts map[string]engine.AccountSetup   // by what they are made from
	found    map[string][]engine.AccountSetup // those of a reseller's block, by what it is made from
	desks    map[string]engine.Desk
}

func newWiring(command string, log *slog.Logger) *wiring {
	registry := prometheus.NewRegistry()
	return &wiring{
		command: command, registry: registry, metrics: newMetrics(registry), log: log,
		accounts: map[string]engine.AccountSetup{}, found: map[string][]engine.AccountSetup{}, desks: map[string]engine.Desk{},
	}
}

// open opens the state that a configuration names.
func (w *wiring) open(ctx context.Context, c *config.Config, readOnly bool) (state.Store, error) {
	o := state.Options{Kind: state.Kind(c.State.Type), Path: c.State.Path, URL: c.State.URL.Reveal(), ReadOnly: readOnly}
	if c.Desk != nil {
		o.Desk = c.Desk.URL
	}
	return state.Open(ctx, o)
}

// engine makes an engine on a state. It is not yet configured.
func (w *wiring) engine(store engine.Store) *engine.Engine {
	return engine.New(engine.Options{
		Store: store, Holder: w.holder(), Metrics: w.metrics.engine, Log: w.log,
	})
}

func (w *wiring) holder() engine.Holder {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return engine.Holder{
		ID: uuid.NewString(), Host: host, PID: os.Getpid(), Command: w.command, Since: time.Now().UTC(),
	}
}

// setup makes the clients of a complete configuration. With an error about some of
// the huntress blocks it is complete but for what could not be reached.
func (w *wiring) setup(ctx context.Context, c *config.Config) (engine.Setup, error) {
	if c.Desk == nil || c.Desk.APIKey.Empty() {
		return engine.Setup{}, &engine.IncompleteError{Blocking: c.Incomplete()}
	}
	desk, err := w.desk(c.Desk)
	if err != nil {
		return engine.Setup{}, err
	}
	s := engine.Setup{
		Configuration: c, Desk: desk, DeskName: algapsa.Side, DeskURL: c.Desk.URL, Settle: c.Desk.Settle,
	}
	var failures []error
	for _, h := range c.Huntress {
		if h.APIKey.Empty() || h.APISecret.Empty() {
			continue // Config tells that it is absent.
		}
		accounts, err := w.huntress(ctx, h)
		if err != nil {
			failures = append(failures, err)
			accounts = []engine.AccountSetup{newUnreached(h, h.Label, err)}
		}
		s.Accounts = append(s.Accounts, accounts...)
	}
	return s, errors.Join(failures...)
}

func (w *wiring) desk(d *config.Desk) (engine.Desk, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	made := fingerprint(d.Type, d.URL, d.APIKey.Reveal())
	if desk, ok := w.desks[made]; ok {
		return desk, nil
	}
	desk, err := algapsa.New(algapsa.Options{
		URL: d.URL, APIKey: d.APIKey.Reveal(), Transport: w.transport, UserAgent: userAgent(),
		Observe: w.metrics.observer("algapsa"),
	})
	if err != nil {
		return nil, fmt.Errorf("desk %q (%s): %w", d.Type, at(d.Pos), err)
	}
	w.desks[made] = desk
	return desk, nil
}

// huntress makes a source for each account that a huntress block reaches.
func (w *wiring) huntress(ctx context.Context, h config.Huntress) ([]engine.AccountSetup, error) {
	client, err := huntress.New(huntress.Options{
		Name: h.Label, Key: h.APIKey.Reveal(), Secret: h.APISecret.Reveal(), BaseURL: h.BaseURL,
		Transport: w.transport, UserAgent: userAgent(), Observe: w.metrics.observer("huntress"), Logger: w.log,
		Jitter: w.jitter,
	})
	if err != nil {
		return nil, fmt.Errorf("huntress %q (%s): %w", h.Label, at(h.Pos), err)
	}
	if len(h.Accounts) == 0 {
		return []engine.AccountSetup{w.account(h, h.Label, 0, client)}, nil
	}
	made := fingerprint(append([]string{
		h.Label, h.BaseURL, h.APIKey.Reveal(), h.APISecret.Reveal(),
		h.PollInterval.String(), h.Backfill.String(), h.Census.String(),
	}, h.Accounts...)...)
	accounts, err := client.Accounts(ctx)
	if err != nil {
		// A change of the routing need not wait for what was told before.
		if found := w.foundBefore(made); found != nil {
			w.log.WarnContext(ctx, "Huntress does not tell which accounts a key reaches; those of before are used", "huntress", h.Label, "error", err)
			return found, nil
		}
		return nil, err
	}
	var setups []engine.AccountSetup
	taken := map[int64]bool{}
	for _, wanted := range h.Accounts {
		found := slices.DeleteFunc(slices.Clone(accounts), func(a engine.Account) bool { return !reaches(wanted, a) })
		if len(found) == 0 {
			setups = append(setups, newUnreached(h, h.Label+"/"+wanted, fmt.Errorf(
				"huntress %q (%s): the key reaches no account %q; it reaches %s", h.Label, at(h.Pos), wanted, accountNames(accounts))))
		}
		for _, a := range found {
			if taken[a.ID] {
				continue
			}
			taken[a.ID] = true
			setups = append(setups, w.account(h, h.Label+"/"+accountName(a), a.ID, client.ForAccount(a.ID)))
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found[made] = setups
	return setups, nil
}

// foundBefore are the accounts that a block reached when Huntress told last; nil
// where it never did.
func (w *wiring) foundBefore(made string) []engine.AccountSetup {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.found[made]
}

func reaches(wanted string, a engine.Account) bool {
	return wanted == "*" || strings.EqualFold(wanted, a.Name) || strings.EqualFold(wanted, a.Subdomain) ||
		wanted == strconv.FormatInt(a.ID, 10)
}

func accountName(a engine.Account) string {
	if a.Subdomain != "" {
		return a.Subdomain
	}
	return strconv.FormatInt(a.ID, 10)
}

func accountNames(accounts []engine.Account) string {
	var names []string
	for _, a := range accounts[:min(len(accounts), 10)] {
		names = append(names, strconv.Quote(a.Name))
	}
	if len(accounts) == 0 {
		return "none"
	}
	text := strings.Join(names, ", ")
	if more := len(accounts) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// account is one account with its source; the same one as before where nothing
// about it changed.
func (w *wiring) account(h config.Huntress, name string, id int64, client *huntress.Client) engine.AccountSetup {
	w.mu.Lock()
	defer w.mu.Unlock()
	number := strconv.FormatInt(id, 10)
	settings := engine.AccountSettings{
		Name: name, Interval: h.PollInterval, Backfill: h.Backfill, Census: h.Census,
		Identity: fingerprint("identity", h.BaseURL, h.APIKey.Reveal(), number)[:16],
	}
	made := fingerprint(name, h.BaseURL, h.APIKey.Reveal(), h.APISecret.Reveal(), number,
		h.PollInterval.String(), h.Backfill.String(), h.Census.String())
	if kept, ok := w.accounts[made]; ok {
		return kept
	}
	setup := engine.AccountSetup{Settings: settings, Source: client}
	w.accounts[made] = setup
	return setup
}

// fingerprint tells whether two things are made from the same, without giving
// away from what.
func fingerprint(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func at(p engine.Pos) string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// session is an engine on an opened state, for one command.
type session struct {
	config *config.Config
	wiring *wiring
	store  state.Store
	engine *engine.Engine
}

// start loads the configuration, opens the state and holds everything against
// the live desk and Huntress. What blocks is for the caller to look at.
func (a *app) start(ctx context.Context, command string, readOnly bool) (*session, engine.Resolution, error) {
	c, err := a.load(ctx)
	if err != nil {
		return nil, engine.Resolution{}, err
	}
	log, err := a.logger()
	if err != nil {
		return nil, engine.Resolution{}, err
	}
	w := newWiring(command, log)
	store, err := w.open(ctx, c, readOnly)
	if err != nil {
		return nil, engine.Resolution{}, err
	}
	s := &session{config: c, wiring: w, store: store, engine: w.engine(store)}
	resolution, err := s.configure(ctx)
	if err != nil {
		return nil, engine.Resolution{}, errors.Join(err, s.close(ctx))
	}
	return s, resolution, nil
}

// configure holds the configuration against the desk and Huntress. One that
// lacks so much that nobody can be asked is only incomplete.
func (s *session) configure(ctx context.Context) (engine.Resolution, error) {
	setup, err := s.wiring.setup(ctx, s.config)
	if e, ok := errors.AsType[*engine.IncompleteError](err); ok {
		return engine.Resolution{Blocking: e.Blocking}, nil
	}
	if err != nil {
		return engine.Resolution{}, err
	}
	resolution, err := s.engine.Configure(ctx, setup)
	return resolution, blame(s.config, err)
}

// blame adds to an error of the desk the place that says where the desk is and
// with which key it is asked.
func blame(c *config.Config, err error) error {
	if e, ok := errors.AsType[*engine.Error](err); ok && e.Side == algapsa.Side && c.Desk != nil {
		return fmt.Errorf("%w (desk %q, %s)", err, c.Desk.Type, at(c.Desk.Pos))
	}
	return err
}

func (s *session) close(ctx context.Context) error {
	return errors.Join(s.engine.Close(ctx), s.store.Close())
}

// sortedKeys lists the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
