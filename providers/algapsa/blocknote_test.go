package algapsa

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestRenderGolden renders documents of each kind of block; the files are what AlgaPSA stores, indented.
func TestRenderGolden(t *testing.T) {
	span := func(text string) []engine.Span { return []engine.Span{{Text: text}} }
	for name, doc := range map[string]engine.Document{
		"empty": nil,
		"kinds": {
			{Kind: engine.Heading, Level: 0, Spans: span("level zero")},
			{Kind: engine.Heading, Level: 2, Spans: span("level two")},
			{Kind: engine.Heading, Level: 7, Spans: span("level seven")},
			{Kind: engine.Paragraph, Spans: span("a paragraph")},
			{Kind: engine.Bullet, Spans: span("a bullet")},
			{Kind: engine.Numbered, Spans: span("a step")},
			{Kind: engine.Verbatim, Spans: []engine.Span{{Text: "organization \"Acme\" {\n"}, {Text: "}\n", Bold: true}}},
			{Kind: "of tomorrow", Spans: span("an unknown kind")},
			{Kind: engine.Paragraph},
		},
		"styles": {{Kind: engine.Paragraph, Spans: []engine.Span{
			{Text: "plain "},
			{Text: "bold ", Bold: true},
			{Text: "code ", Code: true},
			{Text: "both", Bold: true, Code: true},
			{Text: ""},
			{Text: "the portal", Bold: true, Link: "https://acme.huntress.io/org/1/infection_reports/2?a=b&c=d"},
			{Text: "", Link: "https://acme.huntress.io/"},
		}}},
		"table": {{Kind: engine.Table, Rows: [][]string{{"Severity", "critical"}, {"Host"}, {"", "x", "wider"}, {}}}},
		"hostile": {
			{Kind: engine.Paragraph, Spans: []engine.Span{
				{Text: `<script>alert('1')</script> "]},{"type":"codeBlock"} \u0000 & **bold** [x](javascript:1)`},
				{Text: "nul \x00, broken \xff\xfe, \u2028, \U0001F9A0"},
				{Text: "script", Link: "javascript:alert(1)"},
				{Text: "data", Link: "data:text/html,x"},
				{Text: "user", Link: "https://me:pw@evil.example/"},
				{Text: "quote", Link: `https://evil.example/"onmouseover="x`},
				{Text: "control", Link: "https://evil.example/#\x00"},
				{Text: "relative", Link: "/msp/settings"},
				{Text: "broken", Link: "https://evil.example/%zz"},
				{Text: "plain", Link: "http://huntress.example/x"},
			}},
			{Kind: engine.Table, Rows: [][]string{{`<b>`, "a\nb"}, {`{"type":"link"}`}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := renderBody(doc)
			if err != nil {
				t.Fatal(err)
			}
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, []byte(got), "", "  "); err != nil {
				t.Fatal(err)
			}
			pretty.WriteByte('\n')
			file := filepath.Join("testdata", "blocknote", name+".json")
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, pretty.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// documents draws any document at all.
func documents() *rapid.Generator[engine.Document] {
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 30), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{`"`, `\`, "\x00", "\u2028", "<b>", "]}", "🦠", "\xed\xa0\x80"}))
	link := rapid.OneOf(rapid.Just(""), text, rapid.Map(text, func(s string) string { return "https://x.example/" + s }))
	span := rapid.Custom(func(t *rapid.T) engine.Span {
		return engine.Span{Text: text.Draw(t, "text"), Bold: rapid.Bool().Draw(t, "bold"), Code: rapid.Bool().Draw(t, "code"), Link: link.Draw(t, "link")}
	})
	kinds := []engine.BlockKind{engine.Heading, engine.Paragraph, engine.Bullet, engine.Numbered, engine.Table, engine.Verbatim, "new"}
	block := rapid.Custom(func(t *rapid.T) engine.Block {
		b := engine.Block{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Level: rapid.IntRange(-3, 9).Draw(t, "level")}
		if b.Kind == engine.Table {
			b.Rows = rapid.SliceOfN(rapid.SliceOfN(text, 0, 4), 0, 6).Draw(t, "rows")
		} else {
			b.Spans = rapid.SliceOfN(span, 0, 5).Draw(t, "spans")
		}
		return b
	})
	return rapid.Map(rapid.SliceOfN(block, 0, 12), func(blocks []engine.Block) engine.Document { return blocks })
}

// TestRenderAnything checks each node of what any document becomes.
func TestRenderAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := documents().Draw(t, "document")
		raw, err := render(doc)
		if err != nil {
			t.Fatal(err)
		}
		checkRendered(t, doc, raw)
	})
}

// failer is what testing.T and rapid.T have in common.
type failer interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// checkRendered reads a rendering back: blocks of the safe kinds only, with the three properties, all text of the
// document in text nodes and nowhere else, links only to the web.
func checkRendered(t failer, doc engine.Document, raw string) {
	var blocks []struct {
		Type     string            `json:"type"`
		Props    map[string]any    `json:"props"`
		Content  json.RawMessage   `json:"content"`
		Children []json.RawMessage `json:"children"`
	}
	decoder := json.NewDecoder(strings.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&blocks); err != nil {
		t.Fatalf("%q is no list of blocks: %v", raw, err)
	}
	if len(blocks) != len(doc) || strings.Contains(strings.ReplaceAll(raw, `\\`, ""), `\u0000`) {
		t.Errorf("%d blocks became %d: %s", len(doc), len(blocks), raw)
	}
	for i, b := range blocks {
		if !slices.Contains([]string{"heading", "paragraph", "bulletListItem", "numberedListItem", "table"}, b.Type) {
			t.Errorf("a block of type %s", b.Type)
		}
		for _, name := range []string{"textAlignment", "backgroundColor", "textColor"} {
			if b.Props[name] == nil {
				t.Errorf("a block without %s", name)
			}
		}
		var got, want strings.Builder
		checkNodes(t, b.Content, &got)
		for _, s := range doc[i].Spans {
			want.WriteString(storable(s.Text))
		}
		for _, cells := range doc[i].Rows {
			for _, cell := range cells {
				want.WriteString(storable(cell))
			}
		}
		if got.String() != strings.ToValidUTF8(want.String(), "\uFFFD") {
			t.Errorf("%q became %q", want.String(), got.String())
		}
	}
}

// checkNodes collects the text of nodes and checks their links.
func checkNodes(t failer, raw json.RawMessage, text *strings.Builder) {
	var content struct {
		Type string                         `json:"type"`
		Rows []map[string][]json.RawMessage `json:"rows"`
	}
	if json.Unmarshal(raw, &content) == nil {
		width := -1
		for _, row := range content.Rows {
			if width >= 0 && len(row["cells"]) != width {
				t.Errorf("rows of %d and %d cells", width, len(row["cells"]))
			}
			width = len(row["cells"])
			for _, cell := range row["cells"] {
				checkNodes(t, cell, text)
			}
		}
		return
	}
	var nodes []struct {
		Type    string          `json:"type"`
		Text    *string         `json:"text"`
		Styles  map[string]bool `json:"styles"`
		Href    string          `json:"href"`
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(raw, &nodes); err != nil {
		t.Fatalf("%q are no nodes: %v", raw, err)
	}
	for _, n := range nodes {
		switch n.Type {
		case "text":
			if n.Text == nil || n.Styles == nil || !utf8.ValidString(*n.Text) || strings.ContainsRune(*n.Text, 0) {
				t.Errorf("a text node %s", raw)
				continue
			}
			text.WriteString(*n.Text)
		case "link":
			if !strings.HasPrefix(n.Href, "https://") && !strings.HasPrefix(n.Href, "http://") || strings.ContainsAny(n.Href, "\"'<> \\\n") {
				t.Errorf("a link to %q", n.Href)
			}
			checkNodes(t, n.Content, text)
		default:
			t.Errorf("a node of type %q", n.Type)
		}
	}
}

// FuzzRender puts any text into each place of a document.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{"", "x", "\x00", `"}],"children":[]}`, "\xff", "🦠", "javascript:alert(1)", "https://a.example/\"", "\u2028\u202e"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, text, link string) {
		doc := engine.Document{
			{Kind: engine.Heading, Level: len(text), Spans: []engine.Span{{Text: text}}},
			{Kind: engine.Paragraph, Spans: []engine.Span{{Text: text, Link: link, Bold: true}, {Text: link, Code: true}}},
			{Kind: engine.Table, Rows: [][]string{{text, link}, {text}}},
			{Kind: engine.Verbatim, Spans: []engine.Span{{Text: text}}},
		}
		raw, err := render(doc)
		if err != nil {
			t.Fatal(err)
		}
		checkRendered(t, doc, raw)
		note, err := renderNote(doc)
		if err != nil || visible(t, note) > maxNote {
			t.Errorf("a note of %d visible units, %v", visible(t, note), err)
		}
		if title := cutTitle(text); units(title) > maxTitle || !utf8.ValidString(title) || strings.ContainsRune(title, 0) {
			t.Errorf("the title %q", title)
		}
	})
}

// visible is how long a reader sees a document, as the desk counts, with a line break after each block.
func visible(t failer, raw string) int {
	var blocks []struct {
		Content json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal([]byte(raw), &blocks); err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	n := 0
	for _, b := range blocks {
		var text strings.Builder
		checkNodes(t, b.Content, &text)
		n += units(text.String()) + 1
	}
	return n
}

// TestCutAnything cuts any document to any limit: never longer, never more than needed, and the cut is told.
func TestCutAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := documents().Draw(t, "document")
		limit := rapid.IntRange(units(pointer)+2, 400).Draw(t, "limit")
		total := 0
		for _, b := range doc {
			total += blockUnits(b)
		}
		short := cutDocument(doc, limit)
		left := 0
		for _, b := range short {
			left += blockUnits(b)
		}
		switch {
		case left > limit:
			t.Fatalf("%d units are left of %d, the limit is %d", left, total, limit)
		case total <= limit && !cmp.Equal(doc, short):
			t.Fatalf("a document of %d units was cut to a limit of %d", total, limit)
		case total > limit && short[len(short)-1].Spans[0].Text != pointer:
			t.Fatalf("nothing tells that %d units were cut to %d", total, limit)
		}
		raw, err := render(short)
		if err != nil || visible(t, raw) > limit {
			t.Fatalf("%d visible units, %v", visible(t, raw), err)
		}
	})
}

