package engine

import (
	"strings"
	"testing"
	"testing/synctest"
)

// TestMoveTakesItsCategory maps an organization whose ticket is on the triage board:
// a category of that board would make it a broken ticket elsewhere. Where there is
// none to give, the journal says what is left.
func TestMoveTakesItsCategory(t *testing.T) {
	for name, test := range map[string]struct {
		category, want, detail string
	}{
		"to another":  {"Incident", "cat-security", ""},
		"to no other": {"", "cat-triage", "keeps that of the board it was on"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.desk.catalogue.Categories = []Category{
					{ID: "cat-triage", BoardID: boardTriage, Name: "To sort"}, {ID: "cat-security", BoardID: boardSecurity, Name: "Incident"},
				}
				mapped := false
				w.configuration.edit = func(p *Policy) {
					p.MoveOnMap, p.Fallback.Category, p.Category = true, CategoryName{Category: "To sort"}, CategoryName{Category: test.category}
					if mapped {
						p.Hash = "hash-2"
						p.Organizations[OrganizationKey{5, orgUnmapped}] = Mapping{Label: "x", By: "id", ClientID: clientAcme}
					}
				}
				p := w.start(t)
				w.send(1, orgUnmapped, SeverityLow)
				p.mustPass(t)
				w.configuration.change(func(*fakeConfiguration) { mapped = true })
				if _, err := p.engine.Configure(p.ctx, p.setup()); err != nil {
					t.Fatal(err)
				}
				p.mustPass(t)
				if ticket := w.one(t, 1); ticket.BoardID != boardSecurity || ticket.CategoryID != test.want {
					t.Errorf("on board %s with category %s, want %s", ticket.BoardID, ticket.CategoryID, test.want)
				}
				for _, e := range w.store.entries() {
					if e.Action == ActionMove && ((e.Detail == "") != (test.detail == "") || !strings.Contains(e.Detail, test.detail)) {
						t.Errorf("journal: %q", e.Detail)
					}
				}
			})
		})
	}
}
