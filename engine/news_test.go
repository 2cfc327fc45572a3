package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestSummaryNotes writes what notes show of edited summaries.
func TestSummaryNotes(t *testing.T) {
	const first = "A scheduled task starts malware at every boot. The host was isolated. Reset the password of the user Bob.\nSee the report."
	var b strings.Builder
	for _, edit := range []struct{ name, before, after string }{
		{"a word", first, strings.Replace(first, "malware", "ransomware", 1)},
		{"a word of the only sentence", "The host was isolated.", "The host was not isolated."},
		{"a sentence more", first, strings.Replace(first, "Reset", "The attacker is known. Reset", 1)},
		{"a sentence less", first, strings.Replace(first, " The host was isolated.", "", 1)},
		{"in several places", first, strings.NewReplacer("malware", "ransomware", "Bob", "Eve", "See the report.", "All is well.").Replace(first)},
		{"rewritten", first, "It was a test of the client's own.\nNothing is to be done."},
		{"given", "", "It is a test."},
		{"taken away", first, " \n"},
		{"a long list grows", first, first + strings.Repeat("\nOne more host was found.", 12)},
		{"attacker's text", first, strings.Replace(first, "The host", hostile().Summary+" The host", 1)},
	} {
		before, after := Incident{Summary: edit.before}, Incident{Summary: edit.after}
		told, now := tell(before, 1), tell(after, 2)
		if !hasNews(told, now) {
			t.Errorf("%s is no news", edit.name)
		}
		fmt.Fprintf(&b, "== %s\n%s\n", edit.name, plain(summaryNews(told.Summary, now.Summary)))
	}
	golden(t, "content/summary.txt", b.String())
	for _, same := range []string{first + "\n", strings.ReplaceAll(first, " ", "  "), strings.ReplaceAll(first, ". ", ".\n"), strings.ReplaceAll(first, "\n", "\r\n")} {
		if hasNews(tell(Incident{Summary: first}, 1), tell(Incident{Summary: same}, 2)) {
			t.Errorf("spaces and line breaks count as news: %q", same)
		}
	}
}

// TestDiffText edits texts at random: what is told leads from one to the other,
// nothing is told of equal ones, and a note stays short.
func TestDiffText(t *testing.T) {
	text := rapid.Custom(func(rt *rapid.T) string {
		part := rapid.OneOf(rapid.SampledFrom([]string{"One host.", "Two hosts!", "Three", "four.", "\n", "Is it five?"}), rapid.StringN(0, 30, -1))
		return Clean(strings.Join(rapid.SliceOfN(part, 0, 40).Draw(rt, "parts"), " "))
	})
	rapid.Check(t, func(rt *rapid.T) {
		before, after := text.Draw(rt, "before"), text.Draw(rt, "after")
		changes, kept := diffText(before, after)
		var was, is []string
		for _, c := range changes {
			was, is = append(was, c.before...), append(is, c.after...)
		}
		a, b := sentences(before), sentences(after)
		if len(was)+kept != len(a) || len(is)+kept != len(b) || !within(was, a) || !within(is, b) {
			rt.Fatalf("%q to %q: %+v, %d kept", before, after, changes, kept)
		}
		if slices.Equal(a, b) != (len(changes) == 0) {
			rt.Fatalf("%q to %q: %+v", before, after, changes)
		}
		if summaryChanged(before, after) != (len(summaryNews(before, after)) > 0) && !slices.Equal(strings.Fields(before), strings.Fields(after)) {
			rt.Fatalf("%q to %q is news without a text, or the other way", before, after)
		}
	})
	huge := strings.Repeat("word and word. ", 100_000)
	for _, after := range []string{strings.ReplaceAll(huge, "and", "or"), strings.ReplaceAll(huge, ". ", ", "), "One. " + huge, ""} {
		told, now := tell(Incident{Summary: huge}, 1), tell(Incident{Summary: after}, 2)
		if n := utf8.RuneCountInString(plain(summaryNews(told.Summary, now.Summary))); n == 0 || n > 5000 {
			t.Errorf("a note of %d characters", n)
		}
	}
}

// within reports whether some is all with elements left out.
func within(some, all []string) bool {
	for _, s := range some {
		i := slices.Index(all, s)
		if i < 0 {
			return false
		}
		all = all[i+1:]
	}
	return true
}

