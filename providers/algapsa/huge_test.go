package algapsa

import (
	"runtime"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/engine"
)

// hugeDocuments are what could be made of an incident with texts of 10 MB: few long blocks, or many short ones.
func hugeDocuments() map[string]engine.Document {
	paragraph := func(text string) engine.Block {
		return engine.Block{Kind: engine.Paragraph, Spans: []engine.Span{{Text: text}}}
	}
	long := paragraph(strings.Repeat("All work and no play. ", 450_000))
	var lines engine.Document
	for range 80_000 {
		lines = append(lines, paragraph("x"))
	}
	return map[string]engine.Document{"long": {long, long, long, long}, "lines": lines}
}

// TestHugeDocuments bounds what rendering takes: several tickets are written at a time.
func TestHugeDocuments(t *testing.T) {
	for _, kind := range []engine.BlockKind{engine.Heading, engine.Paragraph, engine.Bullet, engine.Numbered, engine.Table, engine.Verbatim} {
		if text, err := render(engine.Document{{Kind: kind}}); err != nil || len(text) < smallestBlock+len("[]") {
			t.Errorf("a %s takes %d bytes, %v", kind, len(text), err)
		}
	}
	for name, doc := range hugeDocuments() {
		for what, render := range map[string]func(engine.Document) (string, error){"body": renderBody, "note": renderNote} {
			t.Run(name+" "+what, func(t *testing.T) {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				text, err := render(doc)
				runtime.ReadMemStats(&after)
				used := after.TotalAlloc - before.TotalAlloc
				t.Logf("%d kB were allocated for a text of %d kB", used>>10, len(text)>>10)
				if err != nil || used > 32*maxBodyBytes {
					t.Errorf("%d bytes were allocated, %v; want at most %d", used, err, 32*maxBodyBytes)
				}
			})
		}
	}
}

// BenchmarkHugeIncident renders the body and the note of a ticket.
func BenchmarkHugeIncident(b *testing.B) {
	for name, doc := range hugeDocuments() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := renderBody(doc); err != nil {
					b.Fatal(err)
				}
				if _, err := renderNote(doc); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
