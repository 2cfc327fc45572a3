package engine

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds a text against the file of that name in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got); -update writes it anew:\n%s", path, diff)
	}
}

// planNow is when the plans of these tests are made.
func planNow() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// testPolicy resolves the test configuration against the desk and Huntress of a world.
func testPolicy(edit func(*Policy)) *Policy {
	c := newFakeConfiguration()
	c.edit = edit
	desk, source := newFakeDesk(planNow), newFakeSource(planNow)
	return c.Resolve(&desk.catalogue, []AccountOrganizations{{Account: source.account, Organizations: source.organizations}}).Policy
}

// stand is how the ticket of an incident stands before the plan.
type stand struct {
	name  string
	build func(p *Policy, r *Record)
}

// The stands of the table. Whatever has a ticket was told that the incident is
// open, unless its ticket followed the incident's end.
func stands() []stand {
	told := func(r *Record, status Status) Told {
		inc := r.Seen.Incident
		inc.Status = status
		return tell(inc, 1)
	}
	link := func(p *Policy, client, board string) *TicketLink {
		return &TicketLink{
			ID: "t1", Number: "1001", BoardID: board, ClientID: client, StatusID: p.Boards[board].OpenID,
			PriorityID: "p2", Severity: SeverityHigh, Unmapped: client == clientTriage,
		}
	}
	return []stand{
		{"no record", func(*Policy, *Record) {}},
		{"triage ticket", func(p *Policy, r *Record) {
			r.Work.Ticket, r.Work.Told = link(p, clientTriage, boardTriage), told(r, StatusSent)
		}},
		{"client ticket", func(p *Policy, r *Record) {
			r.Work.Ticket, r.Work.Told = link(p, clientAcme, boardSecurity), told(r, StatusSent)
		}},
		{"closed by us", func(p *Policy, r *Record) {
			r.Work.Ticket, r.Work.Told = link(p, clientAcme, boardSecurity), told(r, StatusClosed)
			r.Work.Ticket.Closed, r.Work.Ended = true, true
		}},
		// We do not know of it: what a person did shows only when the ticket is read.
		{"closed by a person", func(p *Policy, r *Record) {
			r.Work.Ticket, r.Work.Told = link(p, clientAcme, boardSecurity), told(r, StatusSent)
		}},
		{"ticket gone", func(p *Policy, r *Record) {
			r.Work.Ticket, r.Work.Told = link(p, clientAcme, boardSecurity), told(r, StatusSent)
			r.Work.Skip = SkipDeletedByPerson
		}},
	}
}

func planStatuses() []Status { return append(Statuses(), "quarantined") }

// planRecord is an incident as a stand and a status make it.
func planRecord(p *Policy, s stand, status Status, organization int64) Record {
	at := planNow().Add(-time.Hour)
	inc := Incident{
		ID: 1, AccountID: 5, OrganizationID: organization, Subject: "Incident on HOST-1", Severity: SeverityHigh,
		Status: status, Platform: "windows", SentAt: at, UpdatedAt: at,
	}
	switch status {
	case StatusClosed:
		inc.ClosedAt = at
	case StatusDismissed, StatusPartnerDismissed:
		inc.StatusUpdatedAt = at
	default:
	}
	r := Record{Key: incidentKey(1)}
	if s.name == "no record" {
		see(&r, inc, planNow(), planNow().Add(-7*24*time.Hour), planNow())
	} else {
		r.Seen = Seen{Incident: inc, Digest: "d", Version: 2, FirstAt: at, ChangedAt: at}
	}
	s.build(p, &r)
	r.DueAt = planNow()
	return r
}

// asFound adds to each change why it turns out not to be needed once the ticket is
// read: a plan knows only what we last wrote.
func asFound(p *Policy, r Record, changes []Change, ticket Ticket) string {
	var cells []string
	for _, c := range changes {
		cell := described([]Change{c})
		if _, skip := (&applier{policy: p}).update(r, c, ticket); skip != "" {
			cell += " [not needed: " + skip + "]"
		}
		cells = append(cells, cell)
	}
	if len(cells) == 0 {
		return described(nil)
	}
	return strings.Join(cells, ", ")
}

// described is a plan in one cell.
func described(changes []Change) string {
	if len(changes) == 0 {
		return "-"
	}
	var cells []string
	for _, c := range changes {
		text := string(c.Action) + " (" + string(c.Cause) + ")"
		if c.Action == ActionCreate || c.Action == ActionMove {
			text += " for " + c.Client + " on " + c.Board
		}
		cells = append(cells, text)
	}
	return strings.Join(cells, ", ")
}

