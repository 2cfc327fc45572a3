package config

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Styles mark pieces of rendered diagnostics, for terminals; a nil function
// leaves the text as it is.
type Styles struct {
	Error   func(string) string // the word "Error"
	Warning func(string) string // the word "Warning"
	Strong  func(string) string // the summary
	Mark    func(string) string // the line under what is wrong
}

// Write renders diagnostics for people, one after the other, with an empty line
// between them. Control characters are escaped.
func (d Diagnostics) Write(w io.Writer, styles Styles) error {
	var b strings.Builder
	for i, x := range d {
		if i > 0 {
			b.WriteByte('\n')
		}
		x.render(&b, styles)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (d Diagnostic) render(b *strings.Builder, styles Styles) {
	word := style("Error", styles.Error)
	if d.Severity == SeverityWarning {
		word = style("Warning", styles.Warning)
	}
	fmt.Fprintf(b, "%s: %s\n", word, style(printable(d.Summary), styles.Strong))
	if d.Range != nil {
		in := ""
		if d.In != "" {
			in = ", in " + printable(d.In)
		}
		fmt.Fprintf(b, "\n  on %s line %d%s:\n", printable(d.Range.File), d.Range.Start.Line, in)
		if d.Snippet != nil {
			d.Snippet.render(b, styles)
		}
	}
	if text := d.text(); text != "" {
		fmt.Fprintf(b, "\n%s\n", printable(text))
	}
	for _, r := range d.Related {
		fmt.Fprintf(b, "\n  %s %s line %d.\n", printable(r.Message), printable(r.Range.File), r.Range.Start.Line)
	}
}

// text is the detail with the suggestion.
func (d Diagnostic) text() string {
	if d.Suggestion == "" {
		return d.Detail
	}
	return strings.TrimSpace(d.Detail + fmt.Sprintf(" Did you mean %q?", d.Suggestion))
}

func (s *Snippet) render(b *strings.Builder, styles Styles) {
	offset := 0
	for n, line := range strings.Split(s.Code, "\n") {
		from := min(max(s.HighlightStart-offset, 0), len(line))
		to := min(max(s.HighlightEnd-offset, 0), len(line))
		before, in := printable(line[:from]), printable(line[from:max(from, to)])
		gutter := fmt.Sprintf("  %4d: ", s.StartLine+n)
		fmt.Fprintf(b, "%s%s%s%s\n", gutter, before, in, printable(line[max(from, to):]))
		if mark := underline(before, in); n == 0 || in != "" {
			fmt.Fprintf(b, "%s%s\n", strings.Repeat(" ", len(gutter)), style(mark, styles.Mark))
		}
		offset += len(line) + 1
	}
	if s.More {
		b.WriteString("        ...\n")
	}
}

// underline marks in, which stands after before on the line above.
func underline(before, in string) string {
	var b strings.Builder
	for _, r := range before {
		if r == '\t' {
			b.WriteRune(r)
		} else {
			b.WriteByte(' ')
		}
	}
	width := len([]rune(strings.TrimRight(in, " \t")))
	b.WriteString(strings.Repeat("^", max(width, 1)))
	return b.String()
}

// printable shows control characters, and those that reorder or hide text, by
// their number.
func printable(s string) string {
	if !strings.ContainsFunc(s, unprintable) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			fmt.Fprintf(&b, "U+%04X", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unprintable(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co))
}

func style(text string, f func(string) string) string {
	if f == nil {
		return text
	}
	return f(text)
}
