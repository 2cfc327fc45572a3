package engine

import (
	"fmt"
	"strings"
	"testing"
	"text/template"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

// contentIncident is an incident with everything that a ticket can show.
func contentIncident() Incident {
	at := planNow()
	return Incident{
		ID: 1234567, AccountID: 5, OrganizationID: orgAcme, AgentID: 9, Subject: "CRITICAL - Incident on DESKTOP-1 (Acme Inc.)",
		Summary:  "A scheduled task starts malware.\n\nIt was seen twice.",
		Body:     "Dear partner,\n\nplease isolate the host.\n",
		Severity: SeverityCritical, Status: StatusSent, Platform: "windows",
		Indicators: []string{"footholds", "ransomware_canaries"}, IndicatorCounts: map[string]int64{"footholds": 3},
		Remediations: []Remediation{
			{ID: 1, Type: "assisted", Action: "Delete scheduled task", Status: "unapproved", Parameters: []Parameter{{Name: "path", Value: `C:\Windows\x.exe`}, {Name: "task", Value: "Updater"}}},
			{ID: 2, Type: "containment", Action: "Isolate host", Status: "completed", Parameters: []Parameter{{Value: "DESKTOP-1"}}},
			{ID: 3, Type: "manual"},
		},
		RemediationTotal: 12,
		SentAt:           at, UpdatedAt: at.Add(time.Minute),
	}
}

func contentSubject(p *Policy, inc Incident) subject {
	s := subject{policy: p, key: incidentKey(inc.ID), incident: inc, decision: p.Decide(5, inc), remediations: inc.Remediations}
	if inc.AgentID != 0 {
		s.host.agent = &Agent{
			ID: 9, Hostname: "DESKTOP-1", OS: "Windows 11 Pro", IPv4: "10.0.0.7", ExternalIP: "203.0.113.9",
			Serial: "ABC-123", LastCallbackAt: planNow().Add(-time.Minute),
		}
	}
	return s
}

// hostile is an incident whose every text attacks whoever shows it.
func hostile() Incident {
	inc := contentIncident()
	attack := "\u202E<img src=x onerror=alert(1)>\x1b[31m ${env(\"SECRET\")} [click](javascript:alert(1)) \u200B| a | b |\x00\r\nsecond line"
	inc.Subject, inc.Summary, inc.Body, inc.Platform = attack, attack, attack, attack
	inc.Severity, inc.Status = Severity(attack), Status(attack)
	inc.Indicators = []string{attack}
	inc.Remediations = []Remediation{{ID: 1, Type: attack, Action: attack, Status: attack, Parameters: []Parameter{{Name: attack, Value: attack}}}}
	inc.RemediationTotal = 1
	inc.OrganizationID = orgUnmapped
	return inc
}

func contentPolicy(t *testing.T, edit func(*Policy)) *Policy {
	t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return testPolicy(func(p *Policy) {
		p.Ticket.Location = berlin
		if edit != nil {
			edit(p)
		}
	})
}

// TestTicketContent writes whole tickets as simple text.
func TestTicketContent(t *testing.T) {
	identity := contentIncident()
	identity.AgentID, identity.Platform, identity.Remediations, identity.RemediationTotal = 0, "microsoft_365", nil, 0
	identity.Indicators, identity.IndicatorCounts = []string{"managed_identity"}, nil
	unmapped := contentIncident()
	unmapped.OrganizationID = orgUnmapped
	nowhere := Incident{ID: 1234567, AccountID: 5}
	uninstalled := contentSubject(contentPolicy(t, nil), contentIncident())
	uninstalled.host = hostFound{missing: hostGone}
	later := uninstalled
	later.host = hostFound{missing: hostLater}
	templated := contentPolicy(t, func(p *Policy) {
		p.Ticket.Subject = template.Must(template.New("subject").Parse(`{{.Severity}}: {{.Subject}} for {{.Client}}`))
		p.Ticket.Intro = template.Must(template.New("intro").Parse("Runbook for {{.Board}}:\nfirst call {{.Organization}}."))
		p.Ticket.Outro = template.Must(template.New("outro").Parse(`Sent {{.SentAt.Format "15:04 MST"}}, {{.PortalURL}}`))
	})
	broken := contentPolicy(t, func(p *Policy) {
		p.Ticket.Subject = template.Must(template.New("subject").Parse(`{{index .Indicators 7}}`))
	})
	dead := contentPolicy(t, func(p *Policy) {
		key := OrganizationKey{5, orgAcme}
		if m, ok := p.Organizations[key]; ok {
			m.Problem = `organization "Acme Inc.": the desk has no client "Acme Corporation"`
			p.Organizations[key] = m
		}
	})
	for name, s := range map[string]subject{
		"mapped":      contentSubject(contentPolicy(t, nil), contentIncident()),
		"unmapped":    contentSubject(contentPolicy(t, nil), unmapped),
		"problem":     contentSubject(dead, contentIncident()),
		"identity":    contentSubject(contentPolicy(t, nil), identity),
		"nothing":     contentSubject(contentPolicy(t, nil), nowhere),
		"uninstalled": uninstalled,
		"host_later":  later,
		"templates":   contentSubject(templated, contentIncident()),
		"broken":      contentSubject(broken, contentIncident()),
		"hostile":     contentSubject(contentPolicy(t, nil), hostile()),
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, "content/"+name+".txt", s.title(255)+"\n\n"+plain(s.body()))
		})
	}
}

