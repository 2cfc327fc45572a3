package config

import (
	"fmt"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// thing is something that a desk has and a configuration names.
type thing struct {
	id, name string
	inactive bool
}

// things finds things of one kind by name or id.
type things struct {
	kind   string // "board"
	byID   map[string]thing
	byName map[string][]thing // exact
	byFold map[string][]thing // but for case and white space around
	active []string           // names, for suggestions
	index  *Names             // of active, made when it is needed first
}

func newThings[T any](kind string, all []T, describe func(T) thing) *things {
	t := &things{kind: kind, byID: map[string]thing{}, byName: map[string][]thing{}, byFold: map[string][]thing{}}
	for _, x := range all {
		d := describe(x)
		t.byID[d.id] = d
		t.byName[d.name] = append(t.byName[d.name], d)
		t.byFold[fold(d.name)] = append(t.byFold[fold(d.name)], d)
		if !d.inactive {
			t.active = append(t.active, d.name)
		}
	}
	return t
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// find resolves a name to the one active thing that it means. An id wins over a
// name, and a name as it is written over one in another case.
func (t *things) find(n name, path string) (string, *engine.Reminder) {
	if found, ok := t.byID[n.value]; ok {
		if found.inactive {
			return "", t.problem(n, path, fmt.Sprintf("The %s %q is inactive at the desk.", t.kind, found.name), false)
		}
		return found.id, nil
	}
	for _, candidates := range [][]thing{t.byName[n.value], t.byFold[fold(n.value)]} {
		var live []thing
		for _, c := range candidates {
			if !c.inactive {
				live = append(live, c)
			}
		}
		switch {
		case len(live) == 1:
			return live[0].id, nil
		case len(live) > 1:
			r := t.problem(n, path, fmt.Sprintf("%d %s at the desk are named %q.", len(live), plural(t.kind), n.value), false)
			r.Help = "Write the id of the one that is meant."
			for _, c := range live {
				r.Candidates = append(r.Candidates, c.id)
			}
			return "", r
		case len(candidates) > 0:
			return "", t.problem(n, path, fmt.Sprintf("The %s %q is inactive at the desk.", t.kind, n.value), false)
		}
	}
	return "", t.problem(n, path, fmt.Sprintf("The desk has no %s %q.", t.kind, n.value), true)
}

func (t *things) problem(n name, path, problem string, suggest bool) *engine.Reminder {
	r := &engine.Reminder{Path: path, Problem: problem, Pos: n.pos}
	if suggest {
		r.Help = "Write the name as the desk shows it, or the id."
		if t.index == nil {
			t.index = NewNames(t.active)
		}
		r.Candidates = t.index.closestNames(n.value, 3)
	} else {
		r.Help = "Make it active at the desk, or name another one."
	}
	return r
}

func plural(kind string) string {
	if stem, ok := strings.CutSuffix(kind, "y"); ok {
		return stem + "ies"
	}
	return kind + "s"
}
