package main

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// variables is the flag --var NAME=VALUE, given as often as there are variables.
// A value may hold commas and equal signs.
type variables struct{ values map[string]string }

// String is what was set.
func (v *variables) String() string {
	return strings.Join(slices.Sorted(maps.Keys(v.values)), ",")
}

// Set takes one NAME=VALUE.
func (v *variables) Set(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("a variable is set by NAME=VALUE")
	}
	if v.values == nil {
		v.values = map[string]string{}
	}
	v.values[name] = value
	return nil
}

// Type is what --help calls the value.
func (v *variables) Type() string { return "NAME=VALUE" }
