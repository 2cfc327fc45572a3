package config

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// environmentPrefix starts the names of environment variables that set variables.
const environmentPrefix = "HUNTSYNC_VAR_"

// variable is a variable block.
type variable struct {
	name      string
	at        hcl.Range
	kind      cty.Type
	sensitive bool
	fallback  cty.Value
	hasValue  bool // of fallback
}

// declareVariables decodes the variable blocks, before anything can refer to them.
func (l *loader) declareVariables(blocks hcl.Blocks) []variable {
	shape := shape{arguments: []string{"type", "default", "description", "sensitive"}}
	first := map[string]hcl.Range{}
	var found []variable
	for _, raw := range blocks {
		b := l.open(raw, shape)
		v := variable{name: b.label, at: b.at, kind: cty.DynamicPseudoType}
		if !b.labeled() || !l.unique(first, b.name, b) {
			continue
		}
		l.variables[v.name] = true
		if !hclsyntax.ValidIdentifier(v.name) {
			l.add(finding{
				code: CodeNotAllowed, in: b.name, subject: b.at, summary: "Invalid name of a variable",
				detail: "The name of a variable starts with a letter and holds letters, digits, underscores and dashes, so that it can be written as var.NAME.",
			})
			v.fallback, v.hasValue = cty.DynamicVal, true
		}
		if attr, ok := b.attrs["type"]; ok {
			if v.kind, ok = l.variableType(attr, b); !ok {
				v.fallback, v.hasValue = cty.DynamicVal, true
			}
		}
		sensitive, said := b.bool("sensitive")
		// What cannot be read was meant to be true more likely than not.
		v.sensitive = sensitive || !said && b.gives("sensitive")
		_, _ = b.string("description")
		if attr, ok := b.attrs["default"]; ok {
			if v.sensitive {
				l.hide(attr.Expr.Range())
			}
			if v.fallback, ok = l.evaluate(attr.Expr, b.name); ok {
				v.fallback, v.hasValue = l.conform(v.fallback, v, attr.Expr.Range(), b.name)
			}
			if !v.hasValue {
				v.fallback, v.hasValue = cty.DynamicVal, true // it was reported
			}
			if v.kind == cty.DynamicPseudoType && v.fallback.Type().IsPrimitiveType() {
				v.kind = v.fallback.Type()
			}
		}
		found = append(found, v)
	}
	return found
}

func (l *loader) variableType(attr *hcl.Attribute, b *block) (cty.Type, bool) {
	kind, diags := typeexpr.TypeConstraint(attr.Expr)
	if diags.HasErrors() {
		l.add(finding{
			code: CodeWrongType, in: b.name, subject: attr.Expr.Range(), summary: "Unknown type",
			detail: "The type of a variable is string, number, bool, list(string), map(string) or made of these.",
		})
		return cty.DynamicPseudoType, false
	}
	return kind, true
}

// setVariables gives the variables their values: from the command line, else the
// environment, else the default.
func (l *loader) setVariables(declared []variable, given map[string]string) {
	values := map[string]cty.Value{}
	for _, v := range declared {
		value, ok := l.givenValue(v, given)
		switch {
		case ok:
		case v.hasValue:
			value = v.fallback
		case v.sensitive:
			value = cty.UnknownVal(v.kind).Mark(absent{
				"The variable " + v.name + " has no value.",
				"Set " + environmentPrefix + v.name + " where huntsync runs.",
			})
		default:
			value = cty.DynamicVal
			l.add(finding{
				code: CodeNoValue, in: blockName("variable", v.name), subject: v.at, summary: "Variable without a value",
				detail: fmt.Sprintf("The variable %q has no default. Give it a value with --var %s=VALUE or in the environment as %s%s.",
					v.name, v.name, environmentPrefix, v.name),
			})
		}
		if v.sensitive {
			value = value.Mark(sensitive)
		}
		values[v.name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !l.variables[name] && !l.broken {
			l.add(finding{
				code: CodeUnknownVariable, summary: "Unknown variable",
				detail:     fmt.Sprintf("--var sets %q, but the configuration declares no such variable.", name),
				suggestion: didYouMean(name, slices.Collect(maps.Keys(l.variables))),
			})
		}
	}
	l.ctx.Variables["var"] = cty.ObjectVal(values)
}

// givenValue is what the command line or the environment sets.
func (l *loader) givenValue(v variable, given map[string]string) (cty.Value, bool) {
	text, ok := given[v.name]
	from := "--var " + v.name
	if !ok {
		from = environmentPrefix + v.name
		if text, ok = l.inputs.lookupEnv(from); !ok {
			return cty.NilVal, false
		}
	}
	if v.kind == cty.String || v.kind == cty.DynamicPseudoType {
		return cty.StringVal(text), true
	}
	value, ok := parseValue(text, v.kind)
	if !ok {
		l.add(finding{
			code: CodeWrongType, in: blockName("variable", v.name), subject: v.at, summary: "Wrong type",
			detail: fmt.Sprintf("%s must be of type %s, written as in the configuration.", from, typeexpr.TypeString(v.kind)),
		})
		return cty.DynamicVal, true
	}
	return value, true
}

// parseValue reads a value of some type as the configuration would write it.
func parseValue(text string, kind cty.Type) (cty.Value, bool) {
	tokens, _ := hclsyntax.LexExpression([]byte(text), "", hcl.InitialPos)
	if tokenDepth(tokens) != nil {
		return cty.NilVal, false
	}
	expr, diags := hclsyntax.ParseExpression([]byte(text), "", hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, false
	}
	value, diags := expr.Value(nil)
	if diags.HasErrors() {
		return cty.NilVal, false
	}
	return conformed(value, kind)
}

// conform makes a default the type that the variable declares.
func (l *loader) conform(value cty.Value, v variable, at hcl.Range, in string) (cty.Value, bool) {
	bare, marks := value.UnmarkDeep()
	converted, ok := conformed(bare, v.kind)
	if !ok {
		l.add(finding{
			code: CodeWrongType, in: in, subject: at, summary: "Wrong type",
			detail: fmt.Sprintf("The default must be of the type that is declared, %s, as it is; a number in quotes is a string.",
				typeexpr.TypeString(v.kind)),
		})
		return cty.NilVal, false
	}
	return converted.WithMarks(marks), true
}

// conformed turns tuples into lists and objects into maps, but no number into a
// text or the other way round.
func conformed(value cty.Value, kind cty.Type) (cty.Value, bool) {
	if kind == cty.DynamicPseudoType || value.Type() == cty.DynamicPseudoType {
		return value, true
	}
	if kind.IsPrimitiveType() {
		return value, value.Type() == kind
	}
	converted, err := convert.Convert(value, kind)
	if err != nil || !sameLeaves(value, kind) {
		return cty.NilVal, false
	}
	return converted, true
}

// sameLeaves reports whether the elements of a value have the types that the
// wanted type gives them, without conversion.
func sameLeaves(value cty.Value, kind cty.Type) bool {
	if kind.IsPrimitiveType() {
		return value.IsNull() || !value.IsKnown() || value.Type() == kind
	}
	if !kind.IsCollectionType() || value.IsNull() || !value.IsKnown() || !value.CanIterateElements() {
		return true
	}
	for it := value.ElementIterator(); it.Next(); {
		if _, element := it.Element(); !sameLeaves(element, kind.ElementType()) {
			return false
		}
	}
	return true
}
