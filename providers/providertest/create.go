package providertest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/engine"
)

func testCatalogue(t *testing.T, s *session) {
	if s.catalogue.ReadAt.IsZero() {
		t.Error("the catalogue does not say when it was read")
	}
	seen := map[string]string{}
	unique := func(kind, id, name string) {
		if id == "" || name == "" {
			t.Errorf("a %s without id or name: %q, %q", kind, id, name)
		}
		if other, twice := seen[id]; twice {
			t.Errorf("%s %q and %q have the same id %s", kind, name, other, id)
		}
		seen[id] = name
	}
	boards := map[string]bool{}
	for _, b := range s.catalogue.Boards {
		unique("board", b.ID, b.Name)
		boards[b.ID] = true
	}
	for _, st := range s.catalogue.Statuses {
		unique("status", st.ID, st.Name)
		if !boards[st.BoardID] {
			t.Errorf("status %q is of board %q, which is not in the catalogue", st.Name, st.BoardID)
		}
	}
	for _, c := range s.catalogue.Categories {
		unique("category", c.ID, c.Name)
		if !boards[c.BoardID] {
			t.Errorf("category %q is of board %q, which is not in the catalogue", c.Name, c.BoardID)
		}
	}
	for _, p := range s.catalogue.Priorities {
		unique("priority", p.ID, p.Name)
	}
	for _, c := range s.catalogue.Clients {
		unique("client", c.ID, c.Name)
	}
}

func testContacts(t *testing.T, s *session) {
	found, err := s.Desk.Contacts(t.Context(), s.client[0], s.ContactName)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].ID == "" || found[0].ClientID != s.client[0] || found[0].Name != s.ContactName {
		t.Fatalf("found %+v, want the one contact %q of client %s", found, s.ContactName, s.client[0])
	}
	for _, name := range []string{s.ContactName[:len(s.ContactName)-1], strings.ToUpper(s.ContactName) + "!", "%", "_"} {
		if found, err := s.Desk.Contacts(t.Context(), s.client[0], name); err != nil || len(found) > 0 {
			t.Errorf("contact %q: found %+v, %v; only an exact name may match", name, found, err)
		}
	}
}

func testCreate(t *testing.T, s *session) {
	before, requests, began := s.Tickets(), s.Requests(), time.Now()
	d := s.draft(1)
	made := s.create(t, d)
	if n := s.Requests() - requests; n != 1 {
		t.Errorf("a create took %d requests, want 1", n)
	}
	if n := s.Tickets() - before; n != 1 {
		t.Errorf("a create made %d tickets", n)
	}
	if made.ID == "" || made.Number == "" || made.Author == "" {
		t.Errorf("the ticket lacks an id, a number or an author: %+v", made)
	}
	want := made
	want.Title, want.BoardID, want.StatusID, want.ClientID, want.PriorityID = d.Title, d.BoardID, d.StatusID, d.ClientID, d.PriorityID
	want.CorrelationID, want.Closed, want.CategoryID = d.CorrelationID, false, ""
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("the create's answer (-want +got):\n%s", diff)
	}
	if made.EnteredAt.Before(began.Add(-time.Minute)) || made.EnteredAt.After(time.Now().Add(time.Minute)) {
		t.Errorf("entered at %v, want about %v", made.EnteredAt, began)
	}
	if diff := cmp.Diff(made, s.read(t, made.ID)); diff != "" {
		t.Errorf("the ticket read is not the ticket made (-made +read):\n%s", diff)
	}
	if body := s.Body(made.ID); !strings.Contains(body, "Somebody should look at this.") {
		t.Errorf("the body reads %q", body)
	}
}

func testCreateWhole(t *testing.T, s *session) {
	contacts, err := s.Desk.Contacts(t.Context(), s.client[0], s.ContactName)
	if err != nil || len(contacts) != 1 {
		t.Fatalf("contacts: %v, %v", contacts, err)
	}
	d := s.draft(2)
	d.CategoryID, d.SubcategoryID, d.ContactID = s.category.ID, s.child.ID, contacts[0].ID
	d.Body = engine.Document{
		{Kind: engine.Heading, Level: 2, Spans: []engine.Span{{Text: "What happened"}}},
		{Kind: engine.Paragraph, Spans: []engine.Span{{Text: "plain "}, {Text: "bold", Bold: true}, {Text: " code", Code: true}}},
		{Kind: engine.Bullet, Spans: []engine.Span{{Text: "first bullet"}}},
		{Kind: engine.Numbered, Spans: []engine.Span{{Text: "first step"}}},
		{Kind: engine.Table, Rows: [][]string{{"Severity", "critical"}, {"Host", "WS-0042"}}},
		{Kind: engine.Paragraph, Spans: []engine.Span{{Text: "the portal", Link: "https://example.huntress.io/org/1/infection_reports/2"}}},
		{Kind: engine.Verbatim, Spans: []engine.Span{{Text: "organization \"Acme\" {\n  client = \"\"\n}\n"}}},
	}
	made := s.create(t, d)
	if made.CategoryID != s.category.ID {
		t.Errorf("category %q, want %q", made.CategoryID, s.category.ID)
	}
	body := s.Body(made.ID)
	for _, words := range []string{
		"What happened", "plain bold code", "first bullet", "first step", "Severity", "critical", "WS-0042", "the portal",
		"organization \"Acme\" {\n  client = \"\"\n}\n",
	} {
		if !strings.Contains(body, words) {
			t.Errorf("the body lacks %q: %q", words, body)
		}
	}
}

func testMarker(t *testing.T, s *session) {
	for i, rest := range []string{
		" Malware on 100% of_the \\hosts\\", " Überfall 感染 🦠 ünïcode", " [Unmapped Org] \"quoted\" <b>'html'</b>", "", " trailing \\",
	} {
		d := s.draft(int64(1000 + i))
		d.Title = engine.Marker(int64(1000+i)) + rest
		made := s.create(t, d)
		for _, got := range []engine.Ticket{made, s.read(t, made.ID)} {
			if got.Title != d.Title || got.CorrelationID != d.CorrelationID {
				t.Errorf("%q came back as %q with %s, want %s", d.Title, got.Title, got.CorrelationID, d.CorrelationID)
			}
			if id, ok := engine.ParseMarker(got.Title); !ok || id != int64(1000+i) {
				t.Errorf("the marker of %q reads %d, %v", got.Title, id, ok)
			}
		}
		if found := s.list(t, engine.TicketQuery{Title: d.Title}); !slices.Equal(ids(found), []string{made.ID}) {
			t.Errorf("looking for %q found %v, want %s", d.Title, ids(found), made.ID)
		}
	}
}
