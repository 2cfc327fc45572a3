package providertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
)

func testFind(t *testing.T, s *session) {
	made := map[int64]engine.Ticket{}
	for _, incident := range []int64{1, 12, 123, 2, 21} {
		made[incident] = s.create(t, s.draft(incident))
	}
	s.update(t, made[12].ID, engine.TicketUpdate{StatusID: s.boards[0].closed})
	odd := s.draft(3)
	odd.Title = "Re: [huntress #1] in another case, [Huntress #1x], [Huntress_#1] and 1%"
	s.create(t, odd)
	for incident, ticket := range made {
		requests := s.Requests()
		found := s.list(t, engine.TicketQuery{Title: engine.Marker(incident)})
		if len(found) != 1 || found[0].ID != ticket.ID || found[0].CorrelationID != key(incident).CorrelationID() {
			t.Errorf("looking for %s found %+v, want only %s", engine.Marker(incident), found, ticket.ID)
		}
		if n := s.Requests() - requests; n != 1 {
			t.Errorf("a look-up took %d requests, want 1", n)
		}
		if len(found) == 1 && found[0].Closed != (incident == 12) {
			t.Errorf("ticket of incident %d is listed with closed %v", incident, found[0].Closed)
		}
	}
	for _, title := range []string{"[Huntress #4]", "[Huntress #%]", "[Huntress #_]", "%", "\\", "[Huntress #1]\\"} {
		if found := s.list(t, engine.TicketQuery{Title: title}); len(found) > 0 && title != "%" {
			t.Errorf("looking for %q found %+v", title, found)
		}
	}

	// Two tickets of one incident are both found, so that the engine can choose.
	twin := s.create(t, s.draft(1))
	found := s.list(t, engine.TicketQuery{Title: engine.Marker(1)})
	if want := sorted(made[1].ID, twin.ID); !slices.Equal(ids(found), want) {
		t.Errorf("found %v of two tickets of one incident, want %v", ids(found), want)
	}
}

func testFindRenamed(t *testing.T, s *session) {
	kept, renamed := s.create(t, s.draft(1)), s.create(t, s.draft(2))
	s.Rename(renamed.ID, "what a person calls it")
	if found := s.list(t, engine.TicketQuery{Title: engine.MarkerPrefix}); !slices.Equal(ids(found), []string{kept.ID}) {
		t.Errorf("found %v, want %s", ids(found), kept.ID)
	}
	if got := s.read(t, renamed.ID); got.CorrelationID != key(2).CorrelationID() || got.Title != "what a person calls it" {
		t.Errorf("a renamed ticket reads %+v, want the title of the person and the correlation id", got)
	}
}

func testFindSince(t *testing.T, s *session) {
	old := s.create(t, s.draft(1))
	pass(time.Hour)
	recent := s.create(t, s.draft(2))
	pass(time.Hour)
	for _, test := range []struct {
		name  string
		since time.Time
		want  []string
	}{
		{"any time", time.Time{}, sorted(old.ID, recent.ID)},
		{"the moment of the first", old.EnteredAt, sorted(old.ID, recent.ID)},
		{"right after the first", old.EnteredAt.Add(time.Millisecond), []string{recent.ID}},
		{"in another zone", recent.EnteredAt.In(time.FixedZone("", 5*60*60)), []string{recent.ID}},
		{"now", time.Now(), []string{}},
	} {
		began := time.Now()
		list, err := s.Desk.Tickets(t.Context(), engine.TicketQuery{Title: engine.MarkerPrefix, Since: test.since})
		if err != nil {
			t.Fatalf("since %s: %v", test.name, err)
		}
		if !slices.Equal(ids(list.Tickets), test.want) {
			t.Errorf("since %s: found %v, want %v", test.name, ids(list.Tickets), test.want)
		}
		if at := list.DeskTime; !at.IsZero() && at.Sub(began).Abs() > 2*time.Second {
			t.Errorf("since %s: the desk's clock reads %v, want about %v", test.name, at, began)
		}
	}
}

func testFindTooMany(t *testing.T, s *session) {
	want := []string{}
	for i := range int64(120) {
		want = append(want, s.create(t, s.draft(i+1)).ID)
	}
	for _, test := range []struct {
		atMost int
		err    error
	}{{120, nil}, {119, engine.ErrTooMany}, {1, engine.ErrTooMany}} {
		requests := s.Requests()
		list, err := s.Desk.Tickets(t.Context(), engine.TicketQuery{Title: engine.MarkerPrefix, AtMost: test.atMost})
		if !errors.Is(err, test.err) {
			t.Errorf("at most %d of 120: %v, want %v", test.atMost, err, test.err)
		}
		if test.err == nil && !slices.Equal(ids(list.Tickets), sorted(want...)) {
			t.Errorf("at most %d of 120: found %d, or others", test.atMost, len(list.Tickets))
		}
		if n := s.Requests() - requests; test.err != nil && n != 1 {
			t.Errorf("that there are more than %d took %d requests, want 1", test.atMost, n)
		}
	}
}

// testPage makes more tickets than a page holds, many of them in one moment.
func testPage(t *testing.T, s *session) {
	const all = 321
	want := make([]string, 0, all)
	for i := range int64(all) {
		made := s.create(t, s.draft(i+1))
		want = append(want, made.ID)
		if i%3 == 0 {
			s.update(t, made.ID, engine.TicketUpdate{StatusID: s.boards[0].closed})
		}
		if i < 50 || i > 250 {
			pass(time.Second)
		}
	}
	found := s.list(t, engine.TicketQuery{Title: engine.MarkerPrefix})
	if !slices.Equal(ids(found), sorted(want...)) {
		t.Errorf("found %d tickets of %d, or others: %s", len(found), all, difference(want, ids(found)))
	}
	closed := 0
	for _, f := range found {
		if f.Closed {
			closed++
		}
	}
	if closed != all/3 {
		t.Errorf("%d of the tickets are listed as closed, want %d", closed, all/3)
	}
}

func difference(want, got []string) string {
	missing := 0
	for _, id := range want {
		if !slices.Contains(got, id) {
			missing++
		}
	}
	return fmt.Sprintf("%d are missing, %d are listed of %d", missing, len(got), len(want))
}
