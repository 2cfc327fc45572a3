//go:build unix

package main

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// TestReplicas runs three programs on one PostgreSQL database, and takes from them
// what machines take: one is killed, one is stopped for longer than its leases last
// and goes on afterwards, the database restarts, one loses its network to the
// database, and all are replaced one after the other while the configuration
// changes. Meanwhile incidents of six accounts are published, closed and reopened.
// None is lost, none doubled, and the accounts of a dead replica move within the
// time of its leases.
func TestReplicas(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it lets leases end, for minutes; run without -short")
	}
	w := newReplicaWorld(t)
	// A replica that comes is given accounts after ten seconds; roster and lease are
	// looked at every two.
	const balance, failover = 30 * time.Second, replicaLease + 10*time.Second
	took := map[string]time.Duration{}

	a, b, c := w.come("a"), w.come("b"), w.come("c")
	w.await(balance, a, b, c)
	stop := w.stream()

	w.end(a, syscall.SIGKILL)
	took["kill -9"] = w.await(failover, b, c)
	a = w.come("a2")
	w.awaitShare(balance, a)

	send(t, a, syscall.SIGSTOP)
	w.forget(a)
	took["SIGSTOP"] = w.await(failover, b, c)
	send(t, a, syscall.SIGCONT)
	w.remember(a)
	w.awaitShare(balance, a)

	w.server.Restart(t)
	took["database restart"] = w.await(balance, a, b, c)

	b.wire.set(true)
	w.forget(b)
	took["partition"] = w.await(failover, a, c)
	b.wire.set(false)
	w.remember(b)
	// Statements that got no answer are given up after a minute.
	w.awaitShare(90*time.Second, b)

	for i, old := range []*replicaProcess{a, b, c} {
		w.end(old, syscall.SIGTERM)
		if old.err != nil {
			t.Errorf("replica %s did not end well: %v", old.name, old.err)
		}
		w.come(fmt.Sprintf("rolling-%d", i))
		if i == 0 {
			w.configure("\nticket {\n  time_zone = \"Europe/Berlin\"\n}\n")
		}
	}
	took["rolling restart"] = w.await(balance, w.there()...)

	stop()
	w.settle(3 * time.Minute)
	t.Logf("%d incidents published, %d tickets, 0 lost, 0 doubled; a lease lasts %s; all accounts were worked again after: %v",
		len(w.published), len(w.desk.Tickets()), replicaLease, took)
}

// awaitShare waits until a replica works something.
func (w *replicaWorld) awaitShare(limit time.Duration, p *replicaProcess) {
	w.t.Helper()
	var last error
	var there time.Time
	shares := func() bool {
		leaders, err := w.leaders(p)
		if last = err; err != nil {
			there = time.Time{}
			return false
		}
		if there.IsZero() {
			there = time.Now()
		}
		// Six accounts may all be for the others, by chance; then it stands by.
		return leaders[p.cmd.Process.Pid] > 0 || time.Since(there) > 15*time.Second
	}
	if !until(limit, 200*time.Millisecond, shares) {
		w.t.Errorf("after %s replica %s says: %v", limit, p.name, last)
	}
}

func send(t *testing.T, p *replicaProcess, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}
