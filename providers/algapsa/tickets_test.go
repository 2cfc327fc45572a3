package algapsa

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// TestCreateSendsOneRequest looks at the one request of a create, field by field.
func TestCreateSendsOneRequest(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		d := w.draft(12)
		d.CategoryID, d.SubcategoryID, d.ContactID = w.category.ID, w.incident.ID, w.jane.ID
		if _, err := w.client.Create(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		requests := w.sim.Requests()
		if len(requests) != 1 {
			t.Fatalf("%d requests", len(requests))
		}
		var got map[string]any
		if err := json.Unmarshal(requests[0].Body, &got); err != nil {
			t.Fatal(err)
		}
		id := d.CorrelationID.String()
		want := map[string]any{
			"title": "[Huntress #12] Malware", "board_id": w.security.ID, "client_id": w.acme.ID, "status_id": w.security.fresh.ID,
			"priority_id": w.high.ID, "category_id": w.category.ID, "subcategory_id": w.incident.ID, "contact_name_id": w.jane.ID,
			"attributes": map[string]any{
				"huntsync_id": id, "external_ref": id,
				"description": `[{"type":"paragraph","props":{"backgroundColor":"default","textAlignment":"left","textColor":"default"},` +
					`"content":[{"type":"text","text":"Look.","styles":{}}],"children":[]}]`,
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the create (-want +got):\n%s", diff)
		}
		if _, err := w.client.Create(t.Context(), w.draft(13)); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"category_id", "subcategory_id", "contact_name_id", "null"} {
			if strings.Contains(string(w.sim.Requests()[1].Body), name) {
				t.Errorf("a create without it sends %s: %s", name, w.sim.Requests()[1].Body)
			}
		}
	})
}

// TestLostAttributes shows a create that the desk answered without what is ours.
func TestLostAttributes(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.SetFault(sim.Always(sim.Fault{LoseAttributes: true}))
		made := w.create(t, 1)
		if made.CorrelationID != uuid.Nil || made.Author != w.user.ID {
			t.Errorf("got %+v", made)
		}
		list, err := w.client.Tickets(t.Context(), engine.TicketQuery{Title: engine.Marker(1)})
		if err != nil || len(list.Tickets) != 1 || list.Tickets[0].CorrelationID != uuid.Nil || list.Tickets[0].Author != w.user.ID {
			t.Errorf("got %+v, %v", list, err)
		}
	})
}

