package config

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/huntsync/huntsync/engine"
)

// block is one block being decoded. Its methods return the zero value where an
// argument is not given, is null, or is wrong, which was reported then.
type block struct {
	*evaluator
	kind   string
	label  string
	name   string // as messages name it
	at     hcl.Range
	attrs  hcl.Attributes
	blocks hcl.Blocks
}

// open checks the shape of a block.
func (e *evaluator) open(raw *hcl.Block, s shape) *block {
	b := &block{evaluator: e, kind: raw.Type, name: raw.Type, at: raw.DefRange}
	if len(raw.Labels) > 0 {
		b.label = raw.Labels[0]
		b.name = blockName(raw.Type, b.label)
		b.at = raw.LabelRanges[0]
	}
	content, diags := raw.Body.Content(s.schema())
	for _, d := range diags {
		e.add(shapeFinding(d, s, b.name))
	}
	b.attrs, b.blocks = content.Attributes, content.Blocks
	return b
}

// labeled reports whether the label says something.
func (b *block) labeled() bool {
	if strings.TrimSpace(b.label) != "" {
		return true
	}
	b.add(finding{
		code: CodeEmpty, in: b.kind, subject: b.at, summary: "Empty label",
		detail: "The label of a " + b.kind + " block is its name; give it one.",
	})
	return false
}

// gives reports whether an argument is given, and not as null.
func (b *block) gives(name string) bool {
	attr, ok := b.attrs[name]
	if !ok {
		return false
	}
	v, diags := attr.Expr.Value(b.ctx)
	if diags.HasErrors() {
		return true
	}
	v, _ = v.Unmark()
	return !v.IsKnown() || !v.IsNull()
}

func (b *block) pos() engine.Pos { return posOf(b.at) }

// posOf is where an argument is, or else the block.
func (b *block) posOf(name string) engine.Pos {
	if a, ok := b.attrs[name]; ok {
		return posOf(a.Range)
	}
	return b.pos()
}

// wrong reports something about the value of an argument.
func (b *block) wrong(code Code, at hcl.Range, summary, detail string) {
	b.add(finding{code: code, in: b.name, subject: at, summary: summary, detail: detail})
}

// missing reports an argument that has to be given.
func (b *block) missing(name, detail string) {
	b.wrong(CodeMissingArgument, b.at, "Missing argument", fmt.Sprintf("%s needs the argument %q. %s", b.name, name, detail))
}

// value is the value of an argument, its marks removed. Sensitive values are
// refused.
func (b *block) value(name string) (cty.Value, hcl.Expression, bool) {
	attr, ok := b.attrs[name]
	if !ok {
		return cty.NilVal, nil, false
	}
	v, ok := b.evaluate(attr.Expr, b.name)
	if !ok {
		return cty.NilVal, nil, false
	}
	if v.ContainsMarked() {
		b.wrong(CodeSensitive, attr.Expr.Range(), "Sensitive value in a place that is shown",
			fmt.Sprintf("%q is shown in messages, tickets or the state, so it cannot come from env, file or a sensitive variable. "+
				"For a value that differs between installations declare a variable, and set it with --var or %sNAME.", name, environmentPrefix))
		return cty.NilVal, nil, false
	}
	if v.IsNull() || !v.IsWhollyKnown() {
		return cty.NilVal, nil, false
	}
	return v, attr.Expr, true
}

// string is a text that is not empty.
func (b *block) string(name string) (string, bool) {
	v, expr, ok := b.value(name)
	if !ok {
		return "", false
	}
	return b.text(name, v, expr.Range())
}

// text takes a text that is not empty out of a value.
func (b *block) text(name string, v cty.Value, at hcl.Range) (string, bool) {
	if v.Type() != cty.String || v.IsNull() {
		b.wrongType(name, "a string in double quotes", v, at)
		return "", false
	}
	s := v.AsString()
	if strings.TrimSpace(s) == "" {
		b.wrong(CodeEmpty, at, "Empty text", fmt.Sprintf("%q is empty. Give it a value, or leave it out where it is optional.", name))
		return "", false
	}
	return s, true
}

func (b *block) wrongType(name, want string, v cty.Value, at hcl.Range) {
	b.wrong(CodeWrongType, at, "Wrong type", fmt.Sprintf("%q must be %s; this is %s.", name, want, shown(v)))
}

func (b *block) bool(name string) (value, ok bool) {
	v, expr, ok := b.value(name)
	if !ok {
		return false, false
	}
	if v.Type() != cty.Bool {
		b.wrongType(name, "true or false, without quotes", v, expr.Range())
		return false, false
	}
	return v.True(), true
}

// number is a whole number greater than 0.
func (b *block) number(name string) int64 {
	v, expr, ok := b.value(name)
	if !ok {
		return 0
	}
	if v.Type() != cty.Number {
		b.wrongType(name, "a number, without quotes", v, expr.Range())
		return 0
	}
	return b.whole(name, v, expr.Range())
}

// whole takes a whole number greater than 0 out of a number.
func (b *block) whole(name string, v cty.Value, at hcl.Range) int64 {
	n, accuracy := v.AsBigFloat().Int64()
	if accuracy != big.Exact || n <= 0 {
		b.wrong(CodeOutOfRange, at, "Number out of range", fmt.Sprintf("%q must be a whole number greater than 0; this is %s.", name, shown(v)))
		return 0
	}
	return n
}

