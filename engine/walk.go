package engine

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"
)

// walk reads every incident report that was updated in or after a second, and
// proves that it did.
//
// Huntress pages by a time of one-second grain while rows move to the front, so
// rows that share a second can be lost at a page's border. But a page is a
// contiguous piece of the list: it holds every row of each second strictly
// between its oldest and its newest. The walk collects these open intervals until
// together they leave no second out. To close the gaps it reads the list again
// with its borders elsewhere, and a second that fills a page filter by filter. A
// page that is not in the order asked for is no such piece, and proves nothing.
type walk struct {
	source Source
	filter Filter
	// floor is the oldest second wanted; beginning for the whole list.
	floor int64
	// organizations are what a dense second is split by at last.
	organizations []int64
	// take is given every page as it is read, some rows more than once.
	take func(context.Context, Page) error

	covered []interval
	// dense are the seconds that filled a page: moving borders cannot prove them.
	dense map[int64]bool
	// strange names the filters whose values do not name every row that was seen.
	strange map[string]bool
	// disordered counts readings of the list with a page out of order.
	disordered int

	// newest is the largest second of the first page; beginning where it had none.
	newest     int64
	serverTime time.Time
	unreadable int
}

const (
	beginning int64 = math.MinInt64
	end       int64 = math.MaxInt64
)

// interval is the seconds strictly between older and newer.
type interval struct{ older, newer int64 }

// span is the seconds from and to, both included.
type span struct{ from, to int64 }

// String names the span for a person.
func (s span) String() string {
	at := func(second int64, open string) string {
		if second == beginning || second >= end-1 {
			return open
		}
		return time.Unix(second, 0).UTC().Format(time.RFC3339)
	}
	return fmt.Sprintf("from %s to %s", at(s.from, "the beginning"), at(s.to, "now"))
}

// firstPages are the sizes of the first page of each reading: they move the
// borders of all later pages.
func firstPages() []int { return []int{MaxPage, 250, 125, 375, 60, 437} }

// run walks. It returns the spans that could not be proved read, newest first.
func (w *walk) run(ctx context.Context) ([]span, error) {
	if w.strange == nil {
		w.strange = map[string]bool{}
	}
	w.dense = map[int64]bool{}
	var before []span
	for i, first := range firstPages() {
		if err := w.read(ctx, first, i == 0); err != nil {
			return nil, err
		}
		gaps := w.gaps()
		if len(gaps) == 0 {
			return nil, nil
		}
		if w.disordered > 1 {
			return gaps, nil // It is no accident, and reading it again and again would not help.
		}
		if len(w.dense) > 0 && (slices.Equal(gaps, before) || !slices.ContainsFunc(gaps, w.movable)) {
			break
		}
		before = gaps
	}
	return w.split(ctx, w.gaps())
}

// movable reports whether a gap may be closed by reading with other borders: it is
// more than one second that filled a page. What filters have to prove is kept
// small, because they cannot find a row whose values nobody can ask for.
func (w *walk) movable(s span) bool {
	return s.from != s.to || !w.dense[s.from]
}

// read reads page after page from the head of the list until nothing is missing
// behind it, the list ends, or it stands still.
func (w *walk) read(ctx context.Context, first int, initial bool) error {
	gaps := w.gaps()
	last := gaps[len(gaps)-1].from
	tokens := map[string]bool{}
	disordered := 0
	defer func() { w.disordered += disordered }()
	for q := (PageQuery{Limit: first, Filter: w.filter}); ; {
		page, err := w.source.Page(ctx, q)
		if err != nil {
			return err
		}
		if err := w.take(ctx, page); err != nil {
			return err
		}
		w.unreadable += page.Unreadable
		w.noteStrange(page.Incidents)
		oldest, newest := bounds(page.Incidents)
		if initial && q.Token == "" {
			w.newest, w.serverTime = newest, page.ServerTime
		}
		reached := oldest
		if whole := q.Token == "" && page.Next == ""; whole || ordered(page.Incidents) {
			w.cover(page, q, oldest, newest)
		} else {
			disordered, reached = 1, newest
		}
		// Where disorder is no accident, any row can stand anywhere.
		anywhere := disordered > 0 && w.disordered > 0
		if page.Next == "" || tokens[page.Next] || reached < last && !anywhere {
			return nil
		}
		tokens[page.Next] = true
		q.Limit, q.Token = MaxPage, page.Next
	}
}

