package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// maxValueBytes limits a value. A text that is doubled from local to local, or made
// by a function out of two, takes all memory within a few lines, and no file can
// hold a value of this size.
const maxValueBytes = 2 * maxFileBytes

// tooLarge reports whether a value is beyond the limit.
func tooLarge(v cty.Value) bool {
	return sizeLeft(v, maxValueBytes) < 0
}

func valueTooLarge(at hcl.Range, in string) finding {
	return finding{
		code: CodeTooLarge, in: in, subject: at, summary: "Value too large",
		detail: fmt.Sprintf("A value may have %d bytes, all its elements together. Is a text or a list doubled again and again?", maxValueBytes),
	}
}

// sizeLeft takes the size of a value off what is left, and stops below 0: a value
// in memory once can be part of another very often.
func sizeLeft(v cty.Value, left int) int {
	v, _ = v.Unmark()
	left--
	switch {
	case left < 0, v.IsNull(), !v.IsKnown():
	case v.Type() == cty.String:
		left -= len(v.AsString())
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next() && left >= 0; {
			_, element := it.Element()
			left = sizeLeft(element, left)
		}
	}
	return left
}

// capped is a function of the library that refuses to make more than a value may
// have. makes is about how much it would.
func capped(f function.Function, makes func(args []cty.Value) int) function.Function {
	return function.New(&function.Spec{
		Params: f.Params(), VarParam: f.VarParam(), Type: f.ReturnTypeForValues,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if makes(args) > maxValueBytes {
				return cty.NilVal, inputError{fmt.Sprintf("it would make a value of more than %d bytes", maxValueBytes)}
			}
			return f.Call(args)
		},
	})
}

// jsonDecodeFunction refuses what is nested more deeply than the language itself
// may be: the library calls itself for each level, and a text of brackets overflows
// the stack, from which there is no way back.
func jsonDecodeFunction() function.Function {
	f := stdlib.JSONDecodeFunc
	return function.New(&function.Spec{
		Params: f.Params(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if args[0].IsKnown() && !jsonWithin(args[0].AsString(), maxDepth) {
				return cty.NilType, inputError{fmt.Sprintf("its argument is nested more than %d deep", maxDepth)}
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// jsonWithin reports whether the brackets of a JSON text are nested no deeper than
// so much.
func jsonWithin(text string, depth int) bool {
	open, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if open++; open > depth {
				return false
			}
		case c == ']' || c == '}':
			open--
		}
	}
	return true
}

// cappedFunctions are those that make much of little.
func cappedFunctions() map[string]function.Function {
	return map[string]function.Function{
		"format":     capped(stdlib.FormatFunc, func(args []cty.Value) int { return widths(args[0].AsString()) }),
		"formatlist": capped(stdlib.FormatListFunc, func(args []cty.Value) int { return widths(args[0].AsString()) }),
		"indent": capped(stdlib.IndentFunc, func(args []cty.Value) int {
			spaces, _ := args[0].AsBigFloat().Int64()
			return (strings.Count(args[1].AsString(), "\n") + 1) * int(min(spaces, maxValueBytes+1))
		}),
		"join": capped(stdlib.JoinFunc, func(args []cty.Value) int {
			elements := 0
			for _, list := range args[1:] {
				elements += list.LengthInt()
			}
			return elements * len(args[0].AsString())
		}),
		"regexreplace": capped(stdlib.RegexReplaceFunc, func(args []cty.Value) int {
			return len(args[0].AsString()) * len(args[2].AsString())
		}),
		"replace": capped(stdlib.ReplaceFunc, func(args []cty.Value) int {
			return strings.Count(args[0].AsString(), args[1].AsString()) * len(args[2].AsString())
		}),
	}
}

var (
	formatVerb   = regexp.MustCompile(`%[^%a-zA-Z]*`)
	formatNumber = regexp.MustCompile(`\d+`)
)

// widths is how much a format can make besides its arguments.
func widths(format string) int {
	total := 0
	for _, verb := range formatVerb.FindAllString(format, -1) {
		for _, digits := range formatNumber.FindAllString(verb, -1) {
			n, err := strconv.Atoi(digits)
			if err != nil || n > maxValueBytes {
				return maxValueBytes + 1
			}
			total += n
		}
	}
	return total
}