// item is one element of a list or map, and where it is.
type item struct {
	key   string
	value string
	at    hcl.Range
}

// list is a list of texts that is not empty.
func (b *block) list(name string) []item {
	v, expr, ok := b.value(name)
	if !ok {
		return nil
	}
	if t := v.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
		b.wrongType(name, "a list of strings, like [\"a\", \"b\"]", v, expr.Range())
		return nil
	}
	if v.LengthInt() == 0 {
		b.wrong(CodeEmpty, expr.Range(), "Empty list", fmt.Sprintf("%q is an empty list. Name at least one value, or leave it out.", name))
		return nil
	}
	at := places(expr, v.LengthInt())
	var items []item
	for i, element := range v.AsValueSlice() {
		if text, ok := b.text(name, element, at[i]); ok {
			items = append(items, item{value: text, at: at[i]})
		}
	}
	return items
}

// places are where the elements of a list of so many are written, or else the list.
func places(expr hcl.Expression, count int) []hcl.Range {
	written, _ := hcl.ExprList(expr)
	if len(written) != count {
		return slices.Repeat([]hcl.Range{expr.Range()}, count)
	}
	all := make([]hcl.Range, count)
	for i, w := range written {
		all[i] = w.Range()
	}
	return all
}

// values are the texts of a list, each once.
func values(items []item) []string {
	var all []string
	for _, i := range items {
		if !slices.Contains(all, i.value) {
			all = append(all, i.value)
		}
	}
	return all
}

// texts is a map of texts, in the order of its keys.
func (b *block) texts(name string) []item {
	v, expr, ok := b.value(name)
	if !ok {
		return nil
	}
	if t := v.Type(); !t.IsObjectType() && !t.IsMapType() {
		b.wrongType(name, "a map of strings, like { key = \"value\" }", v, expr.Range())
		return nil
	}
	keys, valuesAt := b.pairs(name, expr)
	var items []item
	for it := v.ElementIterator(); it.Next(); {
		k, element := it.Element()
		i := item{key: k.AsString(), at: expr.Range()}
		at := expr.Range()
		if r, ok := keys[i.key]; ok {
			i.at, at = r, valuesAt[i.key]
		}
		if i.value, ok = b.text(name+"."+i.key, element, at); ok {
			items = append(items, i)
		}
	}
	return items
}

// pairs are where the keys and the values of a map are, by key. A key that is given
// twice is reported: HCL takes the last one silently.
func (b *block) pairs(name string, expr hcl.Expression) (keys, valuesAt map[string]hcl.Range) {
	keys, valuesAt = map[string]hcl.Range{}, map[string]hcl.Range{}
	all, _ := hcl.ExprMap(expr)
	for _, p := range all {
		key, diags := p.Key.Value(b.ctx)
		if diags.HasErrors() || key.Type() != cty.String || !key.IsKnown() || key.IsNull() || key.IsMarked() {
			continue
		}
		k := key.AsString()
		if first, ok := keys[k]; ok {
			b.add(duplicate(CodeDuplicateArgument, name+"."+k, b.name, p.Key.Range(), first))
			continue
		}
		keys[k], valuesAt[k] = p.Key.Range(), p.Value.Range()
	}
	return keys, valuesAt
}

// one is the only block of a kind within this one; the others are reported.
func (b *block) one(kind string, s shape) *block {
	var found *block
	for _, raw := range b.blocks {
		if raw.Type != kind {
			continue
		}
		if found != nil {
			b.add(duplicate(CodeDuplicateBlock, "The block "+b.name+"."+kind, b.name, raw.DefRange, found.at))
			continue
		}
		found = b.open(raw, s)
		if found.label == "" {
			found.name = b.name + "." + kind
		}
	}
	return found
}

// duplicate tells of something that is given twice.
func duplicate(code Code, what, in string, again, first hcl.Range) finding {
	return finding{
		code: code, in: in, subject: again, summary: "Given twice",
		detail:  what + " is given twice. Keep one of them.",
		related: []related{{"The first one is at", first}},
	}
}

// unique reports whether a key is new, and reports the block where it is not. The
// key is what the block is about, as a message says it.
func (e *evaluator) unique(first map[string]hcl.Range, key string, b *block) bool {
	if earlier, ok := first[key]; ok {
		e.add(duplicate(CodeDuplicateBlock, key, b.name, b.at, earlier))
		return false
	}
	first[key] = b.at
	return true
}

// shown is a value as messages show it.
func shown(v cty.Value) string {
	switch {
	case v.IsNull():
		return "null"
	case v.Type() == cty.String:
		text := v.AsString()
		if r := []rune(text); len(r) > 60 {
			text = string(r[:60]) + "…"
		}
		return fmt.Sprintf("the string %q", text)
	case v.Type() == cty.Number:
		return "the number " + v.AsBigFloat().Text('g', 12)
	case v.Type() == cty.Bool:
		return fmt.Sprint(v.True())
	default:
		return "a " + typeName(v.Type())
	}
}

// typeName is a type in the words of the language.
func typeName(t cty.Type) string {
	switch {
	case t == cty.String:
		return "string"
	case t == cty.Number:
		return "number"
	case t == cty.Bool:
		return "true or false"
	case t.IsTupleType(), t.IsListType(), t.IsSetType():
		return "list"
	case t.IsObjectType(), t.IsMapType():
		return "map"
	default:
		return t.FriendlyName()
	}
}
