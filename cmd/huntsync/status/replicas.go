package status

import (
	"fmt"
	"slices"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// Replica is one of the processes that share the state.
type Replica struct {
	// Host is the machine that it runs on.
	Host string `json:"host"`
	// PID is its number there.
	PID int `json:"pid"`
	// Since is when it started.
	Since time.Time `json:"since"`
	// Accounts is how many it works.
	Accounts int `json:"accounts"`
	// This is true for the process that answers.
	This bool `json:"this,omitempty"`
}

// Name is what people call the replica.
func (r Replica) Name() string {
	name := fmt.Sprintf("%s (pid %d)", r.Host, r.PID)
	if r.This {
		name += ", this one"
	}
	return name
}

func replicaOf(h engine.Holder, self string) Replica {
	return Replica{Host: engine.CleanLine(h.Host), PID: h.PID, Since: h.Since.UTC(), This: h.ID == self && self != ""}
}

// replicas lists who is there, and tells each account who works it.
func (r *reader) replicas(s *Status, roster engine.Roster) {
	if len(roster.Replicas) == 0 {
		return
	}
	counts := map[string]int{}
	leaders := map[int64]engine.Holder{}
	for _, seat := range roster.Seats {
		counts[seat.Holder.ID]++
		leaders[seat.AccountID] = seat.Holder
	}
	for _, there := range roster.Replicas {
		replica := replicaOf(there.Holder, r.self())
		replica.Accounts = counts[there.Holder.ID]
		s.Replicas = append(s.Replicas, replica)
	}
	slices.SortFunc(s.Replicas, func(a, b Replica) int { return a.Since.Compare(b.Since) })
	for i := range s.Accounts {
		if h, ok := leaders[s.Accounts[i].ID]; ok {
			s.Accounts[i].Leader = new(replicaOf(h, r.self()))
		}
	}
}

// self is the ID of the process that answers; empty where none does.
func (r *reader) self() string {
	if r.options.Engine == nil {
		return ""
	}
	return r.options.Engine.Holder().ID
}

// elsewhere reports whether another process works the account: what fails there is
// no reason to take this one out of service.
func (a Account) elsewhere() bool { return a.Leader != nil && !a.Leader.This }

// replicas tells who works what, where several processes share the state.
func (p *page) replicas(s Status) {
	if len(s.Replicas) == 0 {
		return
	}
	var rows [][]cell
	for _, r := range s.Replicas {
		rows = append(rows, []cell{{r.Name(), bold}, {moment(r.Since), plain}, {fmt.Sprint(r.Accounts), plain}})
	}
	p.line("%s", p.paint(bold, "Replicas"))
	p.table([]string{"REPLICA", "SINCE", "ACCOUNTS"}, rows)
	p.line("")
}
