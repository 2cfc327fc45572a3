package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/engine"
)

// A desk as one could be, with everything that can be wrong with one.
func catalogue() *engine.Catalogue {
	return &engine.Catalogue{
		Boards: []engine.Board{
			{ID: "b1", Name: "Security"},
			{ID: "b2", Name: "Triage"},
			{ID: "b3", Name: "VIP"},
			{ID: "b4", Name: "Old", Inactive: true},
			{ID: "b5", Name: "Twin"},
			{ID: "b6", Name: "Twin"},
			{ID: "b7", Name: "No default"},
			{ID: "b8", Name: "No closed"},
			{ID: "b9", Name: "Revived", Inactive: true},
			{ID: "b10", Name: "Revived"},
		},
		Statuses: []engine.TicketStatus{
			{ID: "s1o", BoardID: "b1", Name: "New", Default: true, Order: 2},
			{ID: "s1x", BoardID: "b1", Name: "First", Default: true, Order: 1},
			{ID: "s1c", BoardID: "b1", Name: "Closed", Closed: true},
			{ID: "s2o", BoardID: "b2", Name: "New", Default: true},
			{ID: "s2c", BoardID: "b2", Name: "closed", Closed: true},
			{ID: "s3o", BoardID: "b3", Name: "New", Default: true},
			{ID: "s3c", BoardID: "b3", Name: "Closed", Closed: true},
			{ID: "s7c", BoardID: "b7", Name: "Closed", Closed: true, Default: true},
			{ID: "s8o", BoardID: "b8", Name: "Closed", Default: true},
			{ID: "s8c", BoardID: "b8", Name: "Done", Closed: true},
			{ID: "s10o", BoardID: "b10", Name: "New", Default: true},
			{ID: "s10c", BoardID: "b10", Name: "Closed", Closed: true},
		},
		Priorities: []engine.Priority{{ID: "p0", Name: "P0"}, {ID: "p1", Name: "P1"}, {ID: "p2", Name: "P2"}, {ID: "p3", Name: "P3"}},
		Categories: []engine.Category{
			{ID: "c1", BoardID: "b1", Name: "Security"},
			{ID: "c2", BoardID: "b1", Name: "Incident", ParentID: "c1"},
			{ID: "c3", BoardID: "b3", Name: "VIP"},
		},
		Clients: []engine.Client{
			{ID: "k1", Name: "Security Triage"},
			{ID: "k2", Name: "Acme Corporation"},
			{ID: "k3", Name: "Beta"},
			{ID: "k4", Name: "Gone", Inactive: true},
			{ID: "k5", Name: "Delta  GmbH & Co. KG"},
			{ID: "k6", Name: "Echo"},
			{ID: "k7", Name: "ECHO!"},
			{ID: "k8", Name: "foxtrot"},
		},
	}
}

func accounts() []engine.AccountOrganizations {
	return []engine.AccountOrganizations{
		{
			Account: engine.Account{ID: 1, Name: "North", Subdomain: "north"},
			Organizations: []engine.Organization{
				{ID: 10, Name: "Acme Inc.", Key: "acme"},
				{ID: 11, Name: "Beta"},
				{ID: 12, Name: "Same"},
				{ID: 13, Name: "delta gmbh and co kg"},
				{ID: 14, Name: "Delta GmbH, Co KG"},
				{ID: 15, Name: "Echo"},
			},
		},
		{
			Account:       engine.Account{ID: 2, Name: "South", Subdomain: "south"},
			Organizations: []engine.Organization{{ID: 20, Name: "Same"}, {ID: 21, Name: "Foxtrot"}, {ID: 22, Name: "FOXTROT."}},
		},
	}
}

const good = `
huntress "main" {
  api_key    = env("KEY")
  api_secret = env("SECRET")
}
desk "algapsa" {
  url     = "https://psa.example.com"
  api_key = env("KEY")
}
routing {
  board    = "Security"
  category = "Security / Incident"
  severity = { critical = "P1", high = "P2", low = "P3" }
  fallback {
    client = "Security Triage"
    board  = "Triage"
  }
  close { status = "Closed" }
}
`

