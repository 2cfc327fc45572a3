package main

import (
	"fmt"
	"slices"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
)

// The hosts of the organizations are numbered as they are; one more is uninstalled.
const (
	firstHost   = int64(500)
	noHost      = int64(600)
	firstRename = int64(100) // mapped by its id, so that it may have any name
)

// fillHosts adds a host for each organization to Huntress, and the assets that
// could be it to the desk. That of the first is one asset, another client's of the
// same name beside it; that of the second is one of two, by its serial number;
// that of the third could be either of two.
func (s *simulation) fillHosts() {
	for n := range int64(6) {
		s.huntress.AddAgent(huntresssim.Agent{
			ID: firstHost + n, AccountID: simAccount, OrganizationID: 100 + n,
			Hostname: fmt.Sprintf("HOST-%d", n), SerialNumber: fmt.Sprintf("SER-%d", n), OS: "Windows 11", Platform: "windows",
		})
	}
	clients := map[string]string{}
	for _, c := range s.desk.Clients() {
		clients[c.Name] = c.ID
	}
	s.hosts = map[int64]string{}
	for _, a := range []struct {
		host   int64
		client string
		serial string
		linked bool
	}{
		{host: 0, client: "Acme Corporation", linked: true},
		{host: 0, client: "Birchwood Family Dental"},
		{host: 1, client: "Birchwood Family Dental", serial: "ser-1 ", linked: true},
		{host: 1, client: "Birchwood Family Dental", serial: "SER-11"},
		{host: 2, client: "Cedar Ridge Schools"},
		{host: 2, client: "Cedar Ridge Schools", serial: "SER-22"},
		{host: 5, client: "Security Triage"},
	} {
		added := s.desk.AddAsset(algapsasim.Asset{ClientID: clients[a.client], Name: fmt.Sprintf("host-%d", a.host), Serial: a.serial})
		if a.linked {
			s.hosts[100+a.host] = added.ID
		}
	}
}

// host is the host of an incident of an organization: mostly its own, or one that
// nobody knows any more, or none.
func (s *simulation) host(organization int64) int64 {
	switch n := s.rng.IntN(10); {
	case organization < 100 || organization > 105 || n < 3:
		return 0
	case n == 3:
		return noHost
	default:
		return firstHost + organization - 100
	}
}

// rename gives another name to an organization: to one that is mapped by its id,
// and to one that is not mapped.
func (s *simulation) rename() {
	id := firstRename + 5*s.rng.Int64N(2)
	name := fmt.Sprintf("Organization %d, formerly of another name", s.rng.IntN(1000))
	s.huntress.AddOrganization(huntresssim.Organization{ID: id, AccountID: simAccount, Name: name, Key: fmt.Sprintf("org%d", id)})
	s.names[id] = name
	s.say("organization %d is called %q", id, name)
	s.totals.disaster("Huntress: an organization is renamed")
}

// judgeDetails makes sure of what a ticket that nobody touched is told besides: the
// name of its organization, its host, and the asset that the host is.
func (s *simulation) judgeDetails(i huntresssim.Incident, t algapsasim.Ticket, r engine.Record) {
	told := r.Work.Told.Organization
	if name := s.names[i.OrganizationID]; name != "" && engine.Status(i.Status).Open() && (told == nil || told.Name != name) {
		s.t.Errorf("incident %d: ticket %s was not told that organization %d is called %q: %+v", i.ID, t.Number, i.OrganizationID, name, told)
	}
	want := s.hosts[i.OrganizationID]
	if i.AgentID != firstHost+i.OrganizationID-100 {
		want = ""
	}
	var linked []string
	for _, link := range t.Assets {
		linked = append(linked, link.AssetID)
	}
	if slices.ContainsFunc(linked, func(id string) bool { return id != want }) || len(linked) > 1 {
		s.t.Errorf("incident %d of host %d: assets %q are linked to ticket %s, want %q", i.ID, i.AgentID, linked, t.Number, want)
	}
	// An adopted ticket is owed nothing more, and a host is looked for for a day.
	patient := !s.plot.losses && !s.plot.outage && !s.plot.absence
	if patient && want != "" && len(linked) == 0 {
		s.t.Errorf("incident %d of host %d: asset %s is not linked to ticket %s", i.ID, i.AgentID, want, t.Number)
	}
	if h := r.Work.Ticket.Host; patient && s.hosts[i.OrganizationID] != "" && h != nil {
		s.t.Errorf("incident %d of host %d: its ticket %s is still owed %+v", i.ID, i.AgentID, t.Number, *h)
	}
}
