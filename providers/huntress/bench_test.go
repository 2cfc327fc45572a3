package huntress

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/huntress/sim"
)

// BenchmarkPage decodes a full page of ordinary incident reports.
func BenchmarkPage(b *testing.B) {
	s := sim.New(sim.Options{})
	s.AddAccount(sim.Account{ID: testAccount, Name: "Contoso IT"})
	s.AddKey(sim.Key{Key: testKey, Secret: testSecret, Account: testAccount})
	now := time.Now()
	for id := range int64(engine.MaxPage) {
		s.AddIncident(sim.Incident{
			ID: id + 1, AccountID: testAccount, OrganizationID: id % 12, Severity: "high", Platform: "windows",
			Subject: fmt.Sprintf("HIGH - Incident on laptop%03d", id), Summary: "Huntress found a foothold on this host.",
			IndicatorTypes: []string{"footholds"}, IndicatorCounts: map[string]int{"footholds": 1},
			UpdatedAt: now.Add(-time.Duration(id) * time.Minute),
		})
	}
	server := httptest.NewServer(s)
	defer server.Close()
	client, err := New(Options{Name: "main", Key: testKey, Secret: testSecret, BaseURL: server.URL})
	if err != nil {
		b.Fatal(err)
	}
	answer, err := client.get(b.Context(), request{path: "/v1/incident_reports", query: pageQuery(engine.PageQuery{}, engine.MaxPage)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		page, err := decodePage(answer.body, engine.MaxPage)
		if err != nil || len(page.Incidents) != engine.MaxPage {
			b.Fatal(len(page.Incidents), err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/engine.MaxPage, "ns/incident")
}
