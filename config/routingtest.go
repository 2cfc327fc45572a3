package config

import (
	"cmp"
	"strconv"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/huntsync/huntsync/engine"
)

// RoutingTest says where a made-up incident has to go.
type RoutingTest struct {
	Name string
	Pos  engine.Pos
	// Organization and Account name the organization; both may be empty.
	Organization string
	Account      string
	// Incident has what routing looks at; its organization is not set. What the
	// test leaves out is as in most incidents: the status sent, the platform windows.
	Incident engine.Incident
	Expect   []Expectation
}

// Expectation is one thing that a routing test expects.
type Expectation struct {
	// Attribute is client, board, category, priority, close, route, unmapped or tickets.
	Attribute string `json:"attribute"`
	// Want is the value, "true" or "false" for the last two; empty for none.
	Want string     `json:"want"`
	Pos  engine.Pos `json:"pos,omitzero"`
}

// LoadTests decodes the routing tests of a snapshot. They may refer to the
// variables and locals of the configuration. Tests in which something is wrong
// are left out.
func (c *Config) LoadTests(s *Snapshot) ([]RoutingTest, Diagnostics) {
	e := &evaluator{
		report: newReport(s.Tests), inputs: c.inputs,
		ctx:       &hcl.EvalContext{Variables: c.ctx.Variables, Functions: functions()},
		variables: attributesOf(c.ctx.Variables["var"]), locals: attributesOf(c.ctx.Variables["local"]),
	}
	root := shape{blocks: []blockShape{{"test", "name"}}}
	bodies, _ := e.parse()
	first := map[string]hcl.Range{}
	var tests []RoutingTest
	for _, body := range bodies {
		content, diags := body.Content(root.schema())
		for _, d := range diags {
			e.add(shapeFinding(d, root, ""))
		}
		for _, raw := range content.Blocks {
			b := e.open(raw, shape{blocks: []blockShape{{"incident", ""}, {"expect", ""}}})
			if b.labeled() && e.unique(first, b.name, b) {
				tests = append(tests, b.routingTest())
			}
		}
	}
	diags := e.done()
	if diags.HasErrors() {
		return nil, diags
	}
	return tests, diags
}

func attributesOf(v cty.Value) map[string]bool {
	names := map[string]bool{}
	for name := range v.Type().AttributeTypes() {
		names[name] = true
	}
	return names
}

// Typical fills in what an incident that somebody made up leaves out: it was sent, and
// happened on windows.
func Typical(i engine.Incident) engine.Incident {
	i.Status = cmp.Or(i.Status, engine.StatusSent)
	i.Platform = cmp.Or(i.Platform, engine.Platforms()[0])
	return i
}

func (b *block) routingTest() RoutingTest {
	t := RoutingTest{Name: b.label, Pos: b.pos()}
	if i := b.part("incident", "organization", "account", "severity", "platform", "indicators", "status"); i != nil {
		t.Organization, _ = i.string("organization")
		t.Account = i.account()
		t.Incident.Severity = engine.Severity(i.documentedString("severity", severityNames()))
		t.Incident.Platform = i.documentedString("platform", engine.Platforms())
		t.Incident.Status = engine.Status(i.documentedString("status", statusNames()))
		t.Incident = Typical(t.Incident)
		indicators := i.list("indicators")
		i.documented("indicator", indicators, engine.Indicators())
		t.Incident.Indicators = values(indicators)
	}
	if x := b.part("expect", "client", "board", "category", "priority", "close", "route", "unmapped", "tickets"); x != nil {
		t.Expect = x.expectations()
	}
	return t
}

// part is a block that has to be there.
func (b *block) part(kind string, arguments ...string) *block {
	found := b.one(kind, shape{arguments: arguments})
	if found == nil {
		b.wrong(CodeMissingBlock, b.at, "Missing block", b.name+" needs a block "+kind+" { ... }")
	}
	return found
}

// documentedString is a string that Huntress documents, or warned of.
func (b *block) documentedString(argument string, known []string) string {
	text, ok := b.string(argument)
	if ok {
		b.documented(argument, []item{{value: text, at: b.attrs[argument].Expr.Range()}}, known)
	}
	return text
}

// expectations are in the order of the source.
func (b *block) expectations() []Expectation {
	var all []Expectation
	for _, attr := range byPlace(b.attrs) {
		kind, wanted := cty.String, `a string in double quotes, "" for none`
		if attr.Name == "unmapped" || attr.Name == "tickets" {
			kind, wanted = cty.Bool, "true or false, without quotes"
		}
		if !b.gives(attr.Name) { // a test that expects nothing would pass
			b.wrongType(attr.Name, wanted, cty.NullVal(kind), attr.Expr.Range())
			continue
		}
		v, expr, ok := b.value(attr.Name)
		if !ok {
			continue
		}
		var want string
		switch {
		case v.Type() != kind:
			b.wrongType(attr.Name, wanted, v, expr.Range())
			continue
		case kind == cty.Bool:
			want = strconv.FormatBool(v.True())
		default:
			want = v.AsString()
		}
		all = append(all, Expectation{Attribute: attr.Name, Want: want, Pos: posOf(attr.Range)})
	}
	if len(b.attrs) == 0 {
		b.missing("client", "Without an expectation the test cannot fail. There are client, board, category, priority, close, route, unmapped and tickets.")
	}
	return all
}

func statusNames() []string {
	var names []string
	for _, s := range engine.Statuses() {
		names = append(names, string(s))
	}
	return names
}