// TestUpdateChecksTheAnswer meets a desk that read the body as {}, which answers success and changes nothing.
func TestUpdateChecksTheAnswer(t *testing.T) {
	const id, other = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
	for name, u := range map[string]engine.TicketUpdate{
		"status":   {StatusID: other},
		"board":    {BoardID: other, StatusID: id},
		"client":   {ClientID: other},
		"priority": {PriorityID: other},
		"category": {CategoryID: other},
	} {
		answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"data":{"ticket_id":%q,"status_id":%[1]q,"board_id":%[1]q,"client_id":%[1]q,"priority_id":%[1]q,"category_id":%[1]q}}`, id)
		}, func(t *testing.T, c *Client) {
			err := c.Update(t.Context(), id, u)
			if e := failure(t, err); e.NotDone || e.Reason != engine.ReasonUnavailable || !strings.Contains(err.Error(), "the "+name+" is another") {
				t.Errorf("%s: got %v", name, err)
			}
		})
	}
}

// TestAnswersOfAnotherTicket gets the answer to somebody else's request, as a cache or a proxy that mixes up its
// connections gives: whether ours was done is not known, and theirs is not ours.
func TestAnswersOfAnotherTicket(t *testing.T) {
	const id, other = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
	draft := newSim(sim.Options{}).draft(1)
	answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		fmt.Fprintf(w, `{"data":{"ticket_id":%q,"status_id":%q,"comment_id":%[2]q,"attributes":{"huntsync_id":%q}}}`, other, id, uuid.New())
	}, func(t *testing.T, c *Client) {
		_, createErr := c.Create(t.Context(), draft)
		_, readErr := c.Ticket(t.Context(), id)
		for name, err := range map[string]error{
			"create": createErr, "read": readErr,
			"update": c.Update(t.Context(), id, engine.TicketUpdate{StatusID: id}),
			"note":   c.Note(t.Context(), id, engine.Note{Operation: uuid.New()}),
		} {
			if err == nil {
				t.Errorf("%s: the other ticket is taken for ours", name)
			} else if e := failure(t, err); e.NotDone || e.Reason != engine.ReasonUnavailable || !strings.Contains(err.Error(), "another ticket") {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

// TestUpdateRoutes takes the way that does not count against the rate limit where there is one.
func TestUpdateRoutes(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		ticket := w.create(t, 1)
		for _, test := range []struct {
			update engine.TicketUpdate
			path   string
			body   string
		}{
			{engine.TicketUpdate{StatusID: w.security.active.ID}, "/status", `{"status_id":"` + w.security.active.ID + `"}`},
			{
				engine.TicketUpdate{StatusID: w.security.closed.ID, Quiet: true},
				"/status",
				`{"status_id":"` + w.security.closed.ID + `","suppressContactNotifications":true}`,
			},
			{engine.TicketUpdate{PriorityID: w.low.ID}, "", `{"priority_id":"` + w.low.ID + `"}`},
			{
				engine.TicketUpdate{BoardID: w.triage.ID, StatusID: w.triage.fresh.ID},
				"",
				`{"board_id":"` + w.triage.ID + `","status_id":"` + w.triage.fresh.ID + `"}`,
			},
			{
				engine.TicketUpdate{CategoryID: w.category.ID, SubcategoryID: w.incident.ID},
				"",
				`{"category_id":"` + w.category.ID + `","subcategory_id":"` + w.incident.ID + `"}`,
			},
		} {
			if err := w.client.Update(t.Context(), ticket.ID, test.update); err != nil {
				t.Fatal(err)
			}
			requests := w.sim.Requests()
			last := requests[len(requests)-1]
			if last.Method != http.MethodPut || last.Path != "/tickets/"+ticket.ID+test.path || string(last.Body) != test.body {
				t.Errorf("%+v was sent as %s %s %s", test.update, last.Method, last.Path, last.Body)
			}
		}
		before := len(w.sim.Requests())
		if err := w.client.Update(t.Context(), ticket.ID, engine.TicketUpdate{Quiet: true}); err != nil || len(w.sim.Requests()) != before {
			t.Errorf("an update of nothing: %v, %d requests", err, len(w.sim.Requests())-before)
		}
	})
}

// TestClosedIsByTheStatus reads what the desk's columns get wrong.
func TestClosedIsByTheStatus(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		// Created in a closed status, the column stays false.
		d := w.draft(1)
		d.StatusID = w.security.closed.ID
		made, err := w.client.Create(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.client.Ticket(t.Context(), made.ID); err != nil || !got.Closed {
			t.Errorf("got %+v, %v", got, err)
		}
		list, err := w.client.Tickets(t.Context(), engine.TicketQuery{Title: engine.Marker(1)})
		if err != nil || len(list.Tickets) != 1 || !list.Tickets[0].Closed {
			t.Errorf("got %+v, %v", list, err)
		}
	})
	for body, want := range map[string]bool{
		`{"status_is_closed":true,"is_closed":false}`: true,
		`{"status_is_closed":false,"is_closed":true}`: false,
		`{"status_is_closed":"t","is_closed":false}`:  true,
		`{"status_is_closed":null,"is_closed":true}`:  true,
		`{"is_closed":true}`:                          true,
		`{"is_closed":1}`:                             true,
		`{}`:                                          false,
		`{"status_is_closed":{"a":1}}`:                false,
	} {
		var r row
		if err := json.Unmarshal([]byte(body), &r); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, roundTrip(nil), nil)
		if got := c.ticket(r).Closed; got != want {
			t.Errorf("%s reads closed %v", body, got)
		}
	}
}

// TestCloseRules is a board that asks for more before a ticket may be closed.
func TestCloseRules(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.EditBoard(w.security.ID, func(b *sim.Board) {
			b.Rules = sim.CloseRules{ResolutionComment: true, RequiredFields: []string{"assigned_to"}}
		})
		ticket := w.create(t, 1)
		closing := engine.TicketUpdate{StatusID: w.security.closed.ID}
		e := failure(t, w.client.Update(t.Context(), ticket.ID, closing))
		want := []string{"A resolution comment is required before closing this ticket", "Required fields are missing"}
		if e.Reason != engine.ReasonRejected || !e.NotDone || e.InvalidReference || cmp.Diff(want, e.CloseRules) != "" {
			t.Errorf("got %+v", e)
		}
		w.sim.EditBoard(w.security.ID, func(b *sim.Board) { b.Rules.RequiredFields = nil })
		note := engine.Note{Operation: uuid.New(), Body: w.draft(1).Body, Resolution: true}
		if err := w.client.Note(t.Context(), ticket.ID, note); err != nil {
			t.Fatal(err)
		}
		if err := w.client.Update(t.Context(), ticket.ID, closing); err != nil {
			t.Errorf("with a resolution: %v", err)
		}
	})
}

// TestMails counts what customers are sent: the create, and only what is not asked to be quiet.
func TestMails(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		ticket := w.create(t, 1)
		note := engine.Note{Operation: uuid.New(), Body: w.draft(1).Body}
		if err := w.client.Note(t.Context(), ticket.ID, note); err != nil {
			t.Fatal(err)
		}
		for _, u := range []engine.TicketUpdate{
			{StatusID: w.security.closed.ID, Quiet: true},
			{BoardID: w.triage.ID, StatusID: w.triage.fresh.ID, Quiet: true},
			{StatusID: w.triage.closed.ID},
		} {
			if err := w.client.Update(t.Context(), ticket.ID, u); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, m := range w.sim.Mails() {
			got = append(got, string(m.Kind))
		}
		if diff := cmp.Diff([]string{string(sim.MailCreated), string(sim.MailClosed)}, got); diff != "" {
			t.Errorf("mails (-want +got):\n%s", diff)
		}
	})
}

// TestIDsThatAreNone never become a path.
func TestIDsThatAreNone(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		ids := []string{
			"", ".", "..", "TIC001001", "../clients", "a/b", "?x=y", "00000000-0000-4000-8000-00000000000", "{" + uuid.NewString() + "}",
			"urn:uuid:" + uuid.NewString(), strings.ReplaceAll(uuid.NewString(), "-", ""),
		}
		for _, id := range ids {
			_, readErr := w.client.Ticket(t.Context(), id)
			_, _, notesErr := w.client.FindNote(t.Context(), id, uuid.New())
			for name, err := range map[string]error{
				"read": readErr, "notes": notesErr,
				"note":   w.client.Note(t.Context(), id, engine.Note{Operation: uuid.New(), Body: w.draft(1).Body}),
				"update": w.client.Update(t.Context(), id, engine.TicketUpdate{StatusID: w.security.fresh.ID}),
			} {
				if e := failure(t, err); e.Reason != engine.ReasonRejected || !e.NotDone || e.NotFound {
					t.Errorf("%s of %q: got %+v", name, id, e)
				}
			}
		}
		if n := len(w.sim.Requests()); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

// TestNoteSendsOneRequest looks at the one request of a note, field by field.
func TestNoteSendsOneRequest(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		ticket, operation := w.create(t, 1), uuid.New()
		for _, test := range []struct {
			note engine.Note
			more string
		}{
			{engine.Note{}, ``},
			{engine.Note{Resolution: true}, `,"is_resolution":true`},
			{engine.Note{Quiet: true}, `,"suppressContactNotifications":true`},
		} {
			test.note.Operation, test.note.Body = operation, engine.Document{{Kind: engine.Bullet, Spans: []engine.Span{{Text: "x"}}}}
			if err := w.client.Note(t.Context(), ticket.ID, test.note); err != nil {
				t.Fatal(err)
			}
			requests := w.sim.Requests()
			last := requests[len(requests)-1]
			want := `{"comment_text":"[{\"type\":\"bulletListItem\",\"props\":{\"backgroundColor\":\"default\",\"textAlignment\":\"left\",` +
				`\"textColor\":\"default\"},\"content\":[{\"type\":\"text\",\"text\":\"x\",\"styles\":{}}],\"children\":[]}]","is_internal":true` +
				test.more + `,"metadata":{"huntsync_op":"` + operation.String() + `"}}`
			if !last.Is(http.MethodPost, "/tickets/"+ticket.ID+"/comments") || string(last.Body) != want {
				t.Errorf("%s %s %s\nwant %s", last.Method, last.Path, last.Body, want)
			}
		}
	})
}

