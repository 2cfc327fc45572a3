package algapsa

import (
	"net/url"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// block is a BlockNote block. Only kinds whose text AlgaPSA escapes are ever made: never a codeBlock.
type block struct {
	Type     string         `json:"type"`
	Props    map[string]any `json:"props"`
	Content  any            `json:"content"`
	Children []block        `json:"children"`
}

// inline is a run of text, or a link with runs in it.
type inline struct {
	Type    string          `json:"type"`
	Text    *string         `json:"text,omitempty"`
	Styles  map[string]bool `json:"styles,omitzero"`
	Href    string          `json:"href,omitempty"`
	Content []inline        `json:"content,omitempty"`
}

// tableContent is the content of a table.
type tableContent struct {
	Type string     `json:"type"`
	Rows []tableRow `json:"rows"`
}

// tableRow is a row; each cell is a list of runs.
type tableRow struct {
	Cells [][]inline `json:"cells"`
}

// smallestBlock is less than any block takes of the JSON, in bytes.
const smallestBlock = 100

// renderBody renders the body of a ticket, cut further where what is visible is short but its JSON is not.
func renderBody(doc engine.Document) (string, error) {
	for limit := maxBody; ; limit /= 2 {
		short := cutDocument(doc, limit)
		if len(short) > maxBodyBytes/smallestBlock {
			continue // Written, it would be many times as long as may be.
		}
		text, err := render(short)
		if err != nil || len(text) <= maxBodyBytes {
			return text, err
		}
	}
}

// renderNote renders a comment.
func renderNote(doc engine.Document) (string, error) {
	return render(cutDocument(doc, maxNote))
}

// render writes a document as BlockNote JSON. Any text is safe in it: it goes into text nodes only, which AlgaPSA
// escapes wherever it shows them.
func render(doc engine.Document) (string, error) {
	blocks := make([]block, 0, len(doc))
	for _, b := range doc {
		blocks = append(blocks, renderBlock(b))
	}
	raw, err := encode(blocks)
	if err != nil {
		return "", err
	}
	return string(raw), nil
}

// renderBlock renders one block. A kind that is not known is a paragraph: better plain than lost.
func renderBlock(b engine.Block) block {
	// Without these three, AlgaPSA may read the text as Markdown.
	props := map[string]any{"textAlignment": "left", "backgroundColor": "default", "textColor": "default"}
	out := block{Type: "paragraph", Props: props, Children: []block{}}
	switch b.Kind {
	case engine.Heading:
		out.Type, props["level"] = "heading", min(max(b.Level, 1), 3)
	case engine.Bullet:
		out.Type = "bulletListItem"
	case engine.Numbered:
		out.Type = "numberedListItem"
	case engine.Table:
		out.Type, out.Content = "table", renderTable(b.Rows)
		return out
	case engine.Verbatim:
		out.Content = []inline{renderVerbatim(b.Spans)}
		return out
	case engine.Paragraph:
	}
	out.Content = renderSpans(b.Spans)
	return out
}

// renderTable makes every row as wide as the widest; the first row, the header, is bold.
func renderTable(rows [][]string) tableContent {
	width := 0
	for _, cells := range rows {
		width = max(width, len(cells))
	}
	content := tableContent{Type: "tableContent", Rows: make([]tableRow, 0, len(rows))}
	for i, cells := range rows {
		row := tableRow{Cells: make([][]inline, width)}
		for j := range width {
			row.Cells[j] = []inline{}
			if j < len(cells) && cells[j] != "" {
				row.Cells[j] = []inline{textRun(engine.Span{Text: cells[j], Bold: i == 0})}
			}
		}
		content.Rows = append(content.Rows, row)
	}
	return content
}

// renderVerbatim is one text node, line breaks kept, so that a person can copy it whole.
func renderVerbatim(spans []engine.Span) inline {
	var text strings.Builder
	for _, s := range spans {
		text.WriteString(storable(s.Text))
	}
	return textRun(engine.Span{Text: text.String(), Code: true})
}

func renderSpans(spans []engine.Span) []inline {
	runs := []inline{}
	for _, s := range spans {
		switch {
		case s.Text == "":
		case isWeb(s.Link):
			runs = append(runs, inline{Type: "link", Href: s.Link, Content: []inline{textRun(s)}})
		default:
			runs = append(runs, textRun(s))
		}
	}
	return runs
}

func textRun(s engine.Span) inline {
	text := storable(s.Text)
	styles := map[string]bool{}
	if s.Bold {
		styles["bold"] = true
	}
	if s.Code {
		styles["code"] = true
	}
	return inline{Type: "text", Text: &text, Styles: styles}
}

// isWeb lets only plain web addresses be links: AlgaPSA does not look at what a link would do, or how it would
// stand in an attribute of HTML.
func isWeb(link string) bool {
	u, err := url.Parse(link)
	odd := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"'`<>\\", r) }
	return err == nil && !strings.ContainsFunc(link, odd) && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
