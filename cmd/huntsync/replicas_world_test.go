//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/engine"
	huntress "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/providers/huntress/sim/dataset"
	"github.com/huntsync/huntsync/state/postgres/postgrestest"
)

// replicaAccounts are how many accounts the reseller key of the replicas reaches.
const replicaAccounts = 6

// replicaLease is how long a lease of theirs lasts: a call to the desk, the settle
// time of the configuration, and the margin.
const replicaLease = (10 + 1 + 5) * time.Second

// replicaWorld is what several running programs share: a database, Huntress with
// several accounts, and a desk.
type replicaWorld struct {
	*story

	t        *testing.T
	rng      *rand.Rand
	dir      string
	server   *postgrestest.Server
	database string

	mu        sync.Mutex
	running   []*replicaProcess
	published map[int64]int64 // incident to account
}

// replicaProcess is one running program with its own way to the database.
type replicaProcess struct {
	name  string
	cmd   *exec.Cmd
	wire  *wire
	page  string
	log   string
	ended chan struct{}
	err   error
}

func newReplicaWorld(t *testing.T) *replicaWorld {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("random numbers begin at %d", seed)
	w := &replicaWorld{
		story: newStory(), t: t, rng: rand.New(rand.NewPCG(seed, 3)), dir: t.TempDir(), server: postgrestest.New(t),
		published: map[int64]int64{},
	}
	t.Cleanup(w.close)
	address, err := url.Parse(w.server.Fresh(t))
	if err != nil {
		t.Fatal(err)
	}
	w.database = address.Query().Get("search_path")
	accounts := []int64{dataset.AccountID}
	for n := range int64(replicaAccounts - 1) {
		id := 7000 + n
		w.huntress.AddAccount(huntress.Account{ID: id, Name: fmt.Sprintf("Account %d", id), Subdomain: fmt.Sprintf("account-%d", id)})
		w.huntress.AddOrganization(huntress.Organization{ID: 70_000 + n, AccountID: id, Name: fmt.Sprintf("Client of %d", id), Key: fmt.Sprintf("client-%d", id)})
		accounts = append(accounts, id)
	}
	w.huntress.AddKey(huntress.Key{Key: huntressKey, Secret: huntressSecret, Reseller: 1, Accounts: accounts})
	w.configure("")
	return w
}

// configure writes the configuration, with something more in it.
func (w *replicaWorld) configure(more string) {
	w.t.Helper()
	if err := writeConfiguration(w.dir); err != nil {
		w.t.Fatal(err)
	}
	connections := strings.NewReplacer(
		`state "sqlite" {`, `state "postgres" {`, `path = "huntsync.db"`, `url = env("DATABASE_URL")`,
		`base_url   = var.huntress_url`, "base_url   = var.huntress_url\n  accounts   = [\"*\"]",
	).Replace(storyConnections) + "\nweb {\n  listen = \"127.0.0.1:0\"\n}\n" + more
	if err := os.WriteFile(filepath.Join(w.dir, "connections.hcl"), []byte(connections), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// come starts a replica and waits until it listens.
func (w *replicaWorld) come(name string) *replicaProcess {
	w.t.Helper()
	p := &replicaProcess{name: name, wire: newWire(w.t, w.server.Socket()), ended: make(chan struct{}), log: filepath.Join(w.t.TempDir(), name+".log")}
	query := url.Values{"search_path": {w.database}, "sslmode": {"disable"}}
	address := url.URL{Scheme: "postgres", User: url.User("huntsync"), Host: p.wire.listener.Addr().String(), Path: "/postgres", RawQuery: query.Encode()}
	p.cmd = exec.CommandContext(context.WithoutCancel(w.t.Context()), "huntsync", "run", "-c", w.dir)
	p.cmd.Env = append(os.Environ(),
		"HUNTSYNC_VAR_huntress_url="+w.huntressServer.URL, "HUNTSYNC_VAR_desk_url="+w.deskServer.URL, "DATABASE_URL="+address.String(),
		"HUNTRESS_API_KEY="+huntressKey, "HUNTRESS_API_SECRET="+huntressSecret, "ALGAPSA_API_KEY="+deskKey,
		transcriptVariable+"="+filepath.Join(w.dir, "transcript"))
	log, err := os.Create(p.log)
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := p.cmd.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.end(p, syscall.SIGKILL) })
	pages := make(chan string, 1)
	go func() {
		defer close(p.ended)
		defer log.Close()
		lines := bufio.NewScanner(io.TeeReader(out, log))
		for lines.Scan() {
			var line struct {
				Page string `json:"page"`
			}
			if json.Unmarshal(lines.Bytes(), &line) == nil && line.Page != "" {
				pages <- strings.TrimSuffix(line.Page, "/")
			}
		}
		p.err = p.cmd.Wait()
	}()
	select {
	case p.page = <-pages:
	case <-p.ended:
		w.t.Fatalf("replica %s ended: %v\n%s", name, p.err, w.said(p))
	case <-time.After(time.Minute):
		w.t.Fatalf("replica %s does not listen\n%s", name, w.said(p))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = append(w.running, p)
	return p
}

func (w *replicaWorld) said(p *replicaProcess) string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// end sends a replica a signal and waits for its end.
func (w *replicaWorld) end(p *replicaProcess, how syscall.Signal) {
	w.forget(p)
	_ = p.cmd.Process.Signal(how)
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		w.t.Errorf("replica %s does not end after %s:\n%s", p.name, how, w.said(p))
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// forget asks a replica for nothing any more.
func (w *replicaWorld) forget(p *replicaProcess) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = slices.DeleteFunc(w.running, func(q *replicaProcess) bool { return q == p })
}

func (w *replicaWorld) remember(p *replicaProcess) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = append(w.running, p)
}

