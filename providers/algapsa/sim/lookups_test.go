package sim_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

func TestBoards(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	d.s.AddBoard(sim.Board{Name: "Old", Order: 99, Inactive: true})
	if got := d.get("/boards").is(200, "pagination.total", 2).column("board_name"); !slices.Equal(got, []string{"Triage", "Security"}) {
		t.Errorf("boards %q, want the highest order first and no inactive one", got)
	}
	d.get("/boards?include_inactive=true").is(200, "data.0.board_name", "Old", "data.0.is_inactive", true, "pagination.total", 3)
	d.get("/boards?sort=board_name&order=asc").is(200, "data.0.board_name", "Security")
	d.get("/boards?search=tri").is(200, "data.0.board_name", "Triage", "pagination.total", 1)
	d.get("/boards/"+d.board.ID).is(200, "data.board_name", "Security")
	d.get("/boards/"+nowhere).is(404, "error.code", "NOT_FOUND")
	d.do("POST", "/boards", map[string]string{"board_name": "New"}).is(201, "data.board_name", "New")
	d.do("POST", "/boards", "{}").is(400, "error.details.0.path.0", "board_name")
}

// TestUnknownSorts are 500s, of boards alone their own order.
func TestUnknownSorts(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	d.get("/boards?sort=nosuch").is(200, "data.0.board_name", "Triage")
	for _, path := range []string{"/statuses", "/priorities", "/clients", "/contacts"} {
		d.get(path+"?sort=nosuch").is(500, "error.code", "INTERNAL_CONFIGURATION")
		d.get(path + "?sort=created_at").is(200)
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	d.s.AddStatus(sim.Status{Name: "Backlog", Type: "project"})
	d.s.AddStatus(sim.Status{BoardID: d.board.ID, Name: "Resolved", Closed: true, Order: 4}) // A second closed one.

	d.get("/statuses?type=ticket").is(
		400, "error.message", "Query validation failed", "error.details.0.code", "custom", "error.details.0.path.0", "board_id",
		"error.details.0.message", "board_id is required when querying ticket statuses",
	)
	d.get("/statuses?type=ticket&board_id="+d.board.ID+"&sort=order_number&order=asc").is(
		200, "pagination.total", 4, "data.0.name", "New", "data.0.is_default", true, "data.0.is_closed", false, "data.2.is_closed", true,
	)
	if got := d.get("/statuses?limit=100").is(200, "pagination.total", 6).column("status_type"); !slices.Contains(got, "project") {
		t.Errorf("types %q, want project ones among them", got)
	}
	d.get("/statuses?type=project").is(200, "data.0.name", "Backlog", "data.0.board_id", nil)

	a := d.get("/tickets/statuses?board_id="+d.board.ID).is(200, "pagination", "<none>", "data.0.board_id", d.board.ID)
	if got, want := a.column("name"), []string{"New", "Waiting", "Closed", "Resolved"}; !slices.Equal(got, want) {
		t.Errorf("statuses %q, want %q", got, want)
	}
	if got := d.get("/tickets/statuses").is(200).column("name"); len(got) != 5 {
		t.Errorf("%d statuses of all boards, want 5", len(got))
	}
	d.get("/tickets/statuses?board_id="+nowhere).is(200, "data.0", "<none>")
	d.get("/tickets/statuses?board_id=x").is(400)

	body := map[string]any{"name": "Waiting on SOC", "status_type": "ticket", "board_id": d.board.ID, "is_closed": false, "order_number": 9}
	d.do("POST", "/statuses", body).is(201, "data.name", "Waiting on SOC")
	d.do("POST", "/statuses", body).is(409, "error.code", "CONFLICT", "error.message", "Resource already exists")
}

// Boards without a closed status, without a default one, or without any.
func TestOddBoards(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	if got := d.get("/tickets/statuses?board_id=" + d.other.ID).column("is_closed"); !slices.Equal(got, []string{"false"}) {
		t.Errorf("closed: %q", got)
	}
	d.s.EditStatus(d.otherOpen.ID, func(st *sim.Status) { st.Default = false })
	d.get("/tickets/statuses?board_id="+d.other.ID).is(200, "data.0.is_default", false)
	empty := d.s.AddBoard(sim.Board{Name: "Empty"})
	d.get("/tickets/statuses?board_id="+empty.ID).is(200, "data.0", "<none>")
	d.do("POST", "/tickets", d.draft(map[string]any{"board_id": empty.ID})).is(400)
}

func TestPriorities(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	d.s.AddPriority(sim.Priority{Name: "Sprint", ItemType: "project_task"})
	d.s.AddPriority(sim.Priority{Name: "A first"})
	d.get("/priorities").is(200, "pagination.total", 3)
	d.get("/priorities?item_type=ticket").is(200, "pagination.total", 2, "data.0.item_type", "ticket")
	d.get("/priorities?search=P").refused(500, "INTERNAL_CONFIGURATION", "The server is misconfigured for this operation. Please contact support.")
	a := d.get("/tickets/priorities").is(200, "pagination", "<none>", "data.0.order_number", "<none>")
	if got := a.column("priority_name"); !slices.Equal(got, []string{"A first", "P1"}) {
		t.Errorf("priorities %q", got)
	}
}

func TestCategories(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	for i := range 117 {
		d.s.AddCategory(sim.Category{BoardID: d.board.ID, Name: fmt.Sprintf("c%03d", i)})
	}
	first := d.get("/categories/ticket?limit=100").is(200, "pagination.total", 120)
	again := d.get("/categories/ticket?limit=100&page=2").is(200, "pagination.page", 2) // Echoed and ignored.
	if !slices.Equal(first.column("category_id"), again.column("category_id")) {
		t.Error("page was not ignored")
	}
	if rest := d.get("/categories/ticket?limit=100&offset=100").is(200).column("category_id"); len(rest) != 20 {
		t.Errorf("%d categories behind offset 100, want 20", len(rest))
	}
	d.get("/categories/ticket?board_id="+d.other.ID).is(200, "data.0.category_name", "Elsewhere", "data.0.parent_category", nil, "pagination.total", 1)
	d.get("/categories/ticket?parent_category="+d.category.ID).is(200, "data.0.category_name", "Incident", "data.0.board_id", d.board.ID)
	d.get("/categories/ticket?search=INCID").is(200, "pagination.total", 1)
	d.get("/categories/ticket?limit=101").is(400)
}

func TestClients(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	for i := range 150 {
		d.now = d.now.Add(time.Second)
		d.s.AddClient(sim.Client{Name: fmt.Sprintf("Client %03d", i)})
	}
	d.get("/clients?limit=100").is(200, "pagination.total", 153, "pagination.hasNext", true, "data.0.client_name", "Client 149")
	d.get("/clients?limit=100&page=2").is(200, "data.53", "<none>", "pagination.hasNext", false)
	d.get("/clients?is_inactive=true").is(200, "pagination.total", 1, "data.0.client_name", "Gone Ltd")
	d.get("/clients?is_inactive=false&limit=1").is(200, "pagination.total", 152)
	d.get("/clients?client_name=gone").is(200, "data.0.is_inactive", true)
	d.get("/clients?client_name=c%25n").is(200, "pagination.total", 151) // "Client 000" and "Acme Corporation"
	d.get("/clients?search=office%40acme").is(200, "data.0.client_name", "Acme Corporation", "pagination.total", 1)
	d.get("/clients?client_name=x%5C").is(500)
	d.get("/clients?sort=client_name&order=asc&limit=1").is(200, "data.0.client_name", "Acme Corporation")
}

func TestContacts(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	d.s.AddContact(sim.Contact{ClientID: d.neighbor.ID, Name: "Kirby", Email: "kirby@birchwood.example", Inactive: true})
	d.get("/contacts?full_name=KIR").is(200, "pagination.total", 2)
	d.get("/contacts?full_name=KIR&client_id="+d.client.ID).is(
		200, "data.0.full_name", "Kira", "data.0.contact_name_id", d.contact.ID, "data.0.client_name", "Acme Corporation", "pagination.total", 1,
	)
	d.get("/contacts?email=kira%40").is(200, "pagination.total", 1, "data.0.is_inactive", false)
	d.get("/contacts?is_inactive=true").is(200, "data.0.full_name", "Kirby")
}

func TestAssets(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	d.get("/assets").is(
		200, "success", true, "pagination.total", 2, "pagination.hasNext", "<none>", "meta.version", "1.0.0",
		"meta.timestamp", "2026-08-24T12:00:00.123Z", "data.0._links.self.method", "GET",
	)
	d.get("/assets?serial_number=S-1").is(200, "pagination.total", 2) // Ignored.
	d.get("/assets?search=nothing").is(200, "pagination.total", 2)    // Ignored.
	d.get("/assets?name=dc").is(200, "data.0.name", "DC01", "data.1", "<none>", "pagination.total", 2 /* wrong */)
	d.get("/assets?asset_tag=b-2").is(200, "data.0.name", "DESK-2", "data.1", "<none>")
	d.get("/assets?client_id="+d.client.ID).is(200, "data.0.name", "DC01", "pagination.total", 1)
	d.get("/assets?asset_type=workstation").is(200, "data.0.name", "DESK-2", "pagination.total", 1)
	d.get("/assets?client_name=Acme").is(500, "error.code", "INTERNAL_ERROR")
	d.do("POST", "/assets", "{}").is(400, "success", false, "error.code", "VALIDATION_ERROR", "error.message", "Invalid request data")
}

func TestLinkedAssets(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	path := "/tickets/" + d.create(nil) + "/assets"
	link := func(id string) reply { return d.do("POST", path, map[string]string{"asset_id": id}) }
	d.get(path).is(200, "data.0", "<none>")
	link(d.asset.ID).is(201, "data.relationship_type", "affected", "data.entity_type", "ticket", "data.notes", nil)
	link(d.asset.ID).refused(409, "CONFLICT", "Asset is already linked to this ticket")
	link(d.foreignAsset.ID).is(201) // Of another client.
	link(nowhere).refused(404, "NOT_FOUND", "Asset not found")
	link("x").is(400, "error.details.0.message", "Invalid uuid")
	d.do("POST", path, "{not json").is(500)
	d.get(path).is(200, "data.0.asset_id", d.foreignAsset.ID, "data.1.name", "DC01", "data.1.relationship_type", "affected")
	d.do("DELETE", path+"/"+d.asset.ID, nil).is(204)
	d.do("DELETE", path+"/"+d.asset.ID, nil).is(404)
	d.get(path).is(200, "data.1", "<none>")
}

func TestTags(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	id := d.create(map[string]any{"tags": []string{"edr"}})
	d.do("POST", "/tags", map[string]string{"tag_text": "x", "tagged_id": id, "tagged_type": "ticket"}).is(500, "error.code", "INTERNAL_CONFIGURATION")
	d.do("POST", "/tags", map[string]string{"tag_text": "x"}).is(400, "error.details.0.path.0", "tagged_id", "error.details.1.path.0", "tagged_type")
	path := "/tags/entity/ticket/" + id
	d.get(path).is(200, "data.total_tags", 0)
	attach := func(texts ...string) reply {
		return d.do("POST", path, map[string]any{"entity_id": id, "entity_type": "ticket", "tags": texts})
	}
	attach(" Huntress ").is(201, "data.tags.0.tag_text", "huntress")
	attach("second", "huntress").is(409) // One is there: nothing is attached.
	d.get(path).is(200, "data.total_tags", 1, "data.tags.0.tagged_id", id)
	d.get("/tickets?tags=HUNTRESS").is(200, "pagination.total", 1)
	d.get("/tickets?tags=edr").is(200, "pagination.total", 0)
	d.get("/tags?tagged_id="+id).is(200, "pagination.total", 1, "data.0.tag_text", "<none>")
}
