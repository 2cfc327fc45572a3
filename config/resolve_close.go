package config

import (
	"slices"

	"github.com/huntsync/huntsync/engine"
)

// resolved is what the close block of the routing says to the engine.
func (c *closing) resolved() *engine.Close {
	to := &engine.Close{Status: c.status.value, Note: c.note, Resolution: c.resolution != nil && *c.resolution}
	for _, s := range engine.Severities() {
		if status := c.severities[s]; status.given() {
			if to.Severities == nil {
				to.Severities = map[engine.Severity]string{}
			}
			to.Severities[s] = status.value
		}
	}
	return to
}

// otherClosed are the closed statuses that severities and routes name, each once.
func (c *Config) otherClosed() []string {
	names := &nameSet{}
	if closing := c.routing.close; closing != nil {
		for _, s := range engine.Severities() {
			names.add(closing.severities[s])
		}
	}
	for i := range c.routes {
		if closing := c.routes[i].close; closing != nil {
			names.add(closing.status)
		}
	}
	return names.all
}

// closedProblem is why a board has not the one closed status of a name; empty
// where it has, or where no name is given.
func (r *resolver) closedProblem(status name, boardID string) string {
	if !status.given() {
		return ""
	}
	at := slices.IndexFunc(r.policy.Catalogue.Boards, func(b engine.Board) bool { return b.ID == boardID })
	if at < 0 {
		return ""
	}
	_, problem := closedStatus(r.policy.Catalogue.Boards[at], r.statusesOf[boardID], status.value)
	return problem
}
