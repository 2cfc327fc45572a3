package algapsa

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// between lets something happen right before the nth request for a path is acted on.
func between(w *world, path string, happen func(n int)) {
	var mu sync.Mutex
	n := 0
	w.sim.SetFault(func(r sim.Request) *sim.Fault {
		if !r.Is(http.MethodGet, path) {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		n++
		happen(n)
		return nil
	})
}

// marked creates tickets by hand, one a second, without the client's requests.
func (w *world) marked(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		ticket := w.sim.As(w.user.ID).Create(sim.Ticket{
			Title: engine.Marker(int64(i+1)) + " x", BoardID: w.security.ID, StatusID: w.security.fresh.ID, ClientID: w.acme.ID, PriorityID: w.high.ID,
			EnteredAt: time.Now().Add(time.Duration(i) * time.Second),
		})
		all = append(all, ticket.ID)
	}
	return all
}

func found(t *testing.T, w *world) []string {
	t.Helper()
	list, err := w.client.Tickets(t.Context(), engine.TicketQuery{Title: engine.MarkerPrefix})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, ticket := range list.Tickets {
		all = append(all, ticket.ID)
	}
	return all
}

// TestTicketsWhileTheyChange deletes and adds tickets while pages are read: what was there all the time is found.
func TestTicketsWhileTheyChange(t *testing.T) {
	for name, change := range map[string]func(w *world, all []string){
		"nothing":                  func(*world, []string) {},
		"one deleted, one entered": func(w *world, all []string) { w.sim.As("x").Delete(all[0]); w.marked(500, 501) },
		"many deleted": func(w *world, all []string) {
			for _, id := range all[:50] {
				w.sim.As("x").Delete(id)
			}
		},
		"many entered":      func(w *world, _ []string) { w.marked(500, 700) },
		"one renamed":       func(w *world, all []string) { w.sim.As("x").Rename(all[3], "no longer ours") },
		"the last read":     func(w *world, all []string) { w.sim.As("x").Delete(all[99]) },
		"the next to read":  func(w *world, all []string) { w.sim.As("x").Delete(all[100]); w.marked(500, 501) },
		"everything at end": func(w *world, all []string) { w.sim.As("x").Delete(all[249]) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
				all := w.marked(0, 250)
				between(w, "/tickets", func(n int) {
					if n == 2 {
						change(w, all)
					}
				})
				got := found(t, w)
				for i, id := range all {
					ticket, there := w.sim.Ticket(id)
					if there && strings.HasPrefix(ticket.Title, engine.MarkerPrefix) && !slices.Contains(got, id) {
						t.Errorf("ticket %d of %d was missed", i+1, len(all))
					}
				}
				slices.Sort(got)
				if n := len(got); len(slices.Compact(got)) != n {
					t.Error("a ticket is listed twice")
				}
			})
		})
	}
}

// TestTicketsOfOneMoment has more tickets in one millisecond than a page holds, as an import leaves them. The desk
// gives them in another order with each page.
func TestTicketsOfOneMoment(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		all := w.marked(0, 40)
		for i := range 333 {
			ticket := w.sim.As("x").Create(sim.Ticket{
				Title: engine.Marker(int64(i+1000)) + " x", EnteredAt: time.Now().Add(time.Hour), StatusID: w.security.fresh.ID,
			})
			all = append(all, ticket.ID)
		}
		all = append(all, w.marked(7200, 7300)...)
		if got := found(t, w); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(all))) {
			t.Errorf("%d of %d tickets", len(got), len(all))
		}

		// Deleted while offsets are needed: another row slips over the border, so the list is read again.
		between(w, "/tickets", func(n int) {
			if n == 3 {
				w.sim.As("x").Delete(all[41])
			}
		})
		got := found(t, w)
		for _, id := range all {
			if _, there := w.sim.Ticket(id); there && !slices.Contains(got, id) {
				t.Error("a ticket of the crowded moment was missed")
			}
		}
	})
}

