package statustest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/engine"
)

// The organizations that the worlds' stories are about. The others are mapped.
const (
	Acme        = 1 // mapped, with a board of its own
	OptedOut    = 2
	Broken      = 3 // its block names a client that the desk does not have
	Unmapped    = 4
	firstMapped = 5
)

func policy(organizations int) *engine.Policy {
	p := &engine.Policy{
		Hash: "3f9a1c0de5b74a8890ab", BoardID: "board-security",
		Priorities: map[engine.Severity]string{
			engine.SeverityCritical: "p1", engine.SeverityHigh: "p2", engine.SeverityLow: "p3",
		},
		Fallback:          engine.Fallback{ClientID: "client-triage", BoardID: "board-triage"},
		Organizations:     map[engine.OrganizationKey]engine.Mapping{},
		OrganizationNames: map[engine.OrganizationKey]string{},
		Accounts:          map[int64]engine.Account{AccountID: account()},
		Boards: map[string]engine.BoardStatuses{
			"board-security": {OpenID: "s-open", ClosedID: "s-closed"},
			"board-vip":      {OpenID: "v-open", ClosedID: "v-closed"},
			"board-ir":       {OpenID: "i-open", ClosedID: "i-closed"},
			"board-triage":   {OpenID: "t-open", ClosedID: "t-closed"},
		},
		Close: &engine.Close{}, Settle: time.Minute,
		Catalogue: &engine.Catalogue{
			Boards: []engine.Board{
				{ID: "board-security", Name: "Security"},
				{ID: "board-vip", Name: "VIP Security"},
				{ID: "board-ir", Name: "Incident Response"},
				{ID: "board-triage", Name: "Triage"},
			},
			Priorities: []engine.Priority{{ID: "p0", Name: "P0"}, {ID: "p1", Name: "P1"}, {ID: "p2", Name: "P2"}, {ID: "p3", Name: "P3"}},
			Clients:    []engine.Client{{ID: "client-acme", Name: "Acme Corporation"}, {ID: "client-triage", Name: "Security Triage"}},
		},
	}
	p.Routes = []engine.Route{{
		Name: "ransomware", BoardID: "board-ir", PriorityID: "p0", Pos: engine.Pos{File: "routes.hcl", Line: 3},
		Match: engine.Matcher{
			Severities: map[engine.Severity]bool{engine.SeverityCritical: true},
			Indicators: map[string]bool{"ransomware_canaries": true},
		},
	}}
	for id := int64(1); id <= int64(organizations); id++ {
		key := engine.OrganizationKey{AccountID: AccountID, OrganizationID: id}
		p.OrganizationNames[key] = organizationName(id)
		line := int(10 * id)
		switch id {
		case Acme:
			p.Organizations[key] = engine.Mapping{
				Label: "Acme Inc.", By: "id", ClientID: "client-acme", BoardID: "board-vip",
				Pos: engine.Pos{File: "organizations.hcl", Line: line},
			}
		case OptedOut:
			p.Organizations[key] = engine.Mapping{
				Label: organizationName(id), By: "name", ClientID: "client-acme", OptedOut: true,
				Pos: engine.Pos{File: "organizations.hcl", Line: line},
			}
		case Broken:
			p.Organizations[key] = engine.Mapping{
				Label: organizationName(id), By: "name",
				Problem: `the desk has no client "Initech"; it has "Acme Corporation" and "Security Triage"`,
				Pos:     engine.Pos{File: "organizations.hcl", Line: line},
			}
		case Unmapped:
		default:
			client := fmt.Sprintf("client-%d", id)
			p.Catalogue.Clients = append(p.Catalogue.Clients, engine.Client{ID: client, Name: organizationName(id) + " Ltd"})
			if id%10 != 0 {
				p.Organizations[key] = engine.Mapping{By: "auto_match", ClientID: client}
			}
		}
	}
	return p
}

func organizationName(id int64) string {
	names := map[int64]string{Acme: "Acme Inc.", OptedOut: "Hooli", Broken: "Initech", Unmapped: "Umbrella & Söhne ${x}"}
	if name, ok := names[id]; ok {
		return name
	}
	kinds := []string{"Dental", "Logistics", "Law", "Bakery", "Clinic", "School", "Robotics"}
	return fmt.Sprintf("Contoso %s %d", kinds[id%int64(len(kinds))], id)
}