// TestUnreadableNotes is a success of a note that cannot be believed.
func TestUnreadableNotes(t *testing.T) {
	const id = "00000000-0000-4000-8000-000000000001"
	for answer, want := range map[string]string{
		`{"data":{}}`: "without comment_id", `{"data":[]}`: "read the object", `{"data":{"comment_id":null}}`: "without comment_id",
	} {
		answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, answer)
		}, func(t *testing.T, c *Client) {
			err := c.Note(t.Context(), id, engine.Note{Operation: uuid.New()})
			if e := failure(t, err); e.NotDone || e.Status != http.StatusCreated || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v", answer, err)
			}
			_, _, err = c.FindNote(t.Context(), id, uuid.New())
			if answer != `{"data":[]}` && err == nil {
				t.Errorf("%s is taken for a list", answer)
			}
		})
	}
}

// TestForeignNotes finds ours among comments with every kind of metadata.
func TestForeignNotes(t *testing.T) {
	operation := uuid.New()
	rows := []string{
		`{}`, `{"metadata":null}`, `{"metadata":"x"}`, `{"metadata":[]}`, `{"metadata":{"huntsync_op":7}}`,
		`{"metadata":{"huntsync_op":"not an id"}}`, `{"metadata":{"huntsync_op":"` + uuid.NewString() + `"}}`,
	}
	answer := strings.Join(rows, ",")
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"data":[%s]}`, answer)
	}
	const id = "00000000-0000-4000-8000-000000000001"
	answering(t, handler, func(t *testing.T, c *Client) {
		if _, has, err := c.FindNote(t.Context(), id, operation); err != nil || has {
			t.Errorf("got %v, %v", has, err)
		}
		// Metadata may come as text, and an id in capitals.
		answer += `,{"user_id":"u-1","metadata":"{\"huntsync_op\":\"` + strings.ToUpper(operation.String()) + `\"}"}`
		if author, has, err := c.FindNote(t.Context(), id, operation); err != nil || !has || author != "u-1" {
			t.Errorf("got %q, %v, %v", author, has, err)
		}
	})
}

// TestTicketRow reads a row as the desk writes it, and the same with every type wrong.
func TestTicketRow(t *testing.T) {
	c := newClient(t, roundTrip(nil), nil)
	id := uuid.New()
	for name, test := range map[string]struct {
		row  string
		want engine.Ticket
	}{
		"as it is": {
			`{"ticket_id":"a/b","ticket_number":"TIC001011","title":"t","board_id":"b","status_id":"s","client_id":"c","priority_id":"p",
			"category_id":null,"entered_by":"u","entered_at":"2026-03-01T12:00:00.123Z","updated_at":"2026-03-01T13:00:00+01:00",
			"status_is_closed":true,"attributes":{"huntsync_id":"` + id.String() + `"},"unknown":{"x":[1]}}`,
			engine.Ticket{
				ID: "a/b", Number: "TIC001011", URL: "http://127.0.0.1/msp/tickets/a%2Fb", Title: "t", BoardID: "b", StatusID: "s", ClientID: "c",
				PriorityID: "p", Author: "u", Closed: true, CorrelationID: id,
				EnteredAt: time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC), UpdatedAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
			},
		},
		"as it may drift": {
			`{"ticket_id":"a","ticket_number":1011,"title":{},"board_id":[],"status_id":7.5,"client_id":true,"entered_at":1,
			"updated_at":"yesterday","attributes":"{\"huntsync_id\":\"` + id.String() + `\"}"}`,
			engine.Ticket{ID: "a", Number: "1011", URL: "http://127.0.0.1/msp/tickets/a", StatusID: "7.5", CorrelationID: id},
		},
		"attributes of a person": {`{"ticket_id":"a","attributes":[1,2]}`, engine.Ticket{ID: "a", URL: "http://127.0.0.1/msp/tickets/a"}},
		"nothing":                {`{}`, engine.Ticket{}},
	} {
		var r row
		if err := json.Unmarshal([]byte(test.row), &r); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, c.ticket(r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// FuzzAnswer reads anything as a success: it fails or gives what can be used, and never more rows than there are.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"data":null}`, `{"data":{"ticket_id":"a","attributes":{"huntsync_id":"x"}}}`,
		`{"data":[{"ticket_id":"a","title":"[Huntress #1]","entered_at":"2026-01-01T00:00:00.000Z"}],"pagination":{"total":1}}`,
		`{"data":[null],"pagination":{"total":-1}}`, `{"data":[{}],"pagination":[]}`, `{"data":[{"ticket_id":1e400}],"pagination":{"total":1e30}}`,
		`{"data":[{"ticket_id":{"a":{}},"attributes":"{\"huntsync_id\":7}"}],"pagination":{"total":"12"}}`,
	} {
		f.Add([]byte(seed))
	}
	c, err := New(Options{URL: "https://psa.example.com", APIKey: testKey})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		a, err := readAnswer(payload)
		if err != nil {
			return
		}
		if !json.Valid(payload) || !json.Valid(a.data) {
			t.Fatalf("%q was read", payload)
		}
		if a.pagination.known && float64(a.pagination.total) != float64(int64(a.pagination.total)) {
			t.Errorf("a total of %d", a.pagination.total)
		}
		if ticket, err := c.ticketOf("fuzz", a); err == nil && ticket.ID == "" {
			t.Errorf("%q is a ticket without id", payload)
		}
		rows, err := a.rows()
		if err != nil {
			return
		}
		s := shelf{read: c.ticket, seen: map[string]time.Time{}}
		if _, err := s.add(rows, time.Time{}); err == nil && (len(s.tickets) > len(rows) || len(s.tickets) != len(s.seen)) {
			t.Errorf("%d rows became %d, %d of them different", len(rows), len(s.tickets), len(s.seen))
		}
		for _, r := range rows {
			ticket := c.ticket(r)
			if !ticket.EnteredAt.IsZero() && ticket.EnteredAt.Location() != time.UTC {
				t.Errorf("a time in %v", ticket.EnteredAt.Location())
			}
		}
	})
}
