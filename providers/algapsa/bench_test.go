package algapsa

import (
	"fmt"
	"testing"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// BenchmarkTickets reads a thousand tickets with bodies of a usual size, as adoption does.
func BenchmarkTickets(b *testing.B) {
	s := sim.New(sim.Options{})
	user := s.AddUser(sim.User{Name: "huntsync"})
	s.AddKey(sim.Key{Key: testKey, UserID: user.ID, Permissions: permissions()})
	body, err := renderBody(longBody())
	if err != nil {
		b.Fatal(err)
	}
	attributes, err := encode(map[string]string{attributeBody: body})
	if err != nil {
		b.Fatal(err)
	}
	for i := range 1000 {
		s.As(user.ID).Create(sim.Ticket{Title: engine.Marker(int64(i + 1)), Attributes: attributes})
	}
	pipe := sim.NewPipe(s)
	b.Cleanup(func() {
		if err := pipe.Close(); err != nil {
			b.Error(err)
		}
	})
	c, err := New(Options{URL: "http://127.0.0.1", APIKey: testKey, Transport: pipe.Transport()})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		list, err := c.Tickets(b.Context(), engine.TicketQuery{Title: engine.MarkerPrefix})
		if err != nil || len(list.Tickets) != 1000 {
			b.Fatalf("%d tickets, %v", len(list.Tickets), err)
		}
	}
}

// BenchmarkRender renders one such body.
func BenchmarkRender(b *testing.B) {
	doc := longBody()
	for b.Loop() {
		if _, err := renderBody(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func longBody() engine.Document {
	var doc engine.Document
	for i := range 60 {
		text := fmt.Sprintf("Process %d on the host wrote to C:\\Users\\Public and \"phoned\" home.", i)
		doc = append(doc, engine.Block{Kind: engine.Paragraph, Spans: []engine.Span{{Text: text}}})
	}
	return doc
}
