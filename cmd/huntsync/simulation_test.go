package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	algapsadata "github.com/huntsync/huntsync/providers/algapsa/sim/dataset"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/state/sqlite"
	"github.com/huntsync/huntsync/state/sqlite/sqlitetest"
)

// How the simulation is asked for from outside; "make sim" sets the seconds.
const (
	seedVariable    = "HUNTSYNC_SIM_SEED"    // one seed, with its story told
	secondsVariable = "HUNTSYNC_SIM_SECONDS" // as many seeds as fit
	seedsVariable   = "HUNTSYNC_SIM_SEEDS"   // so many seeds
	firstVariable   = "HUNTSYNC_SIM_FIRST"   // the first seed
)

// How many seeds every run of the tests plays, and a short one: every kind of
// story is among the former.
const (
	smokeSeeds = 40
	shortSeeds = 6
	// tooMany failures end a run that was asked for; others end with the first.
	tooMany = 10
)

// TestSimulation plays disasters, a different one for each seed, against
// everything that is real: both clients over HTTP, the configuration, the engine
// and the SQLite state, with simulators that keep to the facts on the other ends
// and a clock of the test's own. Afterwards an oracle compares Huntress with the
// desk: each incident that is due has exactly one ticket, in the right place and
// the right state.
func TestSimulation(t *testing.T) {
	totals := newTallies() // No other test may run meanwhile.
	t.Parallel()
	// The worlds are small and soon gone: collecting them often is a waste.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	enough := 1
	if os.Getenv(secondsVariable)+os.Getenv(seedsVariable) != "" {
		enough = tooMany
	}
	// Each world has its clock and its disk: one for each processor.
	var worlds errgroup.Group
	worlds.SetLimit(runtime.GOMAXPROCS(0))
	for seed := range seeds(t) {
		if totals.failures() >= enough {
			break
		}
		worlds.Go(func() error {
			if !t.Run("seed "+strconv.FormatUint(seed, 10), func(t *testing.T) { simulate(t, seed, totals) }) {
				t.Error(replay(seed))
				totals.fail()
			}
			return nil
		})
	}
	_ = worlds.Wait()
	t.Log(totals.String())
}

// seeds yields the seeds to play.
func seeds(t *testing.T) func(yield func(uint64) bool) {
	t.Helper()
	number := func(name string) (uint64, bool) {
		text := os.Getenv(name)
		if text == "" {
			return 0, false
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n, true
	}
	first, _ := number(firstVariable)
	if seed, ok := number(seedVariable); ok {
		return func(yield func(uint64) bool) { yield(seed) }
	}
	seconds, timed := number(secondsVariable)
	count, counted := number(seedsVariable)
	if !counted {
		count = smokeSeeds
		if testing.Short() {
			count = shortSeeds
		}
	}
	began := time.Now()
	return func(yield func(uint64) bool) {
		for n := range uint64(1 << 62) {
			if timed && time.Since(began) > time.Duration(min(seconds, 1<<30))*time.Second || !timed && n == count {
				return
			}
			if !yield(first + n) {
				return
			}
		}
	}
}

// replay says how to play a seed again. Goroutines that are woken at the same moment
// may take turns in another order then, so that a rare failure may want a few tries.
func replay(seed uint64) string {
	return fmt.Sprintf("replay it, a few times if need be, with:\n%s=%d go test -count=1 -run 'TestSimulation$' ./cmd/huntsync", seedVariable, seed)
}

func simulate(t *testing.T, seed uint64, totals *tallies) {
	t.Helper()
	defer func() {
		if broken := recover(); broken != nil {
			fmt.Fprintln(os.Stderr, replay(seed)) // The end of the whole run, which tells nothing more.
			panic(broken)
		}
	}()
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, seed, dir, totals)
		s.play()
		s.quiesce()
		s.judge()
		s.searchLeaks()
	})
}

