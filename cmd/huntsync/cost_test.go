package main

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/engine"
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
		s.end()
	})
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
			s.end()
		})
	}
}

// newQuietWorld is a world in which nothing goes wrong.
func newQuietWorld(t *testing.T, dir string) *simulation {
	t.Helper()
	s := newSimulationOf(t, 1, dir, new(tallies))
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
