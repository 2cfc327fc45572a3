package config

import (
	"fmt"

	"github.com/huntsync/huntsync/engine"
)

// routes resolves the route blocks, in their order.
func (r *resolver) routes() {
	for i := range r.config.routes {
		r.policy.Routes = append(r.policy.Routes, r.route(&r.config.routes[i]))
	}
}

func (r *resolver) route(from *route) engine.Route {
	v := &override{resolver: r, path: from.path()}
	to := engine.Route{
		Name: from.name, Pos: from.pos, Match: r.matcher(from),
		BoardID:    v.board(from.board),
		ClientID:   v.find(r.clients, from.client, "client"),
		PriorityID: v.find(r.priorities, from.priority, "priority"),
		Category:   from.category.name,
	}
	if from.category.given() {
		if problem := r.routeCategory(from, to.BoardID); problem != nil {
			v.warn(*problem)
		}
	}
	if from.close != nil {
		to.Close = &engine.RouteClose{Status: from.close.status.value, Note: from.close.note, Resolution: from.close.resolution}
		r.routeClosed(from, to.BoardID)
	}
	to.Problem = v.problem
	return to
}

// routeClosed warns where the board of a route, or every board where it names none,
// lacks the closed status that the route names. Nothing more comes of it: such
// tickets end as the routing block says.
func (r *resolver) routeClosed(from *route, boardID string) {
	status := from.close.status
	reminder := engine.Reminder{
		Path: from.path() + ".close.status", Pos: status.pos,
		Help: "Its tickets get a note when their incident closes, but stay open.",
	}
	if closing := r.config.routing.close; closing != nil {
		reminder.Help = fmt.Sprintf("Its tickets get the status %q when their incident closes, as routing.close says.", closing.status.value)
	}
	switch {
	case !status.given():
		return
	case boardID != "":
		reminder.Problem = r.closedProblem(status, boardID)
		reminder.Candidates = NewNames(r.closedOf(boardID)).closestNames(status.value, 3)
	case !from.board.given(): // else the board itself is the problem
		reminder.Problem = r.closedNowhere(status)
	}
	if reminder.Problem != "" {
		r.warnings = append(r.warnings, reminder)
	}
}

// closedNowhere is why no board can give a closed status; empty where one can.
func (r *resolver) closedNowhere(status name) string {
	for _, b := range r.policy.Catalogue.Boards {
		if !b.Inactive && r.closedProblem(status, b.ID) == "" {
			return ""
		}
	}
	return fmt.Sprintf("No board has exactly one closed status %q.", status.value)
}

// routeCategory checks a category on the board of the route. A route without one
// may end on any board, so one of them has to have it.
func (r *resolver) routeCategory(from *route, boardID string) *engine.Reminder {
	path := from.path() + ".category"
	if boardID != "" {
		return r.checkCategory(from.category, boardID, path)
	}
	if from.board.given() {
		return nil // the board itself is the problem
	}
	for _, b := range r.policy.Catalogue.Boards {
		if _, _, ok := r.policy.FindCategory(b.ID, from.category.name); ok && !b.Inactive {
			return nil
		}
	}
	return &engine.Reminder{
		Path: path, Pos: from.category.pos,
		Problem: fmt.Sprintf("No board has exactly one category %q.", from.category.name),
		Help:    `Write "Category" or "Category / Subcategory" as the desk shows them.`,
	}
}

// matcher compiles the match block. Organizations are labels of organization
// blocks first, else names in Huntress.
func (r *resolver) matcher(from *route) engine.Matcher {
	m := engine.Matcher{Platforms: set(from.platforms), Indicators: set(from.indicators)}
	for _, s := range from.severities {
		if m.Severities == nil {
			m.Severities = map[engine.Severity]bool{}
		}
		m.Severities[engine.Severity(s)] = true
	}
	for _, o := range from.organizations {
		keys := r.organizationsNamed(o.value)
		if len(keys) == 0 && len(r.accounts) > 0 {
			r.unknownOrganization(from, o)
		}
		for _, k := range keys {
			if m.Organizations == nil {
				m.Organizations = map[engine.OrganizationKey]bool{}
			}
			m.Organizations[k] = true
		}
	}
	m.NoOrganization = len(from.organizations) > 0 && len(m.Organizations) == 0
	return m
}

func set(all []string) map[string]bool {
	if len(all) == 0 {
		return nil
	}
	s := make(map[string]bool, len(all))
	for _, v := range all {
		s[v] = true
	}
	return s
}

// organizationsNamed lists the live organizations that a route means.
func (r *resolver) organizationsNamed(name string) []engine.OrganizationKey {
	if labeled, ok := r.labels[name]; ok {
		return labeled
	}
	var keys []engine.OrganizationKey
	for _, o := range r.population.byName[name] {
		keys = append(keys, o.key)
	}
	return keys
}

func (r *resolver) unknownOrganization(from *route, o item) {
	reminder := engine.Reminder{
		Path: from.path() + ".match.organization", Pos: posOf(o.at),
		Problem: fmt.Sprintf("Neither an organization block nor Huntress has an organization %q.", o.value),
		Help:    "Write the label of an organization block, or the name as Huntress shows it.",
	}
	if _, labeled := r.labels[o.value]; labeled {
		reminder.Problem = fmt.Sprintf("The organization %q is mapped, but Huntress does not have it.", o.value)
		reminder.Help = "Remove it from the route if it is gone."
	}
	reminder.Candidates = r.population.names.closestNames(o.value, 3)
	r.warnings = append(r.warnings, reminder)
}