// bounds are the oldest and the newest second of rows; end and beginning where no
// row has a usable time.
func bounds(rows []Incident) (oldest, newest int64) {
	oldest, newest = end, beginning
	for _, inc := range rows {
		if inc.UpdatedAt.IsZero() {
			continue
		}
		s := inc.UpdatedAt.Unix()
		oldest, newest = min(oldest, s), max(newest, s)
	}
	return oldest, newest
}

// ordered reports whether rows stand newest first, as they were asked for; those of
// one second in any order.
func ordered(rows []Incident) bool {
	last := end
	for _, inc := range rows {
		if inc.UpdatedAt.IsZero() {
			continue
		}
		s := inc.UpdatedAt.Unix()
		if s > last {
			return false
		}
		last = s
	}
	return true
}

// cover adds the seconds that a page proves.
func (w *walk) cover(page Page, q PageQuery, oldest, newest int64) {
	if newest == beginning && (q.Token != "" || page.Next != "") {
		return // Rows without a time do not tell where in the list they stand.
	}
	if oldest == newest && page.Next != "" {
		w.dense[oldest] = true
	}
	i := interval{older: oldest, newer: newest}
	if q.Token == "" {
		i.newer = end
	}
	if page.Next == "" {
		i.older = beginning
	}
	w.covered = append(w.covered, i)
}

// gaps lists the spans from the floor on that no interval covers, newest first.
func (w *walk) gaps() []span {
	slices.SortFunc(w.covered, func(a, b interval) int { return cmp.Compare(b.newer, a.newer) })
	var gaps []span
	// Everything from reached on is covered, or in a gap already.
	reached := end
	for _, i := range w.covered {
		if reached <= w.floor {
			break
		}
		if i.newer < reached {
			gaps = append(gaps, span{from: max(i.newer, w.floor), to: reached - 1})
			reached = i.newer
		}
		if i.older == beginning {
			return gaps
		}
		reached = min(reached, i.older+1)
	}
	if reached > w.floor {
		gaps = append(gaps, span{from: w.floor, to: reached - 1})
	}
	return gaps
}

// noteStrange remembers which filters have values that cannot be asked for:
// splitting by such a filter would prove nothing.
func (w *walk) noteStrange(rows []Incident) {
	for _, inc := range rows {
		w.strange["status"] = w.strange["status"] || !inc.Status.Known()
		w.strange["severity"] = w.strange["severity"] || !inc.Severity.Known()
		w.strange["platform"] = w.strange["platform"] || !slices.Contains(Platforms(), inc.Platform)
		w.strange["organization"] = w.strange["organization"] || !slices.Contains(w.organizations, inc.OrganizationID)
	}
}

// split reads what is missing with one filter more: each of its values has to be
// read to its proof. What the others show is taken all the same.
func (w *walk) split(ctx context.Context, missing []span) ([]span, error) {
	parts, proves := w.parts()
	if len(parts) == 0 {
		return missing, nil
	}
	for _, filter := range parts {
		part := walk{
			source: w.source, filter: filter, organizations: w.organizations, take: w.take, strange: w.strange,
			floor: missing[len(missing)-1].from,
			// What is newer than the newest gap is known already.
			covered: []interval{{older: missing[0].to, newer: end}},
		}
		left, err := part.run(ctx)
		w.unreadable += part.unreadable
		if err != nil {
			return nil, err
		}
		proves = proves && len(left) == 0
	}
	if !proves {
		return missing, nil
	}
	return nil, nil
}

// parts narrows the filter by the first of its fields that is free and whose
// values name every row. Where there is no such field left, by one whose values
// name most: that finds rows, and proves nothing. Organizations are too many for
// that. There are none where the filter has every field.
func (w *walk) parts() (parts []Filter, prove bool) {
	if parts := w.narrowed(false); len(parts) > 0 {
		return parts, true
	}
	return w.narrowed(true), false
}

// narrowed narrows the filter by the first of its free fields that is strange, or
// is not.
func (w *walk) narrowed(strange bool) []Filter {
	var parts []Filter
	f := w.filter
	switch {
	case f.Status == "" && w.strange["status"] == strange:
		for _, f.Status = range Statuses() {
			parts = append(parts, f)
		}
	case f.Severity == "" && w.strange["severity"] == strange:
		for _, f.Severity = range Severities() {
			parts = append(parts, f)
		}
	case f.Platform == "" && w.strange["platform"] == strange:
		for _, f.Platform = range Platforms() {
			parts = append(parts, f)
		}
	case f.OrganizationID == 0 && !w.strange["organization"] && !strange:
		for _, f.OrganizationID = range w.organizations {
			parts = append(parts, f)
		}
	}
	return parts
}
