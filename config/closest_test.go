package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/config"
)

func TestNormalize(t *testing.T) {
	for name, want := range map[string]string{
		"Acme, Inc.":            "acme inc",
		"  ACME   INC ":         "acme inc",
		"Ａｃｍｅ Inc":              "acme inc", // full width
		"Müller & Söhne":        "müller söhne",
		"Mu\u0308ller & Söhne":  "müller söhne", // u and a combining mark
		"A\u00a0B\u2014C":       "a b c",
		"\u202eevil\u200b corp": "evil corp",
		"...":                   "",
	} {
		if got := config.Normalize(name); got != want {
			t.Errorf("Normalize(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestClosest(t *testing.T) {
	clients := []string{"Acme Corporation", "Acme", "ACME, Inc.", "Apex", "Beta GmbH", "Security Triage", "Acme"}
	for name, want := range map[string][]string{
		"acme inc":        {"ACME, Inc.", "Acme"},
		"Acme Corp":       {"Acme Corporation", "Acme"},
		"Acme LLC":        {"Acme", "ACME, Inc."},
		"Acme Ltd. Co.":   {"Acme", "ACME, Inc."},
		"Beta":            {"Beta GmbH"},
		"Securty Traige":  {"Security Triage"},
		"Something other": nil,
		"":                nil,
	} {
		var got []string
		for _, m := range config.Closest(name, clients, 2) {
			got = append(got, m.Name)
			if m.Score < 0.6 || m.Score > 1 {
				t.Errorf("Closest(%q) scores %q with %v", name, m.Name, m.Score)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Closest(%q) (-want +got):\n%s", name, diff)
		}
	}
	if best := config.Closest("ACME INC", clients, 1)[0]; best.Score != 1 {
		t.Errorf("an equal name scores %v", best.Score)
	}
}
