package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// walked is a list, and what a walk over it took.
type walked struct {
	source *fakeSource
	clock  *time.Time
	taken  map[int64]bool
	walk   *walk
}

func newWalked(floor int64) *walked {
	clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	w := &walked{clock: &clock, taken: map[int64]bool{}}
	w.source = newFakeSource(func() time.Time { return *w.clock })
	w.source.organizations = nil
	var ids []int64
	for id := range int64(3) {
		ids = append(ids, id+1)
	}
	w.walk = &walk{
		source: w.source, floor: floor, organizations: ids,
		take: func(_ context.Context, page Page) error {
			for _, inc := range page.Incidents {
				w.taken[inc.ID] = true
			}
			return nil
		},
	}
	return w
}

// fill puts rows into one second; shape chooses their fields.
func (w *walked) fill(second int64, count int, shape *rand.Rand) {
	for range count {
		id := int64(len(w.source.rows) + 1)
		w.source.putAt(Incident{
			ID: id, UpdatedAt: time.Unix(second, 0).UTC(),
			Status: pick(shape, Statuses()), Severity: pick(shape, Severities()),
			Platform: pick(shape, Platforms()), OrganizationID: 1 + shape.Int64N(3),
		}, second)
	}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// TestWalkMissesNothing is I3 at its root: where a walk says that it left no gap,
// every row that was in the span before it began, and stayed where it was, was
// read; whatever moved meanwhile and whatever a page token means.
func TestWalkMissesNothing(t *testing.T) {
	proved := 0
	rapid.Check(t, func(rt *rapid.T) {
		w := newWalked(0)
		w.source.repeats = rapid.Bool().Draw(rt, "tokens repeat the border")
		shape := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "shape"), 0))
		second := w.clock.Unix() - 10
		newest := second
		counts := rapid.SliceOfN(rapid.OneOf(
			rapid.IntRange(0, 4), rapid.IntRange(0, 40), rapid.IntRange(100, 520), rapid.IntRange(490, 510), rapid.Just(1300),
		), 1, 60).Draw(rt, "rows by second")
		for _, n := range counts {
			w.fill(second, n, shape)
			if rapid.IntRange(0, 3).Draw(rt, "a pause") == 0 {
				second -= 100
			}
			second--
		}
		w.walk.floor = rapid.Int64Range(second-1, newest).Draw(rt, "floor")
		sparse := map[int64]bool{}
		densest, still := 0, true
		bySecond := map[int64]int{}
		for _, row := range w.source.rows {
			bySecond[row.second]++
		}
		for _, row := range w.source.rows {
			sparse[row.second] = bySecond[row.second] < 60
			densest = max(densest, bySecond[row.second])
		}
		// Fields that cannot be asked for, in seconds that need no splitting: what
		// nobody can name in a second that fills pages, nobody can prove.
		for range rapid.IntRange(0, 6).Draw(rt, "strange rows") {
			id := 1 + shape.Int64N(max(int64(len(w.source.rows)), 1))
			row, ok := w.source.rows[id]
			if !ok || !sparse[row.second] || w.source.repeats && densest >= MaxPage {
				continue // behind a second where such a list stands still only filters reach
			}
			switch inc := &row.incident; shape.IntN(4) {
			case 0:
				inc.Severity = "apocalyptic"
			case 1:
				inc.Status = ""
			case 2:
				inc.OrganizationID = 99
			default:
				still = false
				inc.UpdatedAt = time.Time{} // it stands in its place, but does not tell
			}
		}
		moved := map[int64]bool{}
		rate := rapid.SampledFrom([]int{0, 0, 1, 20}).Draw(rt, "moves before each page")
		pages := 0
		w.source.before = func(string) error {
			pages++
			if pages > 3000 {
				return fmt.Errorf("page %d: the walk does not end", pages)
			}
			*w.clock = w.clock.Add(time.Second)
			if pages == 1 {
				return nil
			}
			w.source.mu.Lock()
			defer w.source.mu.Unlock()
			for range rate {
				id := 1 + shape.Int64N(max(int64(len(w.source.rows)), 1))
				row, ok := w.source.rows[id]
				if !ok {
					continue
				}
				inc := row.incident
				inc.UpdatedAt, inc.Status = *w.clock, pick(shape, Statuses())
				w.source.putAt(inc, w.clock.Unix())
				moved[id] = true
			}
			return nil
		}
		gaps, err := w.walk.run(context.Background()) //nolint:usetesting // rapid's T has a context of its own life.
		if err != nil {
			rt.Fatal(err)
		}
		inGap := func(second int64) bool {
			for _, g := range gaps {
				if second >= g.from && second <= g.to {
					return true
				}
			}
			return false
		}
		if len(gaps) == 0 {
			proved++
		} else if still && rate == 0 && densest <= 100 {
			rt.Fatalf("nothing moved and no second is dense, yet %v is not proved", gaps)
		}
		for id, row := range w.source.rows {
			if !moved[id] && row.second >= w.walk.floor && !inGap(row.second) && !w.taken[id] {
				rt.Fatalf("row %d of second %d was missed, and no gap says so: %v", id, row.second, gaps)
			}
		}
	})
	if proved == 0 {
		t.Error("no walk at all was proved complete: the property says nothing")
	}
}

