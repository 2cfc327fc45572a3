package main

import (
	"fmt"
	"time"

	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
)

// waveBase is below the numbers of all incidents that come in waves.
const waveBase = int64(1_000_000)

// wave updates more incidents within seconds than fit on a page, and goes on
// changing them while they are read, and often breaks off their reading in its middle. Some show up only
// after what is newer was read. They are over already, so that no census finds
// what a walk missed, and their organization gets no tickets, so that they cost
// little.
func (s *simulation) wave() {
	if !s.big || s.waved > waveBase {
		return
	}
	count, seconds := 520+s.rng.IntN(700), 5+s.rng.IntN(25)
	now := time.Now()
	for n := range count {
		s.closed(now.Add(-time.Duration(n*seconds/count) * time.Second))
	}
	s.say("a wave of %d closed incidents within %d seconds", count, seconds)
	s.weather.ripple(s.rng.IntN(2) == 0, func(n uint64) {
		id := waveBase + 1 + int64(n%uint64(count)) //nolint:gosec // a wave is small.
		if err := s.huntress.UpdateIncident(simAccount, id, func(i *huntresssim.Incident) { i.Summary += "." }); err != nil {
			s.t.Error(err)
		}
	})
	s.process.engine.Poke()
	s.wait(5 * time.Second)
	for n := range 5 {
		s.closed(now.Add(-time.Duration(seconds+n) * time.Second))
	}
}

// closed adds an incident that nobody has to do anything about.
func (s *simulation) closed(at time.Time) {
	s.waved++
	s.huntress.AddIncident(huntresssim.Incident{
		ID: s.waved, AccountID: simAccount, OrganizationID: 103, Severity: huntresssim.Severities()[s.waved%3], Platform: "windows",
		Subject: fmt.Sprintf("One of many %d", s.waved), Status: huntresssim.StatusClosed,
		SentAt: at, UpdatedAt: at, StatusUpdatedAt: at, ClosedAt: at,
	})
}
