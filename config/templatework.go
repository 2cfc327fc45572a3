package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"
	"text/template/parse"
)

// Go limits neither how long a template works nor the texts that it makes in
// between, and a template that does not end is no diagnostic: it would hold up
// the start of the daemon, a reload, or a ticket.
var (
	errTemplateCall = errors.New("it uses template or block; write the text where it is needed")
	errRange        = errors.New("range goes through .Indicators only, and not within another range")
	errTooLong      = errors.New("it makes too long a text")
	errWidth        = errors.New("printf takes no argument numbers, no * and no width above 999")
)

// checkWork makes sure that the work of a template is in proportion to its length.
func checkWork(list *parse.ListNode, inRange bool) error {
	if list == nil {
		return nil
	}
	for _, node := range list.Nodes {
		var err error
		switch n := node.(type) {
		case *parse.TemplateNode:
			err = errTemplateCall
		case *parse.RangeNode:
			if inRange || !isIndicators(n.Pipe) {
				return errRange
			}
			err = checkBranches(n.BranchNode, true)
		case *parse.IfNode:
			err = checkBranches(n.BranchNode, inRange)
		case *parse.WithNode:
			err = checkBranches(n.BranchNode, inRange)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkBranches(n parse.BranchNode, inRange bool) error {
	if err := checkWork(n.List, inRange); err != nil {
		return err
	}
	return checkWork(n.ElseList, inRange)
}

func isIndicators(p *parse.PipeNode) bool {
	return len(p.Cmds) == 1 && strings.TrimPrefix(p.Cmds[0].String(), "$") == ".Indicators"
}

// templateFunctions are what templates can call besides what Go has. Those of Go
// that make texts are replaced: with each of them a text can be doubled, and the
// double be doubled.
func templateFunctions() template.FuncMap {
	return template.FuncMap{
		"join":     join,
		"lower":    strings.ToLower,
		"upper":    strings.ToUpper,
		"print":    bounded(fmt.Sprint),
		"println":  bounded(fmt.Sprintln),
		"html":     bounded(template.HTMLEscaper),
		"js":       bounded(template.JSEscaper),
		"urlquery": bounded(template.URLQueryEscaper),
		"printf":   printf,
	}
}

// bounded makes a text of no more than a template may make.
func bounded(f func(...any) string) func(...any) (string, error) {
	return func(args ...any) (string, error) {
		if !fits(args) {
			return "", errTooLong
		}
		return f(args...), nil
	}
}

func fits(args []any) bool {
	left := maxTemplateBytes
	for _, a := range args {
		if left -= len(fmt.Sprint(a)); left < 0 {
			return false
		}
	}
	return true
}

// wideVerb is a verb of printf that can make much more than its argument.
var wideVerb = regexp.MustCompile(`%[^%a-zA-Z]*(?:\*|\[|\d{4})`)

func printf(format string, args ...any) (string, error) {
	switch {
	case wideVerb.MatchString(strings.ReplaceAll(format, "%%", "")):
		return "", errWidth
	case len(format) > maxTemplateBytes, !fits(args):
		return "", errTooLong
	}
	return fmt.Sprintf(format, args...), nil
}

func join(list []string, separator string) (string, error) {
	if len(list)*len(separator) > maxTemplateBytes {
		return "", errTooLong
	}
	return strings.Join(list, separator), nil
}
