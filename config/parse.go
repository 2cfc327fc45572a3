package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/json"
)

// maxConsequences is how much is said about one piece of syntax that is wrong:
// most of it only follows from the first mistake.
const maxConsequences = 20

// parse turns files into bodies; a file that cannot be parsed has none, and makes
// broken true.
func (r *report) parse() (bodies []hcl.Body, broken bool) {
	for _, f := range r.all {
		if at := checkDepth(f); at != nil {
			r.add(tooDeep(*at))
			broken = true
			continue
		}
		file, diags := parseFile(f)
		usable := true
		for i, d := range diags {
			found := syntaxFinding(d)
			if i < maxConsequences && !follows(i, diags) {
				r.add(found)
			}
			usable = usable && found.code != CodeSyntax
		}
		if usable {
			bodies = append(bodies, file.Body)
		}
		broken = broken || !usable
	}
	return bodies, broken
}

// follows reports whether the parser only goes on about a string that was not
// closed.
func follows(i int, diags hcl.Diagnostics) bool {
	const multiLine, unterminated = "Invalid multi-line string", "Unterminated template string"
	return diags[i].Summary == multiLine && slices.ContainsFunc(diags[:min(len(diags), maxConsequences)], func(d *hcl.Diagnostic) bool {
		return d.Summary == unterminated || d.Summary == multiLine && d != diags[i] && d.Subject.Start.Byte < diags[i].Subject.Start.Byte
	})
}

func parseFile(f File) (*hcl.File, hcl.Diagnostics) {
	if isJSON(f.Name) {
		return json.Parse(f.Content, f.Name)
	}
	return hclsyntax.ParseConfig(f.Content, f.Name, hcl.InitialPos)
}

// syntaxFinding passes on what the parser says.
func syntaxFinding(d *hcl.Diagnostic) finding {
	f := finding{code: CodeSyntax, summary: d.Summary, detail: d.Detail}
	if d.Subject != nil {
		f.subject = *d.Subject
	}
	if d.Summary == "Attribute redefined" {
		f.code, f.summary = CodeDuplicateArgument, "Duplicate argument"
		f.detail = strings.ReplaceAll(f.detail, "attribute", "argument")
	}
	return f
}

// shape is what a block may hold.
type shape struct {
	arguments []string
	blocks    []blockShape
}

// blockShape is a kind of block; label is empty where it has none.
type blockShape struct{ kind, label string }

func (s shape) schema() *hcl.BodySchema {
	schema := &hcl.BodySchema{}
	for _, a := range s.arguments {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: a})
	}
	for _, b := range s.blocks {
		header := hcl.BlockHeaderSchema{Type: b.kind}
		if b.label != "" {
			header.LabelNames = []string{b.label}
		}
		schema.Blocks = append(schema.Blocks, header)
	}
	return schema
}

func (s shape) label(kind string) string {
	for _, b := range s.blocks {
		if b.kind == kind {
			return b.label
		}
	}
	return ""
}

func (s shape) hasArgument(name string) bool { return slices.Contains(s.arguments, name) }

func (s shape) hasBlock(kind string) bool {
	return slices.ContainsFunc(s.blocks, func(b blockShape) bool { return b.kind == kind })
}

func (s shape) names() []string {
	names := append([]string(nil), s.arguments...)
	for _, b := range s.blocks {
		names = append(names, b.kind)
	}
	return names
}

// quoted finds the name that a message of HCL is about.
var quoted = regexp.MustCompile(`"([^"]*)"`)

// shapeFinding says in our words what HCL finds wrong with the shape of a
// block, the same for both syntaxes.
func shapeFinding(d *hcl.Diagnostic, s shape, in string) finding {
	f := finding{code: CodeUnknownBlock, in: in, summary: d.Summary, detail: d.Detail}
	if d.Subject != nil {
		f.subject = *d.Subject
	}
	name := ""
	if m := quoted.FindStringSubmatch(d.Detail); m != nil {
		name = m[1]
	}
	switch {
	case d.Summary == "Unsupported argument", d.Summary == "Extraneous JSON object property":
		f.unknown(name, s, CodeUnknownArgument)
	case d.Summary == "Unsupported block type":
		f.unknown(name, s, CodeUnknownBlock)
	case d.Summary == "Duplicate argument", d.Summary == "Duplicate attribute definition":
		f.code, f.summary = CodeDuplicateArgument, "Duplicate argument"
	case strings.HasPrefix(d.Summary, "Missing "):
		kind := strings.TrimSpace(d.Summary[strings.LastIndex(d.Summary, " ")+1:])
		f.code, f.summary = CodeMissingLabel, "Missing label"
		f.detail = labelRule(s, kind)
		if kind == "label" { // the JSON syntax does not say of which block
			f.detail = "This block needs a label: in JSON, an object whose keys are the labels and whose values are the blocks."
		}
	case strings.HasPrefix(d.Summary, "Extraneous label"):
		f.code, f.summary = CodeExtraLabel, "Too many labels"
		f.detail = labelRule(s, strings.TrimSpace(d.Summary[strings.LastIndex(d.Summary, " ")+1:]))
	case strings.HasPrefix(d.Summary, "Incorrect JSON"):
		f.code, f.summary = CodeWrongType, "Wrong type"
	case strings.HasPrefix(d.Summary, "Unexpected "):
		f.detail = "Blocks are not allowed here, only arguments."
	}
	return f
}

// unknown says that there is no such argument or block here.
func (f *finding) unknown(name string, s shape, code Code) {
	f.code = code
	where := "here"
	if f.in != "" {
		where = "in " + f.in
	}
	f.summary, f.detail = "Unknown argument", "There is no argument \""+name+"\" "+where+"."
	if code == CodeUnknownBlock {
		f.summary, f.detail = "Unknown block", "There is no block \""+name+"\" "+where+"."
	}
	switch {
	case code == CodeUnknownArgument && s.hasBlock(name):
		f.detail = "\"" + name + "\" is a block, so it takes no equals sign: " + name + " { ... }"
		if label := s.label(name); label != "" {
			f.detail = "\"" + name + "\" is a block with a label, so it takes no equals sign: " + name + " \"" + label + "\" { ... }"
		}
	case code == CodeUnknownBlock && s.hasArgument(name):
		f.detail = "\"" + name + "\" is an argument, so it takes an equals sign: " + name + " = ..."
	default:
		f.suggestion = didYouMean(name, s.names())
	}
}

func labelRule(s shape, kind string) string {
	if label := s.label(kind); label != "" {
		return "This block has exactly one label: " + kind + " \"" + label + "\" { ... }"
	}
	return "This block has no label: " + kind + " { ... }"
}
