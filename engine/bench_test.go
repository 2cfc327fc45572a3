package engine

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// benchPolicy has as many organizations and routes as a large MSP.
func benchPolicy(organizations, routes int) *Policy {
	return testPolicy(func(p *Policy) {
		for id := range int64(organizations) {
			key := OrganizationKey{5, 1000 + id}
			p.Organizations[key] = Mapping{Label: fmt.Sprintf("Organization %d", id), By: "id", ClientID: clientAcme}
			p.OrganizationNames[key] = fmt.Sprintf("Organization %d", id)
		}
		for i := range routes {
			p.Routes = append(p.Routes, Route{
				Name: fmt.Sprintf("route-%d", i), BoardID: boardVIP,
				Match: Matcher{
					Severities:    map[Severity]bool{SeverityCritical: true},
					Organizations: map[OrganizationKey]bool{{5, 1000 + int64(i)}: true},
				},
			})
		}
	})
}

func benchRecords(count int) []Record {
	records := make([]Record, count)
	at := planNow()
	for i := range records {
		id := int64(i + 1)
		records[i] = Record{
			Key: incidentKey(id), DueAt: at,
			Seen: Seen{Version: 1, FirstAt: at, ChangedAt: at, Incident: Incident{
				ID: id, AccountID: 5, OrganizationID: 1000 + id%5000, Subject: fmt.Sprintf("Incident on HOST-%d", id),
				Summary: "Something happened.", Severity: Severities()[i%3], Status: StatusSent, Platform: "windows",
				SentAt: at.Add(-time.Duration(i) * time.Second), UpdatedAt: at,
			}},
		}
	}
	return records
}

// BenchmarkDecide is one route decision; a million of them are a million times it.
func BenchmarkDecide(b *testing.B) {
	for _, size := range []struct{ organizations, routes int }{{50, 10}, {5000, 200}} {
		b.Run(fmt.Sprintf("%d organizations, %d routes", size.organizations, size.routes), func(b *testing.B) {
			p, records := benchPolicy(size.organizations, size.routes), benchRecords(1000)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if d := p.Decide(5, records[i%len(records)].Seen.Incident); d.BoardID == "" {
					b.Fatal("no board")
				}
				i++
			}
		})
	}
}

// BenchmarkPlan plans many pending records at once.
func BenchmarkPlan(b *testing.B) {
	for _, count := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("%d pending", count), func(b *testing.B) {
			p, records := benchPolicy(5000, 200), benchRecords(count)
			b.ReportAllocs()
			for b.Loop() {
				if plan := Plan(p, records, planNow()); len(plan) != count {
					b.Fatalf("%d changes", len(plan))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/record")
		})
	}
}

// BenchmarkSee is what observing costs an incident: unchanged, and changed.
func BenchmarkSee(b *testing.B) {
	inc := contentIncident()
	raw, err := json.Marshal(inc)
	if err != nil {
		b.Fatal(err)
	}
	inc.Raw = raw
	b.Run("unchanged", func(b *testing.B) {
		var r Record
		see(&r, inc, planNow(), planNow(), planNow())
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			if see(&r, inc, planNow(), planNow(), planNow()) {
				b.Fatal("news")
			}
		}
	})
	b.Run("new", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		b.ReportAllocs()
		for b.Loop() {
			var r Record
			if !see(&r, inc, planNow(), planNow(), planNow()) {
				b.Fatal("no news")
			}
		}
	})
}

// BenchmarkContent builds the title and the body of a ticket.
func BenchmarkContent(b *testing.B) {
	s := contentSubject(testPolicy(nil), contentIncident())
	b.ReportAllocs()
	for b.Loop() {
		if s.title(255) == "" || len(s.body()) == 0 {
			b.Fatal("empty")
		}
	}
}

// BenchmarkClean cleans text that needs nothing, and text that needs much.
func BenchmarkClean(b *testing.B) {
	for name, text := range map[string]string{"plain": "A scheduled task starts malware on the host.", "hostile": hostile().Subject} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				_ = Clean(text)
			}
		})
	}
}
