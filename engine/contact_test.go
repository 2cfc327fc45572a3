package engine

import (
	"testing"
	"testing/synctest"
	"time"
)

// wantContact gives the tickets of an organization a contact.
func wantContact(p *Policy) {
	key := OrganizationKey{5, orgAcme}
	m := p.Organizations[key]
	m.Contact = "Jane Doe"
	p.Organizations[key] = m
}

// TestContactThatCannotBeRead has a desk that lets us see no contacts, or fails to
// show them: tickets are made without, at once, and nothing else is held up.
func TestContactThatCannotBeRead(t *testing.T) {
	for name, f := range map[string]func() fault{
		"not let in": unauthorized, "failing": cutBefore, "silent": timedOut, "unreachable": neverSent,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.configuration.edit = wantContact
				w.desk.setFault(func(c deskCall) fault { return map[bool]fault{true: f()}[c.op == "contacts"] })
				w.send(1, orgAcme, SeverityCritical)
				for id := range int64(9) {
					w.send(id+2, orgGlobex, SeverityLow)
				}
				p := w.start(t)
				p.mustPass(t)
				for id := range int64(10) {
					w.one(t, id+1)
				}
				if err := p.engine.Paused(); err != nil {
					t.Errorf("the desk is paused: %v", err)
				}
			})
		})
	}
}

// TestContactWhileLimited waits where the desk limits us: the contact is left out
// only where it cannot be had.
func TestContactWhileLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.desk.contacts = []Contact{{ID: "jane", ClientID: clientAcme, Name: "Jane Doe"}}
		w.configuration.edit = wantContact
		w.desk.setFault(nextCall("contacts", limited(90*time.Second)))
		w.send(1, orgAcme, SeverityCritical)
		p := w.start(t)
		p.run()
		time.Sleep(2 * time.Minute)
		if ticket := w.one(t, 1); ticket.draft.ContactID != "jane" {
			t.Errorf("contact %q", ticket.draft.ContactID)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestKnownContactIsNoAnswer has a desk that goes away when a contact is known: that
// it need not be asked for tells nothing of the desk, which is probed as ever.
func TestKnownContactIsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.desk.contacts = []Contact{{ID: "jane", ClientID: clientAcme, Name: "Jane Doe"}}
		w.configuration.edit = wantContact
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		p.mustPass(t)
		w.send(2, orgAcme, SeverityLow)
		w.desk.setFault(func(c deskCall) fault { return map[bool]fault{true: neverSent()}[c.op == "create"] })
		w.desk.forgetCalls()
		p.run()
		time.Sleep(time.Minute + 3*time.Second)
		if n := len(w.desk.times("create")); n > 7 {
			t.Errorf("%d probes in a minute, want them twice as late each time", n)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestContactThatIsGone has somebody remove a contact just after it was looked up: the
// desk refuses the next ticket with it, and gets the one after without.
func TestContactThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.desk.contacts = []Contact{{ID: "jane", ClientID: clientAcme, Name: "Jane Doe"}}
		w.configuration.edit = wantContact
		w.send(1, orgAcme, SeverityCritical)
		p := w.start(t)
		p.mustPass(t)
		w.desk.contacts = nil
		w.send(2, orgAcme, SeverityCritical)
		p.mustPass(t)
		time.Sleep(firstBackOff)
		p.mustPass(t)
		if got := w.one(t, 2).draft.ContactID; got != "" {
			t.Errorf("contact %q: %s", got, w.outcomes(2))
		}
	})
}
