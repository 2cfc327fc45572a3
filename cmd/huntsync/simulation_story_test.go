package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	algapsadata "github.com/huntsync/huntsync/providers/algapsa/sim/dataset"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/state/sqlite/sqlitetest"
)

// people is what people did at the desk.
type people struct {
	// touched tells what was done to a ticket, by its id.
	touched map[string]string
	// deleted holds the correlation ids of tickets that were deleted.
	deleted map[string]bool
	// removed are the tickets that were deleted, as they were.
	removed []algapsasim.Ticket
}

// play tells the story of the seed.
func (s *simulation) play() {
	for n := range s.plot.steps {
		s.rest(s.pause())
		s.mendDisk(time.Now())
		s.revive()
		switch {
		case n == s.plot.steps/2 && s.plot.absence:
			s.punctually(s.beAway)
		case n == s.plot.steps/2 && s.plot.outage:
			s.spoil(true, "down", 72*time.Hour)
		case n == s.plot.steps/4 && s.plot.losses:
			s.backUp()
		case n == s.plot.steps*3/4 && s.plot.losses:
			s.lose()
		case n == s.plot.steps-3 && s.plot.wave:
			s.wave()
		default:
			s.step()
		}
	}
}

// beginYesterday makes the first tickets in peace.
func (s *simulation) beginYesterday() {
	s.weather.setOver(true)
	s.wait(3 * time.Minute)
	s.stop()
	s.known = time.Now()
	s.wait(time.Duration(12+s.rng.IntN(12)) * time.Hour)
	s.weather.setOver(false)
	s.start()
}

// pause is the time between two steps: often too short for a poll between them.
func (s *simulation) pause() time.Duration {
	longest := 900
	if s.rng.IntN(2) == 0 {
		longest = 60
	}
	return time.Duration(1+s.rng.IntN(longest)) * time.Second
}

// rest lets time pass, unless the process dies while the desk still works for it:
// then it is started again before the desk has done so.
func (s *simulation) rest(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.orphaned:
	}
	s.checkRunning()
}

// revive starts the process again after a crash.
func (s *simulation) revive() {
	select {
	case <-s.process.done:
	default:
		if !s.process.crashed.Load() {
			return
		}
	}
	s.stop()
	s.start()
}

func (s *simulation) step() {
	switch n := s.rng.IntN(100); {
	case n < 20:
		s.publish(0)
	case n < 28: // It shows up in lists a while after the time that it bears.
		s.publish(time.Duration(5+s.rng.IntN(40)) * time.Second)
	case n < 30:
		s.publishLost()
	case n < 54:
		s.update()
	case n < 57:
		s.burst()
	case n < 63:
		s.mood(true, []string{"storm", "down", "unauthorized", "maintenance", "limited", "a list fails"})
	case n < 69:
		s.mood(false, []string{"storm", "down", "unauthorized", "limited"})
	case n < 74:
		s.say("crash")
		s.totals.disaster("crash: at any moment")
		s.process.crash()
	case n < 77:
		s.say("restart")
		s.stop()
		s.start()
	case n < 80:
		s.edit()
	case n < 82:
		s.punctually(s.jump)
	case n < 83:
		s.poke()
	case n < 85:
		s.rename()
	case n < 87:
		s.spoilDisk()
	case n < 91:
		s.lose()
	default:
		s.person()
	}
}

// burst publishes several at once, some of them in the same second: a page holds
// all of a second and its neighbors.
func (s *simulation) burst() {
	for range s.rng.IntN(15) {
		s.publish(0)
		if s.rng.IntN(3) == 0 {
			s.wait(time.Second)
		}
	}
}

// poke asks for a poll at once.
func (s *simulation) poke() {
	if s.process.store != nil {
		s.process.engine.Poke()
	}
}

// lose has something happen to the state after which it knows less.
func (s *simulation) lose() {
	if !s.plot.losses || s.unwell() {
		return
	}
	ways := []func(){s.loseState, s.damageState, s.damageState, s.restoreState, s.restoreState}
	s.punctually(ways[s.rng.IntN(len(ways))])
}

// jump sets our clock, forward or back.
func (s *simulation) jump() {
	skew := time.Duration(s.rng.IntN(240)-120) * time.Minute
	if s.rng.IntN(2) == 0 {
		skew = 0
	}
	s.say("our clock is %s off", skew)
	s.totals.disaster("clock: set")
	s.skew.Store(int64(skew))
}

func (s *simulation) mood(desk bool, moods []string) {
	minutes := 15
	if s.rng.IntN(6) == 0 {
		minutes = 90
	}
	s.spoil(desk, moods[s.rng.IntN(len(moods))], time.Duration(1+s.rng.IntN(minutes))*time.Minute)
}

// spoil lets the desk, or Huntress, be unwell for so long.
func (s *simulation) spoil(desk bool, mood string, length time.Duration) {
	s.say("weather: desk %t, %s for %s", desk, mood, length)
	s.weather.set(desk, mood, time.Now().Add(length))
	if length > 24*time.Hour {
		s.totals.disaster("desk: down for three days")
		s.wait(length) // What happens meanwhile is that nothing can be done.
	}
}

