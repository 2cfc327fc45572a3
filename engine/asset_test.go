package engine

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// assetWorld has one incident on the host DESKTOP-1 of Acme, and a desk with assets.
func assetWorld(t *testing.T, assets ...Asset) *world {
	t.Helper()
	w := hostWorld(t)
	w.source.setBefore(nil)
	w.desk.catalogue.HasAssets = true
	w.desk.assets = append(assets,
		Asset{ID: "other client", ClientID: clientGlobex, Name: "DESKTOP-1", Serial: "ABC-123"},
		Asset{ID: "other name", ClientID: clientAcme, Name: "DESKTOP-10", Serial: "ABC-123"})
	return w
}

// TestAssetIsLinked links the one asset that is the host, and guesses none.
func TestAssetIsLinked(t *testing.T) {
	asset := func(id, serial string) Asset {
		return Asset{ID: id, ClientID: clientAcme, Name: "desktop-1", Serial: serial}
	}
	for name, test := range map[string]struct {
		assets  []Asset
		edit    func(*world)
		linked  string
		journal string // of the link; empty for none
	}{
		"the only one of its name":            {assets: []Asset{asset("a", "")}, linked: "a", journal: "done"},
		"the only one, another serial number": {assets: []Asset{asset("a", "XYZ")}, linked: "a", journal: "done"},
		"none of its name":                    {},
		"two, one with its serial number":     {assets: []Asset{asset("a", "XYZ"), asset("b", "abc-123 ")}, linked: "b", journal: "done"},
		"two with its serial number":          {assets: []Asset{asset("a", "ABC-123"), asset("b", "ABC-123")}, journal: "skipped"},
		"two without serial numbers":          {assets: []Asset{asset("a", ""), asset("b", "")}, journal: "skipped"},
		"two, the host has no serial number": {assets: []Asset{asset("a", ""), asset("b", "XYZ")}, journal: "skipped", edit: func(w *world) {
			w.source.agents[9] = Agent{ID: 9, Hostname: "DESKTOP-1"}
		}},
		"a host without a name": {assets: []Asset{{ID: "a", ClientID: clientAcme}}, edit: func(w *world) { w.source.agents[9] = Agent{ID: 9} }},
		"a desk without assets": {assets: []Asset{asset("a", "")}, edit: func(w *world) { w.desk.catalogue.HasAssets = false }},
		"a triage ticket": {assets: []Asset{{ID: "a", ClientID: clientTriage, Name: "DESKTOP-1"}}, edit: func(w *world) {
			w.source.change(1, func(inc *Incident) { inc.OrganizationID = orgUnmapped })
		}},
		"a host that Huntress forgot": {assets: []Asset{asset("a", "")}, edit: func(w *world) { delete(w.source.agents, 9) }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := assetWorld(t, test.assets...)
				if test.edit != nil {
					test.edit(w)
				}
				p := w.start(t)
				p.mustPass(t)
				var want []string
				if test.linked != "" {
					want = []string{test.linked}
				}
				if got := w.one(t, 1).assets; !slices.Equal(got, want) {
					t.Errorf("linked %q, want %q", got, want)
				}
				if got := w.outcomes(1); strings.Contains(got, "link/asset") != (test.journal != "") || !strings.HasSuffix(got, test.journal) {
					t.Errorf("journal: %s", got)
				}
				w.desk.forgetCalls()
				time.Sleep(25 * time.Hour)
				p.mustPass(t)
				if calls := w.desk.made(); strings.Contains(calls, "assets") || strings.Contains(calls, "link") || !w.record(t, 1).DueAt.IsZero() {
					t.Errorf("it does not come to rest: %q, due %s", calls, w.record(t, 1).DueAt)
				}
			})
		})
	}
}

// TestAssetOfALateHost links the asset of a host that was read after its ticket was
// made, once the ticket tells of it.
func TestAssetOfALateHost(t *testing.T) {
	for name, lost := range map[string]fault{"heard": {}, "done, answer lost": cutAfter(), "not done, answer lost": cutBefore()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := assetWorld(t, Asset{ID: "a", ClientID: clientAcme, Name: "DESKTOP-1"})
				w.source.setBefore(noAgents)
				p := w.start(t)
				p.run()
				time.Sleep(10 * time.Second)
				w.source.setBefore(nil)
				w.desk.setFault(func(c deskCall) fault {
					if c.op == "note" {
						return lost
					}
					return fault{}
				})
				time.Sleep(90 * time.Second)
				w.desk.setFault(nil)
				time.Sleep(time.Hour)
				if ticket := w.one(t, 1); len(ticket.notes) != 1 || len(ticket.assets) != 1 {
					t.Errorf("%d notes, %d assets (%s)", len(ticket.notes), len(ticket.assets), w.outcomes(1))
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestAssetAfterMove links the asset once the ticket is a client's.
func TestAssetAfterMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := assetWorld(t, Asset{ID: "a", ClientID: clientAcme, Name: "DESKTOP-1"})
		w.source.change(1, func(inc *Incident) { inc.OrganizationID = orgUnmapped })
		p := w.start(t)
		p.mustPass(t)
		time.Sleep(50 * time.Hour)
		w.configuration.edit = func(p *Policy) {
			p.MoveOnMap = true
			p.Organizations[OrganizationKey{5, orgUnmapped}] = Mapping{Label: "Nobody & Sons", By: "name", ClientID: clientAcme}
		}
		w.configuration.hash = "hash-2"
		if _, err := p.engine.Configure(t.Context(), p.setup()); err != nil {
			t.Fatal(err)
		}
		p.mustPass(t)
		if ticket := w.one(t, 1); ticket.ClientID != clientAcme || !slices.Equal(ticket.assets, []string{"a"}) {
			t.Errorf("client %s, assets %q (%s)", ticket.ClientID, ticket.assets, w.outcomes(1))
		}
	})
}