// said is reminders as lines.
func said(reminders []engine.Reminder) string {
	var b strings.Builder
	for _, r := range reminders {
		fmt.Fprintf(&b, "%s: %s", r.Path, r.Problem)
		if len(r.Candidates) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(r.Candidates, ", "))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestResolve(t *testing.T) {
	r := load(t, "a.hcl", good+`
organization "Acme Inc." {
  client   = "Acme Corporation"
  board    = "VIP"
  category = "VIP"
  severity = { low = "P2" }
  contact  = "Jane"
}
route "r" {
  match {
    severity     = ["critical"]
    organization = ["Acme Inc.", "Foxtrot"]
  }
  priority = "p0"
}`).Resolve(catalogue(), accounts())
	if len(r.Blocking)+len(r.Warnings) > 0 {
		t.Fatalf("blocking:\n%s\nwarnings:\n%s", said(r.Blocking), said(r.Warnings))
	}
	p := r.Policy
	if p.BoardID != "b1" || p.Fallback.BoardID != "b2" || p.Fallback.ClientID != "k1" || p.Priorities[engine.SeverityLow] != "p3" || p.Close == nil {
		t.Errorf("policy is %+v", p)
	}
	if b := p.Boards["b1"]; b.OpenID != "s1x" || b.ClosedID != "s1c" {
		t.Errorf("the statuses of Security are %+v; want the first default one and the closed one", b)
	}
	want := engine.Mapping{
		Label: "Acme Inc.", By: "name", ClientID: "k2", BoardID: "b3", Category: engine.CategoryName{Category: "VIP"},
		Priorities: map[engine.Severity]string{engine.SeverityLow: "p2"}, Contact: "Jane",
	}
	if diff := cmp.Diff(want, p.Organizations[engine.OrganizationKey{AccountID: 1, OrganizationID: 10}], ignorePlaces()...); diff != "" {
		t.Errorf("mapping (-want +got):\n%s", diff)
	}
	route := engine.Matcher{
		Severities:    map[engine.Severity]bool{engine.SeverityCritical: true},
		Organizations: map[engine.OrganizationKey]bool{{AccountID: 1, OrganizationID: 10}: true, {AccountID: 2, OrganizationID: 21}: true},
	}
	if diff := cmp.Diff(route, p.Routes[0].Match); diff != "" {
		t.Errorf("route (-want +got):\n%s", diff)
	}
	if p.Routes[0].PriorityID != "p0" {
		t.Errorf("the route's priority is %q; a name in another case is still that name", p.Routes[0].PriorityID)
	}
	d := p.Decide(1, engine.Incident{OrganizationID: 10, Severity: engine.SeverityCritical})
	if d.BoardID != "b3" || d.CategoryID != "c3" || d.PriorityID != "p0" || d.StatusID != "s3o" || d.ClientID != "k2" {
		t.Errorf("decision is %+v", d)
	}
}

// Whatever routing names has to be one live thing, else polling is blocked.
func TestResolveBlocks(t *testing.T) {
	for _, tt := range []struct{ name, change, to, want string }{
		{"unknown board", `board    = "Security"`, `board = "Securty"`, `routing.board: The desk has no board "Securty". [Security]`},
		{"inactive board", `board    = "Security"`, `board = "Old"`, `routing.board: The board "Old" is inactive at the desk.`},
		{"inactive board by id", `board    = "Security"`, `board = "b4"`, `routing.board: The board "Old" is inactive at the desk.`},
		{"two boards", `board    = "Security"`, `board = "Twin"`, `routing.board: 2 boards at the desk are named "Twin". [b5, b6]`},
		{"no default status", `board  = "Triage"`, `board = "No default"`, `routing.fallback.board: The board "No default" has no default open status.`},
		{"no closed status", `board  = "Triage"`, `board = "No closed"`, `routing.close.status: On the board "No closed" the status "Closed" is an open one.`},
		{"other closed status", `"Closed"`, `"Clossed"`, `routing.close.status: The board "Security" has no closed status "Clossed". [Closed]`},
		{
			"other closed status by severity", `{ status = "Closed"`, "{\nstatus = \"Closed\"\n severity = { high = \"Clossed\" }\n",
			`routing.close.severity.high: The board "Security" has no closed status "Clossed". [Closed]`,
		},
		{
			"closed status by severity on one board only", `{ status = "Closed"`, "{\nstatus = \"Closed\"\n severity = { low = \"s1c\" }\n",
			`routing.close.severity.low: The board "Triage" has no closed status "s1c".`,
		},
		{"unknown client", `client = "Security Triage"`, `client = "Security Traige"`, `routing.fallback.client: The desk has no client "Security Traige". [Security Triage]`},
		{"inactive client", `client = "Security Triage"`, `client = "Gone"`, `routing.fallback.client: The client "Gone" is inactive at the desk.`},
		{"unknown priority", `high = "P2"`, `high = "P9"`, `routing.severity.high: The desk has no priority "P9".`},
		{"category of no board", `Security / Incident`, `Security / Other`, `routing.category: The board "Security" has not exactly one category "Security / Other". [Security]`},
		{"category of another board", `Security / Incident`, `VIP`, `routing.category: The board "Security" has not exactly one category "VIP".`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := load(t, "a.hcl", strings.Replace(good, tt.change, tt.to, 1)).Resolve(catalogue(), accounts())
			if got := said(r.Blocking); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got:\n%swant:\n%s", got, tt.want)
			}
			for _, b := range r.Blocking {
				if b.Pos.Line == 0 || b.Help == "" {
					t.Errorf("no place or no help: %+v", b)
				}
			}
			if r.Policy == nil {
				t.Error("there is no policy")
			}
		})
	}
}

