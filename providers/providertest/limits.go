package providertest

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/huntsync/huntsync/engine"
)

func testLimits(t *testing.T, s *session) {
	if l := s.Desk.Limits(); l.Title < 100 || l.Note < 500 || l.Body < 5000 {
		t.Errorf("a desk with the limits %+v holds nothing", l)
	}
}

// fill is a text of exactly so many UTF-16 units that begins with head and ends
// in characters of two units each.
func fill(head string, units int) string {
	left := units - len(utf16.Encode([]rune(head)))
	return head + strings.Repeat("a", left%2) + strings.Repeat("🦠", left/2)
}

func testTitleLimit(t *testing.T, s *session) {
	limit := s.Desk.Limits().Title
	for i, units := range []int{limit - 1, limit, limit + 1, limit + 2, 10 * limit} {
		incident := int64(i + 1)
		d := s.draft(incident)
		d.Title = fill(engine.Marker(incident)+" ", units)
		made := s.create(t, d)
		got := len(utf16.Encode([]rune(made.Title)))
		switch {
		case units <= limit && made.Title != d.Title:
			t.Errorf("a title of %d units came back as %q", units, made.Title)
		case got > limit || units > limit && got < limit-1:
			t.Errorf("a title of %d units was cut to %d, want %d at most and as much as fits", units, got, limit)
		case strings.ContainsRune(made.Title, utf8.RuneError):
			t.Errorf("a title of %d units was cut in the middle of a character", units)
		case units > limit && !strings.HasSuffix(made.Title, "…"):
			t.Errorf("nothing shows that a title of %d units was cut: %q", units, made.Title)
		}
		if id, ok := engine.ParseMarker(made.Title); !ok || id != incident {
			t.Errorf("the marker was lost: %q", made.Title)
		}
	}
}

func testNoteLimit(t *testing.T, s *session) {
	limit := s.Desk.Limits().Note
	ticket := s.create(t, s.draft(1))
	for _, units := range []int{limit / 2, limit - 50, limit, limit + 1, 10 * limit} {
		n := engine.Note{Operation: note("").Operation, Body: text(fill("begin ", units))}
		if err := s.Desk.Note(t.Context(), ticket.ID, n); err != nil {
			t.Errorf("a note of %d units: %v", units, err)
			continue
		}
		s.has(t, ticket.ID, n.Operation, true)
	}
	var rows [][]string
	for range limit {
		rows = append(rows, []string{"cell", ""})
	}
	for _, body := range []engine.Document{
		{{Kind: engine.Table, Rows: rows}},
		{{Kind: engine.Verbatim, Spans: []engine.Span{{Text: strings.Repeat("x\n", limit)}}}},
		manyParagraphs(limit),
	} {
		if err := s.Desk.Note(t.Context(), ticket.ID, engine.Note{Operation: note("").Operation, Body: body}); err != nil {
			t.Errorf("a long note of kind %s: %v", body[0].Kind, err)
		}
	}
	for _, n := range s.Notes(ticket.ID) {
		if !utf8.ValidString(n.Text) || strings.ContainsRune(n.Text, utf8.RuneError) {
			t.Error("a note was cut in the middle of a character")
		}
	}
}

func manyParagraphs(n int) engine.Document {
	var d engine.Document
	for range n {
		d = append(d, text("p")...)
	}
	return d
}

// testLongBody makes tickets with bodies larger than any desk shows, and still
// lists them.
func testLongBody(t *testing.T, s *session) {
	limit := s.Desk.Limits().Body
	for i, body := range []engine.Document{text(fill("begin ", 10*limit)), manyParagraphs(limit), manyParagraphs(limit / 20)} {
		d := s.draft(int64(i + 1))
		d.Body = body
		made := s.create(t, d)
		if shown := s.Body(made.ID); !utf8.ValidString(shown) || len(utf16.Encode([]rune(shown))) > limit+limit/10 || len(shown) < 100 {
			t.Errorf("body %d reads as %d bytes", i, len(shown))
		}
	}
	if found := s.list(t, engine.TicketQuery{Title: engine.MarkerPrefix}); len(found) != 3 {
		t.Errorf("%d tickets are listed, want 3", len(found))
	}
}

// testHostileText sends what attackers write; all of it must arrive as text.
func testHostileText(t *testing.T, s *session) {
	for i, words := range []string{
		`<script>alert("1")</script>`, `"}],"children":[]},{"type":"codeBlock"`, "**bold** [link](javascript:alert(1))",
		`\u0000 \ud800 \\`, "null\x00byte", "bad \xff\xfe UTF-8", "${jndi:ldap://x}", "{{.}}", "' OR 1=1 --", "line\nbreak\ttab",
		"\u2028\u2029", "123", `"quoted"`, "[]", "🦠" + strings.Repeat("̴", 50),
	} {
		d := s.draft(int64(i + 1))
		d.Title += " " + strings.ReplaceAll(words, "\n", " ")
		d.Body = engine.Document{
			{Kind: engine.Heading, Level: 9, Spans: []engine.Span{{Text: words}}},
			{Kind: engine.Table, Rows: [][]string{{words, "x"}, {words}}},
			{Kind: engine.Paragraph, Spans: []engine.Span{{Text: words, Link: words}, {Text: "end"}}},
			{Kind: engine.Verbatim, Spans: []engine.Span{{Text: words}}},
		}
		made := s.create(t, d)
		if made.CorrelationID != d.CorrelationID {
			t.Errorf("%q: the correlation id is lost", words)
		}
		if n := (engine.Note{Operation: note("").Operation, Body: d.Body}); s.Desk.Note(t.Context(), made.ID, n) != nil {
			t.Errorf("%q: the note was refused", words)
		}
		if utf8.ValidString(words) && !strings.ContainsRune(words, 0) && !strings.Contains(s.Body(made.ID), words) {
			t.Errorf("%q did not arrive as text: %q", words, s.Body(made.ID))
		}
	}
}
