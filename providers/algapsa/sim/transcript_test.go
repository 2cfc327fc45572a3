package sim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// contract reads one of the API documents, which are kept beside the repository and are no part of it.
func contract(t *testing.T, name string) []byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		data, err := os.ReadFile(filepath.Join(dir, "shared", "contracts", name))
		if err == nil {
			return data
		}
		if dir == filepath.Dir(dir) {
			t.Skipf("%s is not here: it is looked for in shared/contracts beside the repository", name)
		}
	}
}

// exchange is one recorded request with its answer.
type exchange struct {
	line                       int
	section, method, path, key string
	body, answer               string
	status                     int
	notes                      []string // What the people who recorded it wrote down about the answer.
}

var (
	requestLine = regexp.MustCompile("^`([A-Z]+) (/\\S+)`\\s+\\((?:no key|key: (\\S+))\\)")
	statusLine  = regexp.MustCompile(`^-> \*\*(\d+)\*\*`)
)

// readTranscript reads the recording: request line, perhaps a fenced body, status, perhaps a fenced answer, notes.
func readTranscript(t *testing.T, text string) []exchange {
	t.Helper()
	var all []exchange
	section, fenced, answered := "", false, false
	for i, line := range strings.Split(text, "\n") {
		var last *exchange
		if len(all) > 0 {
			last = &all[len(all)-1]
		}
		request, status := requestLine.FindStringSubmatch(line), statusLine.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced && answered:
			last.answer += line
		case fenced:
			last.body += line
		case strings.HasPrefix(line, "## "):
			section = line[3:]
		case request != nil:
			all = append(all, exchange{line: i + 1, section: section, method: request[1], path: request[2], key: request[3]})
			answered = false
		case status != nil:
			n, err := strconv.Atoi(status[1])
			if err != nil {
				t.Fatal(err)
			}
			last.status, answered = n, true
		case strings.HasPrefix(line, "> "):
			last.notes = append(last.notes, strings.TrimSpace(line[2:]))
		}
	}
	return all
}

// The ids of the recording that are used without having been listed.
const (
	recordedBoard      = "60e41785-fa2a-4ee3-88ac-d2304df883b6"
	recordedOtherBoard = "af6d686f-71a7-4f70-8311-d9e5218e9be9"
	recordedOpen       = "4eee62d4-a105-4ab3-bd39-e58f77cd3950"
	recordedClosed     = "93e19cba-4ec8-47d6-aa9d-6a508a7309fe"
	recordedOtherOpen  = "00eae7cd-79a3-4e83-8e09-54e2bf948c97"
	recordedSub        = "08b7604f-685c-4661-8d58-e910c64108cb"
	recordedCategory   = "48882006-49d9-4582-aae6-c799afeedb1f"
	recordedForeign    = "c2e4881c-529a-4b56-8c0e-82f0a1e37b81"
	recordedClient     = "eb98ccdd-dbbd-40f7-a91c-b296c5e511b1"
	recordedPriority   = "64631082-ade1-47fd-a132-a888712c6139"
	recordedAdmin      = "6e459748-8af0-4d95-9ee7-94675b983da8"
	recordedTechnician = "0a010d00-e33f-4c99-a4a1-a3a0bb31450b"
	recordedTenant     = "fdc7d6b2-a2af-46b7-9dd8-2193691141fb"
)

// replay is a simulator with the world of the recording.
type replay struct {
	s     *sim.Sim
	now   time.Time
	names map[string]string // What the recording's server made, to what the simulator made instead.
	rows  []*learned
}

// learned is a thing that the recording shows, put together from every row that shows it.
type learned struct {
	idField, id string
	row         map[string]part
}

func newReplay(all []exchange) *replay {
	r := &replay{now: time.Date(2026, 11, 23, 11, 1, 52, 0, time.UTC), names: map[string]string{}}
	r.s = sim.New(sim.Options{
		Now: func() time.Time { return r.now }, Tenant: recordedTenant, FirstNumber: 1000, Development: true,
	})
	r.people()
	r.see("board_id", map[string]part{"board_id": {scalar: recordedOtherBoard}, "board_name": {scalar: "Other"}})
	r.see("status_id", map[string]part{"status_id": {scalar: recordedOtherOpen}, "board_id": {scalar: recordedOtherBoard}})
	r.see("status_id", map[string]part{
		"status_id": {scalar: recordedClosed}, "board_id": {scalar: recordedBoard}, "name": {scalar: "Enchanted Closure"},
		"is_closed": {scalar: true}, "order_number": {scalar: 5.0},
	})
	r.see("category_id", map[string]part{"category_id": {scalar: recordedForeign}, "board_id": {scalar: recordedOtherBoard}})
	r.see("category_id", map[string]part{
		"category_id": {scalar: recordedSub}, "parent_category": {scalar: recordedCategory}, "board_id": {scalar: recordedBoard},
	})
	for _, e := range all {
		r.learn(e)
	}
	for _, one := range r.rows {
		r.build(one.idField, part{object: one.row})
	}
	r.seedTickets()
	return r
}

