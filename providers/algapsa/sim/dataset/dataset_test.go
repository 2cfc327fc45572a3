package dataset_test

import (
	"slices"
	"testing"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
	"github.com/huntsync/huntsync/providers/algapsa/sim/dataset"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	s := sim.New(sim.Options{})
	dataset.Load(s)

	names := map[string]string{} // board id to name
	for _, b := range s.Boards() {
		names[b.ID] = b.Name
	}
	statuses := map[string][]string{}
	for _, st := range s.Statuses() {
		kind := "open"
		if st.Closed {
			kind = "closed"
		}
		if st.Default {
			kind += " default"
		}
		statuses[names[st.BoardID]] = append(statuses[names[st.BoardID]], st.Name+" "+kind)
	}
	want := []string{"New open default", "In Progress open", "Closed closed"}
	for _, board := range dataset.Boards() {
		if got := statuses[board]; !slices.Equal(got, want) {
			t.Errorf("statuses of %s: %q, want %q", board, got, want)
		}
	}

	parents := map[string]string{}
	categories := map[string][]string{}
	for _, c := range s.Categories() {
		parents[c.ID] = c.Name
		path := c.Name
		if c.Parent != "" {
			path = parents[c.Parent] + " / " + c.Name
		}
		categories[names[c.BoardID]] = append(categories[names[c.BoardID]], path)
	}
	for _, board := range dataset.Boards() {
		want := []string{"Security", "Security / Incident"}
		if board == dataset.BoardTriage {
			want = nil
		}
		if got := categories[board]; !slices.Equal(got, want) {
			t.Errorf("categories of %s: %q, want %q", board, got, want)
		}
	}

	var active, inactive []string
	for _, c := range s.Clients() {
		if c.Inactive {
			inactive = append(inactive, c.Name)
		} else {
			active = append(active, c.Name)
		}
	}
	if !slices.Equal(active, dataset.Clients()) || !slices.Equal(inactive, []string{dataset.ClientInactive}) {
		t.Errorf("clients %q, inactive %q", active, inactive)
	}
	if got := len(s.Priorities()); got != len(dataset.Priorities()) {
		t.Errorf("%d priorities", got)
	}
	if got := len(s.Tickets()); got != 0 {
		t.Errorf("%d tickets, want none", got)
	}
}
