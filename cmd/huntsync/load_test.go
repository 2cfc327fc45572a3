//go:build unix

package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	algapsadata "github.com/huntsync/huntsync/providers/algapsa/sim/dataset"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/state"
	"github.com/huntsync/huntsync/state/postgres/postgrestest"
)

// How a load is asked for from outside; "make load" sets them.
const (
	loadAccountsVariable = "HUNTSYNC_LOAD_ACCOUNTS"
	loadHourlyVariable   = "HUNTSYNC_LOAD_HOURLY" // incidents an hour, of all accounts
)

// loadFor is how long a load goes on, by the clock of the test.
const loadFor = time.Hour

// loadReplicas share the accounts.
const loadReplicas = 3

// organizationsOfEach is how many organizations each account has.
const organizationsOfEach = 3

// TestLoad lets three replicas on one real PostgreSQL database work the accounts of
// a reseller for an hour: real clients, simulators that keep to the facts and limit
// requests as the real ones do. Every incident gets its one ticket; the log tells
// how soon, and what it cost.
func TestLoad(t *testing.T) {
	accounts, hourly := loadNumber(t, loadAccountsVariable, 12), loadNumber(t, loadHourlyVariable, 60)
	if testing.Short() {
		t.Skip("it works for an hour of its own clock; run without -short")
	}
	server := postgrestest.New(t)
	address, dir := server.Fresh(t), t.TempDir()
	writeLoadConfiguration(t, dir, accounts)
	synctest.Test(t, func(t *testing.T) {
		l := newLoad(t, accounts, hourly)
		l.network = byPort{"1": l.serve(l.huntress), "2": l.serveDesk()}
		for range loadReplicas {
			l.come(dir, address)
		}
		for _, run := range l.runs {
			run()
		}
		time.Sleep(2 * time.Minute) // Each has its share.
		began, cpu := time.Now(), cpuTime(t)
		l.publish()
		published := time.Since(began)
		cpu = cpuTime(t) - cpu
		heap := heapInUse()
		requests := l.requests(began)
		time.Sleep(15 * time.Minute) // Whatever came last is polled and ticketed.
		l.judge(published, cpu, heap, requests)
		l.end()
	})
}