func (r *replay) people() {
	r.s.AddUser(sim.User{ID: recordedAdmin, Name: "Glinda Good"})
	r.s.AddUser(sim.User{ID: recordedTechnician, Name: "Tin Woodman"})
	r.s.AddUser(sim.User{ID: "cheshire", Name: "Cheshire Cat"})
	technician := []string{
		"ticket:read", "ticket:create", "ticket:update", "client:read", "contact:read", "ticket_settings:read", "tag:read", "asset:read",
	}
	r.s.AddKey(sim.Key{Key: "alga-local-tech-key", UserID: recordedTechnician, Permissions: technician})
	r.s.AddKey(sim.Key{
		Key: "alga-local-admin-key", UserID: recordedAdmin,
		Permissions: append(slices.Clone(technician), "ticket:delete", "client:create", "tag:create"),
	})
	r.s.AddKey(sim.Key{Key: "alga-local-finance-key", UserID: "cheshire", Permissions: []string{"tag:create"}})
}

// learn remembers the things that an answer of the recording shows.
func (r *replay) learn(e exchange) {
	if e.method != http.MethodGet || e.status != http.StatusOK {
		return
	}
	idField := idFieldOf(e.path)
	data := readPart(e.answer).object["data"]
	rows := data.list
	if data.object != nil {
		rows = []part{data}
	}
	for i, row := range rows {
		switch idField {
		case "status_id":
			if _, there := row.object["order_number"]; !there && strings.Contains(e.path, "/tickets/statuses") {
				row.object["order_number"] = part{scalar: float64(i + 1)} // They are listed in this order.
			}
		case "asset_id":
			client := map[string]part{"client_id": row.object["client_id"], "client_name": row.object["client_name"]}
			if row.text("client_name") != "" {
				r.see("client_id", client)
			}
		}
		r.see(idField, row.object)
	}
}

// idFieldOf names the id of the things that a path lists.
func idFieldOf(path string) string {
	path, _, _ = strings.Cut(strings.TrimPrefix(path, "/api/v1"), "?")
	switch {
	case path == "/boards" || strings.HasPrefix(path, "/boards/"):
		return "board_id"
	case path == "/statuses" || path == "/tickets/statuses":
		return "status_id"
	case path == "/priorities" || path == "/tickets/priorities":
		return "priority_id"
	case path == "/categories/ticket":
		return "category_id"
	case path == "/clients":
		return "client_id"
	case path == "/assets":
		return "asset_id"
	case path == "/tags":
		return "mapping_id"
	default:
		return ""
	}
}

// see adds a row, or what it tells beyond those seen before.
func (r *replay) see(idField string, row map[string]part) {
	id := part{object: row}.text(idField)
	if id == "" {
		return
	}
	at := slices.IndexFunc(r.rows, func(l *learned) bool { return l.id == id })
	if at < 0 {
		at = len(r.rows)
		r.rows = append(r.rows, &learned{idField: idField, id: id, row: map[string]part{}})
	}
	for name, value := range row {
		if _, there := r.rows[at].row[name]; !there {
			r.rows[at].row[name] = value
		}
	}
}

// build adds a thing to the simulator.
func (r *replay) build(idField string, row part) {
	id := row.text(idField)
	at, _ := time.Parse(time.RFC3339, row.text("created_at"))
	switch idField {
	case "board_id":
		r.s.AddBoard(sim.Board{ID: id, Name: row.text("board_name"), Description: row.text("description"), Order: row.number("display_order")})
	case "status_id":
		r.s.AddStatus(sim.Status{
			ID: id, BoardID: row.text("board_id"), Name: row.text("name"), Type: row.text("status_type"), Closed: row.truth("is_closed"),
			Default: row.truth("is_default"), Order: row.number("order_number"), CreatedAt: at,
		})
	case "priority_id":
		if row.text("priority_name") == "" {
			row.object["priority_name"] = part{scalar: "Whimsical"} // The recording was cut in its name.
		}
		r.s.AddPriority(sim.Priority{ID: id, Name: row.text("priority_name"), Order: row.number("order_number"), CreatedAt: at})
	case "category_id":
		if row.text("board_id") == "" {
			row.object["board_id"] = part{scalar: recordedBoard} // The recording was cut before it.
		}
		r.s.AddCategory(sim.Category{
			ID: id, BoardID: row.text("board_id"), Name: row.text("category_name"), Parent: row.text("parent_category"), CreatedAt: at,
		})
	case "client_id":
		r.s.AddClient(sim.Client{ID: id, Name: row.text("client_name"), Email: "info@emeraldcity.oz", CreatedAt: at})
	case "asset_id":
		r.s.AddAsset(sim.Asset{
			ID: id, ClientID: row.text("client_id"), Name: row.text("name"), Tag: row.text("asset_tag"), Serial: row.text("serial_number"),
			Type: row.text("asset_type"), Location: row.text("location"), CreatedAt: at,
		})
	}
}

