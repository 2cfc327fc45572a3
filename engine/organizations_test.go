package engine

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// noOrganizations makes Huntress fail to list organizations, and nothing else.
func noOrganizations(op string) error {
	if op == "organizations" {
		return huntressDown(op)
	}
	return nil
}

// TestUnreadableOrganizationsHoldUpNothing has the list of organizations fail, with
// the census and when a new organization appears: incidents get their tickets, those
// of the new one on the triage board, and the poll says that it failed.
func TestUnreadableOrganizationsHoldUpNothing(t *testing.T) {
	for name, wait := range map[string]time.Duration{
		"with the census":        61 * time.Minute,
		"for a new organization": 5 * time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				p := w.start(t)
				p.mustPass(t)
				time.Sleep(wait)
				w.source.setBefore(noOrganizations)
				w.source.organize(Organization{ID: 77, Name: "New Corp"})
				w.send(1, 77, SeverityCritical)
				w.send(2, orgAcme, SeverityLow)
				w.source.forgetRequests()
				for failures := 1; failures <= 2; failures++ {
					err := p.pass()
					if e := (&Error{}); !errors.As(err, &e) || e.Reason != ReasonUnavailable {
						t.Errorf("the pass ended with %v", err)
					}
					a, _ := w.store.Account(t.Context(), 5)
					if got := a.Poll; got.Failures != failures || got.Error == "" || !got.Cursor.Equal(w.source.incidents()[1].UpdatedAt) {
						t.Errorf("poll state %+v", got)
					}
					if asked := w.source.asked("organizations"); asked != failures {
						t.Errorf("the organizations were asked for %d times in %d polls", asked, failures)
					}
					time.Sleep(5 * time.Minute)
				}
				if ticket := w.one(t, 1); ticket.ClientID != clientTriage {
					t.Errorf("the new organization's ticket is for %s", ticket.ClientID)
				}
				if ticket := w.one(t, 2); ticket.ClientID != clientAcme {
					t.Errorf("the known organization's ticket is for %s", ticket.ClientID)
				}
				// As soon as they can be read they are, by whichever process.
				if err := p.stop(); err != nil {
					t.Fatal(err)
				}
				w.source.setBefore(nil)
				p = w.start(t)
				p.mustPass(t)
				a, _ := w.store.Account(t.Context(), 5)
				if len(a.Organizations) != 5 || a.Poll.Failures != 0 || a.Poll.OrganizationsOwed {
					t.Errorf("account %+v", a)
				}
			})
		})
	}
}

// TestFirstPollNeedsOrganizations: as long as none were ever read, every incident
// would go to the fallback. It waits, and nothing is lost.
func TestFirstPollNeedsOrganizations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		w.source.setBefore(noOrganizations)
		if err := p.pass(); err == nil {
			t.Error("the pass succeeded")
		}
		if n := len(w.desk.of(1)); n != 0 {
			t.Errorf("%d tickets", n)
		}
		w.source.setBefore(nil)
		p.mustPass(t)
		if ticket := w.one(t, 1); ticket.ClientID != clientAcme {
			t.Errorf("the ticket is for %s", ticket.ClientID)
		}
	})
}

// TestAgentsWakeNobody lets the number of agents of an organization change, as it does
// all the time: it is stored, and nothing is decided anew for it.
func TestAgentsWakeNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		p.mustPass(t)
		time.Sleep(61 * time.Minute)
		before := w.record(t, 1).DueAt
		changed := p.engine.view().changed
		w.source.mu.Lock()
		w.source.organizations[0].Agents += 17
		w.source.mu.Unlock()
		p.mustPass(t)
		if closed(changed) {
			t.Error("everybody is told of a new policy")
		}
		if due := w.record(t, 1).DueAt; !due.Equal(before) {
			t.Errorf("the incident is due at %s, before at %s", due, before)
		}
		if a, _ := w.store.Account(t.Context(), 5); a.Organizations[0].Agents != 17 {
			t.Errorf("the state has %d agents", a.Organizations[0].Agents)
		}
	})
}

// TestOrganizationsOfBeforeAreTaken has an account take the organizations that the state
// knows from another setup's time, once they are read again.
func TestOrganizationsOfBeforeAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		p.mustPass(t)
		a := p.engine.list()[0]
		a.mu.Lock()
		a.organizations = a.organizations[:1] // made before the others were read
		a.mu.Unlock()
		time.Sleep(61 * time.Minute)
		changed := p.engine.view().changed
		p.mustPass(t)
		a.mu.Lock()
		defer a.mu.Unlock()
		if len(a.organizations) != len(w.source.organizations) || !closed(changed) {
			t.Errorf("%d of %d organizations are decided by", len(a.organizations), len(w.source.organizations))
		}
	})
}
