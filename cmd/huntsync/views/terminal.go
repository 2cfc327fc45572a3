// Package views writes what commands have to tell, as text for people and as
// JSON for programs. All sentences are here; the engine and the commands have
// none.
package views

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// Terminal is where text goes.
type Terminal struct {
	io.Writer
	// Width is in columns; 0 is without limit, for what is no terminal.
	Width int
	// Color allows color; Interactive is true where a person sits.
	Color, Interactive bool
}

type style string

const (
	bold   style = "1"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
	dim    style = "2"
)

// paint colors text where color is allowed.
func (t Terminal) paint(s style, text string) string {
	if !t.Color || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// line writes one line.
func (t Terminal) line(format string, args ...any) {
	fmt.Fprintf(t.Writer, format+"\n", args...)
}

// safe makes text from outside harmless for a terminal: whatever could move the
// cursor, change colors or the order of reading is gone.
func safe(s string) string { return engine.CleanLine(s) }

// fit cuts text to a number of columns, characters counted as one each.
func fit(s string, columns int) string {
	runes := []rune(s)
	if columns < 1 || len(runes) <= columns {
		return s
	}
	return strings.TrimRightFunc(string(runes[:columns-1]), unicode.IsSpace) + "…"
}

// rest is the width that is left of a line; 0 is without limit.
func (t Terminal) rest(taken int) int {
	if t.Width == 0 {
		return 0
	}
	return max(t.Width-taken, 20)
}

// unlimited is a width that nothing reaches.
const unlimited = 10_000

// Columns is the width that text is broken at.
func (t Terminal) Columns() int {
	if t.Width == 0 {
		return unlimited
	}
	return t.Width
}

// pad fills text up to a number of columns.
func pad(s string, columns int) string {
	if n := columns - len([]rune(s)); n > 0 {
		return s + strings.Repeat(" ", n)
	}
	return s
}

// plural is "1 thing" or "2 things".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// Error tells why a command failed.
func Error(t Terminal, err error) {
	t.line("%s %s", t.paint(red, "Error:"), strings.TrimRight(engine.Clean(err.Error()), "\n"))
}

// Warning tells what may not be what somebody meant.
func Warning(t Terminal, text string) {
	t.line("%s %s", t.paint(yellow, "Warning:"), engine.CleanLine(text))
}

// Diagnostics tells what is wrong with a configuration.
func Diagnostics(t Terminal, diags config.Diagnostics) error {
	if len(diags) == 0 {
		return nil
	}
	if err := diags.Write(t.Writer, t.styles()); err != nil {
		return fmt.Errorf("write diagnostics: %w", err)
	}
	t.line("")
	return nil
}

func (t Terminal) styles() config.Styles {
	with := func(s style) func(string) string {
		return func(text string) string { return t.paint(s, text) }
	}
	return config.Styles{Error: with(red), Warning: with(yellow), Strong: with(bold), Mark: with(red)}
}
