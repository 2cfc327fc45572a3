package main

import (
	"math/rand/v2"
	"time"
)

// plot is what kind of story a seed tells. Most are short; what is slow to play
// (many incidents, days of outage) comes in few of them.
type plot struct {
	steps int
	// interval and census are how often huntsync polls, and takes the census.
	interval, census time.Duration
	// scale is how many times shorter pages are than they are asked for: few
	// incidents fill many pages then.
	scale int
	// wave updates more incidents than fit on a page.
	wave bool
	// outage keeps the desk away for three days.
	outage bool
	// absence keeps huntsync from running for longer than the look-back.
	absence bool
	// losses of the state forbid what would make a ticket impossible to find again.
	losses bool
	// history is there before the disasters: incidents with tickets a day old.
	history bool
}

// backfill is how far the first poll looks back, by default.
const backfill = 7 * 24 * time.Hour

// newPlot draws a plot. The big ones are spread over the seeds, so that each
// forty in a row have them all.
func newPlot(seed uint64, rng *rand.Rand) plot {
	p := plot{
		steps:    15 + rng.IntN(35),
		interval: []time.Duration{5 * time.Minute, 15 * time.Minute, 15 * time.Minute, time.Hour, time.Hour}[rng.IntN(5)],
		census:   []time.Duration{15 * time.Minute, time.Hour, time.Hour, 2 * time.Hour}[rng.IntN(4)],
		scale:    20,
		wave:     seed%3 == 0,
		outage:   seed%40 == 7,
		absence:  seed%5 == 1,
		losses:   rng.IntN(3) == 0,
		history:  rng.IntN(3) > 0,
	}
	switch seed % 40 {
	case 9:
		p.steps += 60
	case 3, 18:
		p.scale = 1
	}
	return p
}

// quietPlot is for tests that tell their own story.
func quietPlot() plot { return plot{scale: 1, interval: 5 * time.Minute, census: time.Hour} }
