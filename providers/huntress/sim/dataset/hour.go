package dataset

import (
	"fmt"
	"time"

	"github.com/huntsync/huntsync/providers/huntress/sim"
)

// Step is something that the SOC or the MSP does in Huntress.
type Step struct {
	// At is when, since the beginning of the hour.
	At time.Duration
	// What tells it to whoever watches.
	What string
	// Do does it in the simulator, at the simulator's time.
	Do func(*sim.Server) error
}

// The incident reports of the hour that do not exist before it.
const (
	ransomware = 2_091_001 + iota
	phishing
	shortLived
	teller
	coffee
	detonation
	unfamiliar
)

// Hour is an hour of activity in the data set: new, changed, closed and reopened
// incident reports, always the same ones. The steps are in order of time.
func Hour() []Step {
	return []Step{
		{2 * minute, "Acme Inc.: ransomware canaries on the domain controller, critical", publish(ransomware, spec{
			organization: acme, host: 7001, severity: "critical", indicators: on("ransomware_canaries"),
			summary: "Canary files on the domain controller were encrypted.",
			steps: []sim.Remediation{
				containment("Isolate Host", "ACME-DC01"),
				assisted("unapproved", "Kill Process", "process", "lsaiso_.exe"),
			},
		})},
		{5 * minute, "Fjord & Fjell Møbler AS: phishing, low", publish(phishing, spec{
			organization: fjord, severity: "low", platform: "email_security", indicators: on("email_security_detections"),
			summary: "A message asks for the login to a false parcel service.",
		})},
		{9 * minute, "Acme Inc.: the SOC adds to the summary, a remediation is approved", change(ransomware, func(i *sim.Incident, now time.Time) {
			i.Summary += " The first encrypted file was written by a service that was installed one hour before."
			i.Remediations[1].Status = "approved"
			i.Remediations[1].ApprovedAt = now
			i.Remediations[1].ApprovedBy = &sim.User{ID: 88, Name: "Dana Whitfield", Email: "dana@northstar.example"}
		})},
		{13 * minute, "Harborview Pediatrics: opened and closed between two polls", all(
			publish(shortLived, spec{
				organization: harbor, host: 7013, severity: "low", indicators: on("antivirus_detections"),
				summary: "Defender removed a downloader before it ran.",
			}),
			status(shortLived, sim.StatusClosed),
		)},
		{17 * minute, "Granite Peak Legal, LLP: the ransomware of the day before yesterday is closed", status(idOf(granite, "ransomware_canaries"), sim.StatusClosed)},
		{21 * minute, "Eastgate Credit Union: suspicious logins, low", publish(teller, spec{
			organization: eastgate, severity: "low", platform: "microsoft_365", indicators: on("managed_identity"),
			summary: "A teller logs in from two cities.",
		})},
		{25 * minute, "Juniper Street Coffee Roasters, which nobody has mapped: a second host, high", publish(coffee, spec{
			organization: juniper, host: 7016, severity: "high", indicators: on("footholds"),
			summary: "The program that read the payment software is back after a restart.",
			steps:   []sim.Remediation{assisted("unapproved", "Delete Service", "service", "POSUpdate")},
		})},
		{30 * minute, "Eastgate Credit Union: the logins turn out to be a takeover, now critical", change(teller, func(i *sim.Incident, _ time.Time) {
			i.Severity = "critical"
			i.Subject = "CRITICAL - Incident on Eastgate Credit Union"
			i.Summary += " Mails were sent to 212 members."
		})},
		{34 * minute, "Northstar IT Services (lab), which is opted out: another detonation", publish(detonation, spec{
			organization: lab, host: 7017, severity: "critical", indicators: on("process_detections"),
			summary: "Somebody detonates samples here again.",
		})},
		{38 * minute, "Acme Inc.: remediation completed, incident closed", all(
			change(ransomware, func(i *sim.Incident, now time.Time) {
				i.Remediations[1].Status = "completed"
				i.Remediations[1].CompletedAt = now
			}),
			status(ransomware, sim.StatusClosed),
		)},
		{43 * minute, "Granite Peak Legal, LLP: encryption goes on, the incident is reopened", all(
			status(idOf(granite, "ransomware_canaries"), sim.StatusSent),
			change(idOf(granite, "ransomware_canaries"), func(i *sim.Incident, _ time.Time) {
				i.Summary += " Encryption went on from a second host."
			}),
		)},
		{47 * minute, "Ibérica Logística, S.L.: dismissed by the MSP", status(idOf(iberica, "siem_detections"), sim.StatusPartnerDismissed)},
		{51 * minute, "東京 Precision Parts K.K.: an unknown kind of indicator, high", publish(unfamiliar, spec{
			organization: tokyo, host: 7015, severity: "high", indicators: on("firmware_detections"),
			summary: "The firmware of the workstation differs from the published one.",
		})},
		{56 * minute, "Fjord & Fjell Møbler AS: the phishing is being deleted", status(phishing, sim.StatusDeleting)},
	}
}

// publish adds a new incident report.
func publish(id int64, s spec) func(*sim.Server) error {
	return func(server *sim.Server) error {
		server.AddIncident(s.incident(id, server.Now()))
		return nil
	}
}

// change changes an incident report.
func change(id int64, f func(*sim.Incident, time.Time)) func(*sim.Server) error {
	return func(server *sim.Server) error {
		return server.UpdateIncident(AccountID, id, func(i *sim.Incident) { f(i, server.Now()) })
	}
}

// status gives an incident report another status.
func status(id int64, to string) func(*sim.Server) error {
	return func(server *sim.Server) error { return server.SetStatus(AccountID, id, to) }
}

func all(steps ...func(*sim.Server) error) func(*sim.Server) error {
	return func(server *sim.Server) error {
		for _, do := range steps {
			if err := do(server); err != nil {
				return fmt.Errorf("demo data: %w", err)
			}
		}
		return nil
	}
}

// idOf finds the incident report of an organization by its first indicator.
func idOf(organization int64, indicator string) int64 {
	for i, s := range specs() {
		if s.organization == organization && len(s.indicators) > 0 && s.indicators[0] == indicator {
			return int64(firstIncident + i)
		}
	}
	return 0
}
