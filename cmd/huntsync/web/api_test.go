package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
)

func decode[T any](t *testing.T, a answer) T {
	t.Helper()
	if a.code != http.StatusOK || a.header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Fatalf("%d %s %s", a.code, a.header.Get("Content-Type"), a.body)
	}
	var v T
	d := json.NewDecoder(strings.NewReader(a.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestStatusAPI(t *testing.T) {
	s := newSite(t, statustest.Failing(t))
	a := s.get(t, "/api/v1/status")
	want, err := s.daemon.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, decode[status.Status](t, a)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if a.header.Get("Link") != `</api/v1/status.schema.json>; rel="describedby"` {
		t.Errorf("the answer does not name its schema: %q", a.header.Get("Link"))
	}
	a = s.get(t, "/api/v1/status.schema.json")
	if a.code != http.StatusOK || a.body != string(status.Schema()) || a.header.Get("Content-Type") != "application/schema+json" {
		t.Errorf("the schema: %d %s", a.code, a.header)
	}
}

func TestIncidentAPI(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	for _, path := range []string{"/api/v1/incidents/5/1001", "/api/v1/incidents/main/1001", "/api/v1/incidents/1001"} {
		e := decode[status.Explanation](t, s.get(t, path))
		if e.IncidentID != statustest.Ticketed || e.Ticket.Number != "SEC-1" || len(e.History) != 2 || e.Decision.Route != "ransomware" {
			t.Errorf("%s: %+v", path, e)
		}
	}
	for path, code := range map[string]int{"/api/v1/incidents/4711": http.StatusNotFound, "/api/v1/incidents/x": http.StatusBadRequest} {
		if a := s.get(t, path); a.code != code || !strings.Contains(a.body, `"error"`) {
			t.Errorf("%s: %d %s", path, a.code, a.body)
		}
	}
}

func TestHistoryAPI(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	type history struct {
		FormatVersion int             `json:"format_version"`
		Changes       []status.Change `json:"changes"`
	}
	all := decode[history](t, s.get(t, "/api/v1/history")).Changes
	if len(all) != 7 {
		t.Fatalf("%d changes, want 7", len(all))
	}
	after := decode[history](t, s.get(t, fmt.Sprintf("/api/v1/history?limit=2&after=%d", all[1].ID))).Changes
	if diff := cmp.Diff(all[2:4], after); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if one := decode[history](t, s.get(t, "/api/v1/history?account=5&incident=1001")).Changes; len(one) != 2 {
		t.Errorf("%d changes of one incident, want 2", len(one))
	}
	for _, query := range []string{"limit=0", "limit=x", "after=-1", "account=5", "incident=1001"} {
		if a := s.get(t, "/api/v1/history?"+query); a.code != http.StatusBadRequest {
			t.Errorf("%s: %d, want 400", query, a.code)
		}
	}
}

func TestProbes(t *testing.T) {
	tests := []struct {
		name  string
		world func(testing.TB) *statustest.World
		code  int
		body  string
	}{
		{"empty", statustest.Empty, 503, "not ready\nNo configuration runs yet.\n"},
		{"usual", statustest.Usual, 200, "ready\n"},
		{"paused", statustest.Paused, 503, "not ready\nPolling is disabled: routing.fallback.client: "},
		{"another replica's trouble", statustest.Shared, 200, "ready\n"},
		{"failing", statustest.Failing, 503, "not ready\nThe last poll of account main failed: Huntress: read incident reports: HTTP 401"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, test.world(t))
			if a := s.get(t, "/readyz"); a.code != test.code || !strings.HasPrefix(a.body, test.body) {
				t.Errorf("/readyz: %d %q", a.code, a.body)
			}
			if a := s.get(t, "/healthz"); a.code != 200 || a.body != "ok\n" {
				t.Errorf("/healthz: %d %q", a.code, a.body)
			}
		})
	}
}

func TestMetrics(t *testing.T) {
	a := newSite(t, statustest.Empty(t)).get(t, "/metrics")
	if a.code != http.StatusOK || !strings.Contains(a.body, "huntsync_polling_enabled 0") {
		t.Errorf("%d %s", a.code, a.body)
	}
}
