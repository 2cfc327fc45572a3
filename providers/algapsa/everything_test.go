package algapsa

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// everything uses every call of the client once, all of them with success.
func everything(t *testing.T, w *world) {
	t.Helper()
	ctx := t.Context()
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := w.client.Catalogue(ctx)
	check("catalogue", err)
	for _, name := range []string{w.jane.Name, w.jane.Email} {
		contacts, err := w.client.Contacts(ctx, w.acme.ID, name)
		check("contacts", err)
		if len(contacts) != 1 {
			t.Errorf("%d contacts are %q, want one", len(contacts), name)
		}
	}
	plain := w.create(t, 1)
	whole := w.draft(2)
	whole.CategoryID, whole.SubcategoryID, whole.ContactID = w.category.ID, w.incident.ID, w.jane.ID
	_, err = w.client.Create(ctx, whole)
	check("create", err)
	_, err = w.client.Ticket(ctx, plain.ID)
	check("ticket", err)
	_, err = w.client.Tickets(ctx, engine.TicketQuery{Title: engine.MarkerPrefix})
	check("tickets", err)
	_, err = w.client.Tickets(ctx, engine.TicketQuery{Title: engine.Marker(1), Since: time.Now().Add(-time.Hour)})
	check("tickets since", err)
	asset := w.sim.AddAsset(sim.Asset{ClientID: w.acme.ID, Name: "WS-1", Tag: "1", Type: "workstation"})
	assets, err := w.client.Assets(ctx, w.acme.ID, "ws-1")
	check("assets", err)
	if len(assets) != 1 {
		t.Errorf("%d assets, want one", len(assets))
	}
	check("link", w.client.LinkAsset(ctx, plain.ID, asset.ID))
	note := engine.Note{Operation: uuid.New(), Body: whole.Body, Resolution: true, Quiet: true}
	check("note", w.client.Note(ctx, plain.ID, note))
	_, has, err := w.client.FindNote(ctx, plain.ID, note.Operation)
	check("has note", err)
	if !has {
		t.Error("the note is not there")
	}
	check("close", w.client.Update(ctx, plain.ID, engine.TicketUpdate{StatusID: w.security.closed.ID, Quiet: true}))
	check("move", w.client.Update(ctx, plain.ID, engine.TicketUpdate{
		BoardID: w.triage.ID, StatusID: w.triage.fresh.ID, ClientID: w.globex.ID, PriorityID: w.low.ID, Quiet: true,
	}))
	granted, err := w.client.Permissions(ctx)
	check("permissions", err)
	for _, p := range granted {
		if !p.Granted {
			t.Errorf("%s is not granted", p.Name)
		}
	}
}
