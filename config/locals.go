package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// declareLocals collects the arguments of all locals blocks.
func (l *loader) declareLocals(blocks hcl.Blocks) []*hcl.Attribute {
	var found []*hcl.Attribute
	first := map[string]hcl.Range{}
	for _, raw := range blocks {
		attrs, diags := raw.Body.JustAttributes()
		for _, d := range diags {
			l.add(shapeFinding(d, shape{}, "locals"))
		}
		for _, a := range byPlace(attrs) {
			if earlier, ok := first[a.Name]; ok {
				l.add(duplicate(CodeDuplicateArgument, "local."+a.Name, "locals", a.NameRange, earlier))
				continue
			}
			first[a.Name] = a.NameRange
			l.locals[a.Name] = true
			found = append(found, a)
		}
	}
	return found
}

// byPlace sorts arguments as they are written.
func byPlace(attrs hcl.Attributes) []*hcl.Attribute {
	return slices.SortedFunc(maps.Values(attrs), func(a, b *hcl.Attribute) int {
		return cmp.Compare(a.NameRange.Start.Byte, b.NameRange.Start.Byte)
	})
}

// locals gives each local its value, those that it refers to first.
type locals struct {
	*loader
	all    map[string]*hcl.Attribute
	values map[string]cty.Value
	// path leads from the local that was begun with to the present one; on holds
	// the same names.
	path []string
	on   map[string]bool
	// height is how many locals in a row each stands on, itself included.
	height map[string]int
	// toppled is true once there were too many, which is told once.
	toppled bool
}

// maxHeight limits how many locals may stand on each other. Every one can nest the
// value of the one below, and looks through all of it: so a long row takes hours,
// or overflows the stack, which cannot be recovered from.
const maxHeight = 100

// setLocals evaluates the locals.
func (l *loader) setLocals(declared []*hcl.Attribute) {
	s := &locals{loader: l, all: map[string]*hcl.Attribute{}, values: map[string]cty.Value{}, on: map[string]bool{}, height: map[string]int{}}
	for _, a := range declared {
		s.all[a.Name] = a
	}
	for _, a := range declared {
		s.value(a)
	}
	l.ctx.Variables["local"] = cty.ObjectVal(s.values)
}

func (s *locals) value(a *hcl.Attribute) cty.Value {
	if v, ok := s.values[a.Name]; ok {
		return v
	}
	if s.on[a.Name] {
		s.cycle(s.path[slices.Index(s.path, a.Name):])
		s.values[a.Name] = cty.DynamicVal
		return cty.DynamicVal
	}
	s.path, s.on[a.Name] = append(s.path, a.Name), true
	needed, height, stands := map[string]cty.Value{}, 1, true
	for _, t := range a.Expr.Variables() {
		other, ok := s.all[stepName(t)]
		if !ok || t.RootName() != "local" {
			continue
		}
		if stands = s.stands(a, len(s.path)+1); !stands {
			break
		}
		needed[other.Name] = s.value(other)
		height = max(height, s.height[other.Name]+1)
	}
	s.path, s.on[a.Name] = s.path[:len(s.path)-1], false
	if v, ok := s.values[a.Name]; ok { // part of a cycle
		return v
	}
	v := cty.DynamicVal
	if stands && s.stands(a, height) {
		s.ctx.Variables["local"] = cty.ObjectVal(needed)
		v, _ = s.evaluate(a.Expr, "locals")
	}
	s.values[a.Name], s.height[a.Name] = v, height
	return v
}

// stands reports whether so many locals in a row are within the limit.
func (s *locals) stands(a *hcl.Attribute, height int) bool {
	if height <= maxHeight {
		return true
	}
	if !s.toppled {
		s.toppled = true
		s.add(finding{
			code: CodeTooDeep, in: "locals", subject: a.Range, summary: "Too many locals in a row",
			detail: fmt.Sprintf("At most %d locals may need each other in a row, and local.%s is one too many.", maxHeight, a.Name),
		})
	}
	return false
}

// cycle tells of locals that need each other.
func (s *locals) cycle(names []string) {
	first := s.all[names[0]]
	f := finding{
		code: CodeCycle, in: "locals", subject: first.Range, summary: "Locals need each other",
		detail: "local." + strings.Join(append(slices.Clone(names), names[0]), " needs local.") + ". Break the circle.",
	}
	for _, n := range names[1:] {
		f.related = append(f.related, related{"local." + n + " is at", s.all[n].Range})
	}
	s.add(f)
}
