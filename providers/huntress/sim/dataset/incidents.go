package dataset

import (
	"fmt"
	"strings"
	"time"

	"github.com/huntsync/huntsync/providers/huntress/sim"
)

// firstIncident is the id of the first incident report; the others follow it.
const firstIncident = 2_090_001

// spec is one incident report in short.
type spec struct {
	organization int64
	host         int64 // 0 for identities and e-mail
	severity     string
	status       string // sent when empty
	platform     string // the host's when empty
	indicators   []string
	summary      string
	steps        []sim.Remediation
	sent         time.Duration // before now
	updated      time.Duration // before now; sent when 0
	override     map[string]any
}

// Incidents lists the incident reports as they stand at that time, by id: the
// older, the smaller.
func Incidents(now time.Time) []sim.Incident {
	var out []sim.Incident
	for i, s := range specs() {
		out = append(out, s.incident(int64(firstIncident+i), now))
	}
	return out
}

// incident writes an incident report out.
func (s spec) incident(id int64, now time.Time) sim.Incident {
	sent := now.Add(-s.sent)
	updated := sent
	if s.updated != 0 {
		updated = now.Add(-s.updated)
	}
	where := organizationName(s.organization)
	if h := findHost(s.host); s.host != 0 {
		where = fmt.Sprintf("%s (%s)", h.name, where)
		if s.platform == "" {
			s.platform = h.platform
		}
	}
	counts := map[string]int{}
	for n, indicator := range s.indicators {
		counts[indicator] = n + 1
	}
	i := sim.Incident{
		ID: id, AccountID: AccountID, OrganizationID: s.organization, AgentID: s.host,
		Subject:  fmt.Sprintf("%s - Incident on %s", strings.ToUpper(s.severity), where),
		Summary:  s.summary,
		Body:     fmt.Sprintf("Huntress found a problem on %s.\n\n%s\n\nIndicators: %s.", where, s.summary, strings.Join(s.indicators, ", ")),
		Severity: s.severity, Status: s.status, Platform: s.platform,
		IndicatorTypes: s.indicators, IndicatorCounts: counts, Remediations: number(id, s.steps, updated),
		SentAt: sent, CreatedAt: sent.Add(-20 * time.Minute), UpdatedAt: updated, StatusUpdatedAt: updated,
		Override: s.override,
	}
	if i.Status == "" {
		i.Status = sim.StatusSent
	}
	if i.Status == sim.StatusClosed {
		i.ClosedAt = updated
	}
	return i
}

// number gives remediations their ids and, where they are done, their times.
func number(incident int64, steps []sim.Remediation, done time.Time) []sim.Remediation {
	out := make([]sim.Remediation, 0, len(steps))
	for n, step := range steps {
		step.ID = incident*100 + int64(n)
		if step.Status == "approved" || step.Status == "completed" {
			step.ApprovedAt = done.Add(-10 * time.Minute)
			step.ApprovedBy = &sim.User{ID: 88, Name: "Dana Whitfield", Email: "dana@northstar.example"}
		}
		if step.Status == "completed" {
			step.CompletedAt = done
		}
		out = append(out, step)
	}
	return out
}

// assisted is a step that Huntress takes once it is approved.
func assisted(status, action string, parameters ...string) sim.Remediation {
	var list []sim.Parameter
	for n := 0; n+1 < len(parameters); n += 2 {
		list = append(list, sim.Parameter{Name: parameters[n], Description: parameters[n+1]})
	}
	return sim.Remediation{Type: "assisted", Status: status, Action: action, Parameters: list}
}

// containment is a step that Huntress has taken already; what it was taken on is
// a plain string.
func containment(action, entity string) sim.Remediation {
	return sim.Remediation{Type: "containment", Status: "completed", Action: action, Parameters: entity}
}

// manual is a step for the MSP.
func manual(action string) sim.Remediation {
	return sim.Remediation{Type: "manual", Status: "unapproved", Action: action}
}