// simulationDir is a folder for the state: in memory where that is to be had,
// because the state is made durable hundreds of times a seed.
func simulationDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "huntsync-simulation-") //nolint:usetesting // t.TempDir is on a disk.
	if err != nil {
		dir = t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// simulation is the world of one seed.
type simulation struct {
	t      *testing.T
	seed   uint64
	rng    *rand.Rand // of the story; never used by what runs beside it
	dir    string
	told   bool
	totals *tallies

	huntress *huntresssim.Server
	desk     *algapsasim.Sim
	pipes    []io.Closer
	network  http.RoundTripper
	weather  weather
	// skew is how far our wall clock is from the true one.
	skew atomic.Int64

	process *process
	// alive is the process, for what runs beside the story.
	alive atomic.Pointer[process]
	// orphaned tells that the process died with a write under way.
	orphaned chan struct{}
	people   people
	nextID   int64
	waved    int64 // the last incident of the wave
	removed  int   // incidents that were judged before the end
	config   int
	// bad is true while the files hold a configuration that must not be used.
	bad bool
	// edited tells the running process that its files may have changed.
	edited chan struct{}
	// leaks reads everything that is logged.
	leaks *leaks
	// began is when the present state began, by the true clock.
	began time.Time
	// young is true while the state may not know all tickets.
	young bool
	// known is up to when tickets were entered that huntsync surely knows about.
	known time.Time
	// ancient are the incidents that were over before the first look-back.
	ancient map[int64]bool
	// plot is what kind of story it is.
	plot plot
	// hosts are the assets that the hosts of organizations are, by organization.
	hosts map[int64]string
	// names are what organizations are called that were renamed.
	names map[int64]string
	// disk is where the state is, and diskUntil until when it is unwell.
	disk      *sqlitetest.Disk
	diskUntil time.Time
}

const simAccount = 77

func newSimulation(t *testing.T, seed uint64, dir string, totals *tallies) *simulation {
	t.Helper()
	s := newSimulationOf(t, seed, dir, totals)
	s.plot = newPlot(seed, s.rng)
	s.began = time.Now()
	s.openHuntress()
	s.openDesk()
	s.fillHosts()
	s.writeConfig()
	s.start()
	if s.plot.history {
		s.beginYesterday()
	}
	return s
}

// newSimulationOf is a world that is still empty.
func newSimulationOf(t *testing.T, seed uint64, dir string, totals *tallies) *simulation {
	t.Helper()
	s := &simulation{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), dir: dir, told: os.Getenv(seedVariable) != "",
		totals: totals, nextID: 1000, waved: waveBase, edited: make(chan struct{}, 1), orphaned: make(chan struct{}, 1), leaks: &leaks{t: t}, ancient: map[int64]bool{}, names: map[int64]string{}, people: people{touched: map[string]string{}, deleted: map[string]bool{}},
	}
	s.plot = quietPlot()
	s.weather.init(seed, totals)
	s.disk = totals.disks.Add(dir)
	t.Cleanup(func() {
		s.end() // Also of a story that broke off: nothing of it may go on.
		totals.disks.Remove(dir)
	})
	return s
}

func (s *simulation) openHuntress() {
	paging := huntresssim.StrictlyOlder
	if s.rng.IntN(3) == 0 {
		paging = huntresssim.AtOrOlder
	}
	s.huntress = huntresssim.New(huntresssim.Options{Paging: paging, Scale: s.plot.scale, RetryAfter: s.rng.IntN(2) == 0})
	s.fillHuntress()
	for range 10 + s.rng.IntN(10) {
		// Three days old at most, or eleven at least: the border moves with the first poll.
		age := 1 + s.rng.IntN(6*24)
		if age > 3*24 {
			age += 8 * 24
		}
		s.publish(time.Duration(age) * time.Hour)
	}
	s.huntress.SetFault(s.weather.huntressFault)
}

// fillHuntress adds the account with its organizations.
func (s *simulation) fillHuntress() {
	s.huntress.AddAccount(huntresssim.Account{ID: simAccount, Name: "MSP", Subdomain: "msp"})
	s.huntress.AddKey(huntresssim.Key{Key: huntressKey, Secret: huntressSecret, Account: simAccount})
	for i := range int64(6) {
		s.huntress.AddOrganization(huntresssim.Organization{ID: 100 + i, AccountID: simAccount, Name: fmt.Sprintf("Org %d", i), Key: fmt.Sprintf("org%d", i)})
	}
}

func (s *simulation) openDesk() {
	s.desk = algapsasim.New(algapsasim.Options{Seed: s.seed})
	algapsadata.Load(s.desk)
	for _, b := range s.desk.Boards() {
		s.desk.EditBoard(b.ID, func(b *algapsasim.Board) { b.Rules.OpenChildren = true })
	}
	s.desk.AddKey(algapsasim.Key{Key: deskKey, UserID: algapsadata.UserID, Permissions: algapsadata.Permissions()})
	s.desk.SetFault(s.weather.deskFault)
	d := algapsasim.NewPipe(s.lateDesk())
	s.pipes = append(s.pipes, d)
	s.network = distant{&s.weather, byPort{"1": s.serve(s.huntress), "2": d.Transport()}}
}

// serve puts a Huntress on the network.
func (s *simulation) serve(h http.Handler) http.RoundTripper {
	p := huntresssim.Serve(h)
	s.pipes = append(s.pipes, p)
	return p.Transport()
}

// byPort is a network of two hosts.
type byPort map[string]http.RoundTripper

// RoundTrip sends a request to the host of its port.
func (b byPort) RoundTrip(r *http.Request) (*http.Response, error) {
	return b[r.URL.Port()].RoundTrip(r)
}

// wait lets the time of the bubble pass.
func (s *simulation) wait(d time.Duration) {
	s.t.Helper()
	time.Sleep(d)
	s.checkRunning()
}

func (s *simulation) say(format string, args ...any) {
	if s.told {
		s.t.Logf("%s  "+format, append([]any{time.Now().Format("02 15:04:05")}, args...)...)
	}
}

