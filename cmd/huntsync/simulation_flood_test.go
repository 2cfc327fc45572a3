package main

import (
	"testing"
	"testing/synctest"
	"time"

	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
)

// TestTwentyFiveThousandWhileAway updates 25,000 incidents while huntsync does not
// run, a few of which want tickets, and lets it come back to a Huntress and a desk
// that are unwell and to rows that move while they are read. None is missed.
func TestTwentyFiveThousandWhileAway(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads 25,000 incidents many times over; run without -short")
	}
	totals := newTallies() // No other test may run meanwhile.
	t.Parallel()
	const many = 25_000
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		s := newSimulationOf(t, 25, dir, totals)
		s.openHuntress()
		s.openDesk()
		s.writeConfig()
		s.weather.setOver(true)
		s.began = time.Now().Add(-2 * time.Hour)
		for n := range many {
			s.closed(time.Now().Add(-time.Duration(n/7) * time.Second))
		}
		s.start()
		s.wait(4 * time.Minute) // Its 50 pages fit into the budget of one minute.
		s.judgeBooks(func(int64) bool { return true })
		s.stop()

		for n := int64(1); n <= many; n++ {
			if n%100 == 0 {
				time.Sleep(15 * time.Minute) // 62 hours in all
			}
			err := s.huntress.UpdateIncident(simAccount, waveBase+n, func(i *huntresssim.Incident) {
				i.Summary = "It was updated."
				if n%250 == 0 {
					i.OrganizationID, i.Status, i.IndicatorTypes = 102, huntresssim.StatusSent, []string{"footholds"}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		s.weather.setOver(false)
		s.weather.set(true, "storm", time.Now().Add(20*time.Minute))
		s.weather.set(false, "limited", time.Now().Add(10*time.Minute))
		s.weather.ripple(true, func(n uint64) {
			err := s.huntress.UpdateIncident(simAccount, waveBase+1+int64(n%many), func(i *huntresssim.Incident) { i.Summary += "." })
			if err != nil {
				t.Error(err)
			}
		})
		s.start()
		for range 6 {
			s.rest(5 * time.Minute)
			s.revive()
		}
		s.weather.fair()
		s.weather.antidote()
		s.weather.calmRows()
		s.revive()
		s.wait(75 * time.Minute)
		s.judge()
		if len(s.desk.Tickets()) < many/250 {
			t.Errorf("%d incidents became %d tickets", many/250, len(s.desk.Tickets()))
		}
		t.Log(s.totals)
	})
}