// TestWalkProvesDenseSeconds makes sure that seconds which fill pages are not
// only admitted to be unread, but read, by asking with filters.
func TestWalkProvesDenseSeconds(t *testing.T) {
	for _, repeats := range []bool{false, true} {
		for _, count := range []int{499, 500, 501, 700, 1000, 2500} {
			t.Run(fmt.Sprintf("%d rows in one second, repeats %t", count, repeats), func(t *testing.T) {
				w := newWalked(0)
				w.source.repeats = repeats
				shape := rand.New(rand.NewPCG(1, uint64(count)))
				at := w.clock.Unix() - 100
				w.fill(at+1, 3, shape)
				w.fill(at, count, shape)
				w.fill(at-1, 3, shape)
				w.walk.floor = at - 50
				gaps, err := w.walk.run(t.Context())
				if err != nil || len(gaps) > 0 {
					t.Fatalf("gaps %v, error %v", gaps, err)
				}
				if len(w.taken) != count+6 {
					t.Errorf("took %d of %d rows", len(w.taken), count+6)
				}
			})
		}
	}
}

// TestWalkAdmitsWhatItCannotProve is a second so full of rows of one kind that no
// filter divides it.
func TestWalkAdmitsWhatItCannotProve(t *testing.T) {
	w := newWalked(0)
	at := w.clock.Unix() - 100
	for id := range int64(600) {
		w.source.putAt(Incident{
			ID: id + 1, UpdatedAt: time.Unix(at, 0), Status: StatusSent, Severity: SeverityLow, Platform: "windows", OrganizationID: 1,
		}, at)
	}
	w.walk.floor = at - 10
	gaps, err := w.walk.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(gaps) != 1 || gaps[0].from > at || gaps[0].to < at {
		t.Errorf("gaps %v do not admit second %d, of which only %d rows of 600 were read", gaps, at, len(w.taken))
	}
	if n := w.source.asked(); n > 40 {
		t.Errorf("%d requests for what cannot be proved", n)
	}
}

// TestWalkReadsWhatItCannotProve has a second that no filter divides for certain:
// what filters find is taken all the same, and the walk says that it proves nothing.
func TestWalkReadsWhatItCannotProve(t *testing.T) {
	alike := Incident{Status: StatusSent, Severity: SeverityLow, Platform: "windows", OrganizationID: 1}
	for name, test := range map[string]struct {
		alike    int      // so many rows differ in nothing
		severity Severity // of the row before
		want     int
	}{
		"a severity that cannot be asked for":    {0, "", 1201},
		"rows that no filter tells apart":        {600, SeverityLow, 1100},
		"what filters find beside such rows too": {600, "", 1100},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWalked(0)
			at := w.clock.Unix() - 100
			shape := rand.New(rand.NewPCG(4, 4))
			for id := range int64(1200) {
				inc := alike
				if int(id) >= test.alike {
					inc.Severity = pick(shape, Severities())
				}
				if test.alike > 0 && int(id) >= test.alike {
					inc.Status = StatusClosed
				}
				inc.ID, inc.UpdatedAt = id+1, time.Unix(at, 0)
				w.source.putAt(inc, at)
			}
			inc := alike
			inc.ID, inc.UpdatedAt, inc.Severity = 1201, time.Unix(at+1, 0), test.severity
			w.source.putAt(inc, at+1)
			w.walk.floor = at - 10
			gaps, err := w.walk.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(gaps) != 1 || gaps[0].from > at || gaps[0].to < at || len(w.taken) < test.want {
				t.Errorf("gaps %v after %d rows of 1201, want %d", gaps, len(w.taken), test.want)
			}
			if n := w.source.asked(); n > 100 {
				t.Errorf("%d requests for what cannot be proved", n)
			}
		})
	}
}

