package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/apparentlymart/go-textseg/v15/textseg"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The parser of HCL calls itself for each level of nesting and each operator,
// and a stack that overflows cannot be recovered from: it would take the daemon
// with it. So what it is given is lexed first, which needs no stack.
const (
	maxDepth     = 100
	maxOperators = 500 // in one expression
)

// checkDepth finds the first place of a file that is nested too deeply for the
// parser; nil where all is well.
func checkDepth(f File) *hcl.Range {
	if isJSON(f.Name) {
		return jsonDepth(f)
	}
	tokens, _ := hclsyntax.LexConfig(f.Content, f.Name, hcl.InitialPos)
	return tokenDepth(tokens)
}

// nesting is how deep a list of tokens is at one point.
type nesting struct {
	operators []int               // of the expression on each level of brackets
	controls  int                 // template directives that are still open
	last      hclsyntax.TokenType // neither a comment nor the end of a line
	lineEnded bool                // after it, which may have ended the expression
}

func tokenDepth(tokens hclsyntax.Tokens) *hcl.Range {
	n := nesting{operators: make([]int, 1, maxDepth)}
	for i, t := range tokens {
		if !n.step(tokens, i) {
			r := t.Range
			return &r
		}
	}
	return nil
}

// step counts a token, and reports whether that is still within the limits.
func (n *nesting) step(tokens hclsyntax.Tokens, i int) bool {
	t, top := tokens[i].Type, len(n.operators)-1
	if t == hclsyntax.TokenNewline || t == hclsyntax.TokenComment {
		// A comment up to the end of its line holds the line break too.
		n.lineEnded = n.lineEnded || bytes.HasSuffix(tokens[i].Bytes, []byte("\n"))
		return true
	}
	// Within brackets an expression goes on over lines, but not without an
	// operator at the end of one or at the start of the next.
	if n.lineEnded && !continues(n.last) && !continues(t) {
		n.operators[top] = 0
	}
	n.last, n.lineEnded = t, false
	switch {
	case opens(t):
		if t == hclsyntax.TokenOBrack {
			n.operators[top]++ // an index binds like an operator
		}
		n.operators = append(n.operators, 0)
		if t == hclsyntax.TokenTemplateControl {
			n.control(tokens, i)
		}
	case closes(t):
		if top > 0 {
			n.operators = n.operators[:top]
		}
	case t == hclsyntax.TokenComma:
		n.operators[top] = 0
	case continues(t):
		n.operators[top]++
	}
	return len(n.operators) <= maxDepth && n.controls <= maxDepth && n.operators[len(n.operators)-1] <= maxOperators
}

// control counts "%{ if" and "%{ for" against their ends.
func (n *nesting) control(tokens hclsyntax.Tokens, i int) {
	if i+1 >= len(tokens) {
		return
	}
	switch string(tokens[i+1].Bytes) {
	case "if", "for":
		n.controls++
	case "endif", "endfor":
		n.controls = max(0, n.controls-1)
	}
}

func opens(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
		hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return true
	default:
		return false
	}
}

func closes(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
		hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		return true
	default:
		return false
	}
}

// continues reports whether an expression goes on with, or after, the token.
func continues(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPlus, hclsyntax.TokenMinus,
		hclsyntax.TokenPercent, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan,
		hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq,
		hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenBang, hclsyntax.TokenQuestion,
		hclsyntax.TokenColon, hclsyntax.TokenDot, hclsyntax.TokenOBrack:
		return true
	default:
		return false
	}
}

// jsonDepth is checkDepth for the JSON syntax, whose strings are templates.
func jsonDepth(f File) *hcl.Range {
	depth, line, lineStart := 0, 1, 0
	content := f.Content
	for i := 0; i < len(content); i++ {
		start := hcl.Pos{Line: line, Column: i - lineStart + 1, Byte: i}
		tooDeep := false
		switch content[i] {
		case '\n':
			line, lineStart = line+1, i+1
		case '{', '[':
			depth++
			tooDeep = depth > maxDepth
		case '}', ']':
			depth = max(0, depth-1)
		case '"':
			end := stringEnd(content, i)
			tooDeep = templateTooDeep(content[i:end])
			i = end - 1
		}
		if tooDeep {
			end := start
			end.Byte, end.Column = end.Byte+1, end.Column+1
			return &hcl.Range{Filename: f.Name, Start: start, End: end}
		}
	}
	return nil
}

// stringEnd is the offset behind a JSON string that starts at i. It has to agree
// with the parser's scanner on every input, else brackets hide from the count: a
// control character ends a string too, and a quote that is part of a grapheme
// cluster does not.
func stringEnd(content []byte, i int) int {
	escaped := false
	for i++; i < len(content); {
		switch c := content[i]; {
		case c == '\\':
			escaped = !escaped
			i++
		case c == '"':
			i++
			if !escaped {
				return i
			}
			escaped = false
		case c < 0x20:
			return i
		case c < utf8.RuneSelf:
			escaped = false
			i++
		default:
			escaped = false
			advance, _, _ := textseg.ScanGraphemeClusters(content[i:], true)
			i += max(advance, 1)
		}
	}
	return len(content)
}

func templateTooDeep(quoted []byte) bool {
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil || !strings.Contains(text, "{") {
		return false // the parser refuses it, or it is no template
	}
	tokens, _ := hclsyntax.LexTemplate([]byte(text), "", hcl.InitialPos)
	return tokenDepth(tokens) != nil
}

// tooDeep tells of a file that cannot be parsed.
func tooDeep(r hcl.Range) finding {
	return finding{
		code: CodeTooDeep, subject: r, summary: "Nested too deeply",
		detail: fmt.Sprintf("Brackets, blocks and templates may be nested %d deep, and one expression may have %d operators. Is a bracket not closed?",
			maxDepth, maxOperators),
	}
}