// TestAssetOfAnotherClient has a person who gives the ticket to another client
// before the asset is linked.
func TestAssetOfAnotherClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := assetWorld(t, Asset{ID: "a", ClientID: clientAcme, Name: "DESKTOP-1"})
		w.desk.setFault(func(c deskCall) fault {
			if c.op == "assets" {
				for _, ticket := range w.desk.tickets {
					ticket.ClientID = clientGlobex
				}
			}
			return fault{}
		})
		p := w.start(t)
		p.mustPass(t)
		if ticket := w.one(t, 1); ticket.ClientID != clientGlobex || len(ticket.assets) > 0 {
			t.Errorf("client %s, assets %q", ticket.ClientID, ticket.assets)
		}
	})
}

// TestAssetFaults loses answers, and has a desk that lets nobody see assets: every
// ticket is made all the same, in its time, and the asset linked as soon as it can be.
func TestAssetFaults(t *testing.T) {
	denied := fault{err: &Error{Reason: ReasonAuth, Side: "Desk", Op: "assets", Status: 403, NotDone: true}}
	for name, test := range map[string]struct {
		op     string
		fault  fault
		linked bool // in spite of it
		pauses bool
	}{
		"the look-up fails":        {"assets", cutBefore(), false, true},
		"the look-up is refused":   {"assets", refusedHere(), false, false},
		"the link's answer lost":   {"link", cutAfter(), true, true},
		"the link never arrives":   {"link", cutBefore(), false, true},
		"the link is refused":      {"link", refusedHere(), false, false},
		"nobody may see assets":    {"assets", denied, false, false},
		"nobody may link assets":   {"link", denied, false, false},
		"the link is rate limited": {"link", limited(30 * time.Second), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := assetWorld(t, Asset{ID: "a", ClientID: clientAcme, Name: "DESKTOP-1"})
				for id := range int64(10) {
					inc := w.incident(id+2, orgAcme, SeverityLow)
					inc.AgentID = 9
					w.source.put(inc)
				}
				w.desk.setFault(func(c deskCall) fault {
					if c.op == test.op {
						return test.fault
					}
					return fault{}
				})
				p := w.start(t)
				err := p.pass()
				if (err != nil) != test.pauses {
					t.Errorf("the pass ended with %v", err)
				}
				if n := w.desk.count(); n != 11 {
					t.Errorf("%d tickets, want 11: an asset delays no ticket", n)
				}
				calls := strings.Count(w.desk.made(), test.op)
				if test.fault == denied && calls > workers {
					t.Errorf("the desk was asked %d times for what it does not let us do", calls)
				}
				if n := strings.Count(w.logged(), "does not let us see or link assets"); test.fault == denied && n != 1 {
					t.Errorf("that is logged %d times", n)
				}
				w.desk.setFault(nil)
				p.run()
				time.Sleep(3 * time.Hour)
				for id := range int64(11) {
					if ticket := w.one(t, id+1); !slices.Equal(ticket.assets, []string{"a"}) {
						t.Errorf("ticket of incident %d has the assets %q", id+1, ticket.assets)
					}
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestAssetNeverAllowed ends with the day where nobody ever lets us link.
func TestAssetNeverAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := assetWorld(t, Asset{ID: "a", ClientID: clientAcme, Name: "DESKTOP-1"})
		w.desk.setFault(func(c deskCall) fault {
			if c.op == "assets" {
				return unauthorized()
			}
			return fault{}
		})
		p := w.start(t)
		p.run()
		time.Sleep(26 * time.Hour)
		if r := w.record(t, 1); r.Work.Ticket.Host != nil || !r.DueAt.IsZero() {
			t.Errorf("owed %+v, due %s", r.Work.Ticket.Host, r.DueAt)
		}
		if n := strings.Count(w.desk.made(), "assets"); n > 40 {
			t.Errorf("the desk was asked %d times in a day", n)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestAssetCost counts the requests of a ticket with a host and an asset.
func TestAssetCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := assetWorld(t, Asset{ID: "a", ClientID: clientAcme, Name: "DESKTOP-1"})
		p := w.start(t)
		w.desk.forgetCalls()
		p.mustPass(t)
		if got, want := w.desk.made(), "tickets, create, assets, ticket, link"; got != want {
			t.Errorf("the desk was asked %q, want %q", got, want)
		}
	})
}