func organizationsOf(p *engine.Policy, n int) []engine.Organization {
	var list []engine.Organization
	for id := int64(1); id <= int64(n); id++ {
		name := p.OrganizationNames[engine.OrganizationKey{AccountID: AccountID, OrganizationID: id}]
		list = append(list, engine.Organization{ID: id, Name: name, Key: fmt.Sprintf("key-%d", id), Agents: int(id * 7 % 90)})
	}
	return list
}

// The incidents of [Usual].
const (
	Ticketed  = 1001 // has its ticket
	InDoubt   = 1002 // a create whose answer was unclear
	Refused   = 1003 // the desk refuses its ticket
	Triaged   = 1004 // of an unmapped organization
	Finished  = 1005 // closed, as is its ticket
	Deleted   = 1006 // a person deleted its ticket
	Old       = 1007 // closed before the look-back
	NotWanted = 1008 // its organization is opted out
	Waiting   = 1009 // no ticket yet, for longer than two polls
	Doubled   = 1010 // has two tickets
)

// Usual is a world at work: one incident of every standing.
func Usual(tb testing.TB) *World {
	tb.Helper()
	w := Configured(tb, 12)
	at := func(ago time.Duration) time.Time { return w.Now.Add(-ago) }
	link := func(number, client, board string) *engine.TicketLink {
		return &engine.TicketLink{
			ID: "id-" + number, Number: number, URL: "https://psa.example.com/msp/tickets/id-" + number,
			Title: "[Huntress #1001] CRITICAL - Incident on DESKTOP-1 (Acme Inc.)", BoardID: board, ClientID: client, PriorityID: "p1",
			Severity: engine.SeverityCritical, EnteredAt: at(50 * time.Minute),
		}
	}
	told := func(status engine.Status, severity engine.Severity, subject string) engine.Told {
		return engine.Told{Status: status, Severity: severity, Subject: subject, Version: 1}
	}
	w.Poll(tb, func(p *engine.PollState) { p.Census.Open = []int64{Ticketed, InDoubt, Waiting} })
	done := func(ago time.Duration, action engine.Action, cause engine.Cause, ticket string) engine.Entry {
		return engine.Entry{
			At: at(ago), Action: action, Cause: cause, Outcome: engine.OutcomeDone, Ticket: ticket,
			Policy: w.Policy.Hash, Who: "run@host", PassID: "ab12cd34",
		}
	}
	const create = engine.ActionCreate
	ransomware := link("SEC-1", "client-acme", "board-ir")
	ransomware.PriorityID = "p0"
	triage := link("SEC-4", "client-triage", "board-triage")
	triage.Unmapped = true
	closed := link("SEC-5", "client-5", "board-security")
	closed.Closed = true
	w.Add(tb,
		Incident{
			Incident: engine.Incident{
				ID: Ticketed, OrganizationID: Acme, Subject: "CRITICAL - Incident on DESKTOP-1 (Acme Inc.)", Severity: engine.SeverityCritical,
				Status: engine.StatusSent, Platform: "windows", Indicators: []string{"ransomware_canaries", "footholds"},
				Summary: "A scheduled task starts malware.\n\nThe host was isolated.", SentAt: at(time.Hour), UpdatedAt: at(10 * time.Minute),
			},
			Work: engine.Work{
				Ticket: ransomware,
				Told: engine.Told{
					Status: engine.StatusSent, Severity: engine.SeverityCritical, Version: 1,
					Subject: "CRITICAL - Incident on DESKTOP-1 (Acme Inc.)", Summary: "A scheduled task starts malware.\n\nThe host was isolated.",
				},
			},
			Entries: []engine.Entry{
				done(50*time.Minute, create, engine.CauseNew, "SEC-1"),
				done(10*time.Minute, engine.ActionNote, engine.CauseUpdated, "SEC-1"),
			},
		},
		Incident{
			Incident: engine.Incident{ID: InDoubt, OrganizationID: 6, Subject: "HIGH - Antivirus detection on SRV-2", Severity: engine.SeverityHigh, Status: engine.StatusSent, Platform: "windows", SentAt: at(5 * time.Minute)},
			DueAt:    w.Now.Add(30 * time.Second),
			Work: engine.Work{Intent: &engine.Intent{
				Action: create, Cause: engine.CauseNew, StartedAt: at(40 * time.Second), DoubtAt: at(30 * time.Second),
				DecideAt: w.Now.Add(30 * time.Second), Reason: engine.ReasonTimeout,
			}},
			Entries: []engine.Entry{{At: at(30 * time.Second), Action: create, Cause: engine.CauseNew, Outcome: engine.OutcomeInDoubt, Detail: "AlgaPSA: create ticket: no answer within 10s", Policy: w.Policy.Hash, Who: "run@host", PassID: "ab12cd34"}},
		},
		Incident{
			Incident: engine.Incident{ID: Refused, OrganizationID: 7, Subject: "LOW - Unwanted program on LAPTOP-9", Severity: engine.SeverityLow, Status: engine.StatusSent, Platform: "darwin", SentAt: at(30 * time.Minute)},
			DueAt:    w.Now.Add(4 * time.Minute),
			Work: engine.Work{Retries: map[engine.Action]engine.Retry{create: {
				Attempts: 3, NextAt: w.Now.Add(4 * time.Minute), Reason: engine.ReasonRejected,
				Error: "AlgaPSA: create ticket: HTTP 400: title: too long", Policy: w.Policy.Hash,
			}}},
			Entries: []engine.Entry{{At: at(2 * time.Minute), Action: create, Cause: engine.CauseNew, Outcome: engine.OutcomeRefused, Detail: "AlgaPSA: create ticket: HTTP 400: title: too long", Policy: w.Policy.Hash, Who: "run@host", PassID: "ab12cd34"}},
		},
		Incident{
			Incident: engine.Incident{ID: Triaged, OrganizationID: Unmapped, Subject: "HIGH - Suspicious sign-in", Severity: engine.SeverityHigh, Status: engine.StatusAutoRemediating, Platform: "microsoft_365", SentAt: at(3 * time.Hour)},
			Work:     engine.Work{Ticket: triage, Told: told(engine.StatusAutoRemediating, engine.SeverityHigh, "HIGH - Suspicious sign-in")},
			Entries:  []engine.Entry{done(3*time.Hour, create, engine.CauseUnmapped, "SEC-4")},
		},
		Incident{
			Incident: engine.Incident{ID: Finished, OrganizationID: 5, Subject: "LOW - Old foothold", Severity: engine.SeverityLow, Status: engine.StatusClosed, Platform: "windows", SentAt: at(30 * time.Hour), ClosedAt: at(2 * time.Hour)},
			Work:     engine.Work{Ticket: closed, Ended: true, Told: told(engine.StatusClosed, engine.SeverityLow, "LOW - Old foothold")},
			Entries:  []engine.Entry{done(30*time.Hour, create, engine.CauseNew, "SEC-5"), done(2*time.Hour, engine.ActionClose, engine.CauseClosed, "SEC-5")},
		},
		Incident{
			Incident: engine.Incident{ID: Deleted, OrganizationID: 5, Subject: "HIGH - Deleted by somebody", Severity: engine.SeverityHigh, Status: engine.StatusSent},
			Work:     engine.Work{Ticket: link("SEC-6", "client-5", "board-security"), Skip: engine.SkipDeletedByPerson},
		},
		Incident{
			Incident: engine.Incident{ID: NotWanted, OrganizationID: OptedOut, Subject: "LOW - Not wanted", Severity: engine.SeverityLow, Status: engine.StatusSent},
		},
		Incident{
			Incident: engine.Incident{ID: Waiting, OrganizationID: 8, Subject: "CRITICAL - Waits", Severity: "catastrophic", Status: "escalated", Platform: "linux", SentAt: at(time.Hour)},
			DueAt:    w.Now,
		},
		Incident{
			Incident: engine.Incident{ID: Doubled, OrganizationID: 9, Subject: "HIGH - Twice", Severity: engine.SeverityHigh, Status: engine.StatusSent},
			Work: engine.Work{
				Ticket: link("SEC-10", "client-9", "board-security"), Told: told(engine.StatusSent, engine.SeverityHigh, "HIGH - Twice"),
				Extras: []engine.Extra{{Ticket: *link("SEC-11", "client-9", "board-security"), Noted: true, Settled: true}},
			},
		},
	)
	w.old(tb)
	return w
}

