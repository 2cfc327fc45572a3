package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func replica(id string, age time.Duration) Replica {
	return Replica{Holder: Holder{ID: id, Host: "host-" + id}, Age: age}
}

// TestPreferredMovesLittle lets replicas come and go: only the accounts of those
// that went move, and only to the one that came.
func TestPreferredMovesLittle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-f0-9]{8}`), 2, 7, rapid.ID[string]).Draw(t, "replicas")
		var more Roster
		for _, id := range ids {
			more.Replicas = append(more.Replicas, replica(id, time.Hour))
		}
		gone := more.Replicas[rapid.IntRange(0, len(ids)-1).Draw(t, "gone")].Holder.ID
		fewer := Roster{Replicas: slices.DeleteFunc(slices.Clone(more.Replicas), func(r Replica) bool { return r.Holder.ID == gone })}
		turned := Roster{Replicas: slices.Clone(more.Replicas)}
		slices.Reverse(turned.Replicas)
		for account := range int64(200) {
			before, _ := more.preferred(account)
			after, ok := fewer.preferred(account)
			if !ok || before.Holder.ID != gone && before.Holder.ID != after.Holder.ID {
				t.Fatalf("account %d went from %s to %s when %s left", account, before.Holder.ID, after.Holder.ID, gone)
			}
			if other, _ := turned.preferred(account); other.Holder.ID != before.Holder.ID {
				t.Fatalf("account %d is for %s and for %s", account, before.Holder.ID, other.Holder.ID)
			}
		}
	})
}

// TestPreferredSpreads gives each of three replicas about a third of a thousand accounts.
func TestPreferredSpreads(t *testing.T) {
	roster := Roster{Replicas: []Replica{replica("a", time.Hour), replica("b", time.Hour), replica("c", time.Hour)}}
	shares := map[string]int{}
	for account := range int64(1000) {
		r, _ := roster.preferred(account)
		shares[r.Holder.ID]++
	}
	for id, n := range shares {
		if n < 270 || n > 400 {
			t.Errorf("replica %s has %d of 1000 accounts", id, n)
		}
	}
	if len(shares) != 3 {
		t.Errorf("%d of 3 replicas have accounts", len(shares))
	}
}

// TestTakingAndHandingOver says when a replica may take an account, and when it
// gives one away.
func TestTakingAndHandingOver(t *testing.T) {
	roster := Roster{Replicas: []Replica{replica("a", time.Hour), replica("b", time.Hour)}}
	var account int64 // one that is for b
	for r, _ := roster.preferred(account); r.Holder.ID != "b"; r, _ = roster.preferred(account) {
		account++
	}
	heldBy := func(id string, young ...string) Roster {
		r := Roster{Replicas: slices.Clone(roster.Replicas)}
		for i := range r.Replicas {
			if slices.Contains(young, r.Replicas[i].Holder.ID) {
				r.Replicas[i].Age = time.Second
			}
		}
		if id != "" {
			r.Seats = []Seat{{AccountID: account, Holder: Holder{ID: id}}}
		}
		return r
	}
	for _, test := range []struct {
		name   string
		roster Roster
		me     string
		free   time.Duration
		take   bool
		give   bool
	}{
		{name: "free, and for me", roster: heldBy(""), me: "b", take: true},
		{name: "free, and for another", roster: heldBy(""), me: "a", give: true},
		{name: "free for long, and for another", roster: heldBy(""), me: "a", free: takeAfter, take: true, give: true},
		{name: "held by another", roster: heldBy("a"), me: "b", free: time.Hour},
		{name: "held by me, for another", roster: heldBy("a"), me: "a", give: true, free: time.Hour, take: true},
		{name: "held by me, for another that has just come", roster: heldBy("a", "b"), me: "a"},
		{name: "free, and for me who has just come", roster: heldBy("", "b"), me: "b", take: true},
		{name: "nobody else can be there", roster: Roster{}, me: "a", take: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.roster.mayTake(account, Holder{ID: test.me}, test.free); got != test.take {
				t.Errorf("may take: %t", got)
			}
			if _, got := test.roster.handOver(account, Holder{ID: test.me}); got != test.give {
				t.Errorf("hand over: %t", got)
			}
		})
	}
}

// TestRollCallHearsOfAskedPolls hears of each asked poll once, and of none that was
// asked of an earlier holder.
func TestRollCallHearsOfAskedPolls(t *testing.T) {
	var c rollCall
	seat := func(asked int64) Roster {
		return Roster{Replicas: []Replica{replica("a", 0)}, Seats: []Seat{{AccountID: 1, Holder: Holder{ID: "a"}, Asked: asked}}}
	}
	for i, step := range []struct {
		asked int64
		heard bool
	}{{7, false}, {7, false}, {8, true}, {8, false}, {11, true}} {
		if got := c.hear(seat(step.asked), []int64{1, 2}); (len(got) > 0) != step.heard {
			t.Errorf("step %d: heard %v", i, got)
		}
	}
	if fmt.Sprint(c.free) == "map[]" || len(c.free) != 1 {
		t.Errorf("free are %v, want account 2", c.free)
	}
}