// What closes a ticket comes from the first matching route that sets it, else from
// the severity, else from the routing block; a name that the board does not have
// blocks nothing, and leaves the status of the routing block.
func TestResolveClose(t *testing.T) {
	desk := catalogue()
	desk.Statuses = append(desk.Statuses,
		engine.TicketStatus{ID: "s1r", BoardID: "b1", Name: "Resolved", Closed: true},
		engine.TicketStatus{ID: "s1n", BoardID: "b1", Name: "Needs review", Closed: true},
		engine.TicketStatus{ID: "s2n", BoardID: "b2", Name: "Needs review", Closed: true},
		engine.TicketStatus{ID: "s3r", BoardID: "b3", Name: "Resolved", Closed: true},
	)
	r := load(t, "a.hcl", strings.Replace(good, `close { status = "Closed" }`, `close {
    status     = "Closed"
    severity   = { critical = "Needs review" }
    note       = "Over."
    resolution = true
  }`, 1)+`
organization "Acme Inc." { client = "Acme Corporation" }
organization "Beta" {
  client = "Beta"
  board  = "VIP"
}
route "note" {
  match { platform = ["linux", "darwin"] }
  close {
    note       = "Thanks."
    resolution = false
  }
}
route "resolved" {
  match { platform = ["linux", "google"] }
  close { status = "resolved" }
}
route "dead" {
  match { platform = ["other"] }
  close { status = "Solved" }
}
route "dead on its board" {
  match { platform = ["email_security"] }
  board = "VIP"
  close { status = "Needs review" }
}`).Resolve(desk, accounts())
	if len(r.Blocking) > 0 {
		t.Fatalf("blocking:\n%s", said(r.Blocking))
	}
	wantWarnings := `organization "Beta".board: The board "VIP" has no closed status "Needs review".
route "dead".close.status: No board has exactly one closed status "Solved".
route "dead on its board".board: The board "VIP" has no closed status "Needs review".
route "dead on its board".close.status: The board "VIP" has no closed status "Needs review".
`
	got := r.Warnings[:0:0]
	for _, w := range r.Warnings {
		if strings.Contains(w.Problem, "clos") {
			w.Candidates = w.Candidates[:min(1, len(w.Candidates))]
			got = append(got, w)
		}
		if w.Pos.Line == 0 || w.Help == "" {
			t.Errorf("no place or no help: %+v", w)
		}
	}
	if diff := cmp.Diff(wantWarnings, said(got)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		organization int64
		platform     string
		severity     engine.Severity
		want         engine.Closing
		statusID     string
		from, note   string
	}{
		{10, "windows", "low", engine.Closing{Status: "Closed", Note: "Over.", Resolution: true}, "s1c", "routing.close", ""},
		{10, "windows", "critical", engine.Closing{Status: "Needs review", Note: "Over.", Resolution: true}, "s1n", "routing.close.severity", ""},
		{10, "windows", "", engine.Closing{Status: "Needs review", Note: "Over.", Resolution: true}, "s1n", "routing.close.severity", ""},
		{10, "darwin", "critical", engine.Closing{Status: "Needs review", Note: "Thanks."}, "s1n", "routing.close.severity", ""},
		{10, "linux", "critical", engine.Closing{Status: "resolved", Note: "Thanks."}, "s1r", `route "resolved".close`, ""},
		{10, "google", "low", engine.Closing{Status: "resolved", Note: "Over.", Resolution: true}, "s1r", `route "resolved".close`, ""},
		{11, "google", "low", engine.Closing{Status: "resolved", Note: "Over.", Resolution: true}, "s3r", `route "resolved".close`, ""},
		{11, "windows", "critical", engine.Closing{Status: "Needs review", Note: "Over.", Resolution: true}, "s3c", "routing.close.severity", `the board "VIP" has no such closed status, so the one of routing.close is set`},
		{10, "other", "low", engine.Closing{Status: "Solved", Note: "Over.", Resolution: true}, "s1c", `route "dead".close`, `the board "Security" has no such closed status, so the one of routing.close is set`},
		{99, "google", "low", engine.Closing{Status: "Closed", Note: "Over.", Resolution: true}, "s2c", "routing.close", ""}, // on the triage board no route applies
		{99, "google", "critical", engine.Closing{Status: "Needs review", Note: "Over.", Resolution: true}, "s2n", "routing.close.severity", ""},
	} {
		d := r.Policy.Decide(1, engine.Incident{OrganizationID: tt.organization, Platform: tt.platform, Severity: tt.severity})
		if d.Close == nil || *d.Close != tt.want || d.Problem != "" {
			t.Errorf("%d %s %s: closes with %+v, want %+v (problem %q)", tt.organization, tt.platform, tt.severity, d.Close, tt.want, d.Problem)
			continue
		}
		if got := r.Policy.ClosedStatus(d.BoardID, d.Close.Status); got != tt.statusID {
			t.Errorf("%d %s %s: the status is %s, want %s", tt.organization, tt.platform, tt.severity, got, tt.statusID)
		}
		if step := d.Steps[len(d.Steps)-1]; step.Attribute != "close" || step.From != tt.from || step.Note != tt.note {
			t.Errorf("%d %s %s: the step is %+v, want from %s, note %q", tt.organization, tt.platform, tt.severity, step, tt.from, tt.note)
		}
	}
}

