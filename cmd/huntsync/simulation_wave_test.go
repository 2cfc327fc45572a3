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
	count := (520 + s.rng.IntN(700)) / s.plot.scale
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
		s.wait(time.Duration((n+1)*seconds/count-n*seconds/count) * time.Second)
	}
	s.poke()
}

// shortWave lasts for seconds only; some of it shows up after what is newer was
// read.
func (s *simulation) shortWave(count int) {
	seconds := 5 + s.rng.IntN(25)
	now := time.Now()
	for n := range count {
		s.closed(now.Add(-time.Duration(n*seconds/count) * time.Second))
	}
	s.poke()
	s.wait(5 * time.Second)
	for n := range 5 {
		s.closed(now.Add(-time.Duration(seconds+n) * time.Second))
	}
}

// judgeWave makes sure that all of the wave was seen, and takes it away again: to
// list it for hours would only take long. The others may still have to wait for a
// census.
func (s *simulation) judgeWave() {
	s.weather.calmRows()
	s.wait(2 * s.plot.interval)
	s.judgeBooks(func(incident int64) bool { return incident > waveBase })
	for id := waveBase + 1; id <= s.waved; id++ {
		s.huntress.RemoveIncident(simAccount, id)
		s.removed++
	}
}

// calmRows ends the moving of rows.
func (w *weather) calmRows() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rippling = 0
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