// beAway lets huntsync not run for longer than its look-back, while incidents come,
// change and go.
func (s *simulation) beAway() {
	s.say("huntsync does not run")
	s.totals.disaster("absence: longer than the look-back")
	s.stop()
	for range 40 + s.rng.IntN(40) { // more than a page of them, in most stories
		s.wait(time.Duration(1+s.rng.IntN(9)) * time.Hour)
		if s.rng.IntN(2) == 0 {
			s.publish(0)
		} else {
			s.update()
		}
	}
	s.wait(backfill)
	if !s.observed() {
		// A state that was new, and never polled, looks back from now.
		s.excuseUnseen()
		s.began = time.Now()
	}
	s.start()
}

// publish adds an incident report that was sent so long ago.
func (s *simulation) publish(age time.Duration) {
	s.nextID++
	severities := append(huntresssim.Severities(), "", "apocalyptic")
	i := huntresssim.Incident{
		ID: s.nextID, AccountID: simAccount, OrganizationID: int64(100 + s.rng.IntN(7)), // 106 is nobody
		Subject: fmt.Sprintf("Incident on host %d", s.nextID), Summary: "Something happened.",
		Severity: severities[s.rng.IntN(len(severities))], Platform: "windows", IndicatorTypes: []string{"footholds"},
	}
	if s.rng.IntN(5) == 0 {
		i.IndicatorTypes = []string{"ransomware_canaries"}
	}
	if s.rng.IntN(10) == 0 {
		i.OrganizationID = 0
	}
	i.AgentID = s.host(i.OrganizationID)
	if age > 0 {
		at := time.Now().Add(-age)
		i.SentAt, i.UpdatedAt, i.StatusUpdatedAt = at, at, at
		if s.rng.IntN(3) > 0 {
			i.Status, i.ClosedAt = huntresssim.StatusClosed, at
			s.ancient[i.ID] = age > 7*24*time.Hour
		}
	}
	if s.rng.IntN(20) == 0 {
		s.weather.poison(i.ID)
		s.say("the desk will refuse %d", i.ID)
	}
	s.huntress.AddIncident(i)
	s.say("published %d, organization %d, %s %s", i.ID, i.OrganizationID, i.Severity, i.Status)
}

// publishLost adds an incident report that lists have left out for hours or weeks:
// no walk finds it any more, only the census does.
func (s *simulation) publishLost() {
	s.nextID++
	at := time.Now().Add(-time.Duration(1+s.rng.IntN(20*24)) * time.Hour)
	s.huntress.AddIncident(huntresssim.Incident{
		ID: s.nextID, AccountID: simAccount, OrganizationID: int64(100 + s.rng.IntN(7)), Severity: "high", Platform: "windows",
		Subject: "Nobody has listed this", Summary: "Something happened.", IndicatorTypes: []string{"footholds"},
		SentAt: at, UpdatedAt: at, StatusUpdatedAt: at,
	})
	s.totals.disaster("Huntress: a walk lost a row")
	s.say("published %d, which no walk has listed since %s", s.nextID, at)
}

