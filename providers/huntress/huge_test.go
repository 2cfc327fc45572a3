package huntress

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// hugePage is a page with one incident: texts of that size, and as much of indicators, remediations and parameters.
func hugePage(tb testing.TB, size int) []byte {
	tb.Helper()
	text := strings.Repeat("All work and no play. ", size/22)
	names, counts := []string{}, map[string]int{}
	for i := range size / 20 {
		name := fmt.Sprint("indicator_", i)
		names, counts[name] = append(names, name), 3
	}
	names, counts["ai_misuse"] = append(names, "ai_misuse"), 7
	items := strings.Repeat(`{},`, size/3) + `{"id":1}`
	parameters := strings.Repeat(`"",`, size/3) + `"end"`
	fields := map[string]any{
		"id": 7, "subject": text, "summary": text, "body": text, "indicator_types": names, "indicator_counts": counts,
		"remediations": json.RawMessage(`{"items":[{"id":2,"parameters":[` + parameters + `]},` + items + `]}`),
	}
	body, err := json.Marshal(map[string]any{"incident_reports": []any{fields}, "pagination": nil})
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

// TestHugeIncident bounds what reading an incident takes that was made to exhaust us.
func TestHugeIncident(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures the memory of one goroutine; run without -short")
	}
	const size = 2 << 20
	body := hugePage(t, size)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	answer, err := parseObject(body)
	if err != nil {
		t.Fatal(err)
	}
	page, err := decodePage(answer, 500)
	runtime.ReadMemStats(&after)
	if err != nil || len(page.Incidents) != 1 {
		t.Fatal(len(page.Incidents), err)
	}
	used := after.TotalAlloc - before.TotalAlloc
	t.Logf("%.1f MB were allocated for %.1f MB", float64(used)/1e6, float64(len(body))/1e6)
	if used > 2*uint64(len(body)) {
		t.Errorf("%d bytes were allocated for an answer of %d", used, len(body))
	}
	inc := page.Incidents[0]
	if inc.IndicatorTotal != size/20+1 || !slices.Contains(inc.Indicators, "ai_misuse") || inc.IndicatorCounts["ai_misuse"] != 7 {
		t.Errorf("%d indicators; the documented one is counted %d times", inc.IndicatorTotal, inc.IndicatorCounts["ai_misuse"])
	}
	if inc.RemediationTotal != size/3+2 || len(inc.Body) != size/22*22 {
		t.Errorf("%d remediations, a body of %d bytes", inc.RemediationTotal, len(inc.Body))
	}
}

// BenchmarkHugeIncident reads a page with an incident of 60 MB.
func BenchmarkHugeIncident(b *testing.B) {
	body := hugePage(b, 10_000_000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		answer, err := parseObject(body)
		if err != nil {
			b.Fatal(err)
		}
		if page, err := decodePage(answer, 500); err != nil || len(page.Incidents) != 1 {
			b.Fatal(len(page.Incidents), err)
		}
	}
}
