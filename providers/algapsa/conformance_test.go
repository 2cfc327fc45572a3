package algapsa

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
	"github.com/huntsync/huntsync/providers/providertest"
)

func TestConformance(t *testing.T) {
	providertest.Run(t, func(t *testing.T) providertest.Harness {
		t.Helper()
		return harness(newWorld(t, sim.Options{Seed: 1}))
	})
}

// harness lets the conformance suite work on the simulator.
func harness(w *world) providertest.Harness {
	person := w.sim.As("a person")
	return providertest.Harness{
		Desk: w.client, ContactName: w.jane.Name, Secrets: []string{testKey},
		Tickets:  func() int { return len(w.sim.Tickets()) },
		Requests: func() int { return len(w.sim.Requests()) },
		AddAsset: func(client, name, serial string) string {
			return w.sim.AddAsset(sim.Asset{ClientID: client, Name: name, Serial: serial, Tag: name, Type: "workstation"}).ID
		},
		Linked: func(id string) []string {
			ticket, _ := w.sim.Ticket(id)
			var linked []string
			for _, l := range ticket.Assets {
				linked = append(linked, l.AssetID)
			}
			return linked
		},
		Rename:      func(id, title string) { person.Rename(id, title) },
		SetPriority: func(id, priority string) { person.SetPriority(id, priority) },
		Delete:      func(id string) { person.Delete(id) },
		Body: func(id string) string {
			ticket, _ := w.sim.Ticket(id)
			return shown(ticket.Attribute("description"))
		},
		Notes: func(id string) []providertest.Note {
			ticket, _ := w.sim.Ticket(id)
			var notes []providertest.Note
			for _, c := range ticket.Comments {
				notes = append(notes, providertest.Note{Text: shown(c.Text), Internal: c.Internal})
			}
			return notes
		},
		Fail: w.fail,
	}
}

// fail lets the next write fail.
func (w *world) fail(f providertest.Failure) {
	if f == providertest.Unreachable {
		w.transport.CloseIdleConnections()
		w.refuse.set(&net.OpError{Op: "dial", Err: errors.New("connection refused")})
		return
	}
	garbled, bad, page := sim.HTMLError(http.StatusOK), sim.HTMLError(http.StatusBadGateway), sim.HTMLError(http.StatusForbidden)
	garbled.Act, bad.Act, page.Act = true, true, true
	fault, ok := map[providertest.Failure]sim.Fault{
		providertest.RequestLost:     {Reset: sim.ResetBefore},
		providertest.AnswerLost:      sim.LostAnswer(),
		providertest.Hanging:         {Delay: time.Hour},
		providertest.Late:            {DelayAfter: 30 * time.Second},
		providertest.Cut:             {Truncate: 20},
		providertest.Garbled:         garbled,
		providertest.ServerError:     sim.JSONError(http.StatusInternalServerError, "INTERNAL_ERROR", "An unexpected error occurred"),
		providertest.ServerErrorDone: bad,
		providertest.Redirected: {
			Status: http.StatusTemporaryRedirect, Header: map[string]string{"Location": "http://127.0.0.1/api/v1/tickets"},
		},
		providertest.Refused:      sim.JSONError(http.StatusBadRequest, "VALIDATION_ERROR", "Validation failed"),
		providertest.RefusedPage:  page,
		providertest.Limited:      sim.TooMany(7 * time.Second),
		providertest.Unauthorized: sim.BlipUnauthorized(),
	}[f]
	if !ok {
		panic("no such failure: " + f)
	}
	w.sim.SetFault(onceAWrite(fault))
}

// onceAWrite spoils the next request that is no GET.
func onceAWrite(f sim.Fault) sim.FaultFunc {
	var mu sync.Mutex
	done := false
	return func(r sim.Request) *sim.Fault {
		mu.Lock()
		defer mu.Unlock()
		if done || r.Method == http.MethodGet {
			return nil
		}
		done = true
		return &f
	}
}

// shown is the text of a BlockNote document as a person reads it: every text node, and a line break after each block.
func shown(raw string) string {
	var blocks []map[string]any
	if json.Unmarshal([]byte(raw), &blocks) != nil {
		return raw
	}
	var out strings.Builder
	for _, b := range blocks {
		collect(&out, b["content"])
		out.WriteByte('\n')
	}
	return out.String()
}

func collect(out *strings.Builder, node any) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			collect(out, child)
		}
	case map[string]any:
		if text, ok := node["text"].(string); ok {
			out.WriteString(text)
		}
		for _, name := range []string{"content", "rows", "cells"} {
			collect(out, node[name])
		}
	}
}

