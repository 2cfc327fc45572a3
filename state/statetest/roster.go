package statetest

import (
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// A store that serves a single process answers with the zero Roster, always. One
// that is shared tells every process the same.
func testRoster(t *testing.T, place Place) {
	one, two := open(t, place), open(t, place)
	roster := func(store Store) engine.Roster {
		t.Helper()
		r, err := store.Roster(t.Context())
		must(t, err)
		return r
	}
	equal(t, roster(one), engine.Roster{})
	attend := func(store Store, id string) engine.Roster {
		t.Helper()
		r, err := store.Attend(t.Context(), holder(id), ttl)
		must(t, err)
		return r
	}
	first := attend(one, "a")
	lease := acquire(t, one, account, "a")
	if len(first.Replicas) == 0 {
		equal(t, first, engine.Roster{})
		equal(t, roster(one), engine.Roster{})
		must(t, one.AskPoll(t.Context(), []int64{account}))
		return
	}
	both := attend(two, "b")
	var there []engine.Holder
	for _, r := range both.Replicas {
		if r.Age < 0 || r.Age > time.Minute {
			t.Errorf("a replica that has just come has been there for %s", r.Age)
		}
		there = append(there, r.Holder)
	}
	equal(t, there, []engine.Holder{holder("a"), holder("b")})
	seats := both.Seats
	if len(seats) != 1 || seats[0].AccountID != account || seats[0].Holder != holder("a") || seats[0].Asked != 0 {
		t.Fatalf("the seats are %+v", seats)
	}
	if left := time.Until(seats[0].Expires); left < ttl/2 || left > ttl {
		t.Errorf("a lease of %v ends in %v", ttl, left)
	}

	must(t, two.AskPoll(t.Context(), []int64{account, account + 1}))
	if seats := roster(one).Seats; len(seats) != 1 || seats[0].Asked != 1 {
		t.Errorf("asked once, the seats are %+v", seats)
	}
	must(t, one.Release(t.Context(), lease))
	if seats := roster(two).Seats; len(seats) != 0 {
		t.Errorf("an account that was given back is held: %+v", seats)
	}
	must(t, two.Close())
	if replicas := roster(one).Replicas; len(replicas) != 1 || replicas[0].Holder != holder("a") {
		t.Errorf("one of two left, and there are %+v", replicas)
	}
	if _, err := one.Attend(t.Context(), engine.Holder{}, ttl); err == nil {
		t.Error("a replica without an ID was taken")
	}
}

// A replica that says nothing any more is not there, and begins anew when it comes back.
func testRosterForgets(t *testing.T, place Place) {
	store := open(t, place)
	r, err := store.Attend(t.Context(), holder("a"), time.Millisecond)
	must(t, err)
	for len(r.Replicas) > 0 {
		r, err = store.Roster(t.Context())
		must(t, err)
	}
	r, err = store.Attend(t.Context(), holder("a"), ttl)
	must(t, err)
	for _, replica := range r.Replicas {
		if replica.Age > time.Second {
			t.Errorf("a replica that has come back has been there for %s", replica.Age)
		}
	}
}
