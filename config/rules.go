package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/huntsync/huntsync/engine"
)

func (l *loader) routing(raw *hcl.Block) {
	b := l.open(raw, shape{
		arguments: []string{"board", "category", "severity", "move_on_map"},
		blocks:    []blockShape{{"fallback", ""}, {"close", ""}},
	})
	r := routing{pos: b.pos()}
	r.board = b.named("board")
	r.category = b.categoryNamed()
	r.severity = b.severities()
	r.moves, _ = b.bool("move_on_map")
	r.fallback.pos = r.pos
	if f := b.one("fallback", shape{arguments: []string{"client", "board", "category"}}); f != nil {
		r.fallback = fallback{pos: f.pos(), client: f.named("client"), board: f.named("board"), category: f.categoryNamed()}
	}
	if c := b.one("close", shape{arguments: []string{"status", "note", "resolution", "severity"}}); c != nil {
		r.close = c.closing()
		r.close.severities = c.severities()
		if !c.gives("status") {
			c.missing("status", "It is the status that a ticket gets when its incident closes: status = \"Closed\".")
		}
	}
	l.config.routing = r
}

// closing reads what the close blocks of the routing and of a route share.
func (b *block) closing() *closing {
	c := &closing{status: b.named("status")}
	c.note, _ = b.string("note")
	if resolution, ok := b.bool("resolution"); ok {
		c.resolution = &resolution
	}
	return c
}

// named is a name or an id of something at the desk.
func (b *block) named(argument string) name {
	text, ok := b.string(argument)
	if !ok {
		return name{}
	}
	return name{value: strings.TrimSpace(text), pos: b.posOf(argument)}
}

func (b *block) categoryNamed() category {
	c, ok := b.category("category")
	if !ok {
		return category{}
	}
	return category{name: c, pos: b.posOf("category")}
}

// severities are priorities by severity.
func (b *block) severities() map[engine.Severity]name {
	known := severityNames()
	found := map[engine.Severity]name{}
	for _, i := range b.texts("severity") {
		if !engine.Severity(i.key).Known() {
			b.add(finding{
				code: CodeUnknownKey, in: b.name, subject: i.at, summary: "Unknown severity",
				detail:     fmt.Sprintf("There is no severity %q. Huntress has %s.", i.key, enumerate(known)),
				suggestion: didYouMean(i.key, known),
			})
			continue
		}
		found[engine.Severity(i.key)] = name{value: strings.TrimSpace(i.value), pos: posOf(i.at)}
	}
	return found
}

func (l *loader) organization(raw *hcl.Block, identities map[string]hcl.Range) {
	b := l.open(raw, shape{arguments: []string{
		"id", "key", "account", "client", "board", "category", "severity", "contact", "tickets",
	}})
	if !b.labeled() {
		return
	}
	o := organization{label: b.label, pos: b.pos(), id: b.number("id")}
	o.key, _ = b.string("key")
	o.account = b.account()
	if !l.identify(&o, b, identities) {
		return
	}
	if tickets, ok := b.bool("tickets"); ok {
		o.optedOut = !tickets
	}
	if !b.gives("client") && !o.optedOut {
		b.missing("client", "It is the client at the desk that the tickets are for. To make none, write tickets = false.")
	}
	o.client = b.named("client")
	o.board = b.named("board")
	o.category = b.categoryNamed()
	o.severity = b.severities()
	o.contact, _ = b.string("contact")
	l.config.organizations = append(l.config.organizations, o)
}

// account is the account of an organization: a name, a subdomain or a number.
func (b *block) account() string {
	v, expr, ok := b.value("account")
	if !ok {
		return ""
	}
	return b.nameOrNumber("account", v, expr.Range())
}

// identify makes sure that no two blocks are about the same organization.
func (l *loader) identify(o *organization, b *block, identities map[string]hcl.Range) bool {
	within := ""
	if o.account != "" {
		within = " of the account " + strconv.Quote(o.account)
	}
	identity := b.name + within
	switch {
	case o.id != 0 && o.key != "":
		l.add(finding{
			code: CodeConflict, in: b.name, subject: b.attrs["key"].Range, summary: "Arguments exclude each other",
			detail:  `An organization is pinned by "id" or by "key", not by both. Keep the id.`,
			related: []related{{"The id is at", b.attrs["id"].Range}},
		})
		return false
	case o.id != 0:
		identity = fmt.Sprintf("The organization with the id %d", o.id)
	case o.key != "":
		identity = fmt.Sprintf("The organization with the key %q", o.key) + within
	}
	return l.unique(identities, identity, b)
}

func (l *loader) route(raw *hcl.Block, first map[string]hcl.Range) {
	b := l.open(raw, shape{
		arguments: []string{"board", "priority", "client", "category"},
		blocks:    []blockShape{{"match", ""}, {"close", ""}},
	})
	if !b.labeled() || !l.unique(first, b.name, b) {
		return
	}
	r := route{
		name: b.label, at: b.at, pos: b.pos(),
		board: b.named("board"), priority: b.named("priority"), client: b.named("client"), category: b.categoryNamed(),
	}
	if m := b.one("match", shape{arguments: []string{"severity", "platform", "indicator", "organization"}}); m != nil {
		r.severities = values(m.oneOf("severity", m.list("severity"), severityNames()))
		platforms, indicators := m.list("platform"), m.list("indicator")
		m.documented("platform", platforms, engine.Platforms())
		m.documented("indicator", indicators, engine.Indicators())
		r.platforms, r.indicators = values(platforms), values(indicators)
		r.organizations = m.list("organization")
	}
	if c := b.one("close", shape{arguments: []string{"status", "note", "resolution"}}); c != nil {
		r.close = c.closing()
		if len(c.attrs) == 0 {
			c.missing("status", "It is the status that a ticket of this route gets when its incident closes; note and resolution may be given instead.")
		}
	}
	if len(b.attrs) == 0 && r.close == nil {
		l.add(finding{
			code: CodeIdleRoute, warning: true, in: b.name, subject: b.at, summary: "Route without effect",
			detail: "This route sets none of board, priority, client, category and close, so it changes nothing.",
		})
	}
	l.config.routes = append(l.config.routes, r)
}

// severityNames are the severities of Huntress.
func severityNames() []string {
	var names []string
	for _, s := range engine.Severities() {
		names = append(names, string(s))
	}
	return names
}