// TestSinceWithinAMillisecond keeps what may be later: the desk tells times in milliseconds only.
func TestSinceWithinAMillisecond(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		ticket := w.create(t, 1)
		for since, want := range map[time.Duration]int{0: 1, 999 * time.Microsecond: 1, time.Millisecond: 0} {
			list, err := w.client.Tickets(t.Context(), engine.TicketQuery{Title: engine.MarkerPrefix, Since: ticket.EnteredAt.Add(since)})
			if err != nil || len(list.Tickets) != want {
				t.Errorf("since %v later: %d tickets, %v; want %d", since, len(list.Tickets), err, want)
			}
		}
	})
}

// TestTicketsThatNeverRest gives up on a list that changes whenever it is read.
func TestTicketsThatNeverRest(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		all := make([]string, 0, 400)
		for range 400 {
			all = append(all, w.sim.As("x").Create(sim.Ticket{Title: engine.Marker(1)}).ID)
		}
		between(w, "/tickets", func(int) {
			w.sim.As("x").Delete(all[0])
			all = all[1:]
		})
		_, err := w.client.Tickets(t.Context(), engine.TicketQuery{Title: engine.MarkerPrefix})
		if e := failure(t, err); e.Reason != engine.ReasonUnavailable || !strings.Contains(e.Detail, "whole in 12 attempts") {
			t.Errorf("got %+v", e)
		}
	})
}

// TestListsThatLie are answers of lists that cannot be believed: an error is better than a list with a hole.
func TestListsThatLie(t *testing.T) {
	row := func(id, at string) string {
		return fmt.Sprintf(`{"ticket_id":%q,"entered_at":%q,"title":"[Huntress #1]"}`, id, at)
	}
	page := func(total string, rows ...string) string {
		return `{"data":[` + strings.Join(rows, ",") + `],"pagination":{"total":` + total + `}}`
	}
	many := make([]string, 100)
	for i := range many {
		many[i] = row(strconv.Itoa(i), "2026-01-01T00:00:00.000Z")
	}
	for name, test := range map[string]struct{ body, want string }{
		"no pagination":        {`{"data":[]}`, "without its total"},
		"no total":             {`{"data":[],"pagination":{"page":1}}`, "without its total"},
		"a total of text":      {page(`"x"`), "without its total"},
		"half a ticket":        {page("1.5"), "without its total"},
		"not a list":           {`{"data":{},"pagination":{"total":0}}`, "read the list"},
		"a row that is null":   {page("1", "null"), "element 0 is null"},
		"a row that is text":   {page("1", `"x"`), "read the list"},
		"a row without id":     {page("1", row("", "2026-01-01T00:00:00Z")), "without ticket_id"},
		"fewer than it says":   {page("7", row("a", "2026-01-01T00:00:00Z")), "whole in 5 attempts"},
		"nothing of something": {page("7"), "whole in 5 attempts"},
		"newest first":         {page("2", row("a", "2026-01-02T00:00:00Z"), row("b", "2026-01-01T00:00:00Z")), "another order"},
		"always the same page": {page("1000", many...), "whole in 12 attempts"},
	} {
		t.Run(name, func(t *testing.T) {
			answering(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				fmt.Fprint(w, test.body)
			}, func(t *testing.T, c *Client) {
				_, err := c.Tickets(t.Context(), engine.TicketQuery{Title: engine.MarkerPrefix})
				if e := failure(t, err); e.Reason != engine.ReasonUnavailable || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
			})
		})
	}
}