// process is one life of huntsync: from its start to its end or crash.
type process struct {
	engine   *engine.Engine
	store    *mortalStore
	reloader *reloader
	daemon   *daemon
	// complete is true once a complete policy was seen to run.
	complete bool
	cancel   context.CancelFunc
	crashed  *atomic.Bool
	done     chan struct{}
}

// start begins a life on whatever the last one left.
func (s *simulation) start() {
	ctx, cancel := context.WithCancel(context.Background())
	p := &process{cancel: cancel, crashed: new(atomic.Bool), done: make(chan struct{})}
	s.process = p
	s.alive.Store(p)
	if s.bad {
		s.writeConfig() // Nobody starts a daemon on a configuration that it refuses.
	}
	a := &app{configPath: s.dir, lookupEnv: simEnvironment}
	tried := a.read(ctx)
	if tried.config == nil {
		close(p.done)
		s.t.Fatalf("configuration: %+v", tried.diags)
	}
	log := slog.New(slog.NewJSONHandler(s.leaks, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if s.told {
		log = slog.New(slog.NewTextHandler(io.MultiWriter(s.t.Output(), s.leaks), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	w := newWiring("run", log)
	w.transport, w.jitter = mortalNetwork{p.crashed, s.network}, s.weather.jitter
	store, err := w.open(ctx, tried.config, false)
	if s.ofDisk(err) {
		s.say("it does not start: %v", err)
		p.crash()
		close(p.done)
		return
	}
	if err != nil {
		close(p.done)
		s.t.Fatalf("open the state: %v", err)
	}
	p.store = &mortalStore{
		Store: store, crashed: p.crashed, path: s.statePath(), disk: s.disk, totals: s.totals, power: s.weather.power,
		die: func(of string) {
			s.say("THE POWER FAILS in the middle of %s", of)
			p.crash()
		},
	}
	p.engine = engine.New(engine.Options{
		Store: p.store, Holder: w.holder(), Metrics: w.metrics.engine, Log: log,
		Now: func() time.Time { return time.Now().Add(time.Duration(s.skew.Load())) },
		Crash: func(point string) {
			if s.weather.crashes(point) {
				s.say("CRASH at %s", point)
				s.totals.disaster("crash: once something is " + point)
				p.crash()
			}
		},
	})
	r := &reloader{read: a.read, wiring: w, engine: p.engine, log: log}
	p.reloader, p.daemon = r, &daemon{app: a, wiring: w, store: p.store, engine: p.engine, reloader: r, log: log}
	var parts sync.WaitGroup
	parts.Go(func() {
		r.reload(ctx)
		r.follow(ctx, s.edited, nil, nil)
	})
	parts.Go(func() {
		err := p.engine.Run(ctx)
		switch {
		case err == nil || p.crashed.Load():
		case s.ofDisk(err):
			s.say("it ended: %v", err)
			p.crash()
		default:
			s.t.Errorf("the daemon ended: %v", err)
		}
	})
	go func() {
		parts.Wait()
		close(p.done)
	}()
}

// statePath is where the state is.
func (s *simulation) statePath() string { return filepath.Join(s.dir, "state.db") }

// ofDisk reports whether an error is what a disk that is unwell leads to.
func (s *simulation) ofDisk(err error) bool {
	e, ok := errors.AsType[*sqlite.FileError](err)
	return ok && (e.Problem == sqlite.ProblemFull || e.Problem == sqlite.ProblemReadOnly) && s.unwell()
}

// crash ends everything that the process does from now on: nothing more is
// written or sent.
func (p *process) crash() {
	p.crashed.Store(true)
	p.cancel()
}

// stop waits for the end of the process, gracefully or after a crash. A disk that
// is unwell keeps it from giving back what it holds, which ends with it anyhow.
func (s *simulation) stop() {
	p := s.process
	p.cancel()
	<-p.done
	if p.store == nil {
		return // It could not even start.
	}
	if !p.crashed.Load() {
		// It may still die at the last moment.
		if err := p.engine.Close(context.Background()); err != nil && !s.ofDisk(err) && !p.crashed.Load() {
			s.t.Errorf("close the engine: %v", err)
		}
	}
	if err := p.store.end(); err != nil && !s.ofDisk(err) {
		s.t.Errorf("close the state: %v", err)
	}
	p.store = nil
}

var errCrashed = errors.New("this process is dead")

// mortalNetwork sends nothing for a dead process, and brings it no answers.
type mortalNetwork struct {
	crashed *atomic.Bool
	next    http.RoundTripper
}

// RoundTrip sends a request while the process lives.
func (m mortalNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	if m.crashed.Load() {
		return nil, errCrashed
	}
	res, err := m.next.RoundTrip(r)
	if err == nil && m.crashed.Load() {
		_ = res.Body.Close()
		return nil, errCrashed
	}
	return res, err
}
