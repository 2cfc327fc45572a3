package engine

import (
	"testing"

	"pgregory.net/rapid"
)

// TestCorrelationIDNeverChanges pins the ids: another value would double every ticket.
func TestCorrelationIDNeverChanges(t *testing.T) {
	key := Key{AccountID: 5, Kind: KindIncident, IncidentID: 1234567}
	if key.String() != "5/incident_report/1234567" {
		t.Errorf("key %s", key)
	}
	if got := key.CorrelationID().String(); got != "24754fc6-9fa8-53a5-9af8-15e88c4983db" {
		t.Errorf("correlation id %s", got)
	}
	if got := key.OperationID("create").String(); got != "8b1ca463-b3f4-5e9d-9e13-3ce440f415f0" {
		t.Errorf("operation id %s", got)
	}
	other := key
	other.AccountID = 6
	if other.CorrelationID() == key.CorrelationID() {
		t.Error("two accounts share an id")
	}
}

func TestParseMarker(t *testing.T) {
	for title, want := range map[string]int64{
		"[Huntress #1234] subject":           1234,
		"[Huntress #1]":                      1,
		"[Huntress #9223372036854775807] x":  9223372036854775807,
		"":                                   0,
		"[Huntress #":                        0,
		"[Huntress #]":                       0,
		"[Huntress #12":                      0,
		"[Huntress #-3] x":                   0,
		"[Huntress #+3] x":                   0,
		"[Huntress #0] x":                    0,
		"[Huntress #007] x":                  0,
		"[Huntress #1 2] x":                  0,
		"[huntress #12] x":                   0,
		" [Huntress #12] x":                  0,
		"RE: [Huntress #12] x":               0,
		"[Huntress #92233720368547758070] x": 0,
		"[Huntress #１２] x":                   0,
	} {
		got, ok := ParseMarker(title)
		if got != want || ok != (want != 0) {
			t.Errorf("ParseMarker(%q) is %d, %t; want %d", title, got, ok, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		id := rapid.Int64Min(1).Draw(rt, "id")
		got, ok := ParseMarker(Marker(id) + rapid.String().Draw(rt, "rest"))
		if !ok || got != id {
			rt.Fatalf("got %d, %t", got, ok)
		}
	})
}

func FuzzParseMarker(f *testing.F) {
	for _, seed := range []string{"[Huntress #1234] x", "[Huntress #", "[Huntress #00]", "[Huntress #99999999999999999999]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, title string) {
		id, ok := ParseMarker(title)
		if !ok {
			return
		}
		if marker := Marker(id); id <= 0 || len(title) < len(marker) || title[:len(marker)] != marker {
			t.Errorf("%q is taken for incident %d", title, id)
		}
	})
}
