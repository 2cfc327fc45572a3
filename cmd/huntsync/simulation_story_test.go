package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	algapsadata "github.com/huntsync/huntsync/providers/algapsa/sim/dataset"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
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
	steps := 40 + s.rng.IntN(80)
	for range steps {
		s.rest(time.Duration(1+s.rng.IntN(900)) * time.Second)
		s.revive()
		s.step()
	}
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
	case n < 22:
		s.publish(0)
	case n < 30: // It shows up in lists a while after the time that it bears.
		s.publish(time.Duration(5+s.rng.IntN(40)) * time.Second)
	case n < 55:
		s.update()
	case n < 59:
		s.wave()
	case n < 62:
		for range s.rng.IntN(15) {
			s.publish(0)
		}
	case n < 68:
		s.mood(true, []string{"storm", "down", "unauthorized", "maintenance", "limited"})
	case n < 74:
		s.mood(false, []string{"storm", "down", "unauthorized", "limited"})
	case n < 79:
		s.say("crash")
		s.process.crash()
	case n < 82:
		s.say("restart")
		s.stop()
		s.start()
	case n < 86:
		s.edit()
	case n < 88:
		s.punctually(s.jump)
	case n < 90:
		s.punctually(s.loseState)
	case n < 92:
		s.process.engine.Poke()
	default:
		s.person()
	}
}

// jump sets our clock, forward or back.
func (s *simulation) jump() {
	skew := time.Duration(s.rng.IntN(240)-120) * time.Minute
	if s.rng.IntN(2) == 0 {
		skew = 0
	}
	s.say("our clock is %s off", skew)
	s.skew.Store(int64(skew))
}

// loseState takes the state away for good.
func (s *simulation) loseState() {
	if !s.lostState {
		return
	}
	s.say("the state is lost")
	s.stop()
	s.excuseUnseen()
	files, err := filepath.Glob(filepath.Join(s.dir, "state.db*"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			s.t.Fatal(err)
		}
	}
	s.began = time.Now()
	s.start()
}

// excuseUnseen lets tickets be as they are that Huntress had changed before the
// old state saw it: a new state takes tickets as it finds them.
func (s *simulation) excuseUnseen() {
	for _, t := range s.desk.Tickets() {
		id, _ := engine.ParseMarker(t.Title)
		if i, ok := s.huntress.Incident(simAccount, id); ok && engine.Status(i.Status).Open() == t.StatusClosed {
			s.people.touched[t.ID] += "unseen "
		}
	}
}

func (s *simulation) mood(desk bool, moods []string) {
	mood := moods[s.rng.IntN(len(moods))]
	length := time.Duration(1+s.rng.IntN(90)) * time.Minute
	if !s.big && s.rng.IntN(25) == 0 {
		length = 72 * time.Hour
	}
	s.say("weather: desk %t, %s for %s", desk, mood, length)
	s.weather.set(desk, mood, time.Now().Add(length))
	if length > 24*time.Hour {
		s.wait(length) // What happens meanwhile is that nothing can be done.
	}
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

// update changes one incident report.
func (s *simulation) update() {
	all := slices.DeleteFunc(s.huntress.Incidents(simAccount), func(i huntresssim.Incident) bool { return i.ID > waveBase })
	i := all[s.rng.IntN(len(all))]
	statuses := []string{
		huntresssim.StatusSent, huntresssim.StatusAutoRemediating, huntresssim.StatusClosed, huntresssim.StatusClosed,
		huntresssim.StatusDismissed, huntresssim.StatusPartnerDismissed,
	}
	err := s.huntress.UpdateIncident(simAccount, i.ID, func(i *huntresssim.Incident) {
		switch s.rng.IntN(4) {
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

// person lets somebody work on a ticket. Young tickets are left alone, and all
// of them while the desk is unwell: nobody can touch a ticket that huntsync does
// not yet know about without it being a second life of the same ticket.
func (s *simulation) person() {
	if !s.weather.deskQuiet(time.Now(), time.Hour) {
		return
	}
	var old []algapsasim.Ticket
	for _, t := range s.desk.Tickets() {
		if time.Since(t.EnteredAt) > 4*time.Hour {
			old = append(old, t)
		}
	}
	if len(old) == 0 {
		return
	}
	t := old[s.rng.IntN(len(old))]
	hand := s.desk.As(algapsadata.TechnicianID)
	board := s.desk.Boards()[s.rng.IntN(4)]
	what := []string{"moved", "closed", "reopened", "reprioritized", "commented", "stripped", "deleted"}[s.rng.IntN(7)]
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
	case "stripped":
		hand.SetAttributes(t.ID, json.RawMessage(`{"description":"rewritten"}`))
	case "deleted":
		if s.lostState {
			return // A lost state cannot know that there was a ticket.
		}
		s.people.deleted[s.correlation(t)] = true
		s.people.removed = append(s.people.removed, t)
		hand.Delete(t.ID)
	}
	s.say("a person %s %s %s", what, t.Number, t.Title)
	s.totals.byPeople.Add(1)
	s.people.touched[t.ID] += what + " "
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
// back-off, the recheck and the census. Only the desk goes on refusing what it
// refuses, at first.
func (s *simulation) quiesce() {
	s.weather.fair()
	s.skew.Store(0)
	s.revive()
	s.wait(30 * time.Minute)
	s.revive()
	s.prompt()
	s.weather.antidote()
	s.wait(3*time.Hour + 30*time.Minute)
}

// prompt makes sure that nothing holds up an incident: not those that the desk
// refuses, not names that nobody knows, not files that are wrong.
func (s *simulation) prompt() {
	for range 8 {
		s.nextID++
		s.weather.poison(s.nextID)
		s.huntress.AddIncident(huntresssim.Incident{
			ID: s.nextID, AccountID: simAccount, OrganizationID: 104, Severity: "critical", Platform: "windows",
			Subject: "The desk refuses this", IndicatorTypes: []string{"footholds"},
		})
	}
	s.wait(10 * time.Minute)
	s.nextID++
	s.huntress.AddIncident(huntresssim.Incident{
		ID: s.nextID, AccountID: simAccount, OrganizationID: 100, Severity: "low", Platform: "windows",
		Subject: "Nothing special", IndicatorTypes: []string{"footholds"},
	})
	s.wait(7 * time.Minute)
	for _, t := range s.desk.Tickets() {
		if id, ok := engine.ParseMarker(t.Title); ok && id == s.nextID {
			return
		}
	}
	s.t.Errorf("incident %d has no ticket after 7 minutes in which only others were refused", s.nextID)
}

// end closes the world.
func (s *simulation) end() {
	s.stop()
	for _, p := range s.pipes {
		_ = p.Close()
	}
}
