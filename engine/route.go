package engine

import (
	"slices"
	"strings"
)

// Decide says where an incident goes. It is total: whatever the incident, the
// decision names a client, a board, a status and a priority, because the routing
// block is the last route and the fallback is unconditional.
func (p *Policy) Decide(accountID int64, inc Incident) Decision {
	org := OrganizationKey{AccountID: accountID, OrganizationID: inc.OrganizationID}
	mapping, mapped := p.Organizations[org]
	routes := p.matching(org, inc)

	d := Decision{
		Mapping:         mapping,
		OptedOut:        mapped && mapping.OptedOut,
		SeverityUnknown: !inc.Severity.Known(),
		Unmapped:        !mapped,
	}
	if len(routes) > 0 {
		d.Route = routes[0].Name
	}
	if problem, pos := unusable(mapping, routes); problem != "" {
		d.Problem, d.Unmapped = problem, true
		d.Steps = append(d.Steps, Step{Attribute: "fallback", From: "routing.fallback", Note: problem, Pos: pos})
	}

	p.decidePriority(&d, routes, inc.Severity)
	if d.Unmapped {
		p.decideFallback(&d)
	} else {
		p.decideMapped(&d, routes)
	}
	d.StatusID = p.Boards[d.BoardID].OpenID
	p.decideClose(&d, routes, inc.Severity.Effective())
	return d
}

// matching lists the routes that the incident matches, in their order.
func (p *Policy) matching(org OrganizationKey, inc Incident) []*Route {
	var found []*Route
	for i := range p.Routes {
		if p.Routes[i].Match.matches(org, inc) {
			found = append(found, &p.Routes[i])
		}
	}
	return found
}

func (m *Matcher) matches(org OrganizationKey, inc Incident) bool {
	if m.NoOrganization {
		return false
	}
	if len(m.Severities) > 0 && !m.Severities[inc.Severity.Effective()] {
		return false
	}
	if len(m.Platforms) > 0 && !m.Platforms[inc.Platform] {
		return false
	}
	if len(m.Organizations) > 0 && !m.Organizations[org] {
		return false
	}
	return len(m.Indicators) == 0 || anyIn(m.Indicators, inc.Indicators)
}

func anyIn(set map[string]bool, values []string) bool {
	for _, v := range values {
		if set[v] {
			return true
		}
	}
	return false
}

// unusable finds the first block that applies to the incident but names
// something the desk does not have.
func unusable(mapping Mapping, routes []*Route) (string, Pos) {
	for _, r := range routes {
		if r.Problem != "" {
			return r.Problem, r.Pos
		}
	}
	return mapping.Problem, mapping.Pos
}

func (p *Policy) decidePriority(d *Decision, routes []*Route, severity Severity) {
	for _, r := range routes {
		if r.PriorityID != "" && r.Problem == "" {
			d.PriorityID = r.PriorityID
			d.step("priority", p.PriorityName(r.PriorityID), fromRoute(r), r.Pos)
			return
		}
	}
	if id := d.Mapping.Priorities[severity.Effective()]; id != "" && !d.Unmapped {
		d.PriorityID = id
		d.step("priority", p.PriorityName(id), fromMapping(d.Mapping), d.Mapping.Pos)
		return
	}
	d.PriorityID = p.Priorities[severity.Effective()]
	d.step("priority", p.PriorityName(d.PriorityID), "routing.severity", Pos{})
	switch note := &d.Steps[len(d.Steps)-1].Note; {
	case severity == "":
		*note = "there is no severity, so it is treated as critical"
	case d.SeverityUnknown:
		*note = "the severity is not one that Huntress documents, so it is treated as critical"
	}
}

// decideFallback sends an incident of an unmapped organization to the triage
// board, whatever route matches.
func (p *Policy) decideFallback(d *Decision) {
	d.ClientID, d.BoardID = p.Fallback.ClientID, p.Fallback.BoardID
	d.step("client", p.ClientName(d.ClientID), "routing.fallback", Pos{})
	d.step("board", p.BoardName(d.BoardID), "routing.fallback", Pos{})
	p.decideCategory(d, p.Fallback.Category, "routing.fallback", Pos{})
}

func (p *Policy) decideMapped(d *Decision, routes []*Route) {
	m := d.Mapping
	d.ClientID, d.BoardID, d.Contact = m.ClientID, p.BoardID, m.Contact
	client, board, category := fromMapping(m), "routing", "routing"
	clientPos, boardPos, categoryPos := m.Pos, Pos{}, Pos{}
	name := p.Category
	if m.BoardID != "" {
		d.BoardID, board, boardPos = m.BoardID, fromMapping(m), m.Pos
	}
	if m.Category != (CategoryName{}) {
		name, category, categoryPos = m.Category, fromMapping(m), m.Pos
	}
	// Back to front, so that the first route that sets an attribute has the last word.
	for _, r := range slices.Backward(routes) {
		if r.ClientID != "" {
			d.ClientID, client, clientPos = r.ClientID, fromRoute(r), r.Pos
			d.Contact = ""
		}
		if r.BoardID != "" {
			d.BoardID, board, boardPos = r.BoardID, fromRoute(r), r.Pos
		}
		if r.Category != (CategoryName{}) {
			name, category, categoryPos = r.Category, fromRoute(r), r.Pos
		}
	}
	d.step("client", p.ClientName(d.ClientID), client, clientPos)
	d.step("board", p.BoardName(d.BoardID), board, boardPos)
	p.decideCategory(d, name, category, categoryPos)
}

// decideCategory finds the category by name on the board that was decided. A
// category that this board does not have is left out: a ticket without a
// category is right, one with another board's is broken.
func (p *Policy) decideCategory(d *Decision, name CategoryName, from string, pos Pos) {
	if name == (CategoryName{}) {
		return
	}
	category, sub, ok := p.FindCategory(d.BoardID, name)
	d.step("category", name.String(), from, pos)
	if !ok {
		d.Steps[len(d.Steps)-1].Note = "left out: the board " + quote(p.BoardName(d.BoardID)) + " has no such category"
		return
	}
	d.CategoryID, d.SubcategoryID = category, sub
}

func (d *Decision) step(attribute, value, from string, pos Pos) {
	d.Steps = append(d.Steps, Step{Attribute: attribute, Value: value, From: from, Pos: pos})
}

func fromRoute(r *Route) string { return `route "` + r.Name + `"` }

func fromMapping(m Mapping) string {
	if m.Label == "" {
		return "organizations.auto_match"
	}
	return `organization "` + m.Label + `"`
}

func quote(s string) string { return `"` + s + `"` }

// String is the category as the configuration writes it.
func (c CategoryName) String() string {
	if c.Subcategory == "" {
		return c.Category
	}
	return c.Category + " / " + c.Subcategory
}

// equalName holds a name in the configuration against one at the desk.
func equalName(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}