// old adds an incident that was over before anybody looked.
func (w *World) old(tb testing.TB) {
	tb.Helper()
	row := engine.Record{Key: Key(Old), Seen: engine.Seen{
		Incident: engine.Incident{ID: Old, AccountID: AccountID, OrganizationID: 5, Subject: "LOW - Long ago", Severity: engine.SeverityLow, Status: engine.StatusDismissed, Raw: []byte(`{}`)},
		Digest:   "old", Version: 1, FirstAt: w.Now.Add(-time.Hour), ChangedAt: w.Now.Add(-time.Hour), Skip: engine.SkipBeforeLookback,
	}}
	lease := w.lease(tb)
	if err := w.Books.Observe(tb.Context(), lease, engine.Observation{AccountID: AccountID, Rows: []engine.Record{row}}); err != nil {
		tb.Fatalf("observing the old incident: %v", err)
	}
	if err := w.Books.Save(tb.Context(), lease, row); err != nil {
		tb.Fatalf("saving the old incident: %v", err)
	}
}

// Failing is a world whose last poll failed, whose desk is away, and whose last
// edit of the configuration is invalid.
func Failing(tb testing.TB) *World {
	tb.Helper()
	w := Usual(tb)
	w.Poll(tb, func(p *engine.PollState) {
		p.SuccessAt, p.Failures, p.Reason = w.Now.Add(-26*time.Minute), 5, engine.ReasonAuth
		p.Error = "Huntress: read incident reports: HTTP 401: the key or the secret is wrong; check api_key and api_secret of huntress \"main\""
		p.Census = engine.Census{At: w.Now.Add(-80 * time.Minute), Open: []int64{Ticketed, InDoubt, Waiting, 4711}}
	})
	w.Engine.Pause = &engine.PausedError{
		Cause: &engine.Error{Reason: engine.ReasonUnavailable, Side: "AlgaPSA", Op: "create ticket", Status: 503},
		Until: w.Now.Add(30 * time.Second),
	}
	w.Engine.Stopped = "The desk does not keep our correlation id (attributes.huntsync_id), so a lost answer could double a ticket."
	w.Engine.Current.Warnings = []engine.Reminder{{
		Path: `organization "Initech"`, Problem: `The desk has no client "Initech".`, Help: "Its incidents go to the fallback.",
		Candidates: []string{"Initrode"}, Pos: engine.Pos{File: "organizations.hcl", Line: 30},
	}}
	w.Reload = &status.Reload{At: w.Now.Add(-3 * time.Minute), Outcome: status.OutcomeInvalid, Problems: []engine.Reminder{{
		Path: "routing.severity", Problem: `"hihg" is no severity.`, Help: "Use critical, high and low.",
		Candidates: []string{"high"}, Pos: engine.Pos{File: "main.hcl", Line: 12},
	}}}
	return w
}

