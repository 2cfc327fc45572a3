package main

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
)

// TestReloadInThePassWakesAndKeepsThePass edits the configuration while a pass
// creates tickets: the pass ends on the policy that it began with. What the old
// policy could not do is tried at once by the new one, not after its back-off.
func TestReloadInThePassWakesAndKeepsThePass(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		if r := x.r.reload(t.Context()); !r.OK() {
			t.Fatalf("the good configuration does not run: %+v", r)
		}
		const incidents, refused = 12, 13
		for id := int64(1); id <= refused; id++ {
			x.huntress.AddIncident(huntresssim.Incident{
				ID: id, AccountID: simAccount, OrganizationID: 100, Severity: "high", Platform: "windows", Subject: "Incident",
			})
		}
		x.desk.SetFault(func(r algapsasim.Request) *algapsasim.Fault {
			switch {
			case !r.Is("POST", "/tickets"):
				return nil
			case isAbout(r, refused) && len(x.desk.Boards()) == 4:
				f := algapsasim.JSONError(400, "VALIDATION_ERROR", "Validation failed")
				return &f
			default:
				return &algapsasim.Fault{Delay: 5 * time.Second}
			}
		})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- x.e.Run(ctx) }()
		x.wait(10 * time.Second) // In the middle of the pass.
		made := len(x.desk.Tickets())
		if made == 0 || made >= incidents {
			t.Fatalf("%d tickets were made: this is not the middle of the pass", made)
		}
		x.edit(`board    = "Security"`, `board = "VIP Security"`)
		if r := x.r.reload(t.Context()); !r.OK() {
			t.Fatalf("the new configuration does not run: %+v", r)
		}
		x.wait(25 * time.Second)
		boards := map[string]int{}
		for _, ticket := range x.desk.Tickets() {
			boards[ticket.Board]++
		}
		if boards["Security"] != incidents || len(boards) != 1 {
			t.Errorf("the pass did not end on the policy it began with: %v", boards)
		}

		// A fifth board lets the refused one through; only the next policy tries at once.
		x.desk.AddBoard(algapsasim.Board{Name: "Fifth"})
		x.edit(`# edition`, `# another edition`)
		if r := x.r.reload(t.Context()); !r.OK() {
			t.Fatalf("the third configuration does not run: %+v", r)
		}
		x.wait(7 * time.Second)
		found := false
		for _, ticket := range x.desk.Tickets() {
			found = found || ticket.Board == "VIP Security"
		}
		if !found {
			t.Error("the incident that was refused before was not tried at once by the new policy")
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := x.e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// isAbout reports whether a request is the create of an incident's ticket.
func isAbout(r algapsasim.Request, incident int64) bool {
	return bytes.Contains(r.Body, []byte(engine.Marker(incident)))
}