// organizationEdits are what can befall the organization of an incident.
func organizationEdits() []struct {
	name string
	edit func(*Policy, *Record)
} {
	acme := OrganizationKey{5, orgAcme}
	return []struct {
		name string
		edit func(*Policy, *Record)
	}{
		{"renamed, pinned by its id", func(p *Policy, _ *Record) { p.OrganizationNames[acme] = "Acme Corp." }},
		{"renamed, and mapped no more", func(p *Policy, _ *Record) {
			p.OrganizationNames[acme] = "Acme Corp."
			delete(p.Organizations, acme)
		}},
		{"deleted", func(p *Policy, _ *Record) {
			delete(p.OrganizationNames, acme)
			delete(p.Organizations, acme)
		}},
		{"moved to a mapped one", func(_ *Policy, r *Record) { r.Seen.Incident.OrganizationID = orgGlobex }},
		{"moved to an unmapped one", func(_ *Policy, r *Record) { r.Seen.Incident.OrganizationID = orgUnmapped }},
		{"moved to one that wants no tickets", func(_ *Policy, r *Record) { r.Seen.Incident.OrganizationID = orgOptedOut }},
		{"moved to none", func(_ *Policy, r *Record) { r.Seen.Incident.OrganizationID = 0 }},
		{"moved to one that nobody knows", func(_ *Policy, r *Record) { r.Seen.Incident.OrganizationID = 77 }},
		{"its block names a dead client", func(p *Policy, r *Record) {
			key := OrganizationKey{5, orgGlobex}
			m := p.Organizations[key]
			m.Problem = `organization "Globex".client: The desk has no client "Globex GmbH".`
			p.Organizations[key], r.Seen.Incident.OrganizationID = m, orgGlobex
		}},
	}
}

// TestOrganizationNotes writes what notes say of an organization that changed, and
// what it means for a client's ticket.
func TestOrganizationNotes(t *testing.T) {
	var b strings.Builder
	for _, test := range organizationEdits() {
		p := testPolicy(nil)
		r := planRecord(p, stands()[2], StatusSent, orgAcme)
		told := p.tell(r)
		test.edit(p, &r)
		now := p.tell(r)
		s := subject{policy: p, key: r.Key, incident: r.Seen.Incident, decision: p.Decide(5, r.Seen.Incident), ticket: *r.Work.Ticket}
		fmt.Fprintf(&b, "== %s: %s\n%s\n", test.name, newsCause(told, now), plain(s.newsNote(told, now, newsCause(told, now))))
	}
	golden(t, "content/organization.txt", b.String())
}

// TestNewsTable writes the plan of what changes besides the status into the second
// file of the specification: severities and organizations.
func TestNewsTable(t *testing.T) {
	type edit struct {
		name string
		edit func(*Policy, *Record)
	}
	severity := func(s Severity) func(*Policy, *Record) {
		return func(_ *Policy, r *Record) { r.Seen.Incident.Severity = s }
	}
	edits := []edit{
		{"severity raised", severity(SeverityCritical)},
		{"severity lowered", severity(SeverityLow)},
		{"severity unknown", severity("apocalyptic")},
		{"severity taken away", severity("")},
		{"severity raised while closed", func(_ *Policy, r *Record) {
			r.Seen.Incident.Severity, r.Seen.Incident.Status = SeverityCritical, StatusClosed
		}},
	}
	for _, o := range organizationEdits() {
		edits = append(edits, edit{"organization " + o.name, o.edit})
	}
	edits = append(edits,
		edit{"organization renamed while closed", func(p *Policy, r *Record) {
			p.OrganizationNames[OrganizationKey{5, orgAcme}] = "Acme Corp."
			r.Seen.Incident.Status = StatusClosed
		}},
		edit{"organizations of the account not known", func(p *Policy, _ *Record) { clear(p.OrganizationNames) }},
		edit{"everything at once", func(p *Policy, r *Record) {
			r.Seen.Incident.Severity, r.Seen.Incident.OrganizationID, r.Seen.Incident.Summary = SeverityCritical, orgGlobex, "New."
		}},
	)
	var b strings.Builder
	b.WriteString("What the desk is owed when something besides the status changes in Huntress, of an\nincident of severity high that was told, with close-through on and move_on_map.\n")
	for _, s := range stands()[1:] {
		fmt.Fprintf(&b, "\n## %s\n\n", s.name)
		for _, e := range edits {
			p := testPolicy(func(p *Policy) { p.MoveOnMap = true })
			r := planRecord(p, s, StatusSent, orgAcme)
			if s.name == "closed by us" {
				r.Seen.Incident.Status = StatusClosed
			}
			if s.name == "triage ticket" { // of an organization that nobody had mapped
				delete(p.Organizations, OrganizationKey{5, orgAcme})
			}
			r.Work.Told = p.tell(r)
			fresh := testPolicy(func(p *Policy) { p.MoveOnMap = true })
			if s.name == "triage ticket" {
				delete(fresh.Organizations, OrganizationKey{5, orgAcme})
			}
			e.edit(fresh, &r)
			fmt.Fprintf(&b, "%-50s%s\n", e.name, described(Plan(fresh, []Record{r}, planNow())))
		}
	}
	golden(t, "plan_news.txt", b.String())
}

