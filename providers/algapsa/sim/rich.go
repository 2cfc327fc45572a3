package sim

import (
	"encoding/json"
	"html"
	"strconv"
	"strings"
)

// block is a BlockNote block, read as the server's converter reads it.
type block struct {
	Type    string          `json:"type"`
	Props   map[string]any  `json:"props"`
	Content json.RawMessage `json:"content"`
	Nested  []block         `json:"children"`
}

// inline is a run of text or a link.
type inline struct {
	Type    string         `json:"type"`
	Text    string         `json:"text"`
	Href    string         `json:"href"`
	Styles  map[string]any `json:"styles"`
	Content []inline       `json:"content"`
}

// table is the content of a table block.
type table struct {
	Rows []struct {
		Cells []json.RawMessage `json:"cells"`
	} `json:"rows"`
}

// readBlocks reads a text that is a JSON array of blocks; false for any other text.
func readBlocks(text string) ([]block, bool) {
	if !strings.HasPrefix(strings.TrimSpace(text), "[") {
		return nil, false
	}
	var blocks []block
	if json.Unmarshal([]byte(text), &blocks) != nil {
		return nil, false
	}
	return blocks, true
}

// descriptionHTML is what a read shows of attributes.description.
func descriptionHTML(t *Ticket) string {
	return richHTML(t.Attribute("description"))
}

// richHTML renders blocks; any other text is one escaped paragraph with no line breaks and no Markdown.
func richHTML(text string) string {
	blocks, rich := readBlocks(text)
	if !rich {
		return "<p>" + html.EscapeString(text) + "</p>"
	}
	var out strings.Builder
	for _, b := range blocks {
		blockHTML(&out, b)
	}
	return out.String()
}

func blockHTML(out *strings.Builder, b block) {
	open, end := tagsOfBlock(b)
	out.WriteString(open)
	switch b.Type {
	case "table":
		tableHTML(out, b.Content)
	case "codeBlock":
		out.WriteString(rawInlineText(b.Content)) // The trap: not escaped.
	default:
		inlineHTML(out, readInline(b.Content))
	}
	out.WriteString(end)
	for _, child := range b.Nested {
		blockHTML(out, child)
	}
}

func tagsOfBlock(b block) (open, end string) {
	name := map[string]string{
		"paragraph": "p", "bulletListItem": "li", "numberedListItem": "li", "checkListItem": "li", "table": "table", "codeBlock": "pre",
	}[b.Type]
	if b.Type == "heading" {
		level, _ := b.Props["level"].(float64)
		name = "h" + strconv.Itoa(min(max(int(level), 1), 6))
	}
	if name == "" {
		name = "p"
	}
	return "<" + name + ">", "</" + name + ">"
}

// readInline reads the content of a block: a list of runs or, as BlockNote allows, one string.
func readInline(content json.RawMessage) []inline {
	var runs []inline
	if json.Unmarshal(content, &runs) == nil {
		return runs
	}
	var text string
	if json.Unmarshal(content, &text) == nil {
		return []inline{{Type: "text", Text: text}}
	}
	return nil
}

func inlineHTML(out *strings.Builder, runs []inline) {
	for _, run := range runs {
		if run.Type == "link" {
			out.WriteString(`<a href="` + html.EscapeString(run.Href) + `">`)
			inlineHTML(out, run.Content)
			out.WriteString("</a>")
			continue
		}
		text := html.EscapeString(run.Text)
		for _, style := range []struct{ name, tag string }{
			{"bold", "strong"}, {"italic", "em"}, {"underline", "u"}, {"strike", "s"}, {"code", "code"},
		} {
			if run.Styles[style.name] == true {
				text = "<" + style.tag + ">" + text + "</" + style.tag + ">"
			}
		}
		out.WriteString(text)
	}
}

func tableHTML(out *strings.Builder, content json.RawMessage) {
	for _, row := range readTable(content).Rows {
		out.WriteString("<tr>")
		for _, cell := range row.Cells {
			out.WriteString("<td>")
			inlineHTML(out, readCell(cell))
			out.WriteString("</td>")
		}
		out.WriteString("</tr>")
	}
}

func readTable(content json.RawMessage) table {
	var t table
	if json.Unmarshal(content, &t) != nil {
		return table{}
	}
	return t
}

// readCell reads a cell: a list of runs, or an object with one.
func readCell(cell json.RawMessage) []inline {
	var object struct {
		Content json.RawMessage `json:"content"`
	}
	if json.Unmarshal(cell, &object) == nil {
		return readInline(object.Content)
	}
	return readInline(cell)
}

func rawInlineText(content json.RawMessage) string {
	var out strings.Builder
	plain(&out, readInline(content))
	return out.String()
}

// visibleText is what a reader sees of a comment: the text of its blocks, or the text itself.
// A bare JSON value counts as parsed, which leaves nothing of a number or a quoted string.
func visibleText(text string) string {
	blocks, rich := readBlocks(text)
	if !rich {
		if json.Valid([]byte(text)) && kind([]byte(text)) != "array" {
			return ""
		}
		return text
	}
	var out strings.Builder
	for _, b := range blocks {
		plainBlock(&out, b)
	}
	return out.String()
}

func plainBlock(out *strings.Builder, b block) {
	if b.Type == "table" {
		for _, row := range readTable(b.Content).Rows {
			for _, cell := range row.Cells {
				plain(out, readCell(cell))
			}
		}
	} else {
		plain(out, readInline(b.Content))
	}
	out.WriteString("\n")
	for _, child := range b.Nested {
		plainBlock(out, child)
	}
}

func plain(out *strings.Builder, runs []inline) {
	for _, run := range runs {
		out.WriteString(run.Text)
		plain(out, run.Content)
	}
}

// searchVector has the shape of the database's search index, without its stemming.
func searchVector(text string) string {
	var out []string
	for i, word := range strings.Fields(strings.ToLower(text)) {
		out = append(out, "'"+strings.Trim(word, "'[]#")+"':"+strconv.Itoa(i+1))
	}
	return strings.Join(out, " ")
}
