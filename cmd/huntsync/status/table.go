package status

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// style is a color of a terminal, as the parameter of its escape sequence.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
)

// page collects text, so that it is written at once and its error is told once.
type page struct {
	bytes.Buffer

	width int
	color bool
}

// line adds one line.
func (p *page) line(format string, args ...any) {
	fmt.Fprintf(p, format+"\n", args...)
}

// paint colors text where color is allowed.
func (p *page) paint(s style, text string) string {
	if !p.color || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// writeTo hands the page over.
func (p *page) writeTo(w io.Writer) error {
	if _, err := p.WriteTo(w); err != nil {
		return fmt.Errorf("write the status: %w", err)
	}
	return nil
}

// cell is one cell of a table.
type cell struct {
	text  string
	style style
}

// gap stands between two columns, indent before the first.
const (
	gap    = 2
	indent = 2
	// narrowest is how far a column gives way.
	narrowest = 12
)

// table adds rows below titles, no wider than the page where that can be.
func (p *page) table(titles []string, rows [][]cell) {
	widths := make([]int, len(titles))
	for i, title := range titles {
		widths[i] = len(title)
		for _, row := range rows {
			widths[i] = max(widths[i], length(row[i].text))
		}
	}
	p.narrow(widths)
	head := make([]cell, len(titles))
	for i, title := range titles {
		head[i] = cell{title, dim}
	}
	for _, row := range append([][]cell{head}, rows...) {
		var line strings.Builder
		for i, c := range row {
			text := fit(c.text, widths[i])
			line.WriteString(p.paint(c.style, text))
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-length(text)+gap))
			}
		}
		p.line("%s%s", strings.Repeat(" ", indent), strings.TrimRight(line.String(), " "))
	}
}

// narrow takes from the widest columns until the table fits.
func (p *page) narrow(widths []int) {
	over := indent + gap*(len(widths)-1) - p.width
	for _, w := range widths {
		over += w
	}
	for ; over > 0; over-- {
		widest := 0
		for i, w := range widths {
			if w > widths[widest] {
				widest = i
			}
		}
		if widths[widest] <= narrowest {
			return
		}
		widths[widest]--
	}
}

func length(s string) int { return len([]rune(s)) }

// fit cuts text to a number of characters.
func fit(s string, limit int) string {
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return strings.TrimRightFunc(string(runes[:max(limit-1, 0)]), unicode.IsSpace) + "…"
}

// wrap breaks text into lines between words.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		if line != "" && length(line)+1+length(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// paragraph adds text broken into indented lines, the first with a lead.
func (p *page) paragraph(lead, text string) {
	for i, line := range wrap(text, max(p.width-length(lead), 20)) {
		if i == 0 {
			p.line("%s%s", lead, line)
			continue
		}
		p.line("%s%s", strings.Repeat(" ", length(lead)), line)
	}
}
