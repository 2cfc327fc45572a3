package config

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// How much of the source a snippet shows.
const (
	snippetLines = 3
	snippetBytes = 200 // of a line
	// lineBytes is how much of a line before what is shown is searched for the
	// name of a credential.
	lineBytes = 4 << 10
)

// Snippet is the piece of source that a diagnostic is about, with what is
// sensitive left out.
type Snippet struct {
	// StartLine is the number of the first line of Code.
	StartLine int `json:"start_line"`
	// Code is whole lines, without a line break at the end.
	Code string `json:"code"`
	// HighlightStart and HighlightEnd are byte offsets in Code of what is wrong.
	HighlightStart int `json:"highlight_start"`
	HighlightEnd   int `json:"highlight_end"`
	// More is true where what is wrong goes on after Code.
	More bool `json:"more,omitempty"`
}

// snip cuts a snippet out of a file, without what is hidden of the file.
func snip(content []byte, r Range, hidden []span) *Snippet {
	start := min(max(r.Start.Byte, 0), len(content))
	end := min(max(r.End.Byte, start), len(content))
	lineStart := bytes.LastIndexByte(content[:start], '\n') + 1

	s := &Snippet{StartLine: r.Start.Line, HighlightStart: -1}
	var code strings.Builder
	open := secretAheadOf(content, lineStart) // a credential may go on from the line before
	at := lineStart
	for n := 0; ; n++ {
		next := bytes.IndexByte(content[at:], '\n')
		lineEnd := len(content)
		if next >= 0 {
			lineEnd = at + next
		}
		if n == snippetLines {
			s.More = true
			break
		}
		if n > 0 {
			code.WriteByte('\n')
		}
		base := code.Len()
		// A line can be the whole file; far from what is wrong it does not matter.
		near, far := max(at, min(start, lineEnd)-lineBytes), min(lineEnd, max(start, at)+lineBytes)
		line := strings.TrimSuffix(string(content[near:far]), "\r")
		from, to := min(max(start-near, 0), len(line)), min(max(end-near, 0), len(line))
		secrets, opened := secretsIn(line)
		secrets = append(secrets, cover(hidden, near, near+len(line))...)
		if open {
			secrets = []span{{0, len(line)}}
		}
		open = open || opened
		line, from, to = showable(line, from, to, secrets)
		code.WriteString(line)
		if s.HighlightStart < 0 {
			s.HighlightStart = base + from
		}
		s.HighlightEnd = base + to
		if next < 0 || lineEnd >= end-1 {
			break
		}
		at = lineEnd + 1
	}
	s.Code = code.String()
	return s
}

// cover is what spans cover of a line, in offsets of the line.
func cover(spans []span, start, end int) []span {
	var found []span
	for _, s := range spans {
		if s.start < end && s.end > start {
			found = append(found, span{max(s.start, start) - start, min(s.end, end) - start})
		}
	}
	return found
}

// showable hides what is sensitive, keeps a long line to the neighborhood of
// what is highlighted, and makes it valid UTF-8.
func showable(line string, from, to int, secrets []span) (shown string, start, end int) {
	masked, move := maskLine(line, secrets)
	from, _ = move(from)
	_, to = move(to)
	low, high := 0, len(masked)
	if high > snippetBytes {
		low = max(0, from-snippetBytes/4)
		high = min(len(masked), low+snippetBytes)
		for low > 0 && !utf8.RuneStart(masked[low]) {
			low--
		}
		for high < len(masked) && !utf8.RuneStart(masked[high]) {
			high++
		}
	}
	from, to = min(max(from, low), high), min(max(to, low), high)
	before, in, after := masked[low:from], masked[from:to], masked[to:high]
	if low > 0 {
		before = "…" + before
	}
	if high < len(masked) {
		after += "…"
	}
	before, in, after = valid(before), valid(in), valid(after)
	return before + in + after, len(before), len(before) + len(in)
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
