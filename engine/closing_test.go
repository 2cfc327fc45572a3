package engine

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// reviewStatus is a second closed status, which the boards Security and VIP have.
func reviewStatus(board string) string { return "review@" + board }

// TestCloseByRoute closes tickets as a route says, on the board that they are on.
func TestCloseByRoute(t *testing.T) {
	yes := true
	review := &RouteClose{Status: "Needs review", Note: "Have a look.", Resolution: &yes}
	for name, test := range map[string]struct {
		routing      *Close
		organization int64
		route        *RouteClose
		person       func(*deskTicket)
		status       string // of the ticket at the end; empty: still open
		note         string // what the closing note begins with
		resolution   bool
	}{
		"the route's status, note and resolution":       {routing: &Close{Status: "Closed"}, organization: orgAcme, route: review, status: reviewStatus(boardSecurity), note: "Have a look.", resolution: true},
		"what the route leaves out is the routing's":    {routing: &Close{Status: "Closed", Note: "Over.", Resolution: true}, organization: orgAcme, route: &RouteClose{Status: "Needs review"}, status: reviewStatus(boardSecurity), note: "Over.", resolution: true},
		"the severity's status":                         {routing: &Close{Status: "Closed", Severities: map[Severity]string{SeverityLow: "Needs review"}}, organization: orgAcme, status: reviewStatus(boardSecurity), note: "Huntress ended"},
		"another severity's status":                     {routing: &Close{Status: "Closed", Severities: map[Severity]string{SeverityHigh: "Needs review"}}, organization: orgAcme, status: closedStatus(boardSecurity), note: "Huntress ended"},
		"the board that a person chose has it":          {routing: &Close{Status: "Closed"}, organization: orgAcme, route: review, person: onto(boardVIP), status: reviewStatus(boardVIP), note: "Have a look.", resolution: true},
		"the board that a person chose has it not":      {routing: &Close{Status: "Closed"}, organization: orgAcme, route: review, person: onto(boardTriage), status: closedStatus(boardTriage), note: "Have a look.", resolution: true},
		"a name that no board has":                      {routing: &Close{Status: "Closed"}, organization: orgAcme, route: &RouteClose{Status: "Checked"}, status: closedStatus(boardSecurity), note: "Huntress ended"},
		"a route alone":                                 {organization: orgAcme, route: review, status: reviewStatus(boardSecurity), note: "Have a look.", resolution: true},
		"no route applies to a triage ticket":           {routing: &Close{Status: "Closed"}, organization: orgUnmapped, route: review, status: closedStatus(boardTriage), note: "Huntress ended"},
		"no route alone applies to a triage ticket":     {organization: orgUnmapped, route: review, note: "Huntress ended"},
		"a route that only has a note closes nothing":   {organization: orgAcme, route: &RouteClose{Note: "Bye."}, note: "Huntress ended"},
		"neither the routing nor a route says anything": {organization: orgAcme, note: "Huntress ended"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				for _, board := range []string{boardSecurity, boardVIP} {
					w.desk.catalogue.Statuses = append(w.desk.catalogue.Statuses,
						TicketStatus{ID: reviewStatus(board), BoardID: board, Name: "Needs review", Closed: true})
				}
				w.configuration.edit = func(p *Policy) {
					p.Close = test.routing
					p.Routes = []Route{{Name: "r", Close: test.route}}
					for id, b := range p.Boards {
						if b.ClosedID = ""; p.Close != nil && id != boardEndless {
							b.ClosedID = closedStatus(id)
						}
						if id == boardSecurity || id == boardVIP {
							b.Closed = map[string]string{"Needs review": reviewStatus(id)}
						}
						p.Boards[id] = b
					}
				}
				w.send(1, test.organization, SeverityLow)
				p := w.start(t)
				p.mustPass(t)
				if test.person != nil {
					w.desk.person(w.one(t, 1).ID, test.person)
				}
				time.Sleep(2 * time.Second)
				w.source.setStatus(1, StatusClosed)
				p.mustPass(t)
				ticket := w.one(t, 1)
				if ticket.Closed != (test.status != "") || ticket.Closed && ticket.StatusID != test.status {
					t.Errorf("closed %t with the status %s, want %q", ticket.Closed, ticket.StatusID, test.status)
				}
				if len(ticket.notes) != 1 {
					t.Fatalf("%d notes, want one", len(ticket.notes))
				}
				if text := plain(ticket.notes[0].Body); !strings.HasPrefix(text, test.note) || ticket.notes[0].Resolution != test.resolution {
					t.Errorf("resolution %t: %s", ticket.notes[0].Resolution, text)
				}
				if r := w.record(t, 1); !r.Work.Ended || !r.DueAt.IsZero() {
					t.Errorf("it is not at rest: ended %t, due %s", r.Work.Ended, r.DueAt)
				}
			})
		})
	}
}

// onto moves a ticket to another board, as a person does.
func onto(board string) func(*deskTicket) {
	return func(d *deskTicket) { d.BoardID, d.StatusID = board, openStatus(board) }
}