// A route may close its tickets where the routing block closes none.
func TestRouteClosesAlone(t *testing.T) {
	r := load(t, "a.hcl", strings.Replace(good, `close { status = "Closed" }`, "", 1)+`
organization "Acme Inc." { client = "Acme Corporation" }
organization "Beta" {
  client = "Beta"
  board  = "No closed"
}
route "closes" {
  match { platform = ["linux"] }
  close { status = "Closed" }
}
route "only a note" {
  match { platform = ["google"] }
  close { note = "Bye." }
}`).Resolve(catalogue(), accounts())
	for _, tt := range []struct {
		organization int64
		platform     string
		closes       bool
		statusID     string
	}{{10, "linux", true, "s1c"}, {10, "windows", false, ""}, {10, "google", false, ""}, {99, "linux", false, ""}, {11, "linux", true, ""}} {
		d := r.Policy.Decide(1, engine.Incident{OrganizationID: tt.organization, Platform: tt.platform, Severity: "low"})
		if (d.Close != nil) != tt.closes {
			t.Errorf("%+v: closes with %+v", tt, d.Close)
		}
		if d.Close != nil && r.Policy.ClosedStatus(d.BoardID, d.Close.Status) != tt.statusID {
			t.Errorf("%+v: the status is %q", tt, r.Policy.ClosedStatus(d.BoardID, d.Close.Status))
		}
	}
}

