package engine

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// replicas are several processes on a store that many share, with several accounts.
type replicas struct {
	*world

	t       *testing.T
	sources []*fakeSource
	next    int64
}

func newReplicas(t *testing.T, accounts int) *replicas {
	t.Helper()
	r := &replicas{world: newWorld(), t: t}
	r.store.expiring = true
	for i := range accounts {
		source := newFakeSource(r.now)
		source.account = Account{ID: int64(100 + i), Name: fmt.Sprintf("Account %d", i), Subdomain: fmt.Sprintf("account-%d", i)}
		r.sources = append(r.sources, source)
	}
	return r
}

// come starts a replica.
func (r *replicas) come() *process {
	r.t.Helper()
	return r.comeWith(func(*AccountSettings) {})
}

// comeWith starts a replica with settings of its own.
func (r *replicas) comeWith(edit func(*AccountSettings)) *process {
	r.t.Helper()
	p := r.start(r.t)
	setup := p.setup()
	setup.Accounts = nil
	for i, source := range r.sources {
		settings := r.settings
		settings.Name, settings.Identity = fmt.Sprintf("account-%d", i), fmt.Sprintf("identity-%d", i)
		edit(&settings)
		setup.Accounts = append(setup.Accounts, AccountSetup{Settings: settings, Source: source})
	}
	if _, err := p.engine.Configure(p.ctx, setup); err != nil {
		r.t.Fatal(err)
	}
	p.run()
	return p
}

// sendAll sends an incident to every account.
func (r *replicas) sendAll() {
	for _, source := range r.sources {
		r.next++
		source.put(r.incident(r.next, orgAcme, SeverityHigh))
	}
}

// led are the accounts that a process works.
func (p *process) led() (accounts []string) {
	for _, a := range p.engine.list() {
		if a.held() != nil {
			accounts = append(accounts, a.name())
		}
	}
	return accounts
}

// expectLed makes sure that each account is led exactly once.
func (r *replicas) expectLed(processes ...*process) {
	r.t.Helper()
	leaders := map[string]int{}
	for _, p := range processes {
		for _, name := range p.led() {
			leaders[name]++
		}
	}
	for i := range r.sources {
		if name := fmt.Sprintf("account-%d", i); leaders[name] != 1 {
			r.t.Errorf("%s is led by %d processes", name, leaders[name])
		}
	}
}

// expectTickets makes sure that each incident that was sent has exactly one ticket.
func (r *replicas) expectTickets() {
	r.t.Helper()
	counts := map[int64]int{}
	for _, ticket := range r.desk.all() {
		id, _ := ParseMarker(ticket.Title)
		counts[id]++
	}
	for id := range r.next {
		if counts[id+1] != 1 {
			r.t.Errorf("incident %d has %d tickets", id+1, counts[id+1])
		}
	}
}

// TestReplicasShare starts three replicas one after the other, stops one, kills one.
func TestReplicasShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 12)
		a := r.come()
		r.sendAll()
		time.Sleep(10 * time.Second)
		if n := len(a.led()); n != 12 {
			t.Fatalf("the only replica leads %d of 12 accounts", n)
		}
		r.expectTickets()
		b, c := r.come(), r.come()
		time.Sleep(settledAfter + 3*attendEvery)
		r.expectLed(a, b, c)
		for i, p := range []*process{a, b, c} {
			if len(p.led()) == 0 {
				t.Errorf("replica %d leads nothing", i)
			}
		}

		r.sendAll()
		if err := c.stop(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(takeAfter + 2*attendEvery)
		r.expectLed(a, b)
		r.sendAll()

		b.kill()
		time.Sleep(leaseTime(r.settle) + takeAfter + 2*attendEvery)
		r.expectLed(a)
		r.sendAll()
		time.Sleep(6 * time.Minute)
		r.expectTickets()
		if err := a.stop(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestReplicaCutOff keeps a replica from the store for longer than its leases last:
// others take over, and it comes back to nothing that it may do twice.
func TestReplicaCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 8)
		a, b := r.come(), r.come()
		time.Sleep(settledAfter + 3*attendEvery)
		r.expectLed(a, b)
		before := len(a.led())
		if before == 0 || before == 8 {
			t.Fatalf("one of two replicas leads %d of 8 accounts", before)
		}
		r.sendAll()
		r.store.cutOff(a.holder, true)
		time.Sleep(leaseTime(r.settle) + takeAfter + 2*attendEvery)
		if n := len(b.led()); n != 8 {
			t.Errorf("the other leads %d of 8 accounts", n)
		}
		r.sendAll()
		time.Sleep(6 * time.Minute)
		r.store.cutOff(a.holder, false)
		r.sendAll()
		time.Sleep(settledAfter + 3*attendEvery + 6*time.Minute)
		r.expectLed(a, b)
		if n := len(a.led()); n != before {
			t.Errorf("back again it leads %d accounts, before %d", n, before)
		}
		r.expectTickets()
	})
}

