package main

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
)

// TestQuietPassIsOneRequest counts what a pass over an unchanged account costs:
// one request to Huntress, and none to the desk.
func TestQuietPassIsOneRequest(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		s := newQuietWorld(t, dir)
		s.publish(time.Hour)
		s.publish(2 * time.Hour)
		s.wait(2 * time.Minute) // The first pass, its census and its tickets.
		if n := len(s.desk.Tickets()); n == 0 {
			t.Fatal("the first pass made no ticket: nothing can be told from the second")
		}
		s.huntress.ResetRequests()
		desk := len(s.desk.Requests())
		s.wait(5 * time.Minute)
		requests := s.huntress.Requests()
		if len(requests) != 1 || requests[0].Path != "/v1/incident_reports" {
			t.Errorf("a quiet pass asked Huntress for %v, want one page of incident reports", paths(requests))
		}
		if n := len(s.desk.Requests()) - desk; n != 0 {
			t.Errorf("a quiet pass sent %d requests to the desk, want none", n)
		}
	})
}

// TestRequestsOfALife follows tickets through their lives, by the real program, and
// counts what each step asks the desk for: no more than this.
func TestRequestsOfALife(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		s := newQuietWorld(t, dir)
		s.huntress.AddAgent(huntresssim.Agent{ID: 9, AccountID: simAccount, OrganizationID: 100, Hostname: "WS-1", SerialNumber: "S-1"})
		for _, client := range s.desk.Clients() {
			s.desk.AddAsset(algapsasim.Asset{ClientID: client.ID, Name: "ws-1", Tag: "1", Type: "workstation"})
		}
		add := func(id, agent int64, status string) {
			s.huntress.AddIncident(huntresssim.Incident{
				ID: id, AccountID: simAccount, OrganizationID: 100, AgentID: agent, Severity: "high", Platform: "windows",
				Subject: fmt.Sprintf("Incident %d", id), Summary: "It began.", Status: status,
			})
		}
		change := func(id int64, edit func(*huntresssim.Incident)) {
			if err := s.huntress.UpdateIncident(simAccount, id, edit); err != nil {
				t.Fatal(err)
			}
		}
		s.wait(time.Minute) // The first pass adopts what there is, which is nothing.
		for _, step := range []struct {
			what string
			do   func()
			want map[string]int
		}{
			{"one ticket", func() { add(1, 0, "sent") }, map[string]int{"look for markers": 1, "create": 1}},
			{"nothing new", func() {}, nil},
			{"ten tickets in a pass", func() {
				for id := range int64(10) {
					add(id+2, 0, "sent")
				}
			}, map[string]int{"look for markers": 1, "create": 10}},
			{"a note", func() { change(1, func(i *huntresssim.Incident) { i.Summary = "It went on." }) }, map[string]int{"read": 1, "note": 1}},
			{"raised", func() { change(1, func(i *huntresssim.Incident) { i.Severity = "critical" }) }, map[string]int{"read": 1, "note": 1, "change": 1}},
			{"several changes between two polls", func() {
				change(1, func(i *huntresssim.Incident) { i.Summary = "It is worse." })
				change(1, func(i *huntresssim.Incident) { i.Subject = "Worse" })
				change(1, func(i *huntresssim.Incident) { i.Status = "auto_remediating" })
			}, map[string]int{"read": 1, "note": 1}},
			{"over", func() { change(1, func(i *huntresssim.Incident) { i.Status = "closed" }) }, map[string]int{"read": 1, "note": 1, "status": 1}},
			{"open again", func() { change(1, func(i *huntresssim.Incident) { i.Status = "sent" }) }, map[string]int{"read": 1, "note": 1, "status": 1}},
			{"opened and closed between two polls", func() { add(20, 0, "closed") }, map[string]int{"look for markers": 1, "create": 1, "read": 1, "status": 1}},
			{"being deleted", func() { change(2, func(i *huntresssim.Incident) { i.Status = "deleting" }) }, map[string]int{"read": 1, "note": 1}},
			{"a ticket with a host and its asset", func() { add(30, 9, "sent") }, map[string]int{"look for markers": 1, "create": 1, "look for assets": 1, "read": 1, "link": 1}},
			{"nothing new at the end", func() {}, nil},
		} {
			before := len(s.desk.Requests())
			step.do()
			s.wait(6 * time.Minute)
			got := map[string]int{}
			for _, r := range s.desk.Requests()[before:] {
				if kind := deskRequest(r); kind != "catalogue" {
					got[kind]++
				}
			}
			if !maps.Equal(got, step.want) {
				t.Errorf("%s: asked the desk for %v, want %v", step.what, got, step.want)
			}
		}
	})
}

