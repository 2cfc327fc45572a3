package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/huntsync/huntsync/engine"
)

// finding is a diagnostic in the making.
type finding struct {
	code       Code
	warning    bool
	in         string
	subject    hcl.Range // the zero value where it is about no place
	summary    string
	detail     string
	suggestion string
	related    []related
}

// related is another place that a finding is about.
type related struct {
	message string
	at      hcl.Range
}

// report collects findings about a set of files.
type report struct {
	files  map[string]int // position by name
	all    []File
	hidden []hcl.Range // what no snippet shows
	diags  Diagnostics
}

func newReport(files []File) *report {
	r := &report{files: make(map[string]int, len(files)), all: files}
	for i, f := range files {
		r.files[f.Name] = i
	}
	return r
}

func (r *report) add(f finding) {
	d := Diagnostic{
		Severity: SeverityError, Code: f.code, Summary: f.summary, Detail: f.detail,
		Suggestion: f.suggestion, In: f.in, file: -1,
	}
	if f.warning {
		d.Severity = SeverityWarning
	}
	if i, ok := r.files[f.subject.Filename]; ok {
		at := rangeOf(f.subject)
		d.file, d.Range = i, &at
	}
	for _, x := range f.related {
		d.Related = append(d.Related, Related{Message: x.message, Range: rangeOf(x.at)})
	}
	r.diags = append(r.diags, d)
}

// hide keeps the value of a credential out of all snippets, unless it only says
// where the credential comes from.
func (r *report) hide(at hcl.Range) {
	if i, ok := r.files[at.Filename]; ok && !reference.Match(at.SliceBytes(r.all[i].Content)) {
		r.hidden = append(r.hidden, at)
	}
}

// hides reports whether an expression is hidden.
func (r *report) hides(at hcl.Range) bool { return slices.Contains(r.hidden, at) }

// done is everything that was found. Snippets are cut now that it is known what
// they must not show.
func (r *report) done() Diagnostics {
	for i := range r.diags {
		if d := &r.diags[i]; d.Range != nil {
			content := r.all[d.file].Content
			d.Snippet = snip(content, *d.Range, r.hiddenIn(d.Range.File))
			unquote(d, content)
		}
	}
	return r.diags.sorted()
}

// unquote hides in the detail what the parser quotes of a place that its snippet
// does not show.
func unquote(d *Diagnostic, content []byte) {
	word := string(content[min(d.Range.Start.Byte, len(content)):min(d.Range.End.Byte, len(content))])
	if d.Code == CodeSyntax && word != "" && !strings.Contains(d.Snippet.Code, word) {
		d.Detail = strings.ReplaceAll(d.Detail, word, redacted)
	}
}

func (r *report) hiddenIn(file string) []span {
	var found []span
	for _, h := range r.hidden {
		if h.Filename == file {
			found = append(found, span{h.Start.Byte, h.End.Byte})
		}
	}
	return found
}

func rangeOf(r hcl.Range) Range {
	return Range{
		File:  r.Filename,
		Start: Position{Line: r.Start.Line, Column: r.Start.Column, Byte: r.Start.Byte},
		End:   Position{Line: r.End.Line, Column: r.End.Column, Byte: r.End.Byte},
	}
}

func posOf(r hcl.Range) engine.Pos {
	return engine.Pos{File: r.Filename, Line: r.Start.Line}
}

// blockName names a block as messages do.
func blockName(kind, label string) string { return fmt.Sprintf("%s %q", kind, label) }