func (w *replicaWorld) there() []*replicaProcess {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.running)
}

// status is how a replica says that everything stands.
func (p *replicaProcess) status(ctx context.Context) (s status.Status, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.page+"/api/v1/status", http.NoBody)
	if err != nil {
		return s, err
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return s, err
	}
	defer res.Body.Close()
	return s, json.NewDecoder(res.Body).Decode(&s)
}

// leaders are who works how many accounts, by process id, as one replica says.
func (w *replicaWorld) leaders(p *replicaProcess) (map[int]int, error) {
	s, err := p.status(w.t.Context())
	if err != nil {
		return nil, err
	}
	leaders := map[int]int{}
	for _, a := range s.Accounts {
		if a.Leader == nil {
			return nil, fmt.Errorf("nobody works %s", a.Name)
		}
		leaders[a.Leader.PID]++
	}
	if len(s.Accounts) != replicaAccounts {
		return nil, fmt.Errorf("%d accounts are known", len(s.Accounts))
	}
	return leaders, nil
}

// await waits until these replicas work all accounts between them, each at least
// one where they can be shared, and returns how long that took.
func (w *replicaWorld) await(limit time.Duration, replicas ...*replicaProcess) time.Duration {
	w.t.Helper()
	began := time.Now()
	var last any
	worked := func() bool {
		leaders, err := w.leaders(replicas[0])
		if last = err; err != nil {
			return false
		}
		last = leaders
		all := 0
		for _, p := range replicas {
			all += leaders[p.cmd.Process.Pid]
		}
		return all == replicaAccounts
	}
	if until(limit, 100*time.Millisecond, worked) {
		return time.Since(began)
	}
	for _, p := range replicas {
		w.t.Logf("%s said:\n%s", p.name, w.said(p))
	}
	w.t.Fatalf("after %s the accounts are not with those replicas: %v", limit, last)
	return 0
}

// stream publishes, closes and reopens incidents of all accounts until it is
// stopped, and asks any replica for polls.
func (w *replicaWorld) stream() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	rng := rand.New(rand.NewPCG(w.rng.Uint64(), 2))
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		id := int64(6_000_000)
		var sent []int64
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if n%10 == 0 {
				w.poll(ctx, rng)
			}
			if len(sent) > 0 && rng.IntN(3) == 0 {
				incident := sent[rng.IntN(len(sent))]
				if err := w.huntress.SetStatus(w.published[incident], incident, anyStatus(rng)); err != nil {
					w.t.Error(err)
				}
				continue
			}
			id++
			account := int64(7000 + rng.IntN(replicaAccounts-1))
			organization := account + 63_000
			if rng.IntN(replicaAccounts) == 0 {
				account, organization = dataset.AccountID, dataset.Organizations()[0].ID
			}
			w.huntress.AddIncident(huntress.Incident{
				ID: id, AccountID: account, OrganizationID: organization, Severity: huntress.Severities()[rng.IntN(3)],
				Subject: fmt.Sprintf("Incident %d", id), Platform: "windows", IndicatorTypes: []string{"footholds"},
			})
			w.published[id] = account
			sent = append(sent, id)
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// poll asks any replica for a poll of everything. One that is just dying does not
// answer.
func (w *replicaWorld) poll(ctx context.Context, rng *rand.Rand) {
	there := w.there()
	if len(there) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, there[rng.IntN(len(there))].page+"/-/poll", http.NoBody)
	if err != nil {
		w.t.Error(err)
		return
	}
	if res, err := http.DefaultTransport.RoundTrip(req); err == nil {
		_ = res.Body.Close()
	}
}

// problems compares Huntress with the desk.
func (w *replicaWorld) problems() error {
	made := map[int64]int{}
	closed := map[int64]bool{}
	for _, t := range w.desk.Tickets() {
		if id, ok := engine.ParseMarker(t.Title); ok {
			made[id]++
			closed[id] = t.StatusClosed
		}
	}
	var problems []error
	for id, account := range w.published {
		if made[id] != 1 {
			problems = append(problems, fmt.Errorf("incident %d of account %d has %d tickets", id, account, made[id]))
		}
	}
	for _, account := range append([]int64{dataset.AccountID}, w.accounts()...) {
		for _, i := range w.huntress.Incidents(account) {
			if over := engine.Status(i.Status).Closed(); made[i.ID] == 1 && over != closed[i.ID] {
				problems = append(problems, fmt.Errorf("incident %d is %s, its ticket is closed: %t", i.ID, i.Status, closed[i.ID]))
			}
		}
	}
	return errors.Join(problems...)
}

func (w *replicaWorld) accounts() (ids []int64) {
	for n := range int64(replicaAccounts - 1) {
		ids = append(ids, 7000+n)
	}
	return ids
}

// settle waits until nothing is wrong any more.
func (w *replicaWorld) settle(limit time.Duration) {
	w.t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	calm := 0
	settled := until(limit, 2*time.Second, func() bool {
		calm++
		if w.problems() != nil {
			calm = 0
		}
		w.poll(w.t.Context(), rng)
		return calm == 3
	})
	if settled {
		return
	}
	for _, p := range w.there() {
		w.t.Logf("%s said:\n%s", p.name, w.said(p))
	}
	w.t.Fatalf("after %s:\n%v", limit, w.problems())
}

// until asks again and again whether something is so; it reports false where it is
// not within a limit.
func until(limit, every time.Duration, so func() bool) bool {
	end := time.NewTimer(limit)
	defer end.Stop()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for !so() {
		select {
		case <-ticker.C:
		case <-end.C:
			return false
		}
	}
	return true
}
