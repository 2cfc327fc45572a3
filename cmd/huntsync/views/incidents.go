package views

import (
	"strconv"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
)

type incidentsJSON struct {
	FormatVersion int               `json:"format_version"`
	Incidents     []status.Incident `json:"incidents"`
	More          bool              `json:"more"`
}

// WriteIncidents lists incidents with their tickets.
func WriteIncidents(t Terminal, p status.IncidentPage, asJSON bool) error {
	if asJSON {
		return writeJSON(t, incidentsJSON{FormatVersion: 1, Incidents: list(p.Incidents), More: p.More})
	}
	if len(p.Incidents) == 0 {
		t.line("No incidents.")
		return nil
	}
	rows := [][]string{{"INCIDENT", "SEVERITY", "HUNTRESS", "TICKET", "STANDING", "ORGANIZATION", "SUBJECT"}}
	for _, i := range p.Incidents {
		rows = append(rows, []string{
			strconv.FormatInt(i.IncidentID, 10), orDash(safe(string(i.Severity))), orDash(safe(string(i.Status))),
			orDash(safe(i.Ticket)), i.Standing.Label(), orDash(fit(safe(i.Organization), 30)), safe(i.Subject),
		})
	}
	t.table(rows)
	t.line("")
	if p.More {
		t.line("%s shown; show more with --limit.", plural(len(p.Incidents), "incident"))
	} else {
		t.line("%s.", plural(len(p.Incidents), "incident"))
	}
	return nil
}
