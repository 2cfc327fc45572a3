package config

import "slices"

// checkRoutes warns of routes that can never matter, because an earlier one
// takes everything that they match and sets everything that they set.
func (l *loader) checkRoutes() {
	routes := l.config.routes
	for i := range routes {
		for j := range i {
			if !routes[j].covers(&routes[i]) || !routes[j].setsAllOf(&routes[i]) {
				continue
			}
			l.add(finding{
				code: CodeUnreachableRoute, warning: true, in: routes[i].path(), subject: routes[i].at, summary: "Route never used",
				detail: "Everything that this route matches is matched by " + routes[j].path() +
					" before it, which sets the same arguments. Move this route up, narrow the other one, or remove this one.",
				related: []related{{"The other route is at", routes[j].at}},
			})
			break
		}
	}
}

// checkCloses warns of routes that say how their tickets are closed where nothing says
// that tickets are: no close block names a status.
func (l *loader) checkCloses() {
	named := func(c *closing) bool { return c != nil && c.status.given() }
	routes := l.config.routes
	if named(l.config.routing.close) || slices.ContainsFunc(routes, func(r route) bool { return named(r.close) }) {
		return
	}
	for _, r := range routes {
		if r.close != nil {
			l.add(finding{
				code: CodeIdleRoute, warning: true, in: r.path(), subject: r.at, summary: "Close block without effect",
				detail: "It says how the tickets of this route are closed, and no close block names a status to close any with: " +
					"they get a note and stay open. Add a status here, or a close block to routing.",
			})
		}
	}
}

// covers reports whether r matches every incident that other matches.
func (r *route) covers(other *route) bool {
	return within(other.severities, r.severities, 3) && within(other.platforms, r.platforms, 0) &&
		within(other.indicators, r.indicators, 0) && within(values(other.organizations), values(r.organizations), 0)
}

// within reports whether every value that narrow asks for is one of wide. An
// empty list asks for nothing, as does one of all values there are.
func within(narrow, wide []string, all int) bool {
	if len(wide) == 0 || len(wide) == all {
		return true
	}
	return len(narrow) > 0 && !slices.ContainsFunc(narrow, func(v string) bool { return !slices.Contains(wide, v) })
}

// setsAllOf reports whether c sets every argument that other sets.
func (c *closing) setsAllOf(other *closing) bool {
	if c == nil || other == nil {
		return other == nil
	}
	return (c.status.given() || !other.status.given()) && (c.note != "" || other.note == "") &&
		(c.resolution != nil || other.resolution == nil)
}

// setsAllOf reports whether r sets every argument that other sets, and other
// sets one.
func (r *route) setsAllOf(other *route) bool {
	some := other.board.given() || other.client.given() || other.priority.given() || other.category.given() || !(&closing{}).setsAllOf(other.close)
	return some && r.close.setsAllOf(other.close) &&
		(r.board.given() || !other.board.given()) && (r.client.given() || !other.client.given()) &&
		(r.priority.given() || !other.priority.given()) && (r.category.given() || !other.category.given())
}
