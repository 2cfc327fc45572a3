package algapsa

import (
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/huntsync/huntsync/engine"
)

// ellipsis ends a text that was cut.
const ellipsis = "…"

// pointer ends a document that was cut.
const pointer = "This text was too long for AlgaPSA and was cut here. The full report is in the Huntress portal."

// cutTitle cuts a title to what the desk takes, between two characters, and keeps it storable.
func cutTitle(title string) string {
	return cutText(storable(title), maxTitle)
}

// units is the length of a text as the desk measures it: UTF-16 code units.
func units(text string) int {
	n := 0
	for _, r := range text {
		n += utf16.RuneLen(r)
	}
	return n
}

// cutText shortens a text to at most limit units, the ellipsis among them. A limit of 0 leaves nothing.
func cutText(text string, limit int) string {
	if units(text) <= limit {
		return text
	}
	if limit < 1 {
		return ""
	}
	n := 0
	for i, r := range text {
		n += utf16.RuneLen(r)
		if n > limit-1 {
			return text[:i] + ellipsis
		}
	}
	return text
}

// storable makes a text that the desk's database takes: valid, and without the one character it cannot hold.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "U+0000")
}

// cutDocument shortens a document to at most limit visible units, a line break for each block and a space for each
// cell counted, and says in its last paragraph that it was cut.
func cutDocument(doc engine.Document, limit int) engine.Document {
	total := 0
	for _, b := range doc {
		total += blockUnits(b)
	}
	if total <= limit {
		return doc
	}
	left := limit - units(pointer) - 1
	var short engine.Document
	for i, b := range doc {
		size := blockUnits(b)
		if size > left {
			short = slices.Clip(doc[:i])
			if b, some := cutBlock(b, left-1); some {
				short = append(short, b)
			}
			break
		}
		left -= size
	}
	return append(short, engine.Block{Kind: engine.Paragraph, Spans: []engine.Span{{Text: pointer}}})
}

// cutBlock keeps the beginning of a block: the first rows of a table, the first runs of anything else.
func cutBlock(b engine.Block, left int) (engine.Block, bool) {
	if b.Kind == engine.Table {
		short := b
		short.Rows = nil
		for _, cells := range b.Rows {
			left -= rowUnits(cells)
			if left < 0 {
				break
			}
			short.Rows = append(short.Rows, cells)
		}
		return short, len(short.Rows) > 0
	}
	short := b
	short.Spans = nil
	for _, s := range b.Spans {
		if left < 1 {
			break
		}
		whole := storable(s.Text)
		s.Text = cutText(whole, left)
		left -= units(s.Text)
		short.Spans = append(short.Spans, s)
		if s.Text != whole { // A pair of units that did not fit can leave room for a second ellipsis.
			break
		}
	}
	return short, len(short.Spans) > 0
}

func blockUnits(b engine.Block) int {
	n := 1
	for _, s := range b.Spans {
		n += units(storable(s.Text))
	}
	for _, cells := range b.Rows {
		n += rowUnits(cells)
	}
	return n
}

func rowUnits(cells []string) int {
	n := 1
	for _, cell := range cells {
		n += units(storable(cell)) + 1
	}
	return n
}
