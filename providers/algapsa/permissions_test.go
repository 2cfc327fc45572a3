package algapsa

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// TestPermissions takes each permission away in turn: exactly that one is found to be missing.
func TestPermissions(t *testing.T) {
	for _, missing := range append(permissions(), "none") {
		t.Run(missing, func(t *testing.T) {
			inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
				ticket := w.create(t, 1)
				before := w.sim.Tickets()
				left := slices.DeleteFunc(permissions(), func(p string) bool { return p == missing })
				w.sim.AddKey(sim.Key{Key: testKey, UserID: w.user.ID, Permissions: left})
				got, err := w.client.Permissions(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var names []string
				for _, p := range got {
					names = append(names, p.Name)
					if p.For == "" || p.Granted != (p.Name != missing) {
						t.Errorf("without %s: %+v", missing, p)
					}
				}
				slices.Sort(names)
				want := permissions()
				slices.Sort(want)
				if diff := cmp.Diff(want, names); diff != "" {
					t.Errorf("permissions looked at (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(before, w.sim.Tickets()); diff != "" {
					t.Errorf("the check changed tickets (-before +after):\n%s", diff)
				}
				if n := len(w.sim.Mails()); n != 1 {
					t.Errorf("the check wrote to customers: %v", w.sim.Mails())
				}
				for _, r := range w.sim.Requests()[1:] {
					if r.Method != http.MethodGet && (r.Status < 400 || strings.Contains(r.Path, ticket.ID)) {
						t.Errorf("%s %s was answered with %d", r.Method, r.Path, r.Status)
					}
				}
			})
		})
	}
}

// TestPermissionsUntold does not guess from answers that tell nothing.
func TestPermissionsUntold(t *testing.T) {
	for name, test := range map[string]struct {
		fault  sim.Fault
		reason engine.Reason
	}{
		"a hiccup":           {sim.BlipUnauthorized(), engine.ReasonAuth},
		"403 of a proxy":     {sim.HTMLError(http.StatusForbidden), engine.ReasonUnavailable},
		"404 of a proxy":     {sim.HTMLError(http.StatusNotFound), engine.ReasonUnavailable},
		"a failing server":   {sim.HTMLError(http.StatusBadGateway), engine.ReasonUnavailable},
		"a lost answer":      {sim.LostAnswer(), engine.ReasonUnavailable},
		"a used up limit":    {sim.TooMany(0), engine.ReasonRateLimited},
		"a page for success": {sim.HTMLError(http.StatusOK), engine.ReasonUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
				w.sim.SetFault(onceAWrite(test.fault))
				got, err := w.client.Permissions(t.Context())
				if e := failure(t, err); got != nil || e.Reason != test.reason {
					t.Errorf("got %v, %v", got, err)
				}
			})
		})
	}
}

// TestPermissionsOfAProduct has no categories: no role can change that, so nothing is said to be missing.
func TestPermissionsOfAProduct(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.SetFault(sim.Times(1, http.MethodGet, "/categories/ticket", sim.JSONError(http.StatusForbidden, "PRODUCT_ACCESS_DENIED", "Not here")))
		got, err := w.client.Permissions(t.Context())
		if err != nil || slices.ContainsFunc(got, func(p Permission) bool { return !p.Granted }) {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}
