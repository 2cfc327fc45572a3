// Package providertest is the conformance suite that every desk must pass: what
// the engine takes for granted of an [engine.Desk], held against a desk that is
// as real as its provider can make it, which today means a strict simulator.
package providertest

import (
	"testing"
	"testing/synctest"

	"github.com/huntsync/huntsync/engine"
)

// Harness is one desk under test, without a ticket of ours in it, and the ways to
// do to it what its client cannot: what a person does, and what goes wrong.
type Harness struct {
	// Desk is the client. Its catalogue needs two active boards, each with a
	// default open status, a second open one and a closed one, two priorities, two
	// active clients with a contact that can be named by ContactName, and on the
	// first board a category with a subcategory.
	Desk        engine.Desk
	ContactName string

	// Tickets is how many tickets the desk holds, whoever made them.
	Tickets func() int
	// Notes are the notes of a ticket as a person reads them, oldest first.
	Notes func(ticketID string) []Note
	// Body is the body of a ticket as a person reads it.
	Body func(ticketID string) string

	// AddAsset gives a client an asset, and says its id.
	AddAsset func(clientID, name, serial string) string
	// Linked are the assets of a ticket, in the order in which they were linked.
	Linked func(ticketID string) []string

	// Rename, SetPriority and Delete are a person's doing.
	Rename      func(ticketID, title string)
	SetPriority func(ticketID, priorityID string)
	Delete      func(ticketID string)

	// Fail makes the next write fail like this, and only that one.
	Fail func(Failure)
	// Requests is how many requests the desk has received.
	Requests func() int
	// Secrets are texts that no error may hold.
	Secrets []string
}

// Note is a note as a person reads it.
type Note struct {
	Text     string
	Internal bool
}

// Run tests a desk. The harness is made afresh for each test, inside a synctest
// bubble, where time-outs cost nothing; it is cleaned up with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, *session)
	}{
		{"catalogue", testCatalogue},
		{"contacts", testContacts},
		{"create", testCreate},
		{"create with everything", testCreateWhole},
		{"marker round trip", testMarker},
		{"find by marker", testFind},
		{"find what a person renamed", testFindRenamed},
		{"find since", testFindSince},
		{"find too many", testFindTooMany},
		{"page", testPage},
		{"note", testNote},
		{"note on a closed ticket", testNoteOnClosed},
		{"close and reopen", testCloseAndReopen},
		{"close twice", testCloseTwice},
		{"move", testMove},
		{"move with a category", testMoveWithCategory},
		{"reprioritize", testReprioritize},
		{"update only what is set", testUpdateOnly},
		{"assets", testAssets},
		{"link an asset", testLinkAsset},
		{"title at its limit", testTitleLimit},
		{"note at its limit", testNoteLimit},
		{"long body", testLongBody},
		{"hostile text", testHostileText},
		{"refused references", testRefusedReferences},
		{"misuse", testMisuse},
		{"ticket deleted by a person", testDeleted},
		{"given up before it began", testCanceled},
		{"limits", testLimits},
	} {
		t.Run(test.name, func(t *testing.T) { bubble(t, open, test.run) })
	}
	for _, w := range writes() {
		for _, f := range failures() {
			t.Run(w.name+", "+string(f.failure), func(t *testing.T) {
				bubble(t, open, func(t *testing.T, s *session) {
					t.Helper()
					testFailure(t, s, w, f)
				})
			})
		}
	}
}

func bubble(t *testing.T, open func(t *testing.T) Harness, run func(*testing.T, *session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		run(t, newSession(t, h))
	})
}
