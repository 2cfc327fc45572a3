package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
	algapsa "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntress "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/providers/huntress/sim/dataset"
)

// killWorld is what the killed program works with: both simulators, a folder, and
// a stream of incidents.
type killWorld struct {
	t   *testing.T
	rng *rand.Rand // of the test's own goroutine
	dir string
	env []string
	*story
	// buried is called when a process is surely dead.
	buried func()

	mu sync.Mutex
	// trap is what the present life dies of; nil for a life that goes on.
	trap *trap
	// published are the incidents of the stream.
	published []int64

	killed map[string]int
}

// newKillWorld makes the world, with the state in an SQLite file where there is no
// address of a PostgreSQL database.
func newKillWorld(t *testing.T, database string, buried func()) *killWorld {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("random numbers begin at %d", seed)
	w := &killWorld{
		t: t, rng: rand.New(rand.NewPCG(seed, 1)), dir: t.TempDir(), story: newStory(), buried: buried, killed: map[string]int{},
	}
	t.Cleanup(w.close)
	source := httptest.NewServer(w.deadly(w.huntressServer.Config.Handler, false))
	t.Cleanup(source.Close)
	desk := httptest.NewServer(w.deadly(w.deskServer.Config.Handler, true))
	t.Cleanup(desk.Close)
	w.env = append(os.Environ(),
		"HUNTSYNC_VAR_huntress_url="+source.URL, "HUNTSYNC_VAR_desk_url="+desk.URL, "DATABASE_URL="+database,
		"HUNTRESS_API_KEY="+huntressKey, "HUNTRESS_API_SECRET="+huntressSecret, "ALGAPSA_API_KEY="+deskKey,
		transcriptVariable+"="+filepath.Join(w.dir, "transcript"))
	w.configure(database != "")
	return w
}

func (w *killWorld) configure(postgres bool) {
	w.t.Helper()
	if err := writeConfiguration(w.dir); err != nil {
		w.t.Fatal(err)
	}
	connections := storyConnections
	if postgres {
		connections = strings.NewReplacer(
			`state "sqlite" {`, `state "postgres" {`, `path = "huntsync.db"`, `url = env("DATABASE_URL")`).Replace(connections)
	}
	connections += "\nweb {\n  listen = \"127.0.0.1:0\"\n}\n"
	if err := os.WriteFile(filepath.Join(w.dir, "connections.hcl"), []byte(connections), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// deadly serves a simulator whose requests can be the death of who sends them.
func (w *killWorld) deadly(next http.Handler, desk bool) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		trap := w.trap
		w.mu.Unlock()
		if trap == nil || !trap.springs(desk && r.Method != http.MethodGet, !desk) {
			next.ServeHTTP(rw, r)
			return
		}
		switch trap.moment {
		case momentWhile: // The desk acts on what a dead process sent, a little later.
			body, err := io.ReadAll(r.Body)
			if err != nil {
				break // Somebody else was quicker to kill it.
			}
			r = r.Clone(context.WithoutCancel(r.Context()))
			r.Body = io.NopCloser(bytes.NewReader(body))
			trap.kill()
			<-time.After(900 * time.Millisecond) // less than the settle time
			next.ServeHTTP(httptest.NewRecorder(), r)
		case momentAfter:
			next.ServeHTTP(httptest.NewRecorder(), r)
			trap.kill()
		default:
			trap.kill()
		}
		panic(http.ErrAbortHandler)
	})
}

// stream publishes, closes and reopens incidents until it is stopped.
func (w *killWorld) stream() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	var running sync.WaitGroup
	rng := rand.New(rand.NewPCG(w.rng.Uint64(), 2))
	running.Go(func() {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for id := int64(5_000_000); ; {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if n := len(w.published); n == 0 || rng.IntN(2) == 0 {
				id++
				w.publish(id, rng)
			} else if err := w.huntress.SetStatus(dataset.AccountID, w.published[rng.IntN(n)], anyStatus(rng)); err != nil {
				w.t.Error(err)
			}
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

func anyStatus(rng *rand.Rand) string {
	statuses := []string{
		huntress.StatusClosed, huntress.StatusClosed, huntress.StatusSent, huntress.StatusDismissed, huntress.StatusAutoRemediating,
	}
	return statuses[rng.IntN(len(statuses))]
}

func (w *killWorld) publish(id int64, rng *rand.Rand) {
	organizations := dataset.Organizations()
	severities := huntress.Severities()
	w.huntress.AddIncident(huntress.Incident{
		ID: id, AccountID: dataset.AccountID, OrganizationID: organizations[rng.IntN(len(organizations))].ID,
		Severity: severities[rng.IntN(len(severities))], Subject: fmt.Sprintf("Incident %d", id),
		Platform: "windows", IndicatorTypes: []string{"footholds"},
	})
	w.published = append(w.published, id)
}

// problems compares Huntress with the desk.
func (w *killWorld) problems() error {
	made := map[int64][]algapsa.Ticket{}
	for _, t := range w.desk.Tickets() {
		if id, ok := engine.ParseMarker(t.Title); ok {
			made[id] = append(made[id], t)
		}
	}
	organizations := map[int64]dataset.Organization{}
	for _, o := range dataset.Organizations() {
		organizations[o.ID] = o
	}
	var problems []error
	for _, i := range w.huntress.Incidents(dataset.AccountID) {
		o := organizations[i.OrganizationID]
		over := engine.Status(i.Status).Closed()
		streamed := slices.Contains(w.published, i.ID)
		due := !o.OptedOut && (streamed || engine.Status(i.Status).Open())
		tickets := made[i.ID]
		switch {
		case len(tickets) > 1:
			problems = append(problems, fmt.Errorf("incident %d has %d tickets", i.ID, len(tickets)))
		case len(tickets) == 0 && due:
			problems = append(problems, fmt.Errorf("incident %d (%s) has no ticket", i.ID, i.Status))
		case len(tickets) == 1 && o.OptedOut:
			problems = append(problems, fmt.Errorf("incident %d of an opted-out organization has a ticket", i.ID))
		case len(tickets) == 1 && tickets[0].StatusClosed != over:
			problems = append(problems, fmt.Errorf("incident %d is %s, its ticket %s", i.ID, i.Status, tickets[0].Status))
		case len(tickets) == 1 && streamed:
			problems = append(problems, misplaced(tickets[0], o))
		}
	}
	return errors.Join(problems...)
}

func misplaced(t algapsa.Ticket, o dataset.Organization) error {
	client, board := o.Client, "Security"
	if o.VIP {
		board = "VIP Security"
	}
	if o.Unmapped {
		client, board = "Security Triage", "Triage"
	}
	if t.Client != client || t.Board != board {
		return fmt.Errorf("ticket %q is for %q on %q, want %q on %q", t.Title, t.Client, t.Board, client, board)
	}
	return nil
}

func (w *killWorld) judge() {
	w.t.Helper()
	if err := w.problems(); err != nil {
		w.t.Errorf("after %v:\n%v", w.killed, err)
	}
}

func (w *killWorld) figures() string {
	var parts []string
	total := 0
	for _, m := range killMoments() {
		total += w.killed[m]
		parts = append(parts, fmt.Sprintf("%d %s", w.killed[m], m))
	}
	return fmt.Sprintf("%d kills (%s), %d incidents published, %d tickets; 0 lost, 0 doubled",
		total, strings.Join(parts, ", "), len(w.published), len(w.desk.Tickets()))
}
