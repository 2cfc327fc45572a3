package status_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
	"github.com/huntsync/huntsync/engine"
)

func TestIncidents(t *testing.T) {
	w := statustest.Usual(t)
	tests := []struct {
		name  string
		query status.IncidentQuery
		want  []int64
		more  bool
	}{
		{"open", status.IncidentQuery{Selection: status.SelectOpen, Limit: 20}, []int64{1010, 1009, 1008, 1006, 1004, 1003, 1002, 1001}, false},
		{"pending", status.IncidentQuery{Selection: status.SelectPending, Limit: 20}, []int64{1009, 1003, 1002}, false},
		{"in doubt", status.IncidentQuery{Selection: status.SelectInDoubt, Limit: 20}, []int64{1002}, false},
		{"triage", status.IncidentQuery{Selection: status.SelectTriage, Limit: 20}, []int64{1004}, false},
		{"no ticket", status.IncidentQuery{Selection: status.SelectNoTicket, Limit: 20}, []int64{1008, 1007, 1006}, false},
		{"all", status.IncidentQuery{Selection: status.SelectAll, Limit: 20}, []int64{1010, 1009, 1008, 1007, 1006, 1005, 1004, 1003, 1002, 1001}, false},
		{"first two", status.IncidentQuery{Selection: status.SelectAll, Limit: 2}, []int64{1010, 1009}, true},
		{"next two", status.IncidentQuery{Selection: status.SelectAll, Limit: 2, Before: statustest.Key(1009)}, []int64{1008, 1007}, true},
		{"last", status.IncidentQuery{Selection: status.SelectAll, Limit: 2, Before: statustest.Key(1002)}, []int64{1001}, false},
		{"by ticket", status.IncidentQuery{Selection: status.SelectAll, Limit: 20, Text: "sec-4"}, []int64{1004}, false},
		{"by number", status.IncidentQuery{Selection: status.SelectAll, Limit: 20, Text: "1005"}, []int64{1005}, false},
		{"by organization", status.IncidentQuery{Selection: status.SelectAll, Limit: 20, Text: " UMBRELLA & SÖHNE "}, []int64{1004}, false},
		{"by subject", status.IncidentQuery{Selection: status.SelectAll, Limit: 20, Text: "suspicious"}, []int64{1004}, false},
		{"by nothing that is there", status.IncidentQuery{Selection: status.SelectAll, Limit: 20, Text: "%"}, nil, false},
		{"another account", status.IncidentQuery{Selection: status.SelectAll, Limit: 20, AccountID: 6}, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, p := range []*engine.Policy{w.Policy, nil} { // Names come from the policy, or from the state.
				page, err := status.Incidents(t.Context(), w.Books, p, test.query)
				if err != nil {
					t.Fatal(err)
				}
				var got []int64
				for _, i := range page.Incidents {
					got = append(got, i.IncidentID)
				}
				if diff := cmp.Diff(test.want, got); diff != "" || page.More != test.more {
					t.Errorf("more is %v; -want +got:\n%s", page.More, diff)
				}
			}
		})
	}
}

// TestIncidentsPagesThroughAll reads a list that is longer than what is held at a
// time, page by page: each incident comes once, in order.
func TestIncidentsPagesThroughAll(t *testing.T) {
	w := statustest.Large(t)
	q := status.IncidentQuery{Selection: status.SelectAll, Limit: 70}
	var got []int64
	for {
		page, err := status.Incidents(t.Context(), w.Books, w.Policy, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Incidents {
			got = append(got, i.IncidentID)
		}
		if !page.More {
			break
		}
		q.Before = statustest.Key(got[len(got)-1])
	}
	if len(got) != 1500 {
		t.Fatalf("%d incidents, want 1500", len(got))
	}
	for n, id := range got {
		if want := int64(201_499 - n); id != want {
			t.Fatalf("incident %d of the list is %d, want %d", n, id, want)
		}
	}
}

func TestListOrganizations(t *testing.T) {
	w := statustest.Usual(t)
	tests := []struct {
		name  string
		query status.OrganizationQuery
		want  []int64
	}{
		{"all, the unmapped first", status.OrganizationQuery{}, []int64{10, 3, 4, 1, 11, 7, 9, 8, 6, 12, 5, 2}},
		{"unmapped", status.OrganizationQuery{Mapping: status.Unmapped}, []int64{10, 3, 4}},
		{"opted out", status.OrganizationQuery{Mapping: status.OptedOut}, []int64{2}},
		{"by client", status.OrganizationQuery{Text: "acme corporation"}, []int64{1}},
		{"by name", status.OrganizationQuery{Text: "CLINIC"}, []int64{11}},
		{"by number", status.OrganizationQuery{Text: "12"}, []int64{12}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list, err := status.ListOrganizations(t.Context(), w.Books, w.Policy, test.query)
			if err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, o := range list.Organizations {
				got = append(got, o.ID)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(status.Organizations{Mapped: 8, Unmapped: 3, OptedOut: 1}, list.Counts); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestBlocksAreForTheUnmapped(t *testing.T) {
	w := statustest.Usual(t)
	list, err := status.ListOrganizations(t.Context(), w.Books, w.Policy, status.OrganizationQuery{})
	if err != nil {
		t.Fatal(err)
	}
	status.WithBlocks(list.Organizations, func(name string) string { return name + " GmbH" })
	for _, o := range list.Organizations {
		wanted := o.Mapping == status.Unmapped && o.Problem == ""
		if wanted != (o.Block != "") {
			t.Errorf("%s is %s, its block is %q", o.Name, o.Mapping, o.Block)
		}
		if o.ID == statustest.Unmapped && !strings.Contains(o.Block, `client = "Umbrella & Söhne $${x} GmbH"`) {
			t.Errorf("the block does not hold the suggested client as HCL writes it:\n%s", o.Block)
		}
	}
}
