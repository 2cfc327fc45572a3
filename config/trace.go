package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// Tried is one route that an incident was held against.
type Tried struct {
	Route   string     `json:"route"`
	Matched bool       `json:"matched"`
	Why     string     `json:"why,omitempty"` // why not, or that the route cannot be used
	Pos     engine.Pos `json:"pos,omitzero"`
}

// String is one line for people.
func (t Tried) String() string {
	word := "no "
	if t.Matched {
		word = "yes"
	}
	line := fmt.Sprintf("%s  route %q (%s line %d)", word, t.Route, t.Pos.File, t.Pos.Line)
	if t.Why != "" {
		line += ": " + t.Why
	}
	return line
}

// Trace holds an incident against every route of a policy, in their order, and
// says why a route does not match. Whether it matches is decided by the engine.
func Trace(p *engine.Policy, accountID int64, inc engine.Incident) []Tried {
	tried := make([]Tried, 0, len(p.Routes))
	for _, route := range p.Routes {
		alone := engine.Policy{Routes: []engine.Route{route}}
		t := Tried{Route: route.Name, Pos: route.Pos, Matched: alone.Decide(accountID, inc).Route == route.Name}
		switch {
		case !t.Matched:
			t.Why = mismatch(p, &route.Match, accountID, inc)
		case route.Problem != "":
			t.Why = "it cannot be used: " + route.Problem
		}
		tried = append(tried, t)
	}
	return tried
}

// mismatch is the first thing that keeps an incident from matching.
func mismatch(p *engine.Policy, m *engine.Matcher, accountID int64, inc engine.Incident) string {
	key := engine.OrganizationKey{AccountID: accountID, OrganizationID: inc.OrganizationID}
	switch {
	case m.NoOrganization:
		return "none of its organizations exists"
	case len(m.Severities) > 0 && !m.Severities[inc.Severity.Effective()]:
		return fmt.Sprintf("it wants severity %s, this is %s", alternatives(m.Severities), inc.Severity.Effective())
	case len(m.Platforms) > 0 && !m.Platforms[inc.Platform]:
		return fmt.Sprintf("it wants platform %s, this is %s", alternatives(m.Platforms), orNone(inc.Platform))
	case len(m.Organizations) > 0 && !m.Organizations[key]:
		names := map[string]bool{}
		for k := range m.Organizations {
			names[p.OrganizationNames[k]] = true
		}
		return fmt.Sprintf("it wants organization %s, this is %s", alternatives(names), orNone(p.OrganizationNames[key]))
	default:
		return fmt.Sprintf("it wants indicator %s, there are %s", alternatives(m.Indicators), orNone(strings.Join(inc.IndicatorList(), ", ")))
	}
}

// alternatives lists a set, shortened where it is long.
func alternatives[K ~string](set map[K]bool) string {
	const most = 5
	var all []string
	for _, v := range slices.Sorted(maps.Keys(set)) {
		all = append(all, string(v))
	}
	if len(all) > most {
		all = append(all[:most], fmt.Sprintf("%d others", len(all)-most))
	}
	return strings.Join(all, " or ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
