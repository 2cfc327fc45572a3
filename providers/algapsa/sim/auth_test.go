package sim_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		header map[string]string
		edit   func(*desk)
		status int
		body   string
	}{
		"no key":             {nil, nil, 401, `{"error":"Unauthorized: API key missing"}`},
		"bearer is not read": {map[string]string{"Authorization": "Bearer k1"}, nil, 401, `{"error":"Unauthorized: API key missing"}`},
		"unknown key":        {map[string]string{"x-api-key": "k2"}, nil, 401, `{"error":{"code":"UNAUTHORIZED","message":"Invalid API key"}}`},
		"right tenant":       {map[string]string{"x-api-key": "k1", "x-tenant-id": "11111111-2222-4333-8444-555555555555"}, nil, 200, ""},
		"wrong tenant": {
			map[string]string{"x-api-key": "k1", "x-tenant-id": nowhere},
			nil,
			401, `{"error":{"code":"UNAUTHORIZED","message":"Invalid API key"}}`,
		},
		"tenant that is no UUID": {
			map[string]string{"x-api-key": "k1", "x-tenant-id": "acme"},
			nil,
			401, `{"error":{"code":"UNAUTHORIZED","message":"Invalid API key"}}`,
		},
		"switched off": {
			map[string]string{"x-api-key": "k1"},
			func(d *desk) { d.s.AddKey(sim.Key{Key: "k1", UserID: d.user.ID, Inactive: true}) },
			401, `{"error":{"code":"UNAUTHORIZED","message":"Invalid API key"}}`,
		},
		"owner gone": {
			map[string]string{"x-api-key": "k1"},
			func(d *desk) { d.s.AddKey(sim.Key{Key: "k1", UserID: nowhere, Permissions: []string{"ticket:read"}}) },
			401, `{"error":{"code":"UNAUTHORIZED","message":"Invalid API key"}}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, sim.Options{Tenant: "11111111-2222-4333-8444-555555555555"})
			if test.edit != nil {
				test.edit(d)
			}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/tickets", strings.NewReader(""))
			for name, value := range test.header {
				r.Header.Set(name, value)
			}
			a := d.send(r).is(test.status)
			if test.body != "" && a.text != test.body {
				t.Errorf("got %s, want %s", a.text, test.body)
			}
		})
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	needed := []struct{ method, path, permission string }{
		{"GET", "/tickets", "ticket:read"},
		{"GET", "/tickets/{id}", "ticket:read"},
		{"GET", "/tickets/search?query=x", "ticket:read"},
		{"GET", "/tickets/statuses", "ticket:read"},
		{"GET", "/tickets/priorities", "ticket:read"},
		{"GET", "/tickets/{id}/comments", "ticket:read"},
		{"POST", "/tickets", "ticket:create"},
		{"POST", "/tickets/from-asset", "ticket:create"},
		{"PUT", "/tickets/{id}", "ticket:update"},
		{"PUT", "/tickets/{id}/status", "ticket:update"},
		{"PUT", "/tickets/{id}/assignment", "ticket:update"},
		{"POST", "/tickets/{id}/comments", "ticket:update"},
		{"DELETE", "/tickets/{id}", "ticket:delete"},
		{"GET", "/boards", "ticket:read"},
		{"GET", "/statuses", "ticket:read"},
		{"GET", "/priorities", "ticket:read"},
		{"POST", "/boards", "ticket:create"},
		{"GET", "/categories/ticket", "ticket_settings:read"},
		{"GET", "/clients", "client:read"},
		{"GET", "/contacts", "contact:read"},
		{"GET", "/tags", "tag:read"},
		{"POST", "/tags", "tag:create"},
		{"POST", "/tags/entity/ticket/{id}", "tag:create"},
	}
	for _, test := range needed {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, sim.Options{})
			path := strings.ReplaceAll(test.path, "{id}", d.create(nil))
			d.grant()
			resource, action, _ := strings.Cut(test.permission, ":")
			d.do(test.method, path, "{}").refused(403, "FORBIDDEN", "Permission denied: Cannot "+action+" "+resource)
			d.grant(test.permission)
			if a := d.do(test.method, path, "{}"); a.status == 401 || a.status == 403 || a.status == 404 {
				t.Errorf("with %s: %d %s", test.permission, a.status, a.text)
			}
		})
	}

	t.Run("a ticket's assets need two", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, sim.Options{})
		path := "/tickets/" + d.create(nil) + "/assets"
		d.grant("asset:read")
		d.get(path).refused(403, "FORBIDDEN", "Permission denied: Cannot read ticket")
		d.grant("ticket:read")
		d.get(path).refused(403, "FORBIDDEN", "Permission denied: Cannot read asset")
		d.grant("ticket:read", "asset:read")
		d.get(path).is(200)
	})
	t.Run("assets need none", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, sim.Options{})
		d.grant()
		d.get("/assets").is(200, "success", true)
	})
	t.Run("nobody may look at health or webhooks", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, sim.Options{})
		d.get("/meta/health").refused(403, "FORBIDDEN", "Permission denied: Cannot read metadata")
		d.get("/webhooks").refused(403, "FORBIDDEN", "Permission denied: Cannot read webhook")
	})
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	id := d.create(nil)
	for _, path := range []string{"/nosuch", "/categories", "/tickets/" + id + "/nosuch", ""} {
		a := d.get(path).is(404)
		if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "text/html") || !strings.HasPrefix(a.text, "<!DOCTYPE html>") {
			t.Errorf("GET %q: %s %.60s, want an HTML page", path, got, a.text)
		}
	}
	for method, path := range map[string]string{"PATCH": "/tickets/" + id, "DELETE": "/tickets", "POST": "/tickets/search"} {
		if a := d.do(method, path, `{"title":"x"}`).is(405); a.text != "" {
			t.Errorf("%s %s: body %q, want none", method, path, a.text)
		}
	}
}