// seedTickets enters the eleven tickets that the recorded server had before, one of them closed.
func (r *replay) seedTickets() {
	for i := range 11 {
		t := sim.Ticket{
			Title: "Survey " + strconv.Itoa(i), Number: fmt.Sprintf("TIC%d", 1000+i), BoardID: recordedBoard, ClientID: recordedClient,
			StatusID: recordedOpen, PriorityID: recordedPriority, EnteredAt: r.now.Add(time.Duration(i)*time.Minute - time.Hour),
			Attributes: []byte(`{"description":"seeded"}`), ContactID: "",
		}
		switch i {
		case 0:
			t.StatusID, t.IsClosed, t.ClosedAt = recordedClosed, true, r.now
		case 3:
			t.Title = "Enhance Emerald City Gardens"
		}
		r.s.As(recordedAdmin).Create(t)
	}
	r.s.AddTag(r.s.Tickets()[0].ID, "exploration")
	r.s.AddTag(r.s.Tickets()[0].ID, "garden")
}

// load does what was done between two parts of the recording: the tickets of the first were removed, some numbers
// were used up, and 10,000 tickets entered.
func (r *replay) load() {
	person := r.s.As(recordedAdmin)
	for _, t := range r.s.Tickets() {
		if !strings.HasPrefix(t.Number, "TIC100") && t.Number != "TIC1010" {
			person.Delete(t.ID)
		}
	}
	for range 18068 - 10000 - 1017 {
		person.Delete(person.Create(sim.Ticket{}).ID)
	}
	for host := 601; host <= 10600; host++ {
		r.now = r.now.Add(10 * time.Millisecond)
		person.Create(sim.Ticket{
			Title: fmt.Sprintf("[Huntress] HIGH - Incident on host-%d", host), BoardID: recordedBoard, ClientID: recordedClient,
			StatusID: recordedOpen, PriorityID: recordedPriority, Attributes: []byte(`{"description":"loaded"}`),
		})
	}
}

// ask sends a recorded request with the simulator's own ids in place of the recorded server's.
func (r *replay) ask(t *testing.T, e exchange) *httptest.ResponseRecorder {
	t.Helper()
	r.now = r.now.Add(250 * time.Millisecond)
	path, body := e.path, e.body
	for recorded, own := range r.names {
		path, body = strings.ReplaceAll(path, recorded, own), strings.ReplaceAll(body, recorded, own)
	}
	request := httptest.NewRequestWithContext(t.Context(), e.method, path, strings.NewReader(body))
	if e.key != "" {
		request.Header.Set("X-Api-Key", e.key)
	}
	answer := httptest.NewRecorder()
	r.s.ServeHTTP(answer, request)
	return answer
}

// TestTranscript sends what was sent to a real server, in the same order, and compares what comes back.
func TestTranscript(t *testing.T) {
	t.Parallel()
	all := readTranscript(t, string(contract(t, "algapsa-transcript.md")))
	if len(all) < 100 {
		t.Fatalf("read only %d exchanges", len(all))
	}
	r := newReplay(all)
	for _, e := range all {
		if strings.Contains(e.body, "harness incident") {
			r.load()
		}
		answer := r.ask(t, e)
		name := fmt.Sprintf("line %d, %s: %s %s %.120s", e.line, e.section, e.method, e.path, e.body)
		if answer.Code != e.status {
			t.Errorf("%s\nrecorded %d, got %d %.300s", name, e.status, answer.Code, answer.Body)
			continue
		}
		r.judge(t, name, e, answer)
	}
}

// judge compares the answers and the notes about them.
func (r *replay) judge(t *testing.T, name string, e exchange, answer *httptest.ResponseRecorder) {
	t.Helper()
	if !strings.HasPrefix(e.answer, "{") {
		if strings.HasPrefix(e.answer, "<!DOCTYPE html>") != strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s\nrecorded %.60q, got Content-Type %q", name, e.answer, answer.Header().Get("Content-Type"))
		}
		if e.answer == "" && answer.Body.Len() > 0 {
			t.Errorf("%s\nrecorded no body, got %.100s", name, answer.Body)
		}
		return
	}
	want, got := readPart(e.answer), readPart(answer.Body.String())
	if field := idFieldOf(e.path); field != "" {
		want = withoutStump(field, want)
	}
	if answer.Code == http.StatusCreated {
		r.learnNames(want.object["data"], got.object["data"])
	}
	r.forgetStrangers(want)
	c := compare{same: r.rule(e)}
	if field := idFieldOf(e.path); field != "" && e.status == http.StatusOK {
		got = onlyRecorded(field, want, got)
	}
	c.values("", "", want, got)
	for _, difference := range c.found {
		t.Errorf("%s\n%s", name, difference)
	}
	for _, note := range e.notes {
		judgeNote(t, name, note, got)
	}
}