// TestSeverityLowered lowers a severity, and raises it to less than it once was: the
// ticket keeps the priority of the worst that was said, and says each.
func TestSeverityLowered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityCritical)
		p := w.start(t)
		p.mustPass(t)
		for i, severity := range []Severity{SeverityLow, SeverityHigh, SeverityCritical} {
			time.Sleep(2 * time.Second)
			w.source.change(1, func(inc *Incident) { inc.Severity = severity })
			w.desk.forgetCalls()
			p.mustPass(t)
			if calls := w.desk.made(); calls != "ticket, note" {
				t.Errorf("%s: the desk was asked %q", severity, calls)
			}
			if ticket := w.one(t, 1); ticket.PriorityID != "p1" || len(ticket.notes) != i+1 {
				t.Errorf("%s: priority %s, %d notes", severity, ticket.PriorityID, len(ticket.notes))
			}
		}
	})
}

// TestOrganizationRenamed renames an organization while nothing else happens: each
// of its open tickets gets one note, told once, whatever becomes of the answer.
func TestOrganizationRenamed(t *testing.T) {
	for name, f := range map[string]fault{"heard": {}, "done, answer lost": cutAfter(), "not done, answer lost": cutBefore()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				for id := range int64(4) {
					w.send(id+1, orgAcme, SeverityLow)
				}
				w.send(5, orgGlobex, SeverityLow)
				p := w.start(t)
				p.run()
				time.Sleep(10 * time.Second)
				w.source.change(1, func(inc *Incident) { inc.Summary = "More." }) // a note of the same version
				w.source.setStatus(4, StatusClosed)
				time.Sleep(10 * time.Minute)
				lost := f.err == nil
				w.desk.setFault(func(c deskCall) fault {
					if c.op == "note" && !lost {
						lost = true
						return f
					}
					return fault{}
				})
				w.source.rename(orgAcme, "Acme Corp.")
				time.Sleep(3 * time.Hour)
				for id, notes := range map[int64]int{1: 2, 2: 1, 3: 1, 4: 1, 5: 0} {
					if n := len(w.one(t, id).notes); n != notes {
						t.Errorf("incident %d: %d notes, want %d (%s)", id, n, notes, w.outcomes(id))
					}
				}
				if text := plain(w.one(t, 2).notes[0].Body); !strings.Contains(text, "Acme Inc. (id 1) is called Acme Corp. now.") {
					t.Errorf("the note reads %s", text)
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestNoteOfANewOrganization moves an incident to an organization that becomes known
// while a pass is at work: the note waits for the pass that knows its name.
func TestNoteOfANewOrganization(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		w.send(2, orgGlobex, SeverityLow)
		p := w.start(t)
		p.mustPass(t)
		time.Sleep(2 * time.Second)
		w.source.change(2, func(inc *Incident) { inc.Summary = "More." })
		polled := false
		w.desk.setFault(func(c deskCall) fault {
			if c.op == "note" && !polled {
				polled = true
				w.source.organize(Organization{ID: 9, Name: "Brand New"})
				w.source.change(1, func(inc *Incident) { inc.OrganizationID = 9 })
				if err := p.engine.observe(p.ctx, p.engine.list()[0], &PassReport{}); err != nil {
					t.Error(err)
				}
			}
			return fault{}
		})
		p.mustPass(t)
		if r := w.record(t, 1); !polled || r.Seen.Incident.OrganizationID != 9 || len(w.one(t, 1).notes) > 0 || r.DueAt.IsZero() {
			t.Fatalf("polled %t, organization %d, %d notes, due %s", polled, r.Seen.Incident.OrganizationID, len(w.one(t, 1).notes), r.DueAt)
		}
		p.mustPass(t)
		if notes := w.one(t, 1).notes; len(notes) != 1 || !strings.Contains(plain(notes[0].Body), "Acme Inc. (id 1) → Brand New (id 9)") {
			t.Errorf("%d notes: %v", len(notes), notes)
		}
	})
}

// TestToldOrganizationIsRemembered tells a ticket of something else while the
// organizations of its account are not known: what it knows of its own stays.
func TestToldOrganizationIsRemembered(t *testing.T) {
	p := testPolicy(nil)
	r := planRecord(p, stands()[2], StatusSent, orgAcme)
	r.Work.Told = p.tell(r)
	want := *r.Work.Told.Organization
	blind := testPolicy(func(p *Policy) { clear(p.OrganizationNames) })
	r.Seen.Incident.Summary = "More."
	r = done(blind, r, planned(blind, r, planNow()).change, TicketLink{})
	if got := r.Work.Told.Organization; got == nil || *got != want {
		t.Errorf("it knows %+v, want %+v", got, want)
	}
}

// TestLongDifferencesAreBounded has texts that are too long to be compared whole.
func TestLongDifferencesAreBounded(t *testing.T) {
	var a, b []string
	for i := range 1000 {
		a, b = append(a, fmt.Sprint("a", i)), append(b, fmt.Sprint("b", i))
	}
	a, b = append(a, "same", "last"), append(b, "same", "end")
	if changes, kept := diffSequences(a, b); len(changes) != 1 || kept != 0 {
		t.Errorf("%d changes, %d kept", len(changes), kept)
	}
}
