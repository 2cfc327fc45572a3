package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/huntsync/huntsync/engine"
	algapsa "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntress "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/providers/huntress/sim/dataset"
)

// The credentials of the stories. They must appear nowhere.
const (
	huntressKey    = "hk_canary_4b1f7c20"
	huntressSecret = "hs_canary_9d03e6aa"
	deskKey        = "psa_canary_77c1d5e8"
)

// story is the world of one user story: both simulators, served on loopback.
type story struct {
	huntress *huntress.Server
	desk     *algapsa.Sim
	user     algapsa.User

	huntressServer, deskServer *httptest.Server

	// mu guards the clock of Huntress: where a story asks more in a minute than
	// the budget allows, the minute passes at once.
	mu     sync.Mutex
	offset time.Duration
	asked  int
	writes int // of the desk, when last asked
	held   io.Closer
}

// second is the second account of a reseller.
const second = 4322

type storyKey struct{}

func storyOf(ts *testscript.TestScript) *story {
	w, ok := ts.Value(storyKey{}).(*story)
	if !ok {
		ts.Fatalf("the story has no world")
	}
	return w
}

func newStory() *story {
	w := &story{}
	w.huntress = huntress.New(huntress.Options{Now: w.now})
	dataset.Load(w.huntress, time.Now())
	w.huntress.RevokeKey(dataset.Key)
	w.huntress.AddKey(huntress.Key{Key: huntressKey, Secret: huntressSecret, Account: dataset.AccountID})
	w.desk = algapsa.New(algapsa.Options{Seed: 1})
	w.admit()
	w.furnish()
	w.huntressServer = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.tick()
		w.huntress.ServeHTTP(rw, r)
	}))
	w.deskServer = httptest.NewServer(w.desk)
	return w
}

func (w *story) close() {
	w.huntressServer.Close()
	w.deskServer.Close()
}

func (w *story) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.offset)
}

func (w *story) tick() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asked++; w.asked == huntress.Budget-5 {
		w.offset += huntress.Window + time.Second
		w.asked = 0
	}
}

// replaceDesk has another desk, at another address, take the place of the one
// before.
func (w *story) replaceDesk(ts *testscript.TestScript, seed uint64) {
	w.desk, w.writes = algapsa.New(algapsa.Options{Seed: seed}), 0
	w.admit()
	server := httptest.NewServer(w.desk)
	ts.Defer(server.Close)
	ts.Setenv("HUNTSYNC_VAR_desk_url", server.URL)
}

// admit makes the key of the stories valid.
func (w *story) admit() {
	w.user = w.desk.AddUser(algapsa.User{Name: "huntsync"})
	w.desk.AddKey(algapsa.Key{Key: deskKey, UserID: w.user.ID, Permissions: []string{
		"ticket:read", "ticket:create", "ticket:update", "client:read", "contact:read", "ticket_settings:read", "asset:read",
	}})
}

// furnish gives the desk what the configuration of the stories names.
func (w *story) furnish() {
	for _, name := range []string{"Security", "VIP Security", "Incident Response", "Triage"} {
		board := w.desk.AddBoard(algapsa.Board{Name: name})
		w.desk.AddStatus(algapsa.Status{BoardID: board.ID, Name: "New", Default: true})
		w.desk.AddStatus(algapsa.Status{BoardID: board.ID, Name: "In Progress", Order: 1})
		w.desk.AddStatus(algapsa.Status{BoardID: board.ID, Name: "Closed", Closed: true, Order: 2})
		category := w.desk.AddCategory(algapsa.Category{BoardID: board.ID, Name: "Security"})
		w.desk.AddCategory(algapsa.Category{BoardID: board.ID, Name: "Incident", Parent: category.ID})
	}
	for _, name := range []string{"P0", "P1", "P2", "P3"} {
		w.desk.AddPriority(algapsa.Priority{Name: name})
	}
	w.desk.AddClient(algapsa.Client{Name: "Security Triage"})
	for _, o := range dataset.Organizations() {
		w.desk.AddClient(algapsa.Client{Name: o.Client})
	}
}

