package engine

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"time"
)

// Roster is how the processes stand that share a state: who is there, and who
// works which account. The zero Roster is that of a state that serves a single
// process.
type Roster struct {
	// Replicas are there, by the ID of their holders.
	Replicas []Replica
	// Seats are the accounts that are held, by account.
	Seats []Seat
}

// Replica is a process that is there to work accounts.
type Replica struct {
	Holder Holder
	// Age is how long it had been there when it last said so, by the store's clock.
	Age time.Duration
}

// Seat is an account that is held.
type Seat struct {
	AccountID int64
	Holder    Holder
	// Expires is when the lease ends unless it is renewed.
	Expires time.Time
	// Asked grows whenever somebody asks for a poll at once.
	Asked int64
}

// A replica counts as there for attendance after it last said so, and says so
// every attendEvery.
const (
	attendEvery = 2 * time.Second
	attendance  = 5 * attendEvery
)

// A replica is handed accounts once it has been there for settledAfter: one that
// keeps crashing is given nothing. An account that its preferred replica does not
// take within takeAfter goes to any other.
const (
	settledAfter = 10 * time.Second
	takeAfter    = 3 * attendEvery
)

// shared reports whether several processes may work on the state.
func (r Roster) shared() bool { return len(r.Replicas) > 0 }

// others reports whether any replica but one is there.
func (r Roster) others(than Holder) bool {
	return slices.ContainsFunc(r.Replicas, func(other Replica) bool { return other.Holder.ID != than.ID })
}

// seat is who holds an account; ok is false where nobody does.
func (r Roster) seat(account int64) (Seat, bool) {
	i, ok := slices.BinarySearchFunc(r.Seats, account, func(s Seat, id int64) int { return cmp.Compare(s.AccountID, id) })
	if !ok {
		return Seat{}, false
	}
	return r.Seats[i], true
}

// preferred is the replica that should work an account. All replicas come to the
// same answer, and one that comes or goes moves only the accounts that are its own
// (rendezvous hashing).
func (r Roster) preferred(account int64) (Replica, bool) {
	var best Replica
	var most uint64
	for _, replica := range r.Replicas {
		if weight := affinity(replica.Holder.ID, account); best.Holder.ID == "" || weight > most {
			best, most = replica, weight
		}
	}
	return best, best.Holder.ID != ""
}

func affinity(replica string, account int64) uint64 {
	sum := sha256.Sum256([]byte(replica + "/" + strconv.FormatInt(account, 10)))
	return binary.BigEndian.Uint64(sum[:])
}

// handOver is the replica to which an account should go from its holder, if any.
func (r Roster) handOver(account int64, holder Holder) (Replica, bool) {
	to, ok := r.preferred(account)
	return to, ok && to.Holder.ID != holder.ID && to.Age >= settledAfter
}

// mayTake reports whether a replica may try to take an account that has been free
// for some time.
func (r Roster) mayTake(account int64, holder Holder, free time.Duration) bool {
	if seat, taken := r.seat(account); taken && seat.Holder.ID != holder.ID {
		return false
	}
	to, ok := r.preferred(account)
	return !ok || to.Holder.ID == holder.ID || free >= takeAfter
}