// Shared is a failing world whose state three replicas share; another one than the
// process that answers works the account.
func Shared(tb testing.TB) *World {
	tb.Helper()
	w := Failing(tb)
	roster := engine.Roster{Replicas: []engine.Replica{{Holder: w.Engine.Holder(), Age: time.Hour}}}
	for n, host := range []string{"huntsync-1", "huntsync-2"} {
		since := w.Now.Add(-time.Duration(n+1) * time.Hour)
		h := engine.Holder{ID: host, Host: host, PID: 17, Command: "run", Since: since}
		roster.Replicas = append(roster.Replicas, engine.Replica{Holder: h, Age: time.Hour})
	}
	roster.Seats = []engine.Seat{{AccountID: AccountID, Holder: roster.Replicas[1].Holder, Expires: w.Now.Add(time.Minute)}}
	w.Books = Share(w.Books, roster)
	return w
}

// Share makes books those of several processes.
func Share(books engine.Store, roster engine.Roster) engine.Store {
	return sharedBooks{Store: books, roster: roster}
}

// sharedBooks are books that several processes work on.
type sharedBooks struct {
	engine.Store

	roster engine.Roster
}

// Roster tells how the replicas stand.
func (b sharedBooks) Roster(context.Context) (engine.Roster, error) { return b.roster, nil }

// Crowd is a failing world of many accounts.
func Crowd(tb testing.TB) *World {
	tb.Helper()
	w := Failing(tb)
	w.Engine.More = 11
	return w
}

