package engine

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestMarkedReadsMissNothing enters tickets and asks for them, at random: none is
// missing that was entered in the span asked for, however little is read for it.
func TestMarkedReadsMissNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [4]int {
			return [4]int{
				rapid.IntRange(0, 3).Draw(t, "do"), rapid.IntRange(1, 400).Draw(t, "minutes"),
				rapid.IntRange(0, 3000).Draw(t, "since"), rapid.IntRange(0, 120).Draw(t, "fresh"),
			}
		}), 1, 40).Draw(rt, "steps")
		synctest.Test(t, func(bubble *testing.T) {
			m := markedReads{reading: newTurn()}
			var tickets []Ticket
			away := errors.New("the desk is away")
			fails := false
			read := func(_ context.Context, since time.Time) (TicketList, error) {
				list := TicketList{DeskTime: time.Now()}
				for _, t := range tickets {
					if !t.EnteredAt.Before(since) {
						list.Tickets = append(list.Tickets, t)
					}
				}
				if fails {
					return TicketList{}, away
				}
				return list, nil
			}
			for _, step := range steps {
				time.Sleep(time.Duration(step[1]) * time.Minute)
				if step[0] == 0 {
					tickets = append(tickets, Ticket{ID: strconv.Itoa(len(tickets)), EnteredAt: time.Now()})
					time.Sleep(time.Second)
					continue
				}
				fails = step[0] == 1 && step[3]%5 == 0
				since, fresh := time.Now().Add(-time.Duration(step[2])*time.Minute), time.Now().Add(-time.Duration(step[3])*time.Minute)
				list, err := m.read(bubble.Context(), since, fresh, read)
				if err != nil {
					if !fails {
						rt.Fatal(err)
					}
					continue
				}
				has := map[string]bool{}
				for _, t := range list.Tickets {
					has[t.ID] = true
				}
				for _, t := range tickets {
					if due := !t.EnteredAt.Before(since) && t.EnteredAt.Before(fresh); due && !has[t.ID] {
						rt.Fatalf("the ticket entered at %s is missing from what was entered since %s and was to be known at %s",
							t.EnteredAt, since, fresh)
					}
				}
				if oldest := time.Now().Add(-2 * windowLength); m.window.since.Before(oldest) {
					rt.Fatalf("tickets are kept since %s", m.window.since)
				}
			}
		})
	})
}

// TestMarkedReadsReadLittle reads an hour again, not everything since the account
// last made a ticket.
func TestMarkedReadsReadLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := markedReads{reading: newTurn()}
		var spans []time.Duration
		read := func(_ context.Context, since time.Time) (TicketList, error) {
			spans = append(spans, time.Since(since))
			return TicketList{DeskTime: time.Now()}, nil
		}
		for range 5 {
			if _, err := m.read(t.Context(), time.Now().Add(-20*time.Hour), time.Now(), read); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Minute)
		}
		for i, span := range spans {
			if i > 0 && span > lookBack+10*time.Minute {
				t.Errorf("read %d went back %s", i+1, span)
			}
		}
		if len(spans) != 5 {
			t.Errorf("%d of 5 reads were made", len(spans))
		}
	})
}

// TestMarkedReadsAtTheBorder asks for a ticket that was remembered, and is too old to
// be so from then on.
func TestMarkedReadsAtTheBorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := markedReads{reading: newTurn()}
		ticket := Ticket{ID: "1", EnteredAt: time.Now()}
		read := func(_ context.Context, since time.Time) (TicketList, error) {
			list := TicketList{DeskTime: time.Now()}
			if !ticket.EnteredAt.Before(since) {
				list.Tickets = []Ticket{ticket}
			}
			return list, nil
		}
		for _, later := range []time.Duration{windowLength - 10*time.Minute, 20 * time.Minute, time.Hour} {
			time.Sleep(later)
			list, err := m.read(t.Context(), ticket.EnteredAt, time.Now(), read)
			if err != nil || len(list.Tickets) != 1 {
				t.Errorf("%s after it was entered the ticket is not found: %v, %v", time.Since(ticket.EnteredAt), list.Tickets, err)
			}
		}
	})
}

// TestRememberedTicketIsLookedAt lets another writer make a ticket that a person
// deletes again: it is not taken for the ticket of its incident.
func TestRememberedTicketIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 2)
		r.store.expiring = false
		p := r.come()
		time.Sleep(time.Minute)
		ticket := r.enter(Key{AccountID: r.sources[1].account.ID, Kind: KindIncident, IncidentID: 500})
		r.sendOne(0, 501) // Its account reads the tickets, and remembers that one.
		time.Sleep(6 * time.Minute)
		r.desk.person(ticket.ID, func(t *deskTicket) { t.deleted = true })
		time.Sleep(90 * time.Minute)
		r.sendOne(1, 500)
		time.Sleep(6 * time.Minute)
		made := 0
		for _, x := range r.desk.all() {
			if id, _ := ParseMarker(x.Title); id == 500 && !x.deleted {
				made++
			}
		}
		if made != 1 {
			t.Errorf("the incident has %d tickets", made)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

func (r *replicas) sendOne(account int, id int64) {
	r.sources[account].put(r.incident(id, orgAcme, SeverityHigh))
}
