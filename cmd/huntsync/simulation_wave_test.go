package main

import (
	"fmt"
	"time"

	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
)

// waveBase is below the numbers of all incidents that come in waves.
const waveBase = int64(1_000_000)

// wave updates more incidents than fit on a page, and goes on changing them while
// they are read. They are over already, so that no census finds what a walk
// missed, and their organization gets no tickets, so that they cost little.
func (s *simulation) wave() {
	if !s.big || s.waved > waveBase {
		return
	}
	count := 520 + s.rng.IntN(700)
	long := s.rng.IntN(2) == 0
	s.say("a wave of %d closed incidents, long: %t", count, long)
	s.weather.ripple(long, func(n uint64) {
		id := waveBase + 1 + int64(n%uint64(count))
		if _, ok := s.huntress.Incident(simAccount, id); !ok {
			return // It is still to come.
		}
		if err := s.huntress.UpdateIncident(simAccount, id, func(i *huntresssim.Incident) { i.Summary += "." }); err != nil {
			s.t.Error(err)
		}
	})
	if long {
		s.longWave(count)
	} else {
		s.shortWave(count)
	}
}

// longWave lasts for longer than the overlap, and the first reading of it breaks
// off after a page.
func (s *simulation) longWave(count int) {
	seconds := 90 + s.rng.IntN(90)
	for n := range count {
		s.closed(time.Now())
		if (n+1)*seconds/count > n*seconds/count {
			s.wait(time.Second)
		}
	}
	s.process.engine.Poke()
}

// shortWave lasts for seconds only; some of it shows up after what is newer was
// read.
func (s *simulation) shortWave(count int) {
	seconds := 5 + s.rng.IntN(25)
	now := time.Now()
	for n := range count {
		s.closed(now.Add(-time.Duration(n*seconds/count) * time.Second))
	}
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
