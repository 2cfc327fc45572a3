package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// tokenBucket is a desk that lets a burst of requests through, then one a second: a
// token bucket. What does not count at AlgaPSA does not count here.
func tokenBucket(now func() time.Time, burst int) func(deskCall) fault {
	tokens, last := float64(burst), now()
	return func(c deskCall) fault {
		if c.op == "note" {
			return fault{}
		}
		at := now()
		tokens, last = min(tokens+at.Sub(last).Seconds(), float64(burst)), at
		if tokens < 1 {
			err := deskError(ReasonRateLimited, true)
			err.RetryAfter = time.Second
			return fault{err: err}
		}
		tokens--
		return fault{hang: 50 * time.Millisecond}
	}
}

// TestCriticalPassesTheBacklogsOfOthers gives many accounts a backlog at a desk that
// limits us, and then one of them a critical incident.
func TestCriticalPassesTheBacklogsOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const accounts, backlog = 30, 40
		r := newReplicas(t, accounts)
		r.store.expiring = false
		for range backlog {
			r.sendAll()
		}
		r.desk.setFault(tokenBucket(r.now, 20))
		r.settings.Interval = time.Minute
		p := r.come()
		time.Sleep(90 * time.Second)
		r.next++
		urgent := r.next
		r.sources[7].put(r.incident(urgent, orgAcme, SeverityCritical))
		sent := r.now()
		for range 9 {
			if r.madeFor(urgent) == 1 {
				break
			}
			r.sendAll() // Newer, but not critical.
			time.Sleep(10 * time.Second)
		}
		if r.madeFor(urgent) != 1 {
			t.Errorf("%s after it was sent a critical incident has no ticket; %d low ones have one", r.now().Sub(sent), r.desk.count())
		}
		time.Sleep(2 * time.Duration(r.next) * time.Second)
		r.expectTickets()
		perTicket := float64(len(r.desk.calls)) / float64(r.desk.count())
		if perTicket > 2.5 {
			t.Errorf("%.1f requests a ticket at a desk that limits us", perTicket)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

func (r *replicas) madeFor(incident int64) (n int) {
	for _, ticket := range r.desk.all() {
		if id, _ := ParseMarker(ticket.Title); id == incident {
			n++
		}
	}
	return n
}

// TestUrgency orders incidents by severity, then those without a ticket, then the newest.
func TestUrgency(t *testing.T) {
	at := time.Date(2026, time.August, 3, 12, 0, 0, 0, time.UTC)
	want := []urgency{
		{"", true, at.Add(time.Hour)}, // an unknown severity counts as critical
		{SeverityCritical, true, at},
		{SeverityCritical, false, at.Add(time.Hour)},
		{SeverityHigh, true, at.Add(time.Minute)},
		{SeverityLow, true, at.Add(2 * time.Hour)},
		{SeverityLow, true, at},
		{SeverityLow, false, at.Add(3 * time.Hour)},
	}
	rapid.Check(t, func(t *rapid.T) {
		got := rapid.Permutation(want).Draw(t, "order")
		slices.SortFunc(got, urgency.compare)
		if !slices.Equal(got, want) {
			t.Fatalf("got %v", got)
		}
	})
}

// TestLineLetsNobodyDown lets many enter, lose patience and go away at random: the
// line is never wider than it may be, and free again in the end.
func TestLineLetsNobodyDown(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		entries := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [4]int {
			return [4]int{
				rapid.IntRange(0, 20).Draw(t, "comes"), rapid.IntRange(1, 10).Draw(t, "stays"),
				rapid.IntRange(1, 30).Draw(t, "patience"), rapid.IntRange(1, 40).Draw(t, "leaves"),
			}
		}), 1, 60).Draw(rt, "entries")
		limits := rapid.SliceOfN(rapid.IntRange(0, 30), 0, 5).Draw(rt, "limits")
		synctest.Test(t, func(bubble *testing.T) {
			l := line{gate: &gate{}}
			var mu sync.Mutex
			var all sync.WaitGroup
			inside, most := 0, 0
			for _, at := range limits {
				all.Go(func() {
					time.Sleep(time.Duration(at) * time.Second)
					l.gate.noteSince(l.gate.mark(), &Error{Reason: ReasonRateLimited, RetryAfter: 3 * time.Second})
				})
			}
			for i, e := range entries {
				all.Go(func() {
					time.Sleep(time.Duration(e[0]) * time.Second)
					ctx, cancel := context.WithTimeout(bubble.Context(), time.Duration(e[3])*time.Second)
					defer cancel()
					u := urgency{severity: Severities()[i%3], at: time.Unix(int64(i), 0)}
					if came, err := l.enter(ctx, u, time.Duration(e[2])*time.Second); err != nil || !came {
						return
					}
					defer l.leave()
					mu.Lock()
					inside++
					most = max(most, inside)
					mu.Unlock()
					time.Sleep(time.Duration(e[1]) * time.Second)
					mu.Lock()
					inside--
					mu.Unlock()
				})
			}
			all.Wait()
			if most > lineWidth || l.busy != 0 || len(l.waiting) != 0 {
				rt.Fatalf("%d at a time; in the end %d are busy and %d wait", most, l.busy, len(l.waiting))
			}
		})
	})
}

// TestMarkedReadsAreShared asks for one list many times at once.
func TestMarkedReadsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := markedReads{reading: newTurn()}
		start := time.Now()
		var mu sync.Mutex
		var began []time.Duration
		read := func(ctx context.Context, since time.Time) (TicketList, error) {
			mu.Lock()
			at := time.Since(start)
			began = append(began, at)
			mu.Unlock()
			select {
			case <-time.After(10 * time.Second):
				return TicketList{DeskTime: time.Now().Add(-10 * time.Second), Tickets: []Ticket{{EnteredAt: since}}}, nil
			case <-ctx.Done():
				return TicketList{}, ctx.Err()
			}
		}
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				asked := time.Now()
				since := start.Add(-time.Duration(i) * time.Hour)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if i == 1 { // It is to do the second read, and goes away in the middle of it.
					time.AfterFunc(15*time.Second, cancel)
				}
				list, err := m.read(ctx, since, asked, read)
				switch {
				case i == 1:
					if !errors.Is(err, context.Canceled) {
						t.Errorf("who went away got %v", err)
					}
				case err != nil:
					t.Errorf("%d: %v", i, err)
				case list.DeskTime.Before(asked):
					t.Errorf("%d asked %s and got what was read from %s on", i, asked, list.DeskTime)
				case list.Tickets[0].EnteredAt.After(since):
					t.Errorf("%d asked for what was entered since %s, and got it since %s", i, since, list.Tickets[0].EnteredAt)
				}
			})
		}
		all.Wait()
		if len(began) > 4 {
			t.Errorf("reads began at %v: 100 questions should share four at most", began)
		}
		before := len(began)
		if _, err := m.read(t.Context(), start, start.Add(15*time.Second), read); err != nil || len(began) != before {
			t.Errorf("a read that was fresh enough was not used: %d reads, %v", len(began), err)
		}
		if _, err := m.read(t.Context(), start, time.Now(), read); err != nil || len(began) != before+1 {
			t.Errorf("an old read was used: %d reads, %v", len(began), err)
		}
	})
}
