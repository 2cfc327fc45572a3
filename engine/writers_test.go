package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestQuietAccount has an account that made no ticket for days, while others at the
// same desk made some, or many, and another writer one of its own. It reads what was
// entered since where that is little, and else looks its incidents up; it doubles
// nothing either way.
func TestQuietAccount(t *testing.T) {
	again := []string{MarkerPrefix, MarkerPrefix, Marker(2), Marker(3), Marker(3)}
	for name, test := range map[string]struct {
		others int
		fault  fault // of the first look-up of incident 3
		asked  []string
	}{
		"among few":               {50, fault{}, []string{MarkerPrefix}},
		"among many":              {250, fault{}, []string{MarkerPrefix, Marker(2), Marker(3)}},
		"a look-up is refused":    {250, refusedHere(), again},
		"a look-up is cut":        {250, timedOut(), again}, // When the other one has its ticket.
		"a look-up is not let in": {250, unauthorized(), again},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReplicas(t, 1)
				r.store.expiring = false
				p := r.come()
				r.sendOne(0, 1)
				time.Sleep(24 * time.Hour)
				r.enter(Key{AccountID: r.sources[0].account.ID, Kind: KindIncident, IncidentID: 2})
				for id := range int64(test.others) {
					r.enter(Key{AccountID: 999, Kind: KindIncident, IncidentID: 1000 + id})
				}
				time.Sleep(48 * time.Hour)
				r.desk.forgetCalls()
				first := true
				r.desk.setFault(func(c deskCall) fault {
					if c.title != Marker(3) || c.op != "tickets" || !first {
						return fault{}
					}
					first = false
					return test.fault
				})
				r.sendOne(0, 2)
				r.sendOne(0, 3)
				time.Sleep(6 * time.Minute)
				if asked := r.desk.titles(); !slices.Equal(asked, test.asked) {
					t.Errorf("asked for %q, want %q", asked, test.asked)
				}
				for id := range int64(3) {
					if n := r.madeFor(id + 1); n != 1 {
						t.Errorf("incident %d has %d tickets", id+1, n)
					}
				}
				// What was looked up alone is no reason to believe the rest.
				r.enter(Key{AccountID: r.sources[0].account.ID, Kind: KindIncident, IncidentID: 4})
				r.sendOne(0, 4)
				time.Sleep(6 * time.Minute)
				if n := r.madeFor(4); n != 1 {
					t.Errorf("incident 4 has %d tickets", n)
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// enter makes a ticket as another writer does.
func (r *replicas) enter(key Key) Ticket {
	r.t.Helper()
	ticket, err := r.desk.Create(r.t.Context(), Draft{
		CorrelationID: key.CorrelationID(), Title: Marker(key.IncidentID) + " made by another", BoardID: boardSecurity, ClientID: clientAcme,
		StatusID: openStatus(boardSecurity), PriorityID: "p1",
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return ticket
}

// TestForgottenStaysForgotten has an operator say that an incident gets no ticket: the
// one that it has at the desk is neither taken over again nor taken for another writer's,
// whenever tickets are read.
func TestForgottenStaysForgotten(t *testing.T) {
	for _, owed := range []bool{false, true} {
		t.Run(fmt.Sprintf("adoption owed %t", owed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.send(1, orgAcme, SeverityHigh)
				p := w.start(t)
				p.run()
				time.Sleep(time.Minute)
				w.one(t, 1)
				if err := p.stop(); err != nil {
					t.Fatal(err)
				}
				r := w.record(t, 1)
				r.Work, r.DueAt = Work{Skip: SkipForgotten}, time.Time{}
				w.store.records[r.Key] = r
				account := w.store.accounts[r.Key.AccountID]
				account.Adoption.Owed = owed
				w.store.accounts[r.Key.AccountID] = account
				w.send(2, orgAcme, SeverityHigh)
				p = w.start(t)
				p.run()
				time.Sleep(time.Minute)
				w.one(t, 2)
				if r := w.record(t, 1); r.Work.Ticket != nil || !r.DueAt.IsZero() {
					t.Errorf("its ticket is %v again, due %s: %s", r.Work.Ticket, r.DueAt, w.outcomes(1))
				}
				if strings.Contains(w.logged(), "another writer") {
					t.Error("another writer was reported")
				}
				if err := p.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
