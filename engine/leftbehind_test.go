package engine

import "testing"

// TestLeftBehind has an incident that was over when the state was given to another
// desk get its ticket there when it opens again, and not before, whatever changes.
func TestLeftBehind(t *testing.T) {
	p := testPolicy(nil)
	want := map[bool]string{true: "create", false: "nothing"}
	for _, status := range planStatuses() {
		r := planRecord(p, stand{name: "left behind", build: func(_ *Policy, r *Record) {
			r.Work.Skip = SkipLeftBehind
		}}, status, orgAcme)
		got := "nothing"
		if changes := Plan(p, []Record{r}, planNow()); len(changes) > 0 {
			got = string(changes[0].Action)
		}
		if got != want[status.Open()] {
			t.Errorf("%s: %s, want %s", status, got, want[status.Open()])
		}
	}
}
