package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	algapsadata "github.com/huntsync/huntsync/providers/algapsa/sim/dataset"
)

// TestForgedTickets lets somebody write a ticket that bears the marker of an
// incident, before the incident and after it. Neither is taken for ours: the
// incident gets its own ticket, and no other.
func TestForgedTickets(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		s := newQuietWorld(t, dir)
		s.publish(time.Minute) // Its ticket shows who enters ours.
		s.wait(time.Minute)
		forge := func() {
			board := s.desk.Boards()[0].ID
			s.desk.As(algapsadata.TechnicianID).Create(algapsasim.Ticket{
				Title: engine.Marker(s.nextID+1) + " All is well", BoardID: board, StatusID: s.status(board, false),
				ClientID: s.desk.Tickets()[0].ClientID, PriorityID: s.desk.Priorities()[0].ID,
			})
		}
		forge()
		s.publish(time.Minute)
		s.nextID--
		s.wait(10 * time.Minute)
		forge()
		s.nextID++
		s.wait(4 * time.Hour)
		id := engine.Key{AccountID: simAccount, Kind: engine.KindIncident, IncidentID: s.nextID}.CorrelationID().String()
		ours := 0
		for _, ticket := range s.desk.Tickets() {
			if ticket.Attribute("huntsync_id") == id {
				ours++
			}
		}
		if ours != 1 || len(s.desk.Tickets()) != 4 {
			t.Errorf("%d of %d tickets are ours for incident %d, want 1 of 4", ours, len(s.desk.Tickets()), s.nextID)
		}
	})
}

// TestSecurityNamesItsTests keeps the threat model true: every test that it names
// exists.
func TestSecurityNamesItsTests(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	err = filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1)
	if len(named) < 30 {
		t.Fatalf("SECURITY.md names %d tests: is it read rightly?", len(named))
	}
	for _, n := range named {
		if !strings.Contains(all.String(), "\nfunc "+n[1]+"(") {
			t.Errorf("SECURITY.md names %s, which does not exist", n[1])
		}
	}
}