// TestTicketsWithoutATime are listed all the same; offsets take over.
func TestTicketsWithoutATime(t *testing.T) {
	answering(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.URL.Query().Get("page"))
		if err != nil {
			t.Error(err)
		}
		var rows []string
		for i := (n - 1) * 100; i < min(n*100, 250); i++ {
			rows = append(rows, fmt.Sprintf(`{"ticket_id":"%d","title":"[Huntress #%d]","entered_at":null}`, i, i))
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"data":[%s],"pagination":{"total":"250"}}`, strings.Join(rows, ","))
	}, func(t *testing.T, c *Client) {
		list, err := c.Tickets(t.Context(), engine.TicketQuery{Title: engine.MarkerPrefix})
		if err != nil || len(list.Tickets) != 250 {
			t.Errorf("%d tickets, %v", len(list.Tickets), err)
		}
	})
}

// TestLookupsWhileTheyChange reads a list again whose total changed.
func TestLookupsWhileTheyChange(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		for i := range 150 {
			w.sim.AddClient(sim.Client{Name: fmt.Sprintf("Client %03d", i)})
		}
		between(w, "/clients", func(n int) {
			if n == 2 {
				w.sim.AddClient(sim.Client{Name: "A new one, before all others"})
			}
		})
		catalogue, err := w.client.Catalogue(t.Context())
		if err != nil || len(catalogue.Clients) != 153 {
			t.Errorf("%d clients, %v", len(catalogue.Clients), err)
		}
		if n := w.sim.Count(http.MethodGet, "/clients"); n != 4 {
			t.Errorf("%d requests, want two pages twice", n)
		}
		between(w, "/clients", func(n int) { w.sim.AddClient(sim.Client{Name: fmt.Sprint("yet another", n)}) })
		_, err = w.client.Catalogue(t.Context())
		if e := failure(t, err); e.Reason != engine.ReasonUnavailable || !strings.Contains(e.Detail, "whole in 12 attempts") {
			t.Errorf("got %v", err)
		}
	})
}

// TestLookupsWithAHole is a list of fewer different rows than it says: a client must not be overlooked.
func TestLookupsWithAHole(t *testing.T) {
	for name, body := range map[string]string{
		"a row twice":       `{"data":[{"client_id":"a"},{"client_id":"a"}],"pagination":{"total":2}}`,
		"a row too few":     `{"data":[{"client_id":"a"}],"pagination":{"total":2}}`,
		"a row too many":    `{"data":[{"client_id":"a"},{"client_id":"b"}],"pagination":{"total":1}}`,
		"no row of so many": `{"data":[],"pagination":{"total":200}}`,
	} {
		answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, body)
		}, func(t *testing.T, c *Client) {
			_, err := c.all(t.Context(), "list clients", "/clients", "client_id", nil)
			if e := failure(t, err); !strings.Contains(e.Detail, "whole in 12 attempts") {
				t.Errorf("%s: got %v", name, err)
			}
		})
	}
}

// TestListQueries is what is asked for, to the letter: an unknown filter would return everything.
func TestListQueries(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		since := time.Date(2026, 3, 1, 13, 0, 0, 123456789, time.FixedZone("", 3600))
		ask := func(q engine.TicketQuery) url.Values {
			if _, err := w.client.Tickets(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			requests := w.sim.Requests()
			values, err := url.ParseQuery(requests[len(requests)-1].Query)
			if err != nil {
				t.Fatal(err)
			}
			return values
		}
		for _, test := range []struct {
			query engine.TicketQuery
			want  url.Values
		}{
			{
				engine.TicketQuery{Title: "[Huntress #12]"},
				url.Values{"title": {"[Huntress #12]"}, "sort": {"entered_at"}, "order": {"asc"}, "limit": {"100"}, "page": {"1"}},
			},
			{
				engine.TicketQuery{Title: `100%_of\ü`, Since: since},
				url.Values{
					"title": {"100__of_ü"}, "sort": {"entered_at"}, "order": {"asc"}, "limit": {"100"}, "page": {"1"},
					"entered_from": {"2026-03-01T12:00:00.123Z"},
				},
			},
		} {
			if got := ask(test.query); got.Encode() != test.want.Encode() {
				t.Errorf("asked for %s, want %s", got.Encode(), test.want.Encode())
			}
		}
	})
}

// TestTies has lists whose rows compare as equal, which the desk gives in another order with each page: they are read
// whole all the same.
func TestTies(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		for n := range 12 {
			board := w.sim.AddBoard(sim.Board{Name: fmt.Sprintf("Board %d", n)})
			for k := range 15 {
				w.sim.AddCategory(sim.Category{BoardID: board.ID, Name: fmt.Sprintf("Category %d", k)})
			}
		}
		for n := range 230 {
			w.sim.AddClient(sim.Client{Name: fmt.Sprintf("Client %d", n/50)})
		}
		got, err := w.client.Catalogue(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if boards, categories, clients := len(w.sim.Boards()), len(w.sim.Categories()), len(w.sim.Clients()); len(got.Boards) != boards ||
			len(got.Categories) != categories || len(got.Clients) != clients {
			t.Errorf("%d of %d boards, %d of %d categories, %d of %d clients",
				len(got.Boards), boards, len(got.Categories), categories, len(got.Clients), clients)
		}
	})
}