// TestTheSuiteFindsBugs runs the suite in other processes against clients with one bug each: all must fail.
func TestTheSuiteFindsBugs(t *testing.T) {
	const variable = "HUNTSYNC_TEST_BUG"
	if name := os.Getenv(variable); name != "" {
		providertest.Run(t, func(t *testing.T) providertest.Harness {
			t.Helper()
			h := harness(newWorld(t, sim.Options{Seed: 1}))
			h.Desk = buggy{Desk: h.Desk, bug: name, linked: map[string]bool{}}
			return h
		})
		return
	}
	if testing.Short() {
		t.Skip("starts a process for each bug")
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, bug := range bugs() {
		t.Run(bug, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			run := exec.CommandContext(ctx, program, "-test.run=^TestTheSuiteFindsBugs$", "-test.failfast")
			run.Env = append(os.Environ(), variable+"="+bug)
			out, err := run.CombinedOutput()
			if _, failed := errors.AsType[*exec.ExitError](err); !failed || !strings.Contains(string(out), "--- FAIL") {
				t.Errorf("the suite lets it through: %v\n%s", err, out)
			}
		})
	}
}

func bugs() []string {
	return []string{
		"creates again", "says not done", "says in doubt", "forgets pages", "finds too much", "forgets tickets", "any note is there",
		"no note is there", "sends everything", "does not close", "forgets the category", "drops the correlation id", "any contact", "forgets since", "lists too many",
		"notes are nobody's", "any asset", "assets of anybody", "links nothing", "links once",
	}
}

// buggy is a desk with one bug.
type buggy struct {
	engine.Desk

	bug    string
	linked map[string]bool
}

// Create repeats what is in doubt, or forgets whose ticket it is.
func (b buggy) Create(ctx context.Context, d engine.Draft) (engine.Ticket, error) {
	ticket, err := b.Desk.Create(ctx, d)
	if b.bug == "creates again" && err != nil {
		ticket, err = b.Desk.Create(ctx, d)
	}
	if b.bug == "drops the correlation id" {
		ticket.CorrelationID = uuid.Nil
	}
	return ticket, b.spoil(err)
}

// Note says too much of a failure.
func (b buggy) Note(ctx context.Context, id string, n engine.Note) error {
	return b.spoil(b.Desk.Note(ctx, id, n))
}

func (b buggy) spoil(err error) error {
	if e, ok := errors.AsType[*engine.Error](err); ok {
		switch b.bug {
		case "says not done":
			e.NotDone = true
		case "says in doubt":
			e.NotDone = false
		}
	}
	return err
}

// Tickets finds too little or too much.
func (b buggy) Tickets(ctx context.Context, q engine.TicketQuery) (engine.TicketList, error) {
	switch b.bug {
	case "finds too much":
		q.Title = engine.MarkerPrefix
	case "forgets since":
		q.Since = time.Time{}
	case "lists too many":
		q.AtMost = 0
	}
	list, err := b.Desk.Tickets(ctx, q)
	switch {
	case b.bug == "forgets pages" && len(list.Tickets) > 100:
		list.Tickets = list.Tickets[:100]
	case b.bug == "forgets tickets" && len(list.Tickets) > 1:
		list.Tickets = list.Tickets[1:]
	}
	return list, err
}

// FindNote guesses.
func (b buggy) FindNote(ctx context.Context, id string, operation uuid.UUID) (author string, found bool, err error) {
	author, found, err = b.Desk.FindNote(ctx, id, operation)
	switch b.bug {
	case "any note is there":
		return author, true, err
	case "no note is there":
		return "", false, err
	case "notes are nobody's":
		return "", found, err
	}
	return author, found, err
}

// Update sends what it was not asked for, or nothing.
func (b buggy) Update(ctx context.Context, id string, u engine.TicketUpdate) error {
	switch {
	case b.bug == "does not close":
		return nil
	case b.bug == "forgets the category":
		u.CategoryID, u.SubcategoryID = "", ""
	case b.bug == "sends everything" && u.PriorityID == "":
		if was, err := b.Catalogue(ctx); err == nil {
			u.PriorityID = was.Priorities[0].ID
		}
	}
	return b.Desk.Update(ctx, id, u)
}

// Assets is not exact.
func (b buggy) Assets(ctx context.Context, client, name string) ([]engine.Asset, error) {
	found, err := b.Desk.Assets(ctx, client, name)
	if b.bug == "any asset" && err == nil && len(found) == 0 {
		found = []engine.Asset{{ID: "x", ClientID: client, Name: name}}
	}
	if b.bug == "assets of anybody" && err == nil {
		found = append(found, engine.Asset{ID: "x", ClientID: "another", Name: name})
	}
	return found, err
}

// LinkAsset links nothing, or fails where it is linked already.
func (b buggy) LinkAsset(ctx context.Context, ticket, asset string) error {
	switch b.bug {
	case "links nothing":
		return nil
	case "links once":
		defer func() { b.linked[ticket+asset] = true }()
		if b.linked[ticket+asset] {
			return &engine.Error{Reason: engine.ReasonRejected, Side: "desk", Op: "link", Status: 409, NotDone: true}
		}
	}
	return b.Desk.LinkAsset(ctx, ticket, asset)
}

// Contacts is not exact.
func (b buggy) Contacts(ctx context.Context, client, name string) ([]engine.Contact, error) {
	found, err := b.Desk.Contacts(ctx, client, name)
	if b.bug == "any contact" && err == nil && len(found) == 0 {
		found = []engine.Contact{{ID: "x", ClientID: client, Name: name}}
	}
	return found, err
}