// TestShortCutChangesNothing keeps a replica from the store for less than its
// leases last: it goes on.
func TestShortCutChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 4)
		a, b := r.come(), r.come()
		time.Sleep(settledAfter + 3*attendEvery)
		before := fmt.Sprint(a.led())
		r.store.cutOff(a.holder, true)
		time.Sleep(attendance + attendEvery) // Long enough for it to be missed.
		r.store.cutOff(a.holder, false)
		r.sendAll()
		time.Sleep(6 * time.Minute)
		if after := fmt.Sprint(a.led()); after != before {
			t.Errorf("it leads %s, before %s", after, before)
		}
		r.expectLed(a, b)
		r.expectTickets()
	})
}

// TestCrashingReplicaIsGivenNothing starts a replica again and again that dies at once.
func TestCrashingReplicaIsGivenNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 8)
		a := r.come()
		time.Sleep(time.Minute)
		for range 20 {
			b := r.come()
			time.Sleep(settledAfter / 2)
			b.kill()
			if n := len(a.led()); n != 8 {
				t.Fatalf("%d of 8 accounts are left", n)
			}
		}
	})
}

// TestPokeReachesTheLeader asks each replica for a poll, and each account is polled.
func TestPokeReachesTheLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 8)
		a, b := r.come(), r.come()
		time.Sleep(time.Minute)
		for _, p := range []*process{a, b} {
			r.sendAll()
			p.engine.Poke()
			time.Sleep(2 * attendEvery)
			r.expectTickets()
		}
	})
}

// TestOnlyTheLeaderShowsAnAccount looks at the metrics of two replicas.
func TestOnlyTheLeaderShowsAnAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.store.expiring = true
		first, firstSeries := w.measured(t)
		first.run()
		time.Sleep(time.Minute)
		second, secondSeries := w.measured(t)
		second.run()
		time.Sleep(time.Minute)
		if len(second.led()) > 0 {
			first, firstSeries, secondSeries = second, secondSeries, firstSeries
		}
		expectSeries(t, firstSeries, map[string]float64{"huntsync_account_leader main": 1, "huntsync_poll_consecutive_failures main": 0})
		expectSeries(t, secondSeries, map[string]float64{"huntsync_account_leader main": 0})
		if _, shown := series(t, secondSeries)["huntsync_poll_consecutive_failures main"]; shown {
			t.Error("the replica that stands by shows polls")
		}
		if err := first.stop(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(takeAfter + 2*attendEvery)
		expectSeries(t, secondSeries, map[string]float64{"huntsync_account_leader main": 1, "huntsync_poll_consecutive_failures main": 0})
		if at := series(t, secondSeries)["huntsync_poll_last_success_timestamp_seconds main"]; at == 0 {
			t.Error("the new leader does not know of the last poll")
		}
	})
}

// TestStopOfCreatesReachesReplicas lets one replica find out that the desk drops
// correlation ids: no other makes a ticket, until one of them is started again.
func TestStopOfCreatesReachesReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 8)
		a, b := r.come(), r.come()
		time.Sleep(time.Minute)
		r.expectLed(a, b)
		r.desk.dropIDs = true
		for i, source := range r.sources {
			if fmt.Sprintf("account-%d", i) == a.led()[0] {
				source.put(r.incident(1000, orgAcme, SeverityHigh))
			}
		}
		time.Sleep(6 * time.Minute)
		if n := r.desk.count(); n != 1 {
			t.Fatalf("%d tickets, want the one that showed it", n)
		}
		r.sendAll()
		time.Sleep(6 * time.Minute)
		if n := r.desk.count(); n != 1 {
			t.Errorf("%d tickets were made although one replica knew", n)
		}
		if b.engine.CreatesStopped() == "" {
			t.Error("the other replica does not know why nothing is created")
		}
		r.desk.dropIDs = false
		r.come()
		time.Sleep(6 * time.Minute)
		r.expectTickets()
	})
}

// TestNobodyWaitsForNewsThatCame lets the roster be heard of between an account's
// look at it and its wait for news.
func TestNobodyWaitsForNewsThatCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		a := p.engine.list()[0]
		led := make(chan error, 1)
		go func() {
			_, err := p.engine.lead(p.ctx, a)
			led <- err
		}()
		synctest.Wait()
		p.engine.roll.hear(Roster{}, nil)
		select {
		case err := <-led:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Error("the account waits for ever")
		}
	})
}

// TestTakingOverOutlivesTheStore lets the store fail just when a replica has taken
// accounts: it goes on as soon as the store answers again.
func TestTakingOverOutlivesTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReplicas(t, 4)
		a, b := r.come(), r.come()
		time.Sleep(settledAfter + 3*attendEvery)
		r.expectLed(a, b)
		if err := a.stop(); err != nil {
			t.Fatal(err)
		}
		r.store.setUnread(true)
		time.Sleep(attendance + takeAfter)
		r.store.setUnread(false)
		r.sendAll()
		time.Sleep(6 * time.Minute)
		r.expectLed(b)
		r.expectTickets()
		if err := b.stop(); err != nil || b.err != nil {
			t.Errorf("the replica ended: %v, %v", err, b.err)
		}
	})
}