// TestPlanTable writes the plan of every stand of a ticket, status of its
// incident, mapping of its organization and setting of close-through into one
// readable file, which is the specification.
func TestPlanTable(t *testing.T) {
	organizations := []struct {
		name string
		id   int64
	}{{"mapped", orgAcme}, {"unmapped", orgUnmapped}, {"opted out", orgOptedOut}}
	cells := 0
	var b strings.Builder
	b.WriteString("What the desk is owed, by how the ticket stands, what Huntress says, how the\norganization is mapped and whether close-through is on.\n")
	for _, s := range stands() {
		for _, organization := range organizations {
			fmt.Fprintf(&b, "\n## %s, organization %s\n\n", s.name, organization.name)
			for _, status := range planStatuses() {
				var plans []string
				for _, through := range []bool{true, false} {
					p := testPolicy(func(p *Policy) {
						if !through {
							p.Close = nil
						}
						p.MoveOnMap = true
					})
					r := planRecord(p, s, status, organization.id)
					changes := Plan(p, []Record{r}, planNow())
					if s.name != "closed by a person" {
						plans = append(plans, described(changes))
						continue
					}
					link := r.Work.Ticket
					plans = append(plans, asFound(p, r, changes, Ticket{
						ID: link.ID, BoardID: link.BoardID, ClientID: link.ClientID, PriorityID: link.PriorityID,
						StatusID: p.Boards[link.BoardID].ClosedID, Closed: true,
					}))
				}
				cells += len(plans)
				if plans[0] == plans[1] {
					fmt.Fprintf(&b, "%-18s%s\n", status, plans[0])
					continue
				}
				fmt.Fprintf(&b, "%-18sclose on:  %s\n%-18sclose off: %s\n", status, plans[0], "", plans[1])
			}
		}
	}
	if want := 6 * 3 * 7 * 2; cells != want {
		t.Errorf("the table has %d cells, want %d: each stand, mapping, status and setting of close-through", cells, want)
	}
	golden(t, "plan.txt", b.String())
}

// anyRecord draws a record in any state that the engine can leave it in, and some
// that it cannot.
func anyRecord(rt *rapid.T, id int64) Record {
	p := testPolicy(nil)
	s := rapid.SampledFrom(stands()).Draw(rt, "stand")
	status := rapid.SampledFrom(planStatuses()).Draw(rt, "status")
	r := planRecord(p, s, status, rapid.Int64Range(0, 5).Draw(rt, "organization"))
	r.Key, r.Seen.Incident.ID = incidentKey(id), id
	r.Seen.Incident.Severity = rapid.SampledFrom([]Severity{"", SeverityLow, SeverityHigh, SeverityCritical, "odd"}).Draw(rt, "severity")
	r.Seen.Incident.SentAt = planNow().Add(-time.Duration(rapid.IntRange(0, 5).Draw(rt, "age")) * time.Hour)
	at := func(name string) time.Time {
		return planNow().Add(time.Duration(rapid.IntRange(-7200, 7200).Draw(rt, name)) * time.Second)
	}
	if rapid.IntRange(0, 4).Draw(rt, "begun") == 0 {
		action := rapid.SampledFrom(Actions()).Draw(rt, "action")
		if (r.Work.Ticket == nil) != (action == ActionCreate) {
			action = map[bool]Action{true: ActionCreate, false: ActionNote}[r.Work.Ticket == nil]
		}
		r.Work.Intent = &Intent{Operation: r.Key.OperationID("x"), Action: action, Cause: CauseNew, Told: r.Work.Told}
		if rapid.Bool().Draw(rt, "in doubt") {
			r.Work.Intent.DecideAt, r.Work.Intent.DoubtAt = at("decide"), at("doubt")
		}
	}
	if r.Work.Ticket != nil && rapid.IntRange(0, 5).Draw(rt, "doubled") == 0 {
		r.Work.Extras = []Extra{{Ticket: TicketLink{ID: "t2"}, Noted: rapid.Bool().Draw(rt, "noted")}}
	}
	if r.Work.Ticket != nil && rapid.IntRange(0, 5).Draw(rt, "vanished") == 0 {
		r.Work.VanishedAt = at("vanished at")
	}
	if r.Work.Ticket != nil && rapid.IntRange(0, 3).Draw(rt, "host") == 0 {
		r.Seen.Incident.AgentID = rapid.Int64Range(0, 1).Draw(rt, "agent")
		r.Work.Ticket.Host = &Host{Attempts: 2, NextAt: at("host at"), Until: at("host until")}
	}
	if rapid.IntRange(0, 5).Draw(rt, "recheck") == 0 {
		r.Work.RecheckAt = at("recheck at")
	}
	if rapid.IntRange(0, 3).Draw(rt, "refused") == 0 {
		r.Work.Retries = map[Action]Retry{rapid.SampledFrom(Actions()).Draw(rt, "what"): {Attempts: 3, NextAt: at("retry"), Policy: "hash-1"}}
	}
	return r
}