func loadNumber(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// load is the world of a load.
type load struct {
	*simulation

	accounts int
	hourly   int
	rng      *rand.Rand
	replicas []*loadReplica
	// sent are the incidents, with when they were published.
	sent map[int64]time.Time
	// closed are those that were closed at Huntress.
	closed map[int64]bool

	runs, ends []func()
}

// loadReplica is one engine with its own clients and its own connections.
type loadReplica struct {
	engine *engine.Engine
	store  state.Store
}

func newLoad(t *testing.T, accounts, hourly int) *load {
	t.Helper()
	l := &load{
		simulation: &simulation{t: t}, accounts: accounts, hourly: hourly, rng: rand.New(rand.NewPCG(1, 1)),
		sent: map[int64]time.Time{}, closed: map[int64]bool{},
	}
	l.huntress = huntresssim.New(huntresssim.Options{})
	var ids []int64
	for a := range int64(accounts) {
		id := 10_000 + a
		ids = append(ids, id)
		l.huntress.AddAccount(huntresssim.Account{ID: id, Name: fmt.Sprintf("Account %d", id), Subdomain: fmt.Sprintf("account-%d", id)})
		for o := range int64(organizationsOfEach) {
			l.huntress.AddOrganization(huntresssim.Organization{
				ID: id*10 + o, AccountID: id, Name: organizationOf(id, o), Key: fmt.Sprintf("org-%d-%d", id, o),
			})
		}
		// An account without a past has no cursor yet, and reads the desk in full with its first incident.
		long := time.Now().Add(-20 * 24 * time.Hour)
		l.huntress.AddIncident(huntresssim.Incident{
			ID: id * 100, AccountID: id, OrganizationID: id * 10, Severity: "low", Status: huntresssim.StatusClosed, Platform: "windows",
			Subject: "Long ago", SentAt: long, UpdatedAt: long, StatusUpdatedAt: long, ClosedAt: long,
		})
	}
	l.huntress.AddKey(huntresssim.Key{Key: huntressKey, Secret: huntressSecret, Reseller: 1, Accounts: ids})
	l.desk = algapsasim.New(algapsasim.Options{Seed: 1, RateLimit: algapsasim.RateLimit{Mode: algapsasim.RateEnforce}})
	algapsadata.Load(l.desk)
	l.desk.AddKey(algapsasim.Key{Key: deskKey, UserID: algapsadata.UserID, Permissions: algapsadata.Permissions()})
	for _, id := range ids {
		for o := range int64(organizationsOfEach) {
			l.desk.AddClient(algapsasim.Client{Name: organizationOf(id, o)})
		}
	}
	return l
}

func organizationOf(account, organization int64) string {
	return fmt.Sprintf("Client %d of %d", organization, account)
}

func (l *load) serveDesk() http.RoundTripper {
	d := algapsasim.NewPipe(l.desk)
	l.pipes = append(l.pipes, d)
	return d.Transport()
}

// writeLoadConfiguration maps every organization.
func writeLoadConfiguration(t *testing.T, dir string, accounts int) {
	t.Helper()
	text := strings.NewReplacer(
		`state "sqlite" { path = "state.db" }`, `state "postgres" { url = env("DATABASE_URL") }`,
		`base_url   = "http://127.0.0.1:1"`, "base_url   = \"http://127.0.0.1:1\"\n  accounts   = [\"*\"]",
	).Replace(simConfig[:strings.Index(simConfig, `organization "Org 0"`)])
	var out strings.Builder
	out.WriteString(text)
	for a := range int64(accounts) {
		for o := range int64(organizationsOfEach) {
			name := organizationOf(10_000+a, o)
			fmt.Fprintf(&out, "organization %q { client = %q }\n", name, name)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "huntsync.hcl"), []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// come makes a replica.
func (l *load) come(dir, address string) {
	l.t.Helper()
	ctx, cancel := context.WithCancel(l.t.Context())
	a := &app{configPath: dir, lookupEnv: func(name string) (string, bool) {
		if name == "DATABASE_URL" {
			return address, true
		}
		return simEnvironment(name)
	}}
	tried := a.read(ctx)
	if tried.config == nil {
		l.t.Fatalf("configuration: %+v", tried.diags)
	}
	log := slog.New(slog.NewTextHandler(l.t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	w := newWiring("run", log)
	w.transport = l.network
	store, err := w.open(ctx, tried.config, false)
	if err != nil {
		l.t.Fatal(err)
	}
	r := &loadReplica{engine: w.engine(store), store: store}
	l.replicas = append(l.replicas, r)
	setup, err := w.setup(ctx, tried.config)
	if err != nil {
		l.t.Fatal(err)
	}
	resolution, err := r.engine.Configure(ctx, setup)
	if err != nil || len(resolution.Blocking) > 0 {
		l.t.Fatalf("configure: %v %v", err, resolution.Blocking)
	}
	// The roster goes by the database's clock, which is not ours: everybody signs on
	// before the first begins.
	if _, err := store.Attend(ctx, r.engine.Holder(), time.Minute); err != nil {
		l.t.Fatal(err)
	}
	l.runs = append(l.runs, func() { l.run(ctx, cancel, r) })
}

// run starts a replica.
func (l *load) run(ctx context.Context, cancel context.CancelFunc, r *loadReplica) {
	var running sync.WaitGroup
	running.Go(func() {
		if err := r.engine.Run(ctx); err != nil {
			l.t.Error(err)
		}
	})
	l.ends = append(l.ends, func() {
		cancel()
		running.Wait()
		if err := r.engine.Close(context.WithoutCancel(ctx)); err != nil {
			l.t.Error(err)
		}
		if err := r.store.Close(); err != nil {
			l.t.Error(err)
		}
	})
}

func (l *load) end() {
	for _, end := range l.ends {
		end()
	}
	for _, p := range l.pipes {
		if err := p.Close(); err != nil {
			l.t.Error(err)
		}
	}
}

// publish sends incidents of random accounts for an hour, and closes half of them
// again after a while.
func (l *load) publish() {
	pause := loadFor / time.Duration(l.hourly)
	var open []huntresssim.Incident
	for id := range int64(l.hourly) {
		time.Sleep(pause/2 + time.Duration(l.rng.Int64N(int64(pause))))
		account := 10_000 + l.rng.Int64N(int64(l.accounts))
		i := huntresssim.Incident{
			ID: 1_000_000 + id, AccountID: account, OrganizationID: account*10 + l.rng.Int64N(organizationsOfEach),
			Severity: huntresssim.Severities()[l.rng.IntN(3)], Subject: fmt.Sprintf("Incident %d", id),
			Platform: "windows", IndicatorTypes: []string{"footholds"},
		}
		l.huntress.AddIncident(i)
		l.sent[i.ID] = time.Now()
		open = append(open, i)
		if len(open) > 20 && id%2 == 0 {
			n := l.rng.IntN(len(open))
			if err := l.huntress.SetStatus(open[n].AccountID, open[n].ID, huntresssim.StatusClosed); err != nil {
				l.t.Error(err)
			}
			l.closed[open[n].ID] = true
			open = slices.Delete(open, n, n+1)
		}
	}
}

// loadRequests counts what was asked, by what was asked for.
type loadRequests struct {
	huntress, desk map[string]int
}

// requests counts what was asked since a time.
func (l *load) requests(since time.Time) loadRequests {
	counts := loadRequests{map[string]int{}, map[string]int{}}
	for _, r := range l.huntress.Requests() {
		if !r.Time.Before(since) {
			counts.huntress[shapeOf(r.Method, r.Path)]++
		}
	}
	for _, r := range l.desk.Requests() {
		if !r.At.Before(since) {
			shape := shapeOf(r.Method, r.Path)
			if r.Status == http.StatusTooManyRequests {
				shape = "refused by the rate limit"
			}
			counts.desk[shape]++
		}
	}
	return counts
}

// shapeOf is a request without the numbers of what it is about.
func shapeOf(method, path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if strings.ContainsAny(part, "0123456789") && part != "v1" {
			parts[i] = "*"
		}
	}
	return method + " " + strings.Join(parts, "/")
}

func sum(counts map[string]int) (n int) {
	for _, count := range counts {
		n += count
	}
	return n
}

// judge compares Huntress with the desk, and tells how soon tickets came.
func (l *load) judge(took, cpu time.Duration, heap uint64, requests loadRequests) {
	l.t.Helper()
	made, closed := map[int64]int{}, 0
	var waits []time.Duration
	for _, ticket := range l.desk.Tickets() {
		id, ok := engine.ParseMarker(ticket.Title)
		if !ok {
			continue
		}
		made[id]++
		waits = append(waits, ticket.EnteredAt.Sub(l.sent[id]))
		if ticket.StatusClosed != l.closed[id] {
			l.t.Errorf("the ticket of incident %d is closed: %t", id, ticket.StatusClosed)
		}
		if ticket.StatusClosed {
			closed++
		}
	}
	for id := range l.sent {
		if made[id] != 1 {
			l.t.Errorf("incident %d has %d tickets", id, made[id])
		}
	}
	if len(waits) == 0 {
		l.t.Fatal("no ticket was made")
	}
	slices.Sort(waits)
	share := map[int]int{}
	for i, r := range l.replicas {
		roster, err := r.store.Roster(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		for _, seat := range roster.Seats {
			if seat.Holder.ID == r.engine.Holder().ID {
				share[i]++
			}
		}
	}
	polls := int(took * time.Duration(l.accounts) / (5 * time.Minute))
	least := len(waits) + 3*closed // A create; for a close the read, the note and the status.
	l.t.Logf("%d accounts on %d replicas (%v), %d incidents in %s, %d closed again: all have their one ticket",
		l.accounts, loadReplicas, share, len(l.sent), took.Round(time.Second), closed)
	l.t.Logf("from publication to ticket: half within %s, 99%% within %s, all within %s (polls every 5m0s)",
		at50(waits).Round(time.Second), waits[len(waits)*99/100].Round(time.Second), waits[len(waits)-1].Round(time.Second))
	l.t.Logf("Huntress: %d requests (polls alone are %d): %v", sum(requests.huntress), polls, requests.huntress)
	l.t.Logf("the desk: %d requests (creates and closes alone are %d): %v", sum(requests.desk), least, requests.desk)
	l.t.Logf("processor: %s for all replicas and both simulators together, %.1f%% of one core; heap %d MB",
		cpu.Round(time.Second), 100*cpu.Seconds()/took.Seconds(), heap>>20)
}

func at50(sorted []time.Duration) time.Duration { return sorted[len(sorted)/2] }

// heapInUse is what is reachable.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// cpuTime is what this process has used of the processor.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
