package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/huntsync/huntsync/engine"
)

// Severity says whether a diagnostic keeps a configuration from being used.
type Severity string

// The severities.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Diagnostic is one thing to tell about a configuration. It holds everything
// that is needed to show it, as text or as JSON, without the files. It never
// holds a sensitive value.
type Diagnostic struct {
	Severity Severity `json:"severity"`
	Code     Code     `json:"code"`
	// Summary says what is wrong in a few words, without a full stop.
	Summary string `json:"summary"`
	// Detail says in sentences what was found, what the rule is and what to do.
	Detail string `json:"detail,omitempty"`
	// Suggestion is the name that was probably meant; empty for none.
	Suggestion string `json:"suggestion,omitempty"`
	// In is the block that it is about: `route "ransomware"`.
	In string `json:"in,omitempty"`
	// Range is nil where it is about no place in a file.
	Range   *Range   `json:"range,omitempty"`
	Snippet *Snippet `json:"snippet,omitempty"`
	// Related is the other place of a duplicate, a conflict or a cycle.
	Related []Related `json:"related,omitempty"`

	file int // position of the file in the configuration, for the order
}

// Related is another place that a diagnostic is about.
type Related struct {
	Message string `json:"message"`
	Range   Range  `json:"range"`
}

// Range is a piece of a file, its end excluded.
type Range struct {
	File  string   `json:"file"`
	Start Position `json:"start"`
	End   Position `json:"end"`
}

// Position is a place in a file. Line and Column count from 1, the column in
// characters as people see them; Byte counts from 0.
type Position struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// String is "file:line".
func (r Range) String() string { return fmt.Sprintf("%s:%d", r.File, r.Start.Line) }

// Pos is where the diagnostic is about.
func (d Diagnostic) Pos() engine.Pos {
	if d.Range == nil {
		return engine.Pos{}
	}
	return engine.Pos{File: d.Range.File, Line: d.Range.Start.Line}
}

// Diagnostics is everything there is to tell, in the order of the source.
type Diagnostics []Diagnostic

// HasErrors reports whether one of them is an error.
func (d Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(d, func(x Diagnostic) bool { return x.Severity == SeverityError })
}

// Count counts the errors and the warnings.
func (d Diagnostics) Count() (errors, warnings int) {
	for _, x := range d {
		if x.Severity == SeverityError {
			errors++
		} else {
			warnings++
		}
	}
	return errors, warnings
}

// sorted puts diagnostics into the order of the source, those without a place
// first, and drops repetitions.
func (d Diagnostics) sorted() Diagnostics {
	slices.SortStableFunc(d, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.file, b.file),
			cmp.Compare(a.start(), b.start()),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Detail, b.Detail),
		)
	})
	return slices.CompactFunc(d, func(a, b Diagnostic) bool {
		return a.file == b.file && a.start() == b.start() && a.Code == b.Code && a.Detail == b.Detail
	})
}

func (d Diagnostic) start() int {
	if d.Range == nil {
		return -1
	}
	return d.Range.Start.Byte
}
