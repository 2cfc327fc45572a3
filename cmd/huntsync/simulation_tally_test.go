package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/huntsync/huntsync/state/sqlite/sqlitetest"
)

// tallies count what happened in all seeds of a run.
type tallies struct {
	// disks are where the seeds keep their states.
	disks *sqlitetest.Disks

	mu sync.Mutex
	// disasters counts what went wrong, by kind.
	disasters                 map[string]int
	seeds, incidents, tickets int
	// failed are the seeds that did not come to their end well.
	failed int
}

// newTallies is for a test that nothing runs beside yet: it registers the disks.
func newTallies() *tallies {
	return &tallies{disks: sqlitetest.NewDisks(), disasters: map[string]int{}}
}

// disaster counts something that went wrong.
func (c *tallies) disaster(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.disasters[kind]++
}

// judged counts a seed that came to its end.
func (c *tallies) judged(incidents, tickets int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seeds++
	c.incidents += incidents
	c.tickets += tickets
}

// fail counts a seed that did not come to its end well.
func (c *tallies) fail() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed++
}

func (c *tallies) failures() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

// String is the figures of a run: disasters by kind, and what came of it all.
func (c *tallies) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	kinds := slices.SortedFunc(maps.Keys(c.disasters), func(a, b string) int {
		return cmp.Or(cmp.Compare(c.disasters[b], c.disasters[a]), cmp.Compare(a, b))
	})
	var text strings.Builder
	total := 0
	text.WriteString("disasters by kind:\n")
	for _, kind := range kinds {
		fmt.Fprintf(&text, "%9d  %s\n", c.disasters[kind], kind)
		total += c.disasters[kind]
	}
	fmt.Fprintf(&text, "%d seeds: %d disasters, %d incidents followed, %d tickets; ",
		c.seeds, total, c.incidents, c.tickets)
	if c.failed > 0 {
		fmt.Fprintf(&text, "%d seeds failed", c.failed)
	} else {
		text.WriteString("0 lost, 0 doubled")
	}
	return text.String()
}