// TestNoteContent writes the notes of an incident's life as simple text.
func TestNoteContent(t *testing.T) {
	p := contentPolicy(t, func(p *Policy) { p.Close = &Close{Note: "Please bill fifteen minutes."} })
	before := contentIncident()
	var b strings.Builder
	for _, step := range []struct {
		name string
		edit func(*Incident)
	}{
		{"remediation approved, another new", func(inc *Incident) {
			inc.Remediations = append([]Remediation(nil), inc.Remediations...)
			inc.Remediations[0].Status = "approved"
			inc.Remediations = append(inc.Remediations, Remediation{ID: 4, Action: "Reboot", Status: "unapproved"})
		}},
		{"raised, renamed and explained", func(inc *Incident) {
			inc.Severity, inc.Subject, inc.Summary = "apocalyptic", "Worse", "It is everywhere.\nRun."
		}},
		{"auto-remediating", func(inc *Incident) { inc.Status = StatusAutoRemediating }},
		{"closed", func(inc *Incident) { inc.Status = StatusClosed }},
		{"dismissed after all", func(inc *Incident) { inc.Status = StatusDismissed }},
		{"open again", func(inc *Incident) { inc.Status = "" }},
		{"deleting", func(inc *Incident) { inc.Status = StatusDeleting }},
	} {
		after := before
		step.edit(&after)
		told, now := tell(before, 1), tell(after, 2)
		if !hasNews(told, now) {
			t.Errorf("%s is no news", step.name)
		}
		s := contentSubject(p, after)
		fmt.Fprintf(&b, "== %s\n%s\n", step.name, plain(s.newsNote(told, now, newsCause(told, now))))
		before = after
	}
	fmt.Fprintf(&b, "== close refused, one rule\n%s\n", plain(closeRefusedNote([]string{"A resolution comment is required."})))
	fmt.Fprintf(&b, "== close refused, two rules\n%s\n", plain(closeRefusedNote([]string{"A resolution comment", "A time entry"})))
	host := contentSubject(p, before)
	fmt.Fprintf(&b, "== host known later\n%s\n", plain(host.hostNote()))
	host.host = hostFound{missing: hostGone}
	fmt.Fprintf(&b, "== host gone before it was known\n%s\n", plain(host.hostNote()))
	fmt.Fprintf(&b, "== duplicate\n%s\n", plain(duplicateNote(TicketLink{ID: "x", Number: "1001"})))
	golden(t, "content/notes.txt", b.String())
}

// TestNoNoteWithoutNews has what changes without saying anything new.
func TestNoNoteWithoutNews(t *testing.T) {
	told := tell(contentIncident(), 1)
	for name, edit := range map[string]func(*Incident){
		"nothing":                         func(*Incident) {},
		"updated_at":                      func(inc *Incident) { inc.UpdatedAt = inc.UpdatedAt.Add(time.Hour) },
		"body":                            func(inc *Incident) { inc.Body += "!" },
		"spaces in the subject":           func(inc *Incident) { inc.Subject = "  " + inc.Subject + "\u00A0" },
		"a remediation is listed no more": func(inc *Incident) { inc.Remediations = inc.Remediations[:2] },
		"the order of remediations": func(inc *Incident) {
			inc.Remediations = []Remediation{inc.Remediations[2], inc.Remediations[0], inc.Remediations[1]}
		},
	} {
		inc := contentIncident()
		edit(&inc)
		if hasNews(told, tell(inc, 2)) {
			t.Errorf("%s counts as news", name)
		}
	}
}