// An id, a name of which another bearer is inactive: these resolve.
func TestResolveNames(t *testing.T) {
	for _, board := range []string{"b3", "VIP", " vip ", "Revived", "b5"} {
		r := load(t, "a.hcl", good+fmt.Sprintf("route \"r\" {\n  board = %q\n}", board)).Resolve(catalogue(), accounts())
		if r.Policy.Routes[0].BoardID == "" {
			t.Errorf("%q does not resolve: %s", board, said(r.Warnings))
		}
	}
}

// A dead name in an organization or a route sends its own incidents to the
// fallback, and blocks nothing.
func TestResolveWarns(t *testing.T) {
	r := load(t, "a.hcl", good+`
organization "Acme Inc." {
  client   = "Acme Corp"
  board    = "No default"
  severity = { low = "P9" }
}
organization "Beta" {
  client   = "Beta"
  board    = "No closed"
  category = "Nothing"
}
organization "Bta" {
  client = "Beta"
}
organization "Same" {
  client = "Beta"
}
organization "Foxtrott" {
  id     = 21
  client = "Beta"
}
organization "Foxtrot" {
  client = "Beta"
}
organization "gone" {
  id     = 99
  client = "Beta"
}
organization "gone too" {
  key     = "nothing"
  account = "South"
  client  = "Beta"
}
route "dead" {
  match { platform = ["linux"] }
  board    = "Nowhere"
  category = "Nothing"
}
route "nobody" {
  match { organization = ["Nobody", "gone"] }
  board = "VIP"
}
route "category" {
  category = "Nothing"
}`).Resolve(catalogue(), accounts())
	if len(r.Blocking) > 0 {
		t.Fatalf("blocking:\n%s", said(r.Blocking))
	}
	want := `organization "Foxtrott": Huntress now calls this organization "Foxtrot".
organization "gone": Huntress has no organization with the id 99.
organization "gone too": Huntress has no organization with the key "nothing" in the account "South".
organization "Acme Inc.".client: The desk has no client "Acme Corp". [Acme Corporation]
organization "Acme Inc.".board: The board "No default" has no default open status.
organization "Acme Inc.".severity.low: The desk has no priority "P9".
organization "Beta".board: On the board "No closed" the status "Closed" is an open one.
organization "Beta".category: The board "No closed" has not exactly one category "Nothing".
organization "Bta": Huntress has no organization "Bta". [Beta]
organization "Same": 2 organizations in Huntress are meant by this block, so it maps none of them. [id = 12 (account "North"), id = 20 (account "South")]
organization "Foxtrot": It is about an organization that organization "Foxtrott" (FILE line 37) is about already.
route "dead".board: The desk has no board "Nowhere".
route "nobody".match.organization: Neither an organization block nor Huntress has an organization "Nobody".
route "nobody".match.organization: The organization "gone" is mapped, but Huntress does not have it.
route "category".category: No board has exactly one category "Nothing".
`
	got := said(r.Warnings)
	for _, w := range r.Warnings {
		if w.Pos.Line == 0 || w.Help == "" {
			t.Errorf("no place or no help: %+v", w)
		}
		got = strings.ReplaceAll(got, w.Pos.File, "FILE")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	p := r.Policy
	for org, want := range map[int64]string{10: "Acme", 12: "2 organizations"} {
		m := p.Organizations[engine.OrganizationKey{AccountID: 1, OrganizationID: org}]
		if !strings.Contains(m.Problem, want) {
			t.Errorf("the problem of organization %d is %q, want it to say %q", org, m.Problem, want)
		}
		d := p.Decide(1, engine.Incident{OrganizationID: org, Severity: engine.SeverityLow})
		if !d.Unmapped || d.BoardID != "b2" || d.ClientID != "k1" {
			t.Errorf("organization %d goes to %+v, want the fallback", org, d)
		}
	}
	if !p.Routes[1].Match.NoOrganization {
		t.Error("a route to organizations that do not exist has to match nothing")
	}
	if d := p.Decide(2, engine.Incident{OrganizationID: 21, Platform: "linux"}); !d.Unmapped || !strings.Contains(d.Problem, `route "dead"`) {
		t.Errorf("an incident of a dead route goes to %+v", d)
	}
}

func TestAutoMatch(t *testing.T) {
	auto := "organizations {\n  auto_match = true\n}\norganization \"Beta\" {\n  client = \"Acme Corporation\"\n}"
	p := load(t, "a.hcl", good+auto).Resolve(catalogue(), accounts()).Policy
	got := map[int64]string{}
	for k, m := range p.Organizations {
		got[k.OrganizationID] = m.By + " " + m.ClientID
	}
	// 13 says "and"; 14 equals but for punctuation; 15 equals two clients; 21 and
	// 22 equal each other.
	want := map[int64]string{11: "name k2", 14: "auto_match k5"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p := load(t, "a.hcl", good).Resolve(catalogue(), accounts()).Policy; len(p.Organizations) > 0 {
		t.Errorf("without auto_match %d organizations are mapped", len(p.Organizations))
	}
}

// An organization can be meant by key, and by its account where names are shared.
func TestResolveIdentities(t *testing.T) {
	r := load(t, "a.hcl", good+`
organization "Acme" {
  key    = "acme"
  client = "Acme Corporation"
}
organization "Same" {
  client = "Security Triage"
}
organization "Same" {
  account = "south"
  client  = "Beta"
}
organization "Foxtrot" {
  account = 2
  tickets = false
}`).Resolve(catalogue(), accounts())
	got := map[int64]string{}
	for k, m := range r.Policy.Organizations {
		got[k.OrganizationID] = fmt.Sprint(m.By, " ", m.ClientID, " ", m.OptedOut, m.Problem)
	}
	want := map[int64]string{10: "key k2 false", 12: "name k1 false", 20: "name k3 false", 21: "name k1 true"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// While Huntress has not been read, its organizations are not missed.
func TestResolveWithoutAccounts(t *testing.T) {
	r := load(t, "a.hcl", good+"organization \"Acme\" {\n  client = \"Beta\"\n}\nroute \"r\" {\n  match {\n    organization = [\"Acme\"]\n  }\n  board = \"VIP\"\n}").
		Resolve(catalogue(), nil)
	if len(r.Blocking)+len(r.Warnings) > 0 {
		t.Errorf("blocking:\n%s\nwarnings:\n%s", said(r.Blocking), said(r.Warnings))
	}
	if r := load(t, "a.hcl", good).Resolve(nil, nil); len(r.Blocking) == 0 {
		t.Error("without a catalogue nothing blocks")
	}
}

// A key is an account's own: two accounts may have the same, and a block that
// names the account comes before one that names none.
func TestKeysOfTwoAccounts(t *testing.T) {
	both := accounts()
	both[1].Organizations[0].Key = "acme"
	r := load(t, "a.hcl", good+`
organization "Acme Inc." {
  key    = "acme"
  client = "Acme Corporation"
}
organization "Same" {
  key     = "acme"
  account = "south"
  client  = "Beta"
}`).Resolve(catalogue(), both)
	if got := said(append(r.Blocking, r.Warnings...)); got != "" {
		t.Error(got)
	}
	for key, want := range map[engine.OrganizationKey]string{{AccountID: 1, OrganizationID: 10}: "k2", {AccountID: 2, OrganizationID: 20}: "k3"} {
		if m := r.Policy.Organizations[key]; m.ClientID != want || m.Problem != "" {
			t.Errorf("%v is mapped by %+v, want the client %s", key, m, want)
		}
	}
}

// A client that is inactive is not swapped for another whose name is nearly the same.
func TestInactiveBesideAnother(t *testing.T) {
	desk := catalogue()
	desk.Clients = append(desk.Clients, engine.Client{ID: "k9", Name: "gone"})
	for client, want := range map[string]string{
		"Gone": `organization "Beta": The client "Gone" is inactive at the desk.`,
		"GONE": "", "gone": "",
	} {
		r := load(t, "a.hcl", good+fmt.Sprintf("organization \"Beta\" {\n  client = %q\n}\n", client)).Resolve(desk, accounts())
		m := r.Policy.Organizations[engine.OrganizationKey{AccountID: 1, OrganizationID: 11}]
		if m.Problem != want || want == "" && m.ClientID != "k9" {
			t.Errorf("%q is %+v, want the problem %q", client, m, want)
		}
	}
}
