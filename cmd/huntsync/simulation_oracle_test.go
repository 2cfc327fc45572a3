package main

import (
	"context"
	"slices"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
)

// correlation is whose ticket it is, by what the ticket says.
func (s *simulation) correlation(t algapsasim.Ticket) string {
	if id := t.Attribute("huntsync_id"); id != "" {
		return id
	}
	if id, ok := engine.ParseMarker(t.Title); ok {
		return engine.Key{AccountID: simAccount, Kind: engine.KindIncident, IncidentID: id}.CorrelationID().String()
	}
	return ""
}

// judge compares Huntress with the desk.
func (s *simulation) judge() {
	made := map[string][]algapsasim.Ticket{}
	for _, t := range append(s.desk.Tickets(), s.people.removed...) {
		made[s.correlation(t)] = append(made[s.correlation(t)], t)
	}
	incidents := s.huntress.Incidents(simAccount)
	books := s.books()
	for _, i := range incidents {
		id := engine.Key{AccountID: simAccount, Kind: engine.KindIncident, IncidentID: i.ID}.CorrelationID().String()
		s.judgeOne(i, made[id], s.people.deleted[id], books[i.ID])
	}
	s.judgeBooks(func(int64) bool { return true })
	s.totals.judged(len(incidents)+s.removed, len(s.desk.Tickets()))
}

func (s *simulation) judgeOne(i huntresssim.Incident, tickets []algapsasim.Ticket, deleted bool, r engine.Record) {
	if len(tickets) > 1 {
		s.t.Errorf("incident %d has %d tickets: %s and %s", i.ID, len(tickets), tickets[0].Number, tickets[1].Number)
		return
	}
	due := s.due(i)
	if len(tickets) == 0 {
		if due {
			s.t.Errorf("incident %d (%s, organization %d, sent %s) has no ticket", i.ID, i.Status, i.OrganizationID, i.SentAt)
		}
		return
	}
	t := tickets[0]
	if i.OrganizationID == 103 {
		s.t.Errorf("incident %d of an opted-out organization has a ticket", i.ID)
	}
	if deleted || s.people.touched[t.ID] != "" {
		return
	}
	if over := engine.Status(i.Status).Closed(); over != t.StatusClosed && !s.mergedWithOpen(t) {
		s.t.Errorf("incident %d is %s, but its ticket %s is %s", i.ID, i.Status, t.Number, t.Status)
	}
	client, board := "Security Triage", "Triage"
	switch i.OrganizationID {
	case 100:
		client, board = "Acme Corporation", "Security"
	case 101:
		client, board = "Birchwood Family Dental", "VIP Security"
	case 102:
		client, board = "Cedar Ridge Schools", "Security"
	}
	if board != "Triage" && i.IndicatorTypes[0] == "ransomware_canaries" {
		board = "Incident Response"
	}
	if t.Client != client || t.Board != board {
		s.t.Errorf("incident %d: ticket %s is for %q on %q, want %q on %q", i.ID, t.Number, t.Client, t.Board, client, board)
	}
	if r.Work.Ticket == nil || r.Work.Ticket.ID != t.ID {
		s.t.Errorf("incident %d: the books do not have its ticket %s: %+v", i.ID, t.Number, r.Work.Ticket)
		return
	}
	s.judgeDetails(i, t, r)
}

// mergedWithOpen reports whether somebody merged a ticket into this one that is
// open: its board does not let it be closed.
func (s *simulation) mergedWithOpen(t algapsasim.Ticket) bool {
	return slices.ContainsFunc(s.desk.Tickets(), func(child algapsasim.Ticket) bool {
		return child.MasterID == t.ID && child.ClosedAt.IsZero()
	})
}

// books are the records of all incidents.
func (s *simulation) books() map[int64]engine.Record {
	records, err := s.process.store.Records(context.Background(), engine.RecordQuery{AccountID: simAccount})
	if err != nil {
		s.t.Fatal(err)
	}
	books := map[int64]engine.Record{}
	for _, r := range records {
		books[r.Key.IncidentID] = r
	}
	return books
}

// due reports whether an incident must have a ticket: all must, but those of the
// opted-out organization and those that were over when the first look-back began.
func (s *simulation) due(i huntresssim.Incident) bool {
	return i.OrganizationID != 103 && (engine.Status(i.Status).Open() || !s.ancient[i.ID])
}

// judgeBooks makes sure that everything that is concerned, and was updated since the
// state began, was seen as it is now, whether or not a ticket is due for it.
func (s *simulation) judgeBooks(concerns func(incident int64) bool) {
	books := s.books()
	missed := 0
	for _, i := range s.huntress.Incidents(simAccount) {
		if i.UpdatedAt.Before(s.began) || !concerns(i.ID) {
			continue // Before the look-back, perhaps.
		}
		if got := books[i.ID].Seen.Incident; string(got.Status) != i.Status || got.Summary != i.Summary {
			missed++
			if missed == 1 {
				s.t.Errorf("incident %d, updated %s, was missed: it is %s %q, and was seen as %s %q",
					i.ID, i.UpdatedAt, i.Status, i.Summary, got.Status, got.Summary)
			}
		}
	}
	if missed > 1 {
		s.t.Errorf("%d incidents were missed", missed)
	}
}
