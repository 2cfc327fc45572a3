// Package dataset is the simulated world of "huntsync demo": an MSP with twelve
// organizations, what the Huntress SOC published for them in the last weeks, and
// an hour of further activity. Names, hosts and addresses are made up; addresses
// are of the ranges reserved for documentation.
package dataset

import (
	"time"

	"github.com/huntsync/huntsync/providers/huntress/sim"
)

// The account of the demo and the credentials that open it.
const (
	AccountID = 4321
	Account   = "Northstar IT Services"
	Subdomain = "northstar"
	Key       = "hk_demo"
	Secret    = "hs_demo" // opens nothing but the simulator
)

// Load fills a simulator with the account, its key, organizations, hosts and
// incident reports, as they stand at that time.
func Load(s *sim.Server, now time.Time) {
	s.AddAccount(sim.Account{ID: AccountID, Name: Account, Subdomain: Subdomain, CreatedAt: now.AddDate(-3, 0, 0)})
	s.AddKey(sim.Key{Key: Key, Secret: Secret, Account: AccountID})
	for i, o := range Organizations() {
		created := now.AddDate(-2, 0, i)
		s.AddOrganization(sim.Organization{
			ID: o.ID, AccountID: AccountID, Name: o.Name, Key: o.Key, CreatedAt: created, UpdatedAt: created,
		})
	}
	for _, h := range hosts() {
		if h.uninstalled {
			continue
		}
		s.AddAgent(sim.Agent{
			ID: h.id, AccountID: AccountID, OrganizationID: h.organization, Hostname: h.name, OS: h.os,
			Platform: h.platform, IPv4: h.ip, ExternalIP: h.externalIP, SerialNumber: h.serial,
			LastCallbackAt: now.Add(-time.Duration(h.id%50) * time.Minute),
		})
	}
	for _, i := range Incidents(now) {
		s.AddIncident(i)
	}
}
