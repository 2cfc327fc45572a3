package providertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/engine"
)

func testAssets(t *testing.T, s *session) {
	const host = "WS-100%_A"
	first, second := s.AddAsset(s.client[0], host, "S-1"), s.AddAsset(s.client[0], "ws-100%_a", "")
	s.AddAsset(s.client[1], host, "S-1")
	for _, near := range []string{"WS-100%_", "WS-100%_AB", "WS-100 XA", "WS-1001_A"} {
		s.AddAsset(s.client[0], near, "S-1")
	}
	requests := s.Requests()
	found, err := s.Desk.Assets(t.Context(), s.client[0], host)
	if err != nil {
		t.Fatal(err)
	}
	if n := s.Requests() - requests; n != 1 {
		t.Errorf("it took %d requests, want 1", n)
	}
	slices.SortFunc(found, func(a, b engine.Asset) int {
		return slices.Index([]string{first, second}, a.ID) - slices.Index([]string{first, second}, b.ID)
	})
	want := []engine.Asset{
		{ID: first, ClientID: s.client[0], Name: host, Serial: "S-1"},
		{ID: second, ClientID: s.client[0], Name: "ws-100%_a"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("assets (-want +got):\n%s", diff)
	}
	for _, name := range []string{"nothing", "%", "_", `\`, "S-1"} {
		if found, err := s.Desk.Assets(t.Context(), s.client[0], name); err != nil || len(found) > 0 {
			t.Errorf("asset %q: found %+v, %v; only an exact name may match", name, found, err)
		}
	}
	// More assets have a name that holds it than a page of any desk does.
	for i := range 150 {
		s.AddAsset(s.client[1], fmt.Sprintf("PC-1-%d", i), "")
	}
	last := s.AddAsset(s.client[1], "PC-1", "")
	if found, err := s.Desk.Assets(t.Context(), s.client[1], "PC-1"); err != nil || len(found) != 1 || found[0].ID != last {
		t.Errorf("asset PC-1 among many: found %+v, %v", found, err)
	}
}

func testLinkAsset(t *testing.T, s *session) {
	asset, ticket := s.AddAsset(s.client[0], "WS-1", ""), s.create(t, s.draft(1))
	for range 2 { // The second time it is linked already, which is as good.
		if err := s.Desk.LinkAsset(t.Context(), ticket.ID, asset); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{asset}, s.Linked(ticket.ID)); diff != "" {
			t.Errorf("linked (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff(ticket, s.read(t, ticket.ID)); diff != "" {
		t.Errorf("linking changed the ticket (-before +after):\n%s", diff)
	}
	nowhere := s.create(t, s.draft(2)).ID
	s.Delete(nowhere)
	for what, err := range map[string]error{
		"a ticket that is gone":         s.Desk.LinkAsset(t.Context(), nowhere, asset),
		"an asset that there never was": s.Desk.LinkAsset(t.Context(), ticket.ID, nowhere),
	} {
		if e := s.refused(t, what, err); !errors.Is(e, engine.ErrNotFound) {
			t.Errorf("%s: %v, want not found", what, err)
		}
	}
}
