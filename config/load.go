package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/huntsync/huntsync/engine"
)

// Options are what a configuration may take from outside of its files.
type Options struct {
	// Variables are set on the command line: --var NAME=VALUE.
	Variables map[string]string
	// LookupEnv looks up environment variables; nil for the process's own.
	LookupEnv func(name string) (string, bool)
	// ReadFile reads files that hold credentials; nil for the file system.
	ReadFile func(path string) ([]byte, error)
}

// loader decodes one configuration.
type loader struct {
	*evaluator
	config *Config
}

// Load decodes and checks a snapshot. It tells everything that is wrong at once,
// in the order of the source. The configuration is nil where there are errors.
func Load(s *Snapshot, o Options) (*Config, Diagnostics) {
	l := newLoader(s, o)
	bodies, broken := l.parse()
	l.broken = broken
	root := l.root(bodies)

	variables := l.declareVariables(root["variable"])
	locals := l.declareLocals(root["locals"])
	l.setVariables(variables, o.Variables)
	l.setLocals(locals)
	l.decode(root)
	l.checkRoutes()
	l.checkCloses()

	l.config.Hash = configHash(s, variables, o.Variables, l)
	diags := l.done()
	if diags.HasErrors() {
		return nil, diags
	}
	return l.config, diags
}

func newLoader(s *Snapshot, o Options) *loader {
	if o.LookupEnv == nil {
		o.LookupEnv = os.LookupEnv
	}
	if o.ReadFile == nil {
		o.ReadFile = readInput
	}
	in := &inputs{dir: s.Dir, lookupEnv: o.LookupEnv, readFile: o.ReadFile, digests: map[string]digest{}}
	ctx := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: functions()}
	ctx.Functions["env"], ctx.Functions["file"] = in.envFunction(), in.fileFunction()
	return &loader{
		evaluator: &evaluator{
			report: newReport(s.Files), inputs: in, ctx: ctx,
			variables: map[string]bool{}, locals: map[string]bool{},
		},
		config: &Config{
			State:    State{Type: StateSQLite, Path: filepath.Join(s.Dir, defaultDatabase), Retention: defaultRetention},
			Web:      Web{Listen: defaultListen},
			ticket:   engine.TicketSettings{Location: time.UTC},
			snapshot: s.Hash, inputs: in, ctx: ctx,
		},
	}
}

// rootShape is what a configuration may hold.
func rootShape() shape {
	return shape{blocks: []blockShape{
		{"huntress", "label"},
		{"desk", "type"},
		{"routing", ""},
		{"organization", "name"},
		{"route", "name"},
		{"ticket", ""},
		{"organizations", ""},
		{"state", "type"},
		{"web", ""},
		{"locals", ""},
		{"variable", "name"},
	}}
}

// root sorts the blocks of all files by their kind.
func (l *loader) root(bodies []hcl.Body) map[string]hcl.Blocks {
	s := rootShape()
	all := map[string]hcl.Blocks{}
	for _, body := range bodies {
		content, diags := body.Content(s.schema())
		for _, d := range diags {
			l.add(shapeFinding(d, s, ""))
		}
		for _, b := range content.Blocks {
			all[b.Type] = append(all[b.Type], b)
		}
	}
	return all
}

// decode decodes everything that may refer to variables and locals.
func (l *loader) decode(root map[string]hcl.Blocks) {
	first := map[string]hcl.Range{}
	for _, raw := range root["huntress"] {
		l.huntress(raw, first)
	}
	if raw := l.single(root["desk"]); raw != nil {
		l.desk(raw)
	}
	if raw := l.single(root["routing"]); raw != nil {
		l.routing(raw)
	}
	identities := map[string]hcl.Range{}
	for _, raw := range root["organization"] {
		l.organization(raw, identities)
	}
	first = map[string]hcl.Range{}
	for _, raw := range root["route"] {
		l.route(raw, first)
	}
	if raw := l.single(root["ticket"]); raw != nil {
		l.ticket(raw)
	}
	if raw := l.single(root["organizations"]); raw != nil {
		b := l.open(raw, shape{arguments: []string{"auto_match"}})
		l.config.autoMatch, _ = b.bool("auto_match")
	}
	if raw := l.single(root["state"]); raw != nil {
		l.state(raw)
	}
	if raw := l.single(root["web"]); raw != nil {
		b := l.open(raw, shape{arguments: []string{"listen"}})
		l.config.Web = Web{Listen: b.address("listen", defaultListen), Pos: b.pos()}
	}
}

// single is the only block of its kind; the others are reported.
func (l *loader) single(blocks hcl.Blocks) *hcl.Block {
	if len(blocks) == 0 {
		return nil
	}
	for _, raw := range blocks[1:] {
		l.add(duplicate(CodeDuplicateBlock, "The block "+raw.Type, raw.Type, raw.DefRange, blocks[0].DefRange))
	}
	return blocks[0]
}

// absences reminds of a credential that is not there yet.
func (l *loader) absences(b *block, argument string, missing []absent) {
	for _, m := range missing {
		l.config.absent = append(l.config.absent, absentCredential{
			Reminder: engine.Reminder{Path: b.name + "." + argument, Problem: m.problem, Help: m.help, Pos: b.posOf(argument)},
			huntress: b.kind == "huntress",
		})
	}
}

// configHash is the hash of the files and of what was set from outside.
func configHash(s *Snapshot, declared []variable, given map[string]string, l *loader) string {
	set := map[string]string{}
	for _, v := range declared {
		if v.sensitive {
			continue
		}
		if text, ok := given[v.name]; ok {
			set[v.name] = text
		} else if text, ok := l.inputs.lookupEnv(environmentPrefix + v.name); ok {
			set[v.name] = text
		}
	}
	if len(set) == 0 {
		return s.Hash
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00", s.Hash)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		fmt.Fprintf(h, "%q=%q\x00", name, set[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}
