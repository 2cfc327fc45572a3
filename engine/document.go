package engine

// Document is what a ticket or a note says: a list of blocks, built once here
// and rendered by each desk in its own format. Escaping is the renderer's job.
type Document []Block

// BlockKind says how a block looks.
type BlockKind string

// The kinds of block.
const (
	Heading   BlockKind = "heading"   // Level 1 to 3
	Paragraph BlockKind = "paragraph" // Spans
	Bullet    BlockKind = "bullet"    // Spans; consecutive bullets are one list
	Numbered  BlockKind = "numbered"  // Spans; consecutive ones are one list
	Table     BlockKind = "table"     // Rows; the first row is the header
	Verbatim  BlockKind = "verbatim"  // one span, to be copied by a person: one text node, line breaks kept
)

// Block is one block of a document.
type Block struct {
	Kind  BlockKind
	Level int
	Spans []Span
	Rows  [][]string
}

// Span is a run of text in one style.
type Span struct {
	Text string
	Bold bool
	Code bool
	// Link is the target of a link; only http and https, and only our own links
	// (never one that came with an incident).
	Link string
}
