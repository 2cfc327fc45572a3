package algapsa

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

func TestCatalogue(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		old := w.sim.AddBoard(sim.Board{Name: "Old", Inactive: true})
		gone := w.sim.AddClient(sim.Client{Name: "Gone", Inactive: true})
		got, err := w.client.Catalogue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := len(w.sim.Requests()); n != 6 {
			t.Errorf("the catalogue took %d requests, want 6", n)
		}
		byName := func(a, b engine.Board) int { return strings.Compare(a.Name, b.Name) }
		slices.SortFunc(got.Boards, byName)
		want := []engine.Board{{ID: old.ID, Name: "Old", Inactive: true}, {ID: w.security.ID, Name: "Security"}, {ID: w.triage.ID, Name: "Triage"}}
		if diff := cmp.Diff(want, got.Boards); diff != "" {
			t.Errorf("boards (-want +got):\n%s", diff)
		}
		if len(got.Statuses) != 6 {
			t.Errorf("%d statuses, want those of tickets only: %+v", len(got.Statuses), got.Statuses)
		}
		if !slices.Contains(got.Statuses, engine.TicketStatus{ID: w.security.fresh.ID, BoardID: w.security.ID, Name: "New", Default: true, Order: 1}) ||
			!slices.Contains(got.Statuses, engine.TicketStatus{ID: w.triage.closed.ID, BoardID: w.triage.ID, Name: "Closed", Closed: true, Order: 3}) {
			t.Errorf("statuses: %+v", got.Statuses)
		}
		if len(got.Priorities) != 2 || !slices.Contains(got.Priorities, engine.Priority{ID: w.low.ID, Name: "P3"}) {
			t.Errorf("priorities, those of tickets only: %+v", got.Priorities)
		}
		child := engine.Category{ID: w.incident.ID, ParentID: w.category.ID, BoardID: w.security.ID, Name: "Incident"}
		if len(got.Categories) != 4 || !slices.Contains(got.Categories, child) {
			t.Errorf("categories: %+v", got.Categories)
		}
		if len(got.Clients) != 3 || !slices.Contains(got.Clients, engine.Client{ID: gone.ID, Name: "Gone", Inactive: true}) {
			t.Errorf("clients: %+v", got.Clients)
		}
	})
}

// TestLargeCatalogue has more of everything than a page holds, and clients that an import gave one time.
func TestLargeCatalogue(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		for i := range 333 {
			w.sim.AddClient(sim.Client{Name: fmt.Sprintf("Client %d", i%300)})
			w.sim.AddPriority(sim.Priority{Name: fmt.Sprintf("Priority %d", i)})
			w.sim.AddCategory(sim.Category{BoardID: w.security.ID, Name: fmt.Sprintf("Category %d", i)})
			board := w.sim.AddBoard(sim.Board{Name: fmt.Sprintf("Board %d", i)})
			w.sim.AddStatus(sim.Status{BoardID: board.ID, Name: "New"})
		}
		got, err := w.client.Catalogue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range map[string][2]int{
			"clients":    {len(got.Clients), 335},
			"priorities": {len(got.Priorities), 335},
			"categories": {len(got.Categories), 337},
			"boards":     {len(got.Boards), 335},
			"statuses":   {len(got.Statuses), 339},
		} {
			if n[0] != n[1] {
				t.Errorf("%d %s, want %d", n[0], name, n[1])
			}
		}
	})
}

// TestCatalogueWithRepeatedRows takes each thing once, however often a list shows it.
func TestCatalogueWithRepeatedRows(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		want, err := w.client.Catalogue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.sim.SetFault(sim.Always(sim.Fault{Rows: func(rows []map[string]any) []map[string]any {
			return append(rows, rows...)
		}}))
		got, err := w.client.Catalogue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got.ReadAt = want.ReadAt
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("one that comes twice looks like two of the same name (-want +got):\n%s", diff)
		}
	})
}

// TestCatalogueFails with what the desk said; nothing of it is used in part.
func TestCatalogueFails(t *testing.T) {
	for _, path := range []string{"/boards", "/tickets/statuses", "/priorities", "/categories/ticket", "/clients"} {
		inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
			w.sim.SetFault(sim.Times(1, http.MethodGet, path, sim.HTMLError(http.StatusBadGateway)))
			got, err := w.client.Catalogue(t.Context())
			if got != nil {
				t.Errorf("%s: a part of the catalogue is given out", path)
			}
			if e := failure(t, err); e.Reason != engine.ReasonUnavailable || e.Status != http.StatusBadGateway {
				t.Errorf("%s: got %+v", path, e)
			}
		})
	}
}