// writeConfiguration writes the repository that every story begins with.
func writeConfiguration(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var organizations strings.Builder
	for _, o := range dataset.Organizations() {
		switch {
		case o.Unmapped:
			continue
		case o.OptedOut:
			fmt.Fprintf(&organizations, "organization %q {\n  id      = %d\n  tickets = false\n}\n\n", o.Name, o.ID)
		case o.VIP:
			fmt.Fprintf(&organizations, "organization %q {\n  id     = %d\n  client = %q\n  board  = \"VIP Security\"\n}\n\n", o.Name, o.ID, o.Client)
		default:
			fmt.Fprintf(&organizations, "organization %q {\n  id     = %d\n  client = %q\n}\n\n", o.Name, o.ID, o.Client)
		}
	}
	files := map[string]string{
		"connections.hcl":   storyConnections,
		"routing.hcl":       storyRouting,
		"organizations.hcl": strings.TrimSuffix(organizations.String(), "\n"),
		"routing.test.hcl":  storyTests,
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

const storyConnections = `variable "huntress_url" {
  type = string
}

variable "desk_url" {
  type = string
}

huntress "main" {
  api_key    = env("HUNTRESS_API_KEY")
  api_secret = env("HUNTRESS_API_SECRET")
  base_url   = var.huntress_url
}

desk "algapsa" {
  url     = var.desk_url
  api_key = env("ALGAPSA_API_KEY")
  settle  = "1s"
}

state "sqlite" {
  path = "huntsync.db"
}
`

const storyRouting = `routing {
  board    = "Security"
  category = "Security / Incident"
  severity = {
    critical = "P1"
    high     = "P2"
    low      = "P3"
  }

  fallback {
    client = "Security Triage"
    board  = "Triage"
  }

  close {
    status = "Closed"
  }
}

route "ransomware" {
  match {
    severity  = ["critical"]
    indicator = ["ransomware_canaries"]
  }
  board    = "Incident Response"
  priority = "P0"
}
`

const storyTests = `test "critical ransomware goes to the IR board" {
  incident {
    organization = "Acme Inc."
    severity     = "critical"
    indicators   = ["ransomware_canaries"]
  }
  expect {
    client   = "Acme Corporation"
    board    = "Incident Response"
    priority = "P0"
    route    = "ransomware"
  }
}

test "Acme is a VIP" {
  incident {
    organization = "Acme Inc."
    severity     = "high"
  }
  expect {
    board    = "VIP Security"
    priority = "P2"
  }
}
`

// deskCommand looks at the desk, and does what people and faults do there.
func deskCommand(ts *testscript.TestScript, neg bool, args []string) {
	w := storyOf(ts)
	if neg || len(args) == 0 {
		ts.Fatalf("usage: desk writes N|tickets N|single|html|lose|drop|ok|revoke|move|empty|delete INCIDENT|pick INCIDENT|enter TITLE")
	}
	switch args[0] {
	case "writes": // since last asked
		n := w.desk.Writes()
		expect(ts, "writes at the desk", n-w.writes, args[1])
		w.writes = n
	case "tickets":
		expect(ts, "tickets at the desk", len(w.desk.Tickets()), args[1])
	case "single":
		w.single(ts)
	case "html":
		w.desk.SetFault(algapsa.Always(algapsa.HTMLError(http.StatusOK)))
	case "lose": // the answer to whatever is created
		w.desk.SetFault(func(r algapsa.Request) *algapsa.Fault {
			if !r.Is(http.MethodPost, "/tickets") {
				return nil
			}
			return new(algapsa.LostAnswer())
		})
	case "drop": // our correlation id, from whatever is created
		w.desk.SetFault(func(r algapsa.Request) *algapsa.Fault {
			return &algapsa.Fault{LoseAttributes: r.Is(http.MethodPost, "/tickets")}
		})
	case "revoke":
		w.desk.AddKey(algapsa.Key{Key: deskKey, UserID: w.user.ID, Inactive: true})
	case "ok":
		w.desk.SetFault(nil)
	case "move": // to a new address
		moved := httptest.NewServer(w.desk)
		ts.Defer(moved.Close)
		ts.Setenv("HUNTSYNC_VAR_desk_url", moved.URL)
	case "empty": // another desk, without tickets
		w.replaceDesk(ts, 2)
		w.furnish()
	case "delete":
		w.desk.As(w.user.ID).Delete(w.ticket(ts, args[1]).ID)
	case "pick": // the ticket of an incident, to be named by what follows
		t := w.ticket(ts, args[1])
		ts.Setenv("TICKET_ID", t.ID)
		ts.Setenv("TICKET_NUMBER", t.Number)
	case "enter":
		first := w.desk.Tickets()[0]
		t := w.desk.As("technician").Create(algapsa.Ticket{
			Title: args[1], BoardID: first.BoardID, StatusID: first.StatusID, ClientID: first.ClientID, PriorityID: first.PriorityID,
		})
		ts.Setenv("TICKET_ID", t.ID)
		ts.Setenv("TICKET_NUMBER", t.Number)
	default:
		ts.Fatalf("desk does not know %q", args[0])
	}
}

func expect(ts *testscript.TestScript, what string, got int, want string) {
	n, err := strconv.Atoi(want)
	ts.Check(err)
	if got != n {
		ts.Fatalf("%d %s, want %d", got, what, n)
	}
}

// ticket finds the ticket of an incident.
func (w *story) ticket(ts *testscript.TestScript, incident string) algapsa.Ticket {
	for _, t := range w.desk.Tickets() {
		if id, ok := engine.ParseMarker(t.Title); ok && strconv.FormatInt(id, 10) == incident {
			return t
		}
	}
	ts.Fatalf("the desk has no ticket of incident %s", incident)
	return algapsa.Ticket{}
}

// single fails where an incident has two tickets, or an open one that is due has none.
func (w *story) single(ts *testscript.TestScript) {
	count := map[int64]int{}
	for _, t := range w.desk.Tickets() {
		if id, ok := engine.ParseMarker(t.Title); ok {
			count[id]++
		}
	}
	for _, i := range w.huntress.Incidents(dataset.AccountID) {
		due := engine.Status(i.Status).Open()
		for _, o := range dataset.Organizations() {
			if o.ID == i.OrganizationID && o.OptedOut {
				due = false
			}
		}
		if count[i.ID] > 1 || due && count[i.ID] == 0 {
			ts.Fatalf("incident %d (%s) has %d tickets", i.ID, i.Status, count[i.ID])
		}
	}
}

// socCommand does what happens at Huntress.
func socCommand(ts *testscript.TestScript, neg bool, args []string) {
	w := storyOf(ts)
	if neg || len(args) == 0 {
		ts.Fatalf("usage: soc close ID|reopen ID|new ID ORGANIZATION SEVERITY SUBJECT|organization ID NAME|html|ok|revoke|reseller")
	}
	number := func(i int) int64 {
		n, err := strconv.ParseInt(args[i], 10, 64)
		ts.Check(err)
		return n
	}
	switch args[0] {
	case "close":
		ts.Check(w.huntress.SetStatus(dataset.AccountID, number(1), huntress.StatusClosed))
	case "reopen":
		ts.Check(w.huntress.SetStatus(dataset.AccountID, number(1), huntress.StatusSent))
	case "new":
		w.huntress.AddIncident(huntress.Incident{
			ID: number(1), AccountID: dataset.AccountID, OrganizationID: number(2), Severity: args[3], Subject: args[4],
			Platform: "windows", IndicatorTypes: []string{"footholds"},
		})
	case "organization":
		name, err := strconv.Unquote(`"` + strings.ReplaceAll(args[2], `"`, `\"`) + `"`)
		ts.Check(err)
		w.huntress.AddOrganization(huntress.Organization{ID: number(1), AccountID: dataset.AccountID, Name: name, Key: "k" + args[1]})
	case "html":
		w.huntress.SetFault(func(*http.Request) *huntress.Fault {
			return &huntress.Fault{
				Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html>Sign in to the Wi-Fi</html>",
			}
		})
	case "ok":
		w.huntress.SetFault(nil)
	case "revoke":
		w.huntress.RevokeKey(huntressKey)
	case "reseller": // with a second account
		w.huntress.AddAccount(huntress.Account{ID: second, Name: "Second Star IT", Subdomain: "secondstar"})
		w.huntress.AddOrganization(huntress.Organization{ID: 2201, AccountID: second, Name: "Granite Peak Legal", Key: "granite2"})
		w.huntress.AddIncident(huntress.Incident{
			ID: 2090019, AccountID: second, OrganizationID: 2201, Severity: "low", Subject: "LOW - Printer", Platform: "windows",
		})
		w.huntress.AddKey(huntress.Key{
			Key: huntressKey, Secret: huntressSecret, Reseller: 7, Accounts: []int64{dataset.AccountID, second},
		})
	default:
		ts.Fatalf("soc does not know %q", args[0])
	}
}