// TestCutText keeps as much as fits and never half a character.
func TestCutText(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int
		want  string
	}{
		{"", 0, ""},
		{"", 5, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"abc", 0, ""},
		{"abc", -1, ""},
		{"abc", 1, "…"},
		{"🦠🦠", 4, "🦠🦠"},
		{"🦠🦠", 3, "🦠…"},
		{"🦠🦠", 2, "…"},
		{"a🦠🦠", 4, "a🦠…"},
		{"a🦠b", 3, "a…"},
		{"éàü", 2, "é…"},
	} {
		if got := cutText(test.text, test.limit); got != test.want {
			t.Errorf("%q cut to %d is %q, want %q", test.text, test.limit, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.StringN(0, 400, -1).Draw(t, "title")
		got := cutTitle(title)
		if units(got) > maxTitle || units(title) > maxTitle+5 && units(got) < maxTitle-1 && !strings.ContainsRune(title, 0) || !utf8.ValidString(got) {
			t.Fatalf("%d units became %d", units(title), units(got))
		}
		if head, cut := strings.CutSuffix(got, ellipsis); cut && !strings.HasPrefix(storable(title), head) {
			t.Fatalf("%q is not the beginning of %q", got, title)
		}
	})
}

// TestBodyWeight bounds the JSON of a body whose lines are short and many, so that a page of a hundred can be read.
func TestBodyWeight(t *testing.T) {
	var doc engine.Document
	for i := range 45_000 {
		doc = append(doc, engine.Block{Kind: engine.Paragraph, Spans: []engine.Span{{Text: fmt.Sprint(i % 10)}}})
	}
	raw, err := renderBody(doc)
	if err != nil || len(raw) > maxBodyBytes || len(raw) < maxBodyBytes/3 {
		t.Errorf("%d bytes, %v; want at most %d, and not much less", len(raw), err, maxBodyBytes)
	}
	if !strings.Contains(raw, pointer) {
		t.Error("nothing tells that the body was cut")
	}
	escaped, err := encode(raw)
	if err != nil || 100*len(escaped) > maxAnswer {
		t.Errorf("a page of such bodies has %d bytes, more than are read (%v)", 100*len(escaped), err)
	}
}

// TestNotesByTheDesksCount sends notes at the limit: the desk counts for itself.
func TestNotesByTheDesksCount(t *testing.T) {
	w := newWorld(t, sim.Options{})
	ticket := w.create(t, 1)
	rapid.Check(t, func(r *rapid.T) {
		doc := documents().Draw(r, "document")
		filler := strings.Repeat("🦠a ", rapid.IntRange(0, 2000).Draw(r, "filler"))
		doc = append(doc, engine.Block{Kind: engine.Paragraph, Spans: []engine.Span{{Text: "x" + filler}}})
		if err := w.client.Note(t.Context(), ticket.ID, engine.Note{Operation: uuid.New(), Body: doc}); err != nil {
			r.Fatalf("refused: %v", err)
		}
	})
}