func TestWalkCost(t *testing.T) {
	t.Run("12,000 incidents over 24 pages", func(t *testing.T) {
		for _, repeats := range []bool{false, true} {
			w := newWalked(0)
			w.source.repeats = repeats
			shape := rand.New(rand.NewPCG(1, 1))
			first := w.clock.Unix()
			second := first
			for len(w.source.rows) < 12000 {
				second--
				w.fill(second, min(shape.IntN(8), 12000-len(w.source.rows)), shape)
			}
			w.walk.floor = second
			gaps, err := w.walk.run(t.Context())
			if err != nil || len(gaps) > 0 {
				t.Fatalf("gaps %v, error %v", gaps, err)
			}
			if len(w.taken) != 12000 {
				t.Errorf("repeats %t: took %d rows", repeats, len(w.taken))
			}
			if w.walk.newest >= first || w.walk.newest < first-20 {
				t.Errorf("newest is %d, want the newest row's second", w.walk.newest)
			}
			// Twice the list at most: the second reading shifts all borders.
			if n := w.source.asked(); n < 24 || n > 52 {
				t.Errorf("repeats %t: %d requests for 24 pages", repeats, n)
			}
		}
	})
	t.Run("a quiet account costs one request", func(t *testing.T) {
		for _, rows := range []int{0, 1, 499, 3000} {
			w := newWalked(0)
			shape := rand.New(rand.NewPCG(1, 1))
			for i := range rows {
				w.fill(w.clock.Unix()-int64(i*5), 1, shape)
			}
			w.walk.floor = w.clock.Unix() - 60
			if gaps, err := w.walk.run(t.Context()); err != nil || len(gaps) > 0 {
				t.Fatalf("gaps %v, error %v", gaps, err)
			}
			if n := w.source.asked(); n != 1 {
				t.Errorf("%d rows: %d requests", rows, n)
			}
		}
	})
}

// TestWalkReadsBehindRowsWithoutTime shows that rows that do not tell their time
// neither end the walk nor stand for a place in the list, even whole pages of them.
func TestWalkReadsBehindRowsWithoutTime(t *testing.T) {
	w := newWalked(0)
	shape := rand.New(rand.NewPCG(2, 2))
	at := w.clock.Unix()
	for i := range int64(540) {
		w.fill(at-i, 3, shape) // so that borders of pages cut seconds
	}
	for _, row := range w.source.rows {
		if row.second > at-240 {
			row.incident.UpdatedAt = time.Time{}
		}
	}
	w.walk.floor = at - 539
	if _, err := w.walk.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(w.taken) != 1620 {
		t.Errorf("took %d of 1620 rows", len(w.taken))
	}
}

// TestWalkSplitsByNamedValuesOnly has a second that fills pages, in which many
// rows hold a value that cannot be asked for: a filter on that field would look
// like a proof and be none.
func TestWalkSplitsByNamedValuesOnly(t *testing.T) {
	for field, spoil := range map[string]func(*Incident){
		"status":       func(inc *Incident) { inc.Status = "archived" },
		"severity":     func(inc *Incident) { inc.Severity = "" },
		"platform":     func(inc *Incident) { inc.Platform = "beos" },
		"organization": func(inc *Incident) { inc.OrganizationID = 0 },
	} {
		t.Run(field, func(t *testing.T) {
			w := newWalked(0)
			at := w.clock.Unix() - 100
			w.fill(at, 4000, rand.New(rand.NewPCG(3, 3)))
			for id, row := range w.source.rows {
				if id%3 == 0 {
					spoil(&row.incident)
				}
			}
			w.walk.floor = at - 10
			gaps, err := w.walk.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(gaps) == 0 && len(w.taken) < 4000 {
				t.Errorf("only %d of 4000 rows were read, and no gap says so", len(w.taken))
			}
		})
	}
}

func TestWalkPassesOnFailures(t *testing.T) {
	w := newWalked(0)
	w.source.before = huntressDown
	if _, err := w.walk.run(t.Context()); ReasonOf(err) != ReasonUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestSpanNames(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).Unix()
	for want, s := range map[string]span{
		"from 2026-03-01T12:00:00Z to 2026-03-01T12:00:05Z": {at, at + 5},
		"from the beginning to 2026-03-01T12:00:00Z":        {beginning, at},
		"from 2026-03-01T12:00:00Z to now":                  {at, end - 1},
	} {
		if got := s.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
