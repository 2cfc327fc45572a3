package engine

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"
)

// disordered is a source whose first pages come out of order.
type disordered struct {
	*fakeSource
	pages int
	chaos *rand.Rand
}

// Page shuffles a page as long as it is one of the first.
func (d *disordered) Page(ctx context.Context, q PageQuery) (Page, error) {
	page, err := d.fakeSource.Page(ctx, q)
	if d.pages > 0 {
		d.pages--
		d.chaos.Shuffle(len(page.Incidents), func(i, j int) {
			page.Incidents[i], page.Incidents[j] = page.Incidents[j], page.Incidents[i]
		})
	}
	return page, err
}

// TestWalkReadsDisorderedPagesAgain has pages that come out of order now and then:
// they are read again, and in the end nothing is missing.
func TestWalkReadsDisorderedPagesAgain(t *testing.T) {
	for _, pages := range []int{1, 2, 3} {
		w := newWalked(0)
		shape := rand.New(rand.NewPCG(1, 1))
		for i := range int64(1200) {
			w.fill(w.clock.Unix()-i, 1, shape)
		}
		w.walk.source = &disordered{fakeSource: w.source, pages: pages, chaos: shape}
		w.walk.floor = w.clock.Unix() - 1100
		gaps, err := w.walk.run(t.Context())
		if err != nil || len(gaps) > 0 || len(w.taken) < 1100 {
			t.Errorf("%d pages: gaps %v after %d rows, error %v", pages, gaps, len(w.taken), err)
		}
	}
}

// byID is a Huntress that does not sort as it is asked to.
type byID struct {
	*fakeSource
	rows     []Incident
	requests int
}

func (b *byID) Page(_ context.Context, q PageQuery) (Page, error) {
	b.requests++
	from := 0
	if q.Token != "" {
		var err error
		if from, err = strconv.Atoi(q.Token); err != nil {
			return Page{}, err
		}
	}
	to := min(from+q.Limit, len(b.rows))
	page := Page{Incidents: b.rows[from:to]}
	if to < len(b.rows) {
		page.Next = strconv.Itoa(to)
	}
	return page, nil
}

// TestWalkTrustsNoOtherOrder has a list that is in the order of ids, with a row of
// the first page that is very old: it must not be taken for the end of what is new.
func TestWalkTrustsNoOtherOrder(t *testing.T) {
	w := newWalked(0)
	now := w.clock.Unix()
	source := &byID{fakeSource: w.source}
	for id := range int64(3000) {
		source.rows = append(source.rows, Incident{ID: id + 1, UpdatedAt: time.Unix(now-3600-id, 0)})
	}
	source.rows[2900].UpdatedAt = time.Unix(now-5, 0)
	slices.SortFunc(source.rows, func(a, b Incident) int { return cmp.Compare(a.ID%7, b.ID%7) })
	w.walk.source, w.walk.floor = source, now-60
	gaps, err := w.walk.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !w.taken[2901] {
		t.Errorf("the row that was updated last was missed; gaps %v", gaps)
	}
	if len(gaps) == 0 {
		t.Error("a list in another order counts as read")
	}
	if source.requests > 30 {
		t.Errorf("%d requests, again and again", source.requests)
	}
}

// TestWalkOfAWholePageNeedsNoOrder has a list that fits into a page.
func TestWalkOfAWholePageNeedsNoOrder(t *testing.T) {
	w := newWalked(0)
	shape := rand.New(rand.NewPCG(1, 1))
	for i := range int64(40) {
		w.fill(w.clock.Unix()-i, 1, shape)
	}
	w.walk.source = &disordered{fakeSource: w.source, pages: 1 << 20, chaos: shape}
	w.walk.floor = w.clock.Unix() - 30
	if gaps, err := w.walk.run(t.Context()); err != nil || len(gaps) > 0 || w.source.asked() != 1 {
		t.Errorf("gaps %v after %d requests, error %v", gaps, w.source.asked(), err)
	}
}