// learnNames remembers which id the simulator made for which of the recording.
func (r *replay) learnNames(want, got part) {
	for _, field := range []string{"ticket_id", "ticket_number", "comment_id", "thread_id", "board_id"} {
		recorded, own := want.text(field), got.text(field)
		if recorded != "" && own != "" && recorded != own {
			r.names[recorded] = own
		}
	}
}

// rule decides when two scalars count as the same. Errors and tickets must agree to the letter, but for ids, times and
// the search index; the lists of other things are of the recorded server's own data: there the types must agree.
func (r *replay) rule(e exchange) func(string, part, part) bool {
	lookup := e.status < 300 && !strings.HasPrefix(e.path, "/api/v1/tickets")
	return func(field string, want, got part) bool {
		switch {
		case unmodeled(field):
			return true
		case lookup || strings.HasSuffix(field, "_index") || strings.HasSuffix(field, "_at") || field == "timestamp":
			return want.kind() == got.kind()
		}
		if text, ok := want.scalar.(string); ok && r.names[text] != "" {
			return got.scalar == r.names[text]
		}
		return want.scalar == got.scalar
	}
}

// forgetStrangers leaves only the title of tickets in a list that were not created in the recording.
func (r *replay) forgetStrangers(want part) {
	for i, row := range want.object["data"].list {
		if id := row.text("ticket_id"); id == "" || row.object["comment_id"].scalar != nil || r.names[id] != "" {
			continue
		}
		known := part{object: map[string]part{}, cut: true}
		if strings.HasPrefix(row.text("title"), "[Huntress]") {
			known.object["title"] = row.object["title"]
		}
		want.object["data"].list[i] = known
	}
}

// withoutStump drops a last row that was cut before its id.
func withoutStump(idField string, want part) part {
	data := want.object["data"]
	if n := len(data.list); n > 0 && data.cut && data.list[n-1].text(idField) == "" {
		want.object["data"] = part{list: data.list[:n-1], cut: true}
	}
	return want
}

// onlyRecorded leaves the rows that the recording shows, in the order of the answer: the recorded server held other
// things too, beyond where the recording was cut.
func onlyRecorded(idField string, want, got part) part {
	data := got.object["data"]
	if data.list == nil || idField == "mapping_id" {
		return got
	}
	kept := []part{}
	for _, row := range data.list {
		if slices.ContainsFunc(want.object["data"].list, func(w part) bool { return w.text(idField) == row.text(idField) }) {
			kept = append(kept, row)
		}
	}
	got.object["data"] = part{list: kept}
	return got
}

// unmodeled are columns whose values the recorded server's own data has, and that nothing of ours reads.
func unmodeled(field string) bool {
	return slices.Contains([]string{
		"created_by", "color", "itil_priority_level", "purchase_date", "warranty_end_date", "warranty_status", "client_phone",
	}, field)
}

var (
	countNote = regexp.MustCompile(`^(?:total=(\d+) )?n=(\d+)$`)
	fieldNote = regexp.MustCompile(`\b(is_closed|closed_at|closed_by|status_is_closed)=(\S+)`)
)

// judgeNote holds an answer against what was noted about the recorded one, beyond where that was cut.
func judgeNote(t *testing.T, name, note string, got part) {
	t.Helper()
	if counts := countNote.FindStringSubmatch(note); counts != nil {
		if n := strconv.Itoa(len(got.object["data"].list)); n != counts[2] {
			t.Errorf("%s\n%s rows, noted: %s", name, n, note)
		}
		if total := strconv.Itoa(got.object["pagination"].number("total")); counts[1] != "" && total != counts[1] {
			t.Errorf("%s\ntotal %s, noted: %s", name, total, note)
		}
		return
	}
	if strings.HasPrefix(note, `{"page"`) {
		c := compare{same: func(_ string, want, got part) bool { return want.scalar == got.scalar }}
		c.values("pagination", "", readPart(note), got.object["pagination"])
		for _, difference := range c.found {
			t.Errorf("%s\n%s", name, difference)
		}
		return
	}
	for _, field := range fieldNote.FindAllStringSubmatch(note, -1) {
		value := got.object["data"].object[field[1]]
		if empty := value.scalar == nil; empty != (field[2] == "null") || !empty && value.kind() == "bool" && fmt.Sprint(value.scalar) != field[2] {
			t.Errorf("%s\n%s is %v, noted: %s", name, field[1], value.scalar, note)
		}
	}
}