// update changes one incident report.
func (s *simulation) update() {
	all := slices.DeleteFunc(s.huntress.Incidents(simAccount), func(i huntresssim.Incident) bool { return i.ID > waveBase })
	i := all[s.rng.IntN(len(all))]
	statuses := []string{
		huntresssim.StatusSent, huntresssim.StatusAutoRemediating, huntresssim.StatusClosed, huntresssim.StatusClosed,
		huntresssim.StatusDismissed, huntresssim.StatusPartnerDismissed,
	}
	what := s.rng.IntN(4)
	if what > 1 && !s.knowsTickets() {
		what = 0
	}
	err := s.huntress.UpdateIncident(simAccount, i.ID, func(i *huntresssim.Incident) {
		switch what {
		case 0:
			i.Summary += " More is known."
		case 1:
			i.Severity = huntresssim.Severities()[s.rng.IntN(3)]
		default:
			i.Status = statuses[s.rng.IntN(len(statuses))]
		}
		s.say("updated %d: %s %s", i.ID, i.Severity, i.Status)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// person lets somebody work on a ticket. Young tickets are left alone, the more so
// while the desk is unwell: nobody can touch a ticket that huntsync does not yet
// know about without it being a second life of the same ticket.
func (s *simulation) person() {
	known := s.known
	if s.weather.deskQuiet(time.Now(), time.Hour) && time.Since(s.known) > 4*time.Hour {
		known = time.Now().Add(-4 * time.Hour)
	}
	var old []algapsasim.Ticket
	for _, t := range s.desk.Tickets() {
		if t.EnteredAt.Before(known) {
			old = append(old, t)
		}
	}
	if len(old) == 0 {
		return
	}
	t := old[s.rng.IntN(len(old))]
	hand := s.desk.As(algapsadata.TechnicianID)
	board := s.desk.Boards()[s.rng.IntN(4)]
	what := []string{"moved", "closed", "reopened", "reprioritized", "commented", "stripped", "renamed", "given away", "deleted", "merged"}[s.rng.IntN(10)]
	switch what {
	case "moved":
		hand.Move(t.ID, board.ID, s.status(board.ID, false))
	case "closed":
		hand.SetStatus(t.ID, s.status(t.BoardID, true))
	case "reopened":
		hand.SetStatus(t.ID, s.status(t.BoardID, false))
	case "reprioritized":
		hand.SetPriority(t.ID, s.desk.Priorities()[s.rng.IntN(4)].ID)
	case "commented":
		hand.Comment(t.ID, "Looking into it.", true)
	case "given away":
		hand.SetClient(t.ID, s.desk.Clients()[s.rng.IntN(6)].ID)
	case "renamed":
		if !s.renameTicket(t) {
			return
		}
	case "stripped":
		if _, ok := engine.ParseMarker(t.Title); !ok {
			return // Nothing would be left of ours.
		}
		hand.SetAttributes(t.ID, json.RawMessage(`{"description":"rewritten"}`))
	case "deleted":
		if s.plot.losses {
			return // A lost state cannot know that there was a ticket.
		}
		s.people.deleted[s.correlation(t)] = true
		s.people.removed = append(s.people.removed, t)
		hand.Delete(t.ID)
	case "merged":
		if !s.merge(t, old[s.rng.IntN(len(old))]) {
			return
		}
	}
	s.say("a person %s %s %s", what, t.Number, t.Title)
	s.totals.disaster("people: a ticket is " + what)
	if what != "commented" && what != "renamed" {
		s.people.touched[t.ID] += what + " "
	}
}

// renameTicket gives a ticket another title: one that keeps the marker, or one of
// its own where neither a lost state nor an id that is gone makes it the only sign
// of ours.
func (s *simulation) renameTicket(t algapsasim.Ticket) (renamed bool) {
	title := "Called the client"
	if s.plot.losses || t.Attribute("huntsync_id") == "" || s.rng.IntN(2) == 0 {
		id, ok := engine.ParseMarker(t.Title)
		if !ok {
			return false
		}
		title = engine.Marker(id) + " called the client"
	}
	s.desk.As(algapsadata.TechnicianID).Rename(t.ID, title)
	return true
}

// merge lets somebody go on with two tickets as with one. The one that is merged
// is closed; where it is left open, a board may not let the other one be closed.
func (s *simulation) merge(t, into algapsasim.Ticket) (merged bool) {
	hand := s.desk.As(algapsadata.TechnicianID)
	if t.ID == into.ID || !hand.Bundle(t.ID, into.ID) {
		return false
	}
	hand.Comment(into.ID, "Merged with "+t.Number, true)
	if s.rng.IntN(3) > 0 {
		hand.SetStatus(t.ID, s.status(t.BoardID, true))
	}
	return true
}

func (s *simulation) status(boardID string, closed bool) string {
	for _, st := range s.desk.Statuses() {
		if st.BoardID == boardID && st.Closed == closed && (closed || st.Default) {
			return st.ID
		}
	}
	return ""
}

// quiesce ends all disasters and gives time to mend: longer than the longest
// back-off, the recheck and the census, each of which begins when there is still
// an hour to come. Only the desk goes on refusing what it refuses, at first.
func (s *simulation) quiesce() {
	s.weather.fair()
	s.skew.Store(0)
	if s.unwell() {
		s.setDisk(sqlitetest.Well)
	}
	s.revive()
	s.wait(30*time.Minute + s.plot.interval)
	s.revive()
	if s.waved > waveBase {
		s.judgeWave()
	}
	s.prompt()
	s.weather.antidote()
	s.wait(max(90*time.Minute, s.plot.census+s.plot.interval+30*time.Minute))
}

// prompt makes sure that nothing holds up an incident: not those that the desk
// refuses, not names that nobody knows, not files that are wrong.
func (s *simulation) prompt() {
	for range 5 { // more than there are workers
		s.nextID++
		s.weather.poison(s.nextID)
		s.huntress.AddIncident(huntresssim.Incident{
			ID: s.nextID, AccountID: simAccount, OrganizationID: 104, Severity: "critical", Platform: "windows",
			Subject: "The desk refuses this", IndicatorTypes: []string{"footholds"},
		})
	}
	s.wait(s.plot.interval + 5*time.Minute)
	s.nextID++
	s.huntress.AddIncident(huntresssim.Incident{
		ID: s.nextID, AccountID: simAccount, OrganizationID: 100, Severity: "low", Platform: "windows",
		Subject: "Nothing special", IndicatorTypes: []string{"footholds"},
	})
	s.wait(s.plot.interval + 2*time.Minute)
	for _, t := range s.desk.Tickets() {
		if id, ok := engine.ParseMarker(t.Title); ok && id == s.nextID {
			return
		}
	}
	s.t.Errorf("incident %d has no ticket %s after it was sent, in which only others were refused", s.nextID, s.plot.interval+2*time.Minute)
}

// end closes the world.
func (s *simulation) end() {
	if s.process != nil {
		s.stop()
	}
	for _, p := range s.pipes {
		_ = p.Close()
	}
}