// Paused is a world whose configuration is incomplete.
func Paused(tb testing.TB) *World {
	tb.Helper()
	w := Configured(tb, 4)
	w.Engine.Current.Blocking = []engine.Reminder{
		{Path: "routing.fallback.client", Problem: "No client takes the incidents of unmapped organizations.", Help: "Name one: client = \"Security Triage\".", Pos: engine.Pos{File: "main.hcl", Line: 20}},
		{Path: "routing.board", Problem: `The desk has no board "Securty".`, Candidates: []string{"Security", "VIP Security"}, Pos: engine.Pos{File: "main.hcl", Line: 14}},
	}
	return w
}

// Large is a world of 5,000 organizations and many incidents.
func Large(tb testing.TB) *World {
	tb.Helper()
	w := Configured(tb, 5000)
	var incidents []Incident
	for n := range 1500 {
		severities := engine.Severities()
		i := Incident{Incident: engine.Incident{
			ID: int64(200_000 + n), OrganizationID: int64(firstMapped + n), Subject: fmt.Sprintf("Incident number %d on HOST-%d", n, n),
			Severity: severities[n%3], Status: engine.StatusSent, Platform: "windows", SentAt: w.Now.Add(-time.Hour),
		}}
		if n%3 == 0 {
			i.DueAt = w.Now
		} else {
			i.Work.Ticket = &engine.TicketLink{ID: fmt.Sprintf("id-%d", n), Number: fmt.Sprintf("SEC-%d", n), BoardID: "board-security", PriorityID: "p1", Severity: i.Severity}
			i.Work.Told = engine.Told{Status: engine.StatusSent, Severity: i.Severity, Subject: i.Subject, Version: 1}
		}
		incidents = append(incidents, i)
	}
	w.Add(tb, incidents...)
	return w
}

// Evil is text that an attacker would like to see on a page, in all its forms.
const Evil = "<script>alert('xss')</script>\"'><img src=x onerror=alert(1)>&amp;{{.}}\u202egnp.exe\u200b\x1b[31m\r\nSet-Cookie: a=b"

// Hostile is a world in which every text was written by an attacker.
func Hostile(tb testing.TB) *World {
	tb.Helper()
	w := Configured(tb, 4)
	key := engine.OrganizationKey{AccountID: AccountID, OrganizationID: Unmapped}
	w.Policy.OrganizationNames[key] = Evil
	if err := w.Books.Observe(tb.Context(), w.lease(tb), engine.Observation{
		AccountID: AccountID, Organizations: []engine.Organization{{ID: Unmapped, Name: Evil, Key: Evil}},
	}); err != nil {
		tb.Fatalf("observing organizations: %v", err)
	}
	w.Poll(tb, func(p *engine.PollState) {
		p.Account.Name, p.Failures, p.Reason, p.Error = Evil, 1, engine.ReasonUnavailable, "Huntress: "+Evil
	})
	w.Engine.Current.Warnings = []engine.Reminder{{Path: Evil, Problem: Evil, Help: Evil, Candidates: []string{Evil}, Pos: engine.Pos{File: Evil, Line: 1}}}
	w.Engine.Stopped = Evil
	link := &engine.TicketLink{
		ID: Evil, Number: Evil, Title: Evil, URL: "javascript:alert(1)//https://psa.example.com",
		BoardID: Evil, ClientID: Evil, PriorityID: Evil, Unmapped: true,
	}
	w.Add(tb,
		Incident{
			Incident: engine.Incident{
				ID: Ticketed, OrganizationID: Unmapped, Subject: Evil, Summary: Evil + strings.Repeat(" long", 2000), Body: Evil,
				Severity: engine.Severity(Evil), Status: engine.Status(Evil), Platform: Evil, Indicators: []string{Evil}, Surprises: []string{Evil},
			},
			Work: engine.Work{
				Ticket: link, CloseRefused: []string{Evil},
				Retries: map[engine.Action]engine.Retry{engine.ActionNote: {Attempts: 1, Error: Evil, Policy: w.Policy.Hash, NextAt: w.Now}},
				Extras:  []engine.Extra{{Ticket: *link}},
			},
			DueAt: w.Now,
			Entries: []engine.Entry{{
				At: w.Now, Action: engine.Action(Evil), Cause: engine.Cause(Evil), Outcome: engine.Outcome(Evil), Ticket: Evil, Detail: Evil, Who: Evil,
			}},
		},
		Incident{Incident: engine.Incident{ID: Waiting, OrganizationID: 77, Subject: strings.Repeat("W", 5000), Status: engine.StatusSent}, DueAt: w.Now},
	)
	return w
}
