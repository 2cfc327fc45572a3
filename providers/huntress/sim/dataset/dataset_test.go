package dataset_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/providers/huntress/sim/dataset"
)

// clock is moved by hand.
type clock struct{ now time.Time }

func newWorld() (*sim.Server, *clock) {
	c := &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	s := sim.New(sim.Options{Now: func() time.Time { return c.now }})
	dataset.Load(s, c.now)
	return s, c
}

// TestTheDataSetHasEverythingToShow holds the promises that the demo makes.
func TestTheDataSetHasEverythingToShow(t *testing.T) {
	s, c := newWorld()
	incidents := s.Incidents(dataset.AccountID)
	if len(incidents) < 40 {
		t.Errorf("%d incident reports, want at least 40", len(incidents))
	}
	seen := map[string]bool{}
	organizations := map[int64]int{}
	for _, i := range incidents {
		seen["platform "+i.Platform] = true
		seen["status "+i.Status] = true
		seen["severity "+i.Severity] = true
		organizations[i.OrganizationID]++
		if !slices.Contains(sim.Platforms(), i.Platform) {
			t.Errorf("%d: platform %q", i.ID, i.Platform)
		}
		for _, indicator := range i.IndicatorTypes {
			seen["unknown indicator"] = seen["unknown indicator"] || !slices.Contains(sim.IndicatorTypes(), indicator)
		}
		seen["more than ten remediations"] = seen["more than ten remediations"] || len(i.Remediations) > 10
		for _, r := range i.Remediations {
			_, text := r.Parameters.(string)
			seen["string parameters"] = seen["string parameters"] || text
			seen["list parameters"] = seen["list parameters"] || r.Type == "assisted"
		}
		if value, ok := i.Override["subject"]; ok && value == nil {
			seen["null fields"] = true
		}
		seen["control characters"] = seen["control characters"] || strings.ContainsAny(i.Summary, "\x00\x1b")
		seen["bidirectional characters"] = seen["bidirectional characters"] || strings.Contains(i.Summary, "\u202e")
		open := i.Status == sim.StatusSent || i.Status == sim.StatusAutoRemediating
		seen["open beyond any look-back"] = seen["open beyond any look-back"] || open && c.now.Sub(i.UpdatedAt) > 30*24*time.Hour
		if i.SentAt.After(c.now) || i.UpdatedAt.After(c.now) || i.UpdatedAt.Before(i.SentAt) {
			t.Errorf("%d: sent %s, updated %s, now %s", i.ID, i.SentAt, i.UpdatedAt, c.now)
		}
	}
	want := []string{
		"unknown indicator", "more than ten remediations", "string parameters", "list parameters", "null fields",
		"control characters", "bidirectional characters", "open beyond any look-back",
	}
	for _, platform := range sim.Platforms() {
		want = append(want, "platform "+platform)
	}
	for _, status := range sim.Statuses() {
		want = append(want, "status "+status)
	}
	for _, severity := range sim.Severities() {
		want = append(want, "severity "+severity)
	}
	for _, what := range want {
		if !seen[what] {
			t.Errorf("no incident report shows: %s", what)
		}
	}
	unmapped, optedOut := 0, 0
	for _, o := range dataset.Organizations() {
		if organizations[o.ID] == 0 {
			t.Errorf("%s has no incident report", o.Name)
		}
		if o.Unmapped {
			unmapped++
		}
		if o.OptedOut {
			optedOut++
		}
	}
	if n := len(dataset.Organizations()); n != 12 || unmapped != 1 || optedOut != 1 {
		t.Errorf("%d organizations, %d unmapped, %d opted out", n, unmapped, optedOut)
	}
}

func TestTheHourPlays(t *testing.T) {
	s, c := newWorld()
	start, before := c.now, len(s.Incidents(dataset.AccountID))
	last := time.Duration(0)
	did := map[string]bool{}
	for _, step := range dataset.Hour() {
		if step.At <= last || step.At > time.Hour {
			t.Errorf("%q is at %s, after %s", step.What, step.At, last)
		}
		last = step.At
		c.now = start.Add(step.At)
		old := map[int64]sim.Incident{}
		for _, i := range s.Incidents(dataset.AccountID) {
			old[i.ID] = i
		}
		if err := step.Do(s); err != nil {
			t.Fatalf("%q: %v", step.What, err)
		}
		changed := 0
		for _, i := range s.Incidents(dataset.AccountID) {
			was, known := old[i.ID]
			if known && i.UpdatedAt.Equal(was.UpdatedAt) {
				continue
			}
			changed++
			if !i.UpdatedAt.Equal(c.now) {
				t.Errorf("%q: updated_at is %s, want %s", step.What, i.UpdatedAt, c.now)
			}
			did["new"] = did["new"] || !known
			did["updated"] = did["updated"] || known && i.Status == was.Status
			did["closed"] = did["closed"] || known && was.Status == sim.StatusSent && i.Status == sim.StatusClosed
			did["reopened"] = did["reopened"] || was.Status == sim.StatusClosed && i.Status == sim.StatusSent
			did["opened and closed"] = did["opened and closed"] || !known && i.Status == sim.StatusClosed
		}
		if changed == 0 {
			t.Errorf("%q changed nothing", step.What)
		}
	}
	for _, what := range []string{"new", "updated", "closed", "reopened", "opened and closed"} {
		if !did[what] {
			t.Errorf("nothing was %s", what)
		}
	}
	if after := len(s.Incidents(dataset.AccountID)); after != before+7 {
		t.Errorf("%d incident reports after the hour, %d before", after, before)
	}
}
