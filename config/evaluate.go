package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// evaluator turns expressions into values. Values that came from env, file or a
// sensitive variable carry the mark sensitive; what HCL says about an expression
// that touched one is not repeated.
type evaluator struct {
	*report
	inputs *inputs
	ctx    *hcl.EvalContext
	// variables and locals are what is declared, whether or not it has a value.
	variables, locals map[string]bool
	// broken is true where a file could not be parsed: what seems undeclared may
	// be declared there.
	broken bool
}

// evaluate is the value of an expression; not ok where it has none, which was
// reported then. The value may be marked, and unknown where it depends on
// something that is absent or was reported.
func (e *evaluator) evaluate(expr hcl.Expression, in string) (v cty.Value, ok bool) {
	if !e.declared(expr, in) {
		return cty.DynamicVal, false
	}
	used := e.inputs.used
	v, diags := expr.Value(e.ctx)
	if !diags.HasErrors() {
		if tooLarge(v) {
			e.add(valueTooLarge(expr.Range(), in))
			return cty.DynamicVal, false
		}
		return v, true
	}
	touched := e.inputs.used > used || e.refersToSensitive(expr) || e.hides(expr.Range())
	for _, d := range diags[:min(len(diags), maxConsequences)] {
		e.add(expressionFinding(d, in, touched))
	}
	return cty.DynamicVal, false
}

// declared reports whether everything exists that the expression refers to.
func (e *evaluator) declared(expr hcl.Expression, in string) bool {
	ok := true
	for _, t := range expr.Variables() {
		f := finding{code: CodeUnknownVariable, in: in, subject: t.SourceRange()}
		var names map[string]bool
		var declared string
		switch t.RootName() {
		case "var":
			names, declared = e.variables, `variable "%s" {}`
		case "local":
			names, declared = e.locals, `locals { %s = ... }`
		default:
			ok = false
			f.summary = "Unknown name"
			f.detail = "Only var.NAME and local.NAME can be referred to. If text was meant, put it in double quotes."
			e.add(f)
			continue
		}
		name := stepName(t)
		if name == "" || names[name] {
			continue
		}
		ok = false
		if e.broken {
			continue
		}
		f.summary = "Unknown " + map[string]string{"var": "variable", "local": "local"}[t.RootName()]
		f.detail = fmt.Sprintf("%s.%s is not declared. Declare it: "+declared, t.RootName(), name, name)
		if s := didYouMean(name, slices.Collect(maps.Keys(names))); s != "" {
			f.suggestion = t.RootName() + "." + s
		}
		e.add(f)
	}
	return ok
}

// stepName is the name after the root of a traversal; empty where there is none.
func stepName(t hcl.Traversal) string {
	if len(t) < 2 {
		return ""
	}
	switch step := t[1].(type) {
	case hcl.TraverseAttr:
		return step.Name
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String {
			return step.Key.AsString()
		}
	}
	return ""
}

// refersToSensitive reports whether the expression refers to a variable or a
// local with a sensitive value.
func (e *evaluator) refersToSensitive(expr hcl.Expression) bool {
	for _, t := range expr.Variables() {
		root, ok := e.ctx.Variables[t.RootName()]
		if !ok {
			continue
		}
		if name := stepName(t); name != "" && root.Type().HasAttribute(name) {
			root = root.GetAttr(name)
		}
		if root.ContainsMarked() {
			return true
		}
	}
	return false
}

// expressionFinding says why an expression has no value. HCL's own words may
// quote the values that went in, so they are only passed on where none was
// sensitive.
func expressionFinding(d *hcl.Diagnostic, in string, touched bool) finding {
	f := finding{code: CodeExpression, in: in, summary: d.Summary, detail: d.Detail}
	if d.Subject != nil {
		f.subject = *d.Subject
	}
	if d.Severity == hcl.DiagWarning {
		f.warning = true
	}
	if d.Summary == "Call to unknown function" {
		f.code, f.summary = CodeUnknownFunction, "Unknown function"
		return f
	}
	call, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	if ok && call.FunctionCallError() != nil {
		f.summary = "Function " + call.CalledFunctionName() + " failed"
		if own, isOwn := errors.AsType[inputError](call.FunctionCallError()); isOwn {
			f.detail = strings.ToUpper(own.text[:1]) + own.text[1:] + "."
			return f
		}
		if _, panicked := errors.AsType[function.PanicError](call.FunctionCallError()); panicked {
			f.detail = "It cannot take these arguments."
		}
	}
	if touched {
		f.summary = "Expression has no value"
		f.detail = "It uses a sensitive value, so the reason is not shown. Give credentials as they are: env(\"NAME\") or file(\"PATH\")."
	}
	return f
}

// absences lists what is absent of a value.
func absences(marks cty.ValueMarks) []absent {
	var found []absent
	for m := range marks {
		if a, ok := m.(absent); ok {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b absent) int { return strings.Compare(a.problem, b.problem) })
	return found
}
