package config

import (
	"fmt"
	"slices"
	"strings"
)

// diffContext is how many unchanged lines surround a change.
const diffContext = 3

// Diff is the difference between two versions of a text in the unified format;
// empty where there is none.
func Diff(oldName, newName string, before, after []byte) string {
	a, b := linesOf(before), linesOf(after)
	edits := compare(a, b)
	if !slices.ContainsFunc(edits, func(e edit) bool { return e.kind != ' ' }) {
		return ""
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", oldName, newName)
	for _, h := range hunks(edits) {
		h.write(&out)
	}
	return out.String()
}

// linesOf splits a text into lines, the line breaks kept.
func linesOf(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// edit is one line of a difference: kept (' '), removed ('-') or added ('+').
type edit struct {
	kind         byte
	line         string
	oldAt, newAt int // numbers of the lines, from 0
}

// compare finds the edits that lead from a to b. What both begin and end with is
// set aside; between, the longest common subsequence is kept where the texts are
// small enough to find it, else everything is replaced.
func compare(a, b []string) []edit {
	const most = 4_000_000 // cells of the table
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	w := &editor{a: a, b: b}
	w.keep(start)
	rows, columns := len(a)-end-start, len(b)-end-start
	if rows*columns <= most {
		w.common(start, rows, columns)
	}
	w.replace(len(a)-end, len(b)-end)
	w.keep(end)
	return w.edits
}

// editor writes edits, from the first line to the last.
type editor struct {
	a, b  []string
	i, j  int
	edits []edit
}

func (w *editor) keep(n int) {
	for range n {
		w.edits = append(w.edits, edit{' ', w.a[w.i], w.i, w.j})
		w.i, w.j = w.i+1, w.j+1
	}
}

// replace removes and adds lines up to the given ones.
func (w *editor) replace(i, j int) {
	for ; w.i < i; w.i++ {
		w.edits = append(w.edits, edit{'-', w.a[w.i], w.i, w.j})
	}
	for ; w.j < j; w.j++ {
		w.edits = append(w.edits, edit{'+', w.b[w.j], w.i, w.j})
	}
}

// common keeps the longest common subsequence of a part.
func (w *editor) common(start, rows, columns int) {
	// length[i][j] is that of the part from row i and column j on.
	length := make([][]int32, rows+1)
	for i := range length {
		length[i] = make([]int32, columns+1)
	}
	for i := rows - 1; i >= 0; i-- {
		for j := columns - 1; j >= 0; j-- {
			if w.a[start+i] == w.b[start+j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < rows && j < columns; {
		switch {
		case w.a[start+i] == w.b[start+j]:
			w.replace(start+i, start+j)
			w.keep(1)
			i, j = i+1, j+1
		case length[i+1][j] >= length[i][j+1]:
			i++
		default:
			j++
		}
	}
}

// hunk is a run of edits with its context.
type hunk []edit

func hunks(edits []edit) []hunk {
	var all []hunk
	from, last := -1, -1
	for i, e := range edits {
		if e.kind == ' ' {
			continue
		}
		if from >= 0 && i-last > 2*diffContext+1 {
			all = append(all, edits[from:min(last+diffContext+1, len(edits))])
			from = -1
		}
		if from < 0 {
			from = max(0, i-diffContext)
		}
		last = i
	}
	return append(all, edits[from:min(last+diffContext+1, len(edits))])
}

func (h hunk) write(out *strings.Builder) {
	removed, added := 0, 0
	for _, e := range h {
		if e.kind != '+' {
			removed++
		}
		if e.kind != '-' {
			added++
		}
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", extent(h[0].oldAt, removed), extent(h[0].newAt, added))
	for _, e := range h {
		out.WriteByte(e.kind)
		out.WriteString(e.line)
		if !strings.HasSuffix(e.line, "\n") {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

// extent is the first line, from 1, and how many; an empty one names the line before.
func extent(first, count int) string {
	if count == 0 {
		return fmt.Sprintf("%d,0", first)
	}
	return fmt.Sprintf("%d,%d", first+1, count)
}
