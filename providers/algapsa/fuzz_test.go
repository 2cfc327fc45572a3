package algapsa

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
)

// fixed answers every request alike, and fails once there were too many of them:
// a list may tell any total.
type fixed struct {
	status  int
	payload []byte
	left    int
}

func (f *fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	status := f.status
	if f.left--; f.left < 0 {
		status = http.StatusInternalServerError
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(f.payload)), Request: r,
	}, nil
}

// FuzzReads lets every read meet any answer: it fails with an error that tells its reason, or gives what was asked
// for, in a form that can be kept.
func FuzzReads(f *testing.F) {
	const client, name = "11111111-1111-4111-8111-111111111111", "Jane Doe"
	operation := uuid.NewSHA1(uuid.NameSpaceURL, []byte("operation"))
	since := time.Date(2026, 8, 3, 12, 0, 0, 0, time.UTC)
	for _, seed := range []string{
		`{"data":[{"board_id":"b","board_name":"Security","status_id":"s","name":"jane doe","is_closed":"t","order_number":"1e2",
			"priority_id":"p","item_type":"ticket","category_id":"c","client_id":"` + client + `","contact_name_id":"n","full_name":"Jane Doe",
			"asset_id":"a","serial_number":7,"ticket_id":"t","title":"[Huntress #7] x","entered_at":"2026-08-03T12:00:00.000Z"}],
			"pagination":{"total":1}}`,
		`{"data":[{"ticket_id":"t","title":"[Huntress #7] x","entered_at":"9999-12-31T23:59:59-23:59","updated_at":"0000-01-01T00:00:00+23:59"}],"pagination":{"total":"1"}}`,
		`{"data":[{"comment_id":"c","user_id":"u","metadata":"{\"huntsync_op\":\"` + operation.String() + `\"}"}]}`,
		`{"data":{"ticket_id":"t","entered_at":"10000-01-01T00:00:00Z"}}`,
		`{"data":[{"ticket_id":1e999},null],"pagination":{"total":1e18}}`, `{"error":{"code":"NOT_FOUND","message":"x"}}`, `<html>`,
	} {
		f.Add(http.StatusOK, []byte(seed))
		f.Add(http.StatusNotFound, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, payload []byte) {
		if status < 200 || status > 599 || len(payload) > 1<<14 {
			t.Skip("no answer of a server, or one that only takes long")
		}
		// A time of the caller's own keeps a 429 from being waited out.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		ask := func(read func(*Client) error) {
			c, err := New(Options{URL: "https://psa.example.com", APIKey: testKey, Transport: &fixed{status: status, payload: payload, left: 30}})
			if err != nil {
				t.Fatal(err)
			}
			if err := read(c); err != nil {
				if e := failure(t, err); e.Side != Side || e.Reason == "" || e.Op == "" {
					t.Errorf("an error that tells too little: %+v", e)
				}
			}
		}
		ask(func(c *Client) error {
			catalogue, err := c.Catalogue(ctx)
			if err == nil {
				checkCatalogue(t, catalogue)
			}
			return err
		})
		ask(func(c *Client) error {
			contacts, err := c.Contacts(ctx, client, name)
			for _, found := range contacts {
				if found.ID == "" || found.ClientID != client || found.Name != name {
					t.Errorf("not what was asked for: %+v", found)
				}
			}
			return err
		})
		ask(func(c *Client) error {
			assets, err := c.Assets(ctx, client, name)
			for _, found := range assets {
				if found.ID == "" || !strings.EqualFold(found.ClientID, client) || !strings.EqualFold(found.Name, name) {
					t.Errorf("not what was asked for: %+v", found)
				}
			}
			return err
		})
		ask(func(c *Client) error {
			_, found, err := c.FindNote(ctx, uuid.Nil.String(), operation)
			if found && err != nil {
				t.Error("a note was found, and was not")
			}
			return err
		})
		ask(func(c *Client) error {
			ticket, err := c.Ticket(ctx, uuid.Nil.String())
			if err == nil {
				checkTicket(t, ticket)
			}
			return err
		})
		ask(func(c *Client) error {
			list, err := c.Tickets(ctx, engine.TicketQuery{Title: engine.Marker(7), Since: since, AtMost: 10})
			for _, ticket := range list.Tickets {
				checkTicket(t, ticket)
				if !strings.Contains(ticket.Title, engine.Marker(7)) || !ticket.EnteredAt.IsZero() && ticket.EnteredAt.Before(since) {
					t.Errorf("not what was asked for: %+v", ticket)
				}
			}
			return err
		})
	})
}

func checkCatalogue(t *testing.T, c *engine.Catalogue) {
	t.Helper()
	for _, b := range c.Boards {
		if b.ID == "" {
			t.Errorf("a board without id: %+v", b)
		}
	}
	for _, s := range c.Statuses {
		if s.ID == "" || s.BoardID == "" {
			t.Errorf("a status without id or board: %+v", s)
		}
	}
	for _, found := range c.Clients {
		if found.ID == "" {
			t.Errorf("a client without id: %+v", found)
		}
	}
	checkKept(t, c)
}

func checkTicket(t *testing.T, ticket engine.Ticket) {
	t.Helper()
	if ticket.ID == "" {
		t.Errorf("a ticket without id: %+v", ticket)
	}
	checkKept(t, ticket)
}

// checkKept writes a value as a store does.
func checkKept(t *testing.T, v any) {
	t.Helper()
	if _, err := json.Marshal(v); err != nil {
		t.Errorf("cannot be kept: %v", err)
	}
}
