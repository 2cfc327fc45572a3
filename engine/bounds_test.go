package engine

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestOrdinaryIncidentsAreNotBounded has one that is as long as ever may be.
func TestOrdinaryIncidentsAreNotBounded(t *testing.T) {
	inc := contentIncident()
	inc.Summary = strings.Repeat("x", longKept)
	inc.Subject = strings.Repeat("x", shortKept)
	for i := range indicatorsKept - 2 {
		inc.Indicators = append(inc.Indicators, fmt.Sprint(i))
	}
	if diff := cmp.Diff(inc, inc.bounded()); diff != "" {
		t.Errorf("it was changed:\n%s", diff)
	}
}

// TestBoundedIncident has too much of everything.
func TestBoundedIncident(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := func(name string) string {
			return strings.Repeat(rapid.StringN(1, 5, -1).Draw(r, name), rapid.SampledFrom([]int{0, 1, 2000}).Draw(r, name+" times"))
		}
		inc := Incident{ID: 1, Subject: text("subject"), Summary: strings.Repeat(text("summary"), 100), Platform: text("platform"), Severity: Severity(text("severity"))}
		inc.IndicatorCounts = map[string]int64{}
		for i := range rapid.SampledFrom([]int{0, 1, 999, 1001, 2500}).Draw(r, "indicators") {
			name := fmt.Sprint(i)
			inc.Indicators, inc.IndicatorCounts[name] = append(inc.Indicators, name), 1
		}
		inc.Indicators = append(inc.Indicators, text("last indicator"))
		parameters := make([]Parameter, rapid.SampledFrom([]int{0, 1, 5000}).Draw(r, "parameters"))
		for range rapid.SampledFrom([]int{0, 1, 3, 101}).Draw(r, "remediations") {
			inc.Remediations = append(inc.Remediations, Remediation{Action: text("action"), Parameters: parameters})
		}
		got := inc.bounded()
		if !reflect.DeepEqual(got, got.bounded()) {
			r.Errorf("bounded twice it is another one:\n%s", cmp.Diff(got, got.bounded()))
		}
		if want := len(inc.Indicators); want != max(got.IndicatorTotal, len(got.Indicators)) || got.RemediationTotal != len(inc.Remediations) {
			r.Errorf("%d of %d indicators, %d of %d remediations", got.IndicatorTotal, want, got.RemediationTotal, len(inc.Remediations))
		}
		for _, name := range got.Indicators[:len(got.Indicators)-1] {
			if got.IndicatorCounts[name] != 1 {
				r.Errorf("%s is counted %d times", name, got.IndicatorCounts[name])
			}
		}
		if !utf8.ValidString(got.Subject + got.Summary + got.Platform) {
			r.Error("a character was cut")
		}
		if kept, err := json.Marshal(got); err != nil || len(kept) > 12*(longKept+listKept+remediationsKept*(listKept+4*shortKept)) {
			r.Errorf("%d bytes are kept, %v", len(kept), err)
		}
	})
}

// TestTooManyIndicatorsAreRouted finds a documented one behind a hundred thousand
// others, and says that there are more than are shown.
func TestTooManyIndicatorsAreRouted(t *testing.T) {
	inc := contentIncident()
	inc.Indicators, inc.IndicatorCounts = nil, map[string]int64{"ransomware_canaries": 7}
	for i := range 100_000 {
		inc.Indicators = append(inc.Indicators, fmt.Sprint("invented_", i))
	}
	inc.Indicators = append(inc.Indicators, "ransomware_canaries")
	inc = inc.bounded()
	if !slices.Contains(inc.Indicators, "ransomware_canaries") || inc.IndicatorCounts["ransomware_canaries"] != 7 {
		t.Error("the documented one was left out")
	}
	list := inc.IndicatorList()
	if want := fmt.Sprintf("and %d more", 100_001-len(inc.Indicators)); list[len(list)-1] != want {
		t.Errorf("the list ends with %q, want %q", list[len(list)-1], want)
	}
	text := plain(contentSubject(testPolicy(nil), inc).body())
	_, row, _ := strings.Cut(text, "Indicators")
	row, _, _ = strings.Cut(row, "\n")
	shown := strings.Count(row, "invented_")
	if want := fmt.Sprintf(", and %d more", 100_001-shown); shown == 0 || !strings.Contains(row, want) {
		t.Errorf("%d are shown, but it does not say %q: %s", shown, want, row)
	}
}

// TestChangesBehindTheCut are told where they were before there was one.
func TestChangesBehindTheCut(t *testing.T) {
	before := contentIncident()
	before.Subject = strings.Repeat("a very long subject ", 100_000)
	before = huge(t, before)
	after := before
	after.Subject += "that changed"
	after = huge(t, after)
	r := Record{Key: incidentKey(before.ID)}
	if !see(&r, before, planNow(), planNow(), planNow()) {
		t.Fatal("not seen")
	}
	told := testPolicy(nil).tell(r)
	if !see(&r, after, planNow(), planNow(), planNow()) || r.Seen.Version != 2 {
		t.Error("the change was not seen")
	}
	if now := testPolicy(nil).tell(r); !hasNews(told, now) || !strings.Contains(now.Subject, "(cut here: 2000012 bytes in all") {
		t.Errorf("the change is no news: …%s", now.Subject[len(now.Subject)-100:])
	}
}

// TestTooManyRemediations are counted, not listed.
func TestTooManyRemediations(t *testing.T) {
	s := contentSubject(testPolicy(nil), contentIncident())
	s.remediations = slices.Repeat(s.remediations[:2], 20_000)
	list := s.remediationList()
	last := list[len(list)-1].Spans[0].Text
	if want := fmt.Sprintf("And %d more, to be seen in the Huntress portal.", 40_000-(len(list)-2)); last != want || len(list) > 10_000 {
		t.Errorf("%d blocks, the last is %q, want %q", len(list), last, want)
	}
}