// TestTitle keeps the marker and the flag whatever the subject is, within the limit.
func TestTitle(t *testing.T) {
	p := testPolicy(nil)
	rapid.Check(t, func(rt *rapid.T) {
		inc := Incident{
			ID: rapid.Int64Min(1).Draw(rt, "id"), OrganizationID: rapid.Int64Range(0, 4).Draw(rt, "organization"),
			Subject: rapid.StringN(0, 400, -1).Draw(rt, "subject"),
		}
		limit := rapid.IntRange(60, 255).Draw(rt, "limit")
		s := contentSubject(p, inc)
		title := s.title(limit)
		if n := utf16Len(title); n > limit {
			rt.Fatalf("%d units of %d: %q", n, limit, title)
		}
		if id, ok := ParseMarker(title); !ok || id != inc.ID {
			rt.Fatalf("the marker is lost: %q", title)
		}
		if strings.HasPrefix(title, Marker(inc.ID)+" [Unmapped Org] ") != s.decision.Unmapped {
			rt.Fatalf("unmapped %t: %q", s.decision.Unmapped, title)
		}
		if strings.ContainsFunc(title, func(r rune) bool { return unicode.IsControl(r) || hidden(r) }) {
			rt.Fatalf("not clean: %q", title)
		}
	})
	inc := contentIncident()
	inc.Subject = strings.Repeat("🙂", 300)
	if title := contentSubject(p, inc).title(255); utf16Len(title) > 255 || utf16Len(title) < 253 || !strings.HasSuffix(title, "🙂…") {
		t.Errorf("title of %d units: %q", utf16Len(title), title)
	}
}

// TestContentIsHarmless puts arbitrary text everywhere and looks for what could do
// harm in any view: hidden characters, and links that came with the incident.
func TestContentIsHarmless(t *testing.T) {
	p := testPolicy(nil)
	rapid.Check(t, func(rt *rapid.T) {
		text := func(name string) string {
			return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{hostile().Subject, "\u2028", "https://evil.example.com"})).Draw(rt, name)
		}
		inc := contentIncident()
		inc.Subject, inc.Summary, inc.Body, inc.Platform = text("subject"), text("summary"), text("body"), text("platform")
		inc.Severity, inc.Status, inc.Indicators = Severity(text("severity")), Status(text("status")), []string{text("indicator")}
		inc.Remediations = []Remediation{{ID: 1, Action: text("action"), Type: text("type"), Status: text("state"), Parameters: []Parameter{{text("name"), text("value")}}}}
		s := contentSubject(p, inc)
		s.host.agent.Hostname, s.host.agent.OS, s.host.agent.Serial = text("host"), text("os"), text("serial")
		told := tell(contentIncident(), 1)
		renamed := testPolicy(func(p *Policy) { p.OrganizationNames[OrganizationKey{5, orgAcme}] = text("organization") })
		org := subject{policy: renamed, key: s.key, incident: contentIncident(), decision: Decision{Unmapped: true}}
		was, is := p.tell(Record{Key: s.key, Seen: Seen{Incident: org.incident}}), renamed.tell(Record{Key: s.key, Seen: Seen{Incident: org.incident}})
		for _, doc := range []Document{s.body(), s.hostNote(), org.organizationNews(was, is), s.newsNote(told, tell(inc, 2), newsCause(told, tell(inc, 2)))} {
			for _, block := range doc {
				texts := []string{}
				for _, span := range block.Spans {
					texts = append(texts, span.Text)
					if span.Link != "" && span.Link != s.portalURL() {
						rt.Fatalf("a link that is not ours: %q", span.Link)
					}
				}
				for _, row := range block.Rows {
					texts = append(texts, row...)
				}
				for _, text := range texts {
					bad := func(r rune) bool {
						return hidden(r) || unicode.IsControl(r) && r != '\t' && block.Kind != Verbatim
					}
					if strings.ContainsFunc(text, bad) {
						rt.Fatalf("%s holds %q", block.Kind, text)
					}
				}
			}
		}
	})
}

// TestLongTextsAreCut keeps a ticket within bounds whatever Huntress sends.
func TestLongTextsAreCut(t *testing.T) {
	inc := contentIncident()
	long := strings.Repeat("All work and no play. ", 500_000)
	inc.Summary, inc.Body, inc.Subject = long, long, long
	inc.Indicators = []string{long}
	s := contentSubject(testPolicy(nil), inc)
	if n := len(plain(s.body())); n > 2*sectionLimit+10_000 {
		t.Errorf("a body of %d bytes", n)
	}
	if !strings.Contains(plain(s.body()), "play.…") {
		t.Error("it is not cut at the end of a sentence")
	}
}

func TestPortalURL(t *testing.T) {
	for _, test := range []struct {
		subdomain string
		org       int64
		want      string
	}{
		{"example", 7, "https://example.huntress.io/org/7/infection_reports/12"},
		{"Example-MSP", 7, "https://example-msp.huntress.io/org/7/infection_reports/12"},
		{"", 7, ""},
		{"example", 0, ""},
		{"evil.example.com/", 7, ""},
		{"a@b", 7, ""},
	} {
		if got := PortalURL(test.subdomain, test.org, 12); got != test.want {
			t.Errorf("%q: %q, want %q", test.subdomain, got, test.want)
		}
	}
}