// TestCatalogueAssets looks whether there are assets; that the desk does not tell costs nothing, and is no answer.
func TestCatalogueAssets(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		has := func(what string, want bool) {
			t.Helper()
			got, err := w.client.Catalogue(t.Context())
			if err != nil || got.HasAssets != want || len(got.Boards) != 2 || len(got.Clients) != 2 {
				t.Errorf("%s: got %+v, %v; want has assets %t", what, got, err, want)
			}
		}
		has("none", false)
		w.sim.AddAsset(sim.Asset{ClientID: w.acme.ID, Name: "WS-1", Tag: "1", Type: "workstation"})
		has("one", true)
		for what, test := range map[string]struct {
			fault sim.Fault
			want  bool
		}{
			"a product without":    {sim.JSONError(http.StatusForbidden, "PRODUCT_ACCESS_DENIED", "Not here"), false},
			"no permission":        {sim.JSONError(http.StatusForbidden, "FORBIDDEN", "Permission denied"), false},
			"an unknown route":     {sim.HTMLError(http.StatusNotFound), false},
			"a hiccup":             {sim.BlipUnauthorized(), true},
			"no answer of its own": {sim.HTMLError(http.StatusBadGateway), true},
		} {
			w.sim.SetFault(sim.Times(1, http.MethodGet, "/assets", test.fault))
			has(what, test.want)
		}
		has("one", true)
	})
}

// TestAProductWithoutCategories has a catalogue without them; without the permission it has none at all.
func TestAProductWithoutCategories(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.SetFault(sim.Times(1, http.MethodGet, "/categories/ticket", sim.JSONError(http.StatusForbidden, "PRODUCT_ACCESS_DENIED", "Not here")))
		got, err := w.client.Catalogue(t.Context())
		if err != nil || len(got.Categories) != 0 || len(got.Clients) != 2 {
			t.Errorf("got %+v, %v", got, err)
		}
		w.sim.AddKey(sim.Key{Key: testKey, UserID: w.user.ID, Permissions: []string{"ticket:read", "client:read"}})
		_, err = w.client.Catalogue(t.Context())
		if e := failure(t, err); e.Reason != engine.ReasonAuth {
			t.Errorf("got %+v", e)
		}
	})
}

func TestContacts(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		gone := w.sim.AddContact(sim.Contact{ClientID: w.acme.ID, Name: "Gone", Email: "gone@acme.example", Inactive: true})
		jane := engine.Contact{ID: w.jane.ID, ClientID: w.acme.ID, Name: w.jane.Name, Email: w.jane.Email}
		for name, want := range map[string][]engine.Contact{
			w.jane.Name:         {jane},
			"jane 100%_doe":     {},
			w.jane.Email:        {jane},
			"JANE@acme.example": {jane},
			"jane@acme":         {},
			"Gone":              {{ID: gone.ID, ClientID: w.acme.ID, Name: "Gone", Email: "gone@acme.example", Inactive: true}},
			`back\`:             {},
			"":                  {},
		} {
			got, err := w.client.Contacts(t.Context(), w.acme.ID, name)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%q: %v (-want +got):\n%s", name, err, diff)
			}
		}
		if got, err := w.client.Contacts(t.Context(), w.globex.ID, w.jane.Email); err != nil || len(got) > 0 {
			t.Errorf("a contact of another client: %+v, %v", got, err)
		}
	})
}

// TestContactsOfADeskThatFiltersNothing takes only what was asked for: a filter that a desk does not know returns
// everything.
func TestContactsOfADeskThatFiltersNothing(t *testing.T) {
	answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"data":[{"contact_name_id":"1","client_id":"other","full_name":"Jane"},{"contact_name_id":"2","client_id":"acme",`+
			`"full_name":"Joe"},{"contact_name_id":"3","client_id":"acme","full_name":"Jane","email":null}],"pagination":{"total":3}}`)
	}, func(t *testing.T, c *Client) {
		got, err := c.Contacts(t.Context(), "acme", "Jane")
		if diff := cmp.Diff([]engine.Contact{{ID: "3", ClientID: "acme", Name: "Jane"}}, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if got, err := c.Contacts(t.Context(), "acme", ""); err != nil || len(got) > 0 {
			t.Errorf("nobody is %+v, %v", got, err)
		}
	})
}