// deskRequest says in a word what a request to the desk is for.
func deskRequest(r algapsasim.Request) string {
	for _, kind := range []struct{ word, method, path string }{
		{"catalogue", http.MethodGet, "/boards"},
		{"catalogue", http.MethodGet, "/tickets/statuses"},
		{"catalogue", http.MethodGet, "/priorities"},
		{"catalogue", http.MethodGet, "/categories/ticket"},
		{"catalogue", http.MethodGet, "/clients"},
		{"look for markers", http.MethodGet, "/tickets"},
		{"create", http.MethodPost, "/tickets"},
		{"read", http.MethodGet, "/tickets/*"},
		{"note", http.MethodPost, "/tickets/*/comments"},
		{"change", http.MethodPut, "/tickets/*"},
		{"status", http.MethodPut, "/tickets/*/status"},
		{"look for assets", http.MethodGet, "/assets"},
		{"link", http.MethodPost, "/tickets/*/assets"},
	} {
		if r.Is(kind.method, kind.path) {
			if kind.word == "look for assets" && !strings.Contains(r.Query, "name=") {
				return "catalogue"
			}
			return kind.word
		}
	}
	return r.Method + " " + r.Path
}

// TestTwelveThousandUpdatedIncidents lets 12,000 incidents, 24 pages, be updated
// between two polls, and go on being updated while they are read. None is missed.
func TestTwelveThousandUpdatedIncidents(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads 12,000 incidents many times over; run without -short")
	}
	const many = 12_000
	for _, paging := range []huntresssim.Paging{huntresssim.StrictlyOlder, huntresssim.AtOrOlder} {
		dir := simulationDir(t)
		synctest.Test(t, func(t *testing.T) {
			s := newQuietWorld(t, dir)
			s.stop()
			s.huntress = huntresssim.New(huntresssim.Options{Paging: paging})
			s.fillHuntress()
			s.network = byPort{"1": s.serve(s.huntress), "2": s.network}
			began := time.Now()
			for id := int64(1); id <= many; id++ {
				at := began.Add(-time.Duration(id/7) * time.Second)
				s.huntress.AddIncident(huntresssim.Incident{
					ID: id, AccountID: simAccount, OrganizationID: 103, Severity: "low", Platform: "windows",
					Subject: fmt.Sprintf("Incident %d", id), SentAt: at, UpdatedAt: at, StatusUpdatedAt: at,
				})
			}
			moved := int64(0)
			s.huntress.SetFault(func(*http.Request) *huntresssim.Fault {
				moved += 97
				if err := s.huntress.UpdateIncident(simAccount, 1+moved%many, func(i *huntresssim.Incident) { i.Summary += "." }); err != nil {
					t.Error(err)
				}
				return nil
			})
			s.start()
			s.wait(4 * time.Minute) // Before the second poll.
			records, err := s.process.store.Records(t.Context(), engine.RecordQuery{AccountID: simAccount})
			if err != nil {
				t.Fatal(err)
			}
			if len(records) != many {
				t.Errorf("%d of %d incidents were observed by the first pass", len(records), many)
			}
			state, err := s.process.store.Account(t.Context(), simAccount)
			if err != nil {
				t.Fatal(err)
			}
			if state.Poll.Cursor.IsZero() || state.Poll.Failures > 0 {
				t.Errorf("the walk was not proved complete: %+v", state.Poll)
			}
			t.Logf("paging %d: %d requests", paging, len(s.huntress.Requests()))
			s.huntress.SetFault(nil)
		})
	}
}

// newQuietWorld is a world in which nothing goes wrong.
func newQuietWorld(t *testing.T, dir string) *simulation {
	t.Helper()
	s := newSimulationOf(t, 1, dir, newTallies())
	s.weather.fair()
	s.huntress = huntresssim.New(huntresssim.Options{})
	s.fillHuntress()
	s.openDesk()
	s.writeConfig()
	s.start()
	return s
}

func paths(requests []huntresssim.Request) []string {
	var all []string
	for _, r := range requests {
		all = append(all, r.Path+"?"+r.Query.Encode())
	}
	return all
}