// TestPlanIsPure makes the same plan of the same records in any order, does not
// change them, and puts what is in doubt first, then creates by severity and age.
func TestPlanIsPure(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var records []Record
		for id := range int64(rapid.IntRange(0, 12).Draw(rt, "records")) {
			records = append(records, anyRecord(rt, id+1))
		}
		p := testPolicy(nil)
		before, err := json.Marshal(records)
		if err != nil {
			rt.Fatal(err)
		}
		plan := Plan(p, records, planNow())
		shuffled := slices.Clone(records)
		shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "order"), 0))
		shuffle.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if diff := cmp.Diff(plan, Plan(testPolicy(nil), shuffled, planNow())); diff != "" {
			rt.Fatalf("the order of the records changes the plan:\n%s", diff)
		}
		if after, _ := json.Marshal(records); string(after) != string(before) {
			rt.Fatal("planning changed the records")
		}
		if !slices.IsSortedFunc(plan, func(a, b Change) int { return a.class() - b.class() }) {
			rt.Fatalf("classes are not in order: %s", described(plan))
		}
		creates := slices.DeleteFunc(slices.Clone(plan), func(c Change) bool { return c.class() != classCreate })
		if !slices.IsSortedFunc(creates, func(a, b Change) int { return a.compareCreates(b) }) {
			rt.Fatalf("creates are not by severity and age: %v", creates)
		}
	})
}

// TestPlanComesToRest follows a plan as if each of its changes were done: after a
// bounded number of steps nothing is owed, and nothing is lost either: what waits
// names a time that is not beyond the longest wait.
func TestPlanComesToRest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := testPolicy(func(p *Policy) {
			p.MoveOnMap = rapid.Bool().Draw(rt, "move on map")
			if rapid.Bool().Draw(rt, "close-through off") {
				p.Close = nil
			}
		})
		r := anyRecord(rt, 1)
		if r.Work.Intent != nil {
			r.Work.Intent.Operation = r.Key.OperationID("y")
		}
		r = settle(p, r, planNow())
		for step := 0; ; step++ {
			if step == maxSteps {
				rt.Fatalf("the record does not come to rest: %+v", r.Work)
			}
			c, wake, ok := next(p, r, planNow())
			if !ok {
				waits := r.Work.Intent != nil || !r.Work.VanishedAt.IsZero() || r.Work.Ticket != nil && r.Work.RecheckAt.After(planNow())
				waits = waits || r.Work.Ticket != nil && r.Work.Ticket.Host != nil && r.Work.Ticket.Host.NextAt.After(planNow())
				if waits && wake.IsZero() && r.Work.Skip == "" {
					rt.Fatalf("the record waits for nothing: %+v", r.Work)
				}
				if !wake.IsZero() && (!wake.After(planNow()) || wake.After(planNow().Add(maxBackOff))) {
					rt.Fatalf("it wakes at %s, now is %s", wake, planNow())
				}
				return
			}
			switch {
			case c.Cause == CauseInDoubt:
				r.Work.Intent = nil // found not to have happened
			case c.Action == ActionLookup:
				r.Work.VanishedAt, r.Work.RecheckAt = time.Time{}, time.Time{}
			default:
				r = done(p, r, c, TicketLink{ID: "t1", BoardID: c.Decision.BoardID, PriorityID: c.Decision.PriorityID})
			}
			r = settle(p, r, planNow())
		}
	})
}

// TestClockSetBack cuts stored times that a clock far ahead has written.
func TestClockSetBack(t *testing.T) {
	p := testPolicy(nil)
	ahead := planNow().Add(100 * 24 * time.Hour)
	for name, work := range map[string]Work{
		"in doubt": {Intent: &Intent{Action: ActionCreate, DoubtAt: ahead, DecideAt: ahead}},
		"refused":  {Retries: map[Action]Retry{ActionCreate: {Attempts: 9, NextAt: ahead, Policy: p.Hash}}},
		"vanished": {Ticket: &TicketLink{ID: "t1"}, Told: Told{Version: 1}, VanishedAt: ahead},
		"host":     {Ticket: &TicketLink{ID: "t1", Host: &Host{NextAt: ahead, Until: ahead}}, Told: tell(planRecord(p, stands()[0], StatusSent, orgAcme).Seen.Incident, 1)},
		"recheck":  {Ticket: &TicketLink{ID: "t1"}, Told: tell(planRecord(p, stands()[0], StatusSent, orgAcme).Seen.Incident, 1), RecheckAt: ahead},
	} {
		r := planRecord(p, stands()[0], StatusSent, orgAcme)
		r.Work, r.Seen.Incident.AgentID = work, 9
		_, wake, ok := next(p, settle(p, r, planNow()), planNow())
		if ok || wake.After(planNow().Add(maxBackOff)) || wake.IsZero() {
			t.Errorf("%s: wakes at %s, now is %s", name, wake, planNow())
		}
	}
}

// TestEveryActionHasItsPlace keeps the table honest: each action is in it.
func TestEveryActionHasItsPlace(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "plan.txt"))
	if err != nil {
		t.Fatal(err)
	}
	missing := map[Action]bool{}
	for _, a := range Actions() {
		if !strings.Contains(string(text), string(a)+" (") && a != ActionReprioritize {
			missing[a] = true
		}
	}
	if len(missing) > 0 {
		t.Errorf("the table never shows %v", slices.Collect(maps.Keys(missing)))
	}
}
