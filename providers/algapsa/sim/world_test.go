package sim_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// nowhere is a UUID that names nothing.
const nowhere = "00000000-0000-4000-8000-000000000000"

// desk is a small tenant, with a key that may do everything.
type desk struct {
	t   *testing.T
	s   *sim.Sim
	now time.Time
	key string

	user                       sim.User
	board, other               sim.Board
	open, waiting, closed      sim.Status
	otherOpen                  sim.Status
	priority                   sim.Priority
	category, sub, foreign     sim.Category
	client, inactive, neighbor sim.Client
	contact                    sim.Contact
	asset, foreignAsset        sim.Asset
}

func newDesk(t *testing.T, options sim.Options) *desk {
	t.Helper()
	d := &desk{t: t, key: "k1", now: time.Date(2026, 8, 24, 12, 0, 0, 123456789, time.UTC)}
	options.Now = func() time.Time { return d.now }
	d.s = sim.New(options)
	d.user = d.s.AddUser(sim.User{Name: "huntsync"})
	d.grant(
		"ticket:read", "ticket:create", "ticket:update", "ticket:delete", "client:read", "contact:read", "ticket_settings:read",
		"asset:read", "tag:read", "tag:create",
	)
	d.board = d.s.AddBoard(sim.Board{Name: "Security", Order: 10})
	d.other = d.s.AddBoard(sim.Board{Name: "Triage", Order: 20})
	d.open = d.s.AddStatus(sim.Status{BoardID: d.board.ID, Name: "New", Default: true, Order: 1})
	d.waiting = d.s.AddStatus(sim.Status{BoardID: d.board.ID, Name: "Waiting", Order: 2})
	d.closed = d.s.AddStatus(sim.Status{BoardID: d.board.ID, Name: "Closed", Closed: true, Order: 3})
	d.otherOpen = d.s.AddStatus(sim.Status{BoardID: d.other.ID, Name: "New", Default: true, Order: 1})
	d.priority = d.s.AddPriority(sim.Priority{Name: "P1"})
	d.category = d.s.AddCategory(sim.Category{BoardID: d.board.ID, Name: "Security"})
	d.sub = d.s.AddCategory(sim.Category{BoardID: d.board.ID, Name: "Incident", Parent: d.category.ID})
	d.foreign = d.s.AddCategory(sim.Category{BoardID: d.other.ID, Name: "Elsewhere"})
	d.client = d.s.AddClient(sim.Client{Name: "Acme Corporation", Email: "office@acme.example"})
	d.inactive = d.s.AddClient(sim.Client{Name: "Gone Ltd", Inactive: true})
	d.neighbor = d.s.AddClient(sim.Client{Name: "Birchwood", Email: "office@birchwood.example"})
	d.contact = d.s.AddContact(sim.Contact{ClientID: d.client.ID, Name: "Kira", Email: "kira@acme.example"})
	d.asset = d.s.AddAsset(sim.Asset{ClientID: d.client.ID, Name: "DC01", Tag: "A-1", Serial: "S-1", Type: "server"})
	d.foreignAsset = d.s.AddAsset(sim.Asset{ClientID: d.neighbor.ID, Name: "DESK-2", Tag: "B-2", Serial: "S-2", Type: "workstation"})
	return d
}

// grant gives the key exactly these permissions.
func (d *desk) grant(permissions ...string) {
	d.s.AddKey(sim.Key{Key: d.key, UserID: d.user.ID, Permissions: permissions})
}

// reply is an answer, decoded where it is JSON.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	text   string
	json   any
}

// do sends a request; a body that is no string is encoded.
func (d *desk) do(method, path string, body any) reply {
	d.t.Helper()
	text, ok := body.(string)
	if !ok && body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			d.t.Fatal(err)
		}
		text = string(data)
	}
	r := httptest.NewRequestWithContext(d.t.Context(), method, "/api/v1"+path, strings.NewReader(text))
	if d.key != "" {
		r.Header.Set("X-Api-Key", d.key)
	}
	return d.send(r)
}

func (d *desk) get(path string) reply {
	d.t.Helper()
	return d.do(http.MethodGet, path, nil)
}

func (d *desk) send(r *http.Request) reply {
	d.t.Helper()
	w := httptest.NewRecorder()
	d.s.ServeHTTP(w, r)
	a := reply{t: d.t, what: r.Method + " " + r.URL.String(), status: w.Code, header: w.Header(), text: w.Body.String()}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(w.Body.Bytes(), &a.json); err != nil {
			d.t.Fatalf("%s: %v", a.what, err)
		}
	}
	return a
}

// at walks to a value, "data.0.title"; a value that is not there is the text "<none>".
func (a reply) at(path string) any {
	value := a.json
	for name := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			next, there := v[name]
			if !there {
				return "<none>"
			}
			value = next
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(v) {
				return "<none>"
			}
			value = v[i]
		default:
			return "<none>"
		}
	}
	return value
}

// is fails unless the answer has this status and these values, given as path, value, path, value.
func (a reply) is(status int, pairs ...any) reply {
	a.t.Helper()
	if a.status != status {
		a.t.Errorf("%s: got %d %.400s, want %d", a.what, a.status, a.text, status)
		return a
	}
	for i := 0; i < len(pairs); i += 2 {
		path, _ := pairs[i].(string)
		if got := a.at(path); fmt.Sprint(got) != fmt.Sprint(pairs[i+1]) {
			a.t.Errorf("%s: %s is %v, want %v", a.what, path, got, pairs[i+1])
		}
	}
	return a
}

// refused fails unless the answer is an error of this form.
func (a reply) refused(status int, code, message string) reply {
	a.t.Helper()
	return a.is(status, "error.code", code, "error.message", message)
}

// column lists one field of every row.
func (a reply) column(name string) []string {
	rows, _ := a.at("data").([]any)
	all := []string{}
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		all = append(all, fmt.Sprint(fields[name]))
	}
	return all
}

// text is a value as a string.
func (a reply) str(path string) string {
	a.t.Helper()
	text, ok := a.at(path).(string)
	if !ok {
		a.t.Fatalf("%s: %s is %v, want a text; the answer was %d %.400s", a.what, path, a.at(path), a.status, a.text)
	}
	return text
}

// draft is a body that makes a ticket; more replaces fields, and removes those that are nil.
func (d *desk) draft(more map[string]any) map[string]any {
	body := map[string]any{
		"title": "[Huntress #1] test", "board_id": d.board.ID, "client_id": d.client.ID, "status_id": d.open.ID, "priority_id": d.priority.ID,
	}
	maps.Copy(body, more)
	maps.DeleteFunc(body, func(_ string, value any) bool { return value == nil })
	return body
}

// null is a JSON null in a draft, where nil means absent.
func null() json.RawMessage { return json.RawMessage("null") }

// create makes a ticket and returns its id.
func (d *desk) create(more map[string]any) string {
	d.t.Helper()
	return d.do(http.MethodPost, "/tickets", d.draft(more)).is(http.StatusCreated).str("data.ticket_id")
}
