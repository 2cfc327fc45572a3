package engine

import (
	"fmt"
	"slices"
	"strings"
)

// What a note shows of an edited summary.
const (
	editsShown     = 8    // edits
	editShown      = 250  // characters of each side of one
	rewriteShown   = 3000 // characters of a summary that was rewritten
	rewrittenBelow = 3    // it was where less than one in so many of its sentences stayed
)

// summaryChanged reports whether a summary says something else: spaces and line
// breaks say nothing.
func summaryChanged(before, after string) bool {
	return before != after && !slices.Equal(strings.Fields(before), strings.Fields(after))
}

// summaryNews shows what was edited in the summary; all of it where little stayed.
func summaryNews(before, after string) Document {
	changes, kept := diffText(before, after)
	if len(changes) == 0 {
		return nil
	}
	if len(sentences(after)) == 0 {
		return Document{bold("The summary was removed.")}
	}
	var edits []string
	for _, c := range changes {
		some, versions := c.edits()
		edits = append(edits, some...)
		kept += versions
	}
	switch total := len(sentences(before)); {
	case total == 0:
		return append(Document{bold("There is a summary now:")}, paragraphs(cut(after, rewriteShown))...)
	case kept*rewrittenBelow < total:
		return append(Document{bold("The summary was rewritten. It is now:")}, paragraphs(cut(after, rewriteShown))...)
	}
	d := Document{bold("The summary was edited:")}
	for i, text := range edits {
		if i == editsShown {
			d = append(d, bullet(fmt.Sprintf("And %d more edits, to be seen in the Huntress portal.", len(edits)-i)))
			break
		}
		d = append(d, bullet(text))
	}
	return d
}

// edits says what was done to the sentences of one place, each in a line, and how
// many of them are there in another version.
func (c textChange) edits() (lines []string, versions int) {
	for len(c.before) > 0 && len(c.after) > 0 && alike(c.before[0], c.after[0]) {
		before, after := shortenPair(c.before[0], c.after[0])
		lines = append(lines, "Changed: “"+cut(before, editShown)+"” → “"+cut(after, editShown)+"”")
		c.before, c.after = c.before[1:], c.after[1:]
		versions++
	}
	for _, s := range c.before {
		lines = append(lines, "Removed: “"+cut(s, editShown)+"”")
	}
	for _, s := range c.after {
		lines = append(lines, "Added: “"+cut(s, editShown)+"”")
	}
	return lines, versions
}

// alike reports whether one sentence looks like a version of another: half of its
// words are the other's.
func alike(before, after string) bool {
	a, b := strings.Fields(before), strings.Fields(after)
	if len(a)*len(b) > diffCells {
		return false
	}
	_, kept := diffSequences(a, b)
	return 2*kept >= max(len(a), len(b))
}

func bold(text string) Block {
	return Block{Kind: Paragraph, Spans: []Span{{Text: text, Bold: true}}}
}

func bullet(text string) Block {
	return Block{Kind: Bullet, Spans: []Span{{Text: text}}}
}
