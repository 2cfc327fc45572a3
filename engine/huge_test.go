package engine

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"text/template"
)

// hugeIncident is an incident whose every text is as long as that, in the given
// filler, with a hundred thousand indicators for each megabyte of it.
func hugeIncident(tb testing.TB, filler string, size int) Incident {
	tb.Helper()
	inc := contentIncident()
	text := strings.Repeat(filler, size/len(filler)+1)[:size]
	inc.Subject, inc.Summary, inc.Body, inc.Platform = text, text, text, text
	inc.Indicators, inc.IndicatorCounts = nil, map[string]int64{}
	for i := range size / 10 {
		name := fmt.Sprintf("indicator_%d", i)
		inc.Indicators = append(inc.Indicators, name)
		inc.IndicatorCounts[name] = 3
	}
	return huge(tb, inc)
}

func huge(tb testing.TB, inc Incident) Incident {
	tb.Helper()
	raw, err := json.Marshal(inc)
	if err != nil {
		tb.Fatal(err)
	}
	inc.Raw = raw
	return inc
}

// hugeTexts are fillers that each cost something else: prose, lines, characters
// that are shown by their number, and words without an end.
func hugeTexts() map[string]string {
	return map[string]string{
		"prose": "All work and no play makes Jack a dull boy. ", "lines": "x\n", "hidden": "\u202e\u200b", "words": "a ", "one": "x",
	}
}

// live takes an incident through the life of a ticket: seen, kept, planned,
// created, seen again with another summary, kept, planned and noted.
func live(tb testing.TB, p *Policy, before, after Incident) (created, noted Document) {
	tb.Helper()
	r := Record{Key: incidentKey(before.ID)}
	look := func(inc Incident) Change {
		if !see(&r, inc, planNow(), planNow(), planNow()) {
			tb.Fatal("no news")
		}
		r = kept(tb, r)
		plan := Plan(p, []Record{r}, planNow())
		if len(plan) == 0 {
			tb.Fatal("nothing to do")
		}
		return plan[0]
	}
	c := look(before)
	s := subject{policy: p, key: r.Key, incident: r.Seen.Incident, decision: c.Decision, remediations: r.Seen.Incident.Remediations}
	_, created = s.title(255), s.body()
	r = kept(tb, done(p, r, c, TicketLink{ID: "1"}))
	c = look(after)
	if c.Action != ActionNote {
		tb.Fatalf("%s, want a note", c.Action)
	}
	s.incident, s.ticket = r.Seen.Incident, *r.Work.Ticket
	return created, s.newsNote(r.Work.Told, c.Told, c.Cause)
}

// kept writes a record as a store does, and reads it again.
func kept(tb testing.TB, r Record) Record {
	tb.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		tb.Fatal(err)
	}
	var again Record
	if err := json.Unmarshal(text, &again); err != nil {
		tb.Fatal(err)
	}
	return again
}

func hugePolicy() *Policy {
	return testPolicy(func(p *Policy) {
		p.Ticket.Subject = template.Must(template.New("subject").Parse(`{{.Subject}} {{.Platform}}`))
		p.Ticket.Intro = template.Must(template.New("intro").Parse(`{{.Subject}} {{.Summary}} {{range .Indicators}}{{.}} {{end}}`))
	})
}

// TestHugeIncident has texts of megabytes: what is done with them must cost a
// fraction of having read them, because several are worked on at a time.
func TestHugeIncident(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures the memory of one goroutine; run without -short")
	}
	p := hugePolicy()
	for name, filler := range hugeTexts() {
		t.Run(name, func(t *testing.T) {
			const size = 1 << 20
			before := hugeIncident(t, filler, size)
			after := before
			after.Summary, after.Subject = "Another one. "+before.Summary, before.Subject+"!"
			after = huge(t, after)
			var from, to runtime.MemStats
			runtime.ReadMemStats(&from)
			created, noted := live(t, p, before, after)
			runtime.ReadMemStats(&to)
			used, read := to.TotalAlloc-from.TotalAlloc, uint64(len(before.Raw)+len(after.Raw))
			t.Logf("%.1f MB allocated for %.1f MB, a body of %.2f MB and a note of %.2f MB", float64(used)/1e6, float64(read)/1e6, float64(len(plain(created)))/1e6, float64(len(plain(noted)))/1e6)
			if used > 4*read { // It was up to 42 times.
				t.Errorf("%.1f MB were allocated for incidents of %.1f MB", float64(used)/1e6, float64(read)/1e6)
			}
			if n := len(plain(created)); n > 400_000 {
				t.Errorf("a body of %d bytes", n)
			}
			if n := len(plain(noted)); n > 400_000 {
				t.Errorf("a note of %d bytes", n)
			}
		})
	}
}

// BenchmarkHugeIncident is the life of a ticket of an incident with four texts of
// 10 MB and a million indicators.
func BenchmarkHugeIncident(b *testing.B) {
	p := hugePolicy()
	for name, filler := range hugeTexts() {
		b.Run(name, func(b *testing.B) {
			before := hugeIncident(b, filler, 10_000_000)
			after := before
			after.Summary = "Another one. " + before.Summary
			after = huge(b, after)
			b.ReportAllocs()
			for b.Loop() {
				live(b, p, before, after)
			}
		})
	}
}
