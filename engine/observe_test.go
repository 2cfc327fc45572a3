package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestCursor follows the rule of the cursor: the newest row of the first page, not
// beyond Huntress's clock, never back, only after a walk that was proved complete.
func TestCursor(t *testing.T) {
	at := func(second int) time.Time { return time.Date(2026, 3, 1, 12, 0, second, 0, time.UTC) }
	for name, test := range map[string]struct {
		before, newest, server, want time.Time
	}{
		"first":                   {time.Time{}, at(10), at(30), at(10)},
		"forward":                 {at(5), at(10), at(30), at(10)},
		"never back":              {at(20), at(10), at(30), at(20)},
		"not beyond their clock":  {at(5), at(50), at(30), at(30)},
		"their clock never back":  {at(40), at(50), at(30), at(40)},
		"their clock not told":    {at(5), at(50), time.Time{}, at(50)},
		"nor credible":            {at(5), at(50).AddDate(1, 0, 0), time.Time{}, at(30).Add(time.Minute)},
		"nothing that has a time": {at(5), time.Time{}, at(30), at(5)},
	} {
		o := &observer{now: func() time.Time { return at(30) }}
		o.state.Poll.Cursor = test.before
		second := beginning
		if !test.newest.IsZero() {
			second = test.newest.Unix()
		}
		o.advance(second, test.server)
		if !o.state.Poll.Cursor.Equal(test.want) {
			t.Errorf("%s: cursor %s, want %s", name, o.state.Poll.Cursor, test.want)
		}
	}
}

// TestSkipAtFirstSight is which incidents are only recorded.
func TestSkipAtFirstSight(t *testing.T) {
	from := planNow()
	before, after := from.Add(-time.Second), from
	for name, test := range map[string]struct {
		inc  Incident
		want Skip
	}{
		"open, however old":                        {Incident{Status: StatusSent, UpdatedAt: from.AddDate(-1, 0, 0)}, ""},
		"of a status that nobody knows":            {Incident{Status: "archived", UpdatedAt: before}, ""},
		"deleting":                                 {Incident{Status: StatusDeleting, UpdatedAt: after}, SkipDeleting},
		"closed before":                            {Incident{Status: StatusClosed, ClosedAt: before, UpdatedAt: after}, SkipBeforeLookback},
		"closed when the look-back began":          {Incident{Status: StatusClosed, ClosedAt: after, UpdatedAt: after}, ""},
		"closed, nobody says when":                 {Incident{Status: StatusClosed, UpdatedAt: after}, ""},
		"closed, no time at all":                   {Incident{Status: StatusClosed}, ""},
		"closed, nobody says when, touched before": {Incident{Status: StatusClosed, UpdatedAt: before}, ""},
		"dismissed before":                         {Incident{Status: StatusDismissed, StatusUpdatedAt: before, UpdatedAt: after}, SkipBeforeLookback},
		"dismissed after":                          {Incident{Status: StatusPartnerDismissed, StatusUpdatedAt: after, UpdatedAt: after}, ""},
		"dismissed, a closing time of old days":    {Incident{Status: StatusDismissed, ClosedAt: before, StatusUpdatedAt: after, UpdatedAt: after}, ""},
	} {
		test.inc.ID = 1
		var r Record
		if !see(&r, test.inc, from, from, from) || r.Seen.Skip != test.want {
			t.Errorf("%s: skip %q, want %q", name, r.Seen.Skip, test.want)
		}
		// Whatever it was, once it is open it is everybody's business.
		test.inc.Status, test.inc.UpdatedAt, test.inc.Raw = StatusSent, after, []byte("opened")
		if !see(&r, test.inc, from, from, from) || r.Seen.Skip != "" {
			t.Errorf("%s, then open: skip %q", name, r.Seen.Skip)
		}
	}
}

// TestSeeIgnoresOldCopies has answers that come in another order than they were made.
func TestSeeIgnoresOldCopies(t *testing.T) {
	now := planNow()
	version := func(second int, raw string) Incident {
		return Incident{ID: 1, Status: StatusSent, Subject: raw, UpdatedAt: now.Add(time.Duration(second) * time.Second), Raw: []byte(raw)}
	}
	var r Record
	for _, step := range []struct {
		inc  Incident
		news bool
	}{
		{version(5, "b"), true},
		{version(5, "b"), false},
		{version(3, "a"), false}, // older
		{version(5, "c"), true},  // of the same second: nobody can tell, so it counts
		{Incident{ID: 1, Status: StatusSent, Subject: "d", Raw: []byte("d")}, true},
		{version(9, "e"), true},
	} {
		before := r.Seen.Version
		if got := see(&r, step.inc, now.Add(time.Minute), now, now); got != step.news || (r.Seen.Version > before) != step.news {
			t.Errorf("%s at %s: news %t, want %t", step.inc.Raw, step.inc.UpdatedAt, got, step.news)
		}
	}
	if r.Seen.Incident.Subject != "e" || !r.Seen.FirstAt.Equal(now) {
		t.Errorf("seen %+v", r.Seen)
	}
}

func TestLatestKeepsOneRowOfEach(t *testing.T) {
	now := planNow()
	list := latest([]Incident{
		{ID: 1, UpdatedAt: now}, {ID: 2, UpdatedAt: now}, {ID: 1, UpdatedAt: now.Add(time.Second), Subject: "newer"}, {ID: 2, UpdatedAt: now.Add(-time.Second), Subject: "older"},
	})
	if len(list) != 2 || list[0].Subject != "newer" || list[1].Subject != "" {
		t.Errorf("got %+v", list)
	}
}

// poll is one observation of a world, outside of any pass.
func (w *world) poll(t *testing.T, p *process) PassReport {
	t.Helper()
	report := PassReport{PassID: "poll"}
	report.Err = p.engine.observe(t.Context(), p.engine.list()[0], &report)
	return report
}

// TestOnlyProvedPollsMoveTheCursor has walks that fail, are interrupted, or leave
// something unproved.
func TestOnlyProvedPollsMoveTheCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		if r := w.poll(t, p); r.Err != nil || r.Changed != 1 {
			t.Fatalf("report %+v", r)
		}
		poll := func() PollState {
			a, err := w.store.Account(t.Context(), 5)
			if err != nil {
				t.Fatal(err)
			}
			return a.Poll
		}
		good := poll()
		if good.Cursor.IsZero() || good.Failures != 0 || good.SuccessAt.IsZero() {
			t.Fatalf("poll state %+v", good)
		}
		time.Sleep(time.Minute)
		// Two pages; the second is never answered. What the first page held is ours.
		for id := range int64(700) {
			w.send(100+id, orgAcme, SeverityLow)
			if id%3 == 0 {
				time.Sleep(time.Second)
			}
		}
		pages := 0
		w.source.before = func(op string) error {
			if op == "page" {
				pages++
			}
			if pages == 2 {
				return huntressDown(op)
			}
			return nil
		}
		r := w.poll(t, p)
		if after := poll(); r.Err == nil || r.Changed != 500 || !after.Cursor.Equal(good.Cursor) || after.Failures != 1 ||
			after.Reason != ReasonUnavailable || after.Error == "" || !after.SuccessAt.Equal(good.SuccessAt) {
			t.Errorf("changed %d, error %v, poll state %+v", r.Changed, r.Err, after)
		}
		// Told to stop it neither failed nor succeeded.
		ctx, cancel := context.WithCancel(t.Context())
		w.source.before = func(string) error {
			cancel()
			return ctx.Err()
		}
		report := PassReport{}
		if err := p.engine.observe(ctx, p.engine.list()[0], &report); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if after := poll(); after.Failures != 1 || !after.SuccessAt.Equal(good.SuccessAt) {
			t.Errorf("a poll that was told to stop counts: %+v", after)
		}
		// A second that cannot be proved read is told, and the cursor stays.
		w.source.before = nil
		if r := w.poll(t, p); r.Err != nil {
			t.Fatal(r.Err)
		}
		good = poll()
		if good.Failures != 0 || good.Reason != "" || good.Error != "" {
			t.Errorf("poll state %+v", good)
		}
		time.Sleep(time.Minute)
		for id := range int64(600) {
			w.send(2000+id, orgAcme, SeverityLow)
		}
		time.Sleep(time.Minute)
		var unproved *UnprovedError
		r = w.poll(t, p)
		if !errors.As(r.Err, &unproved) || !strings.Contains(r.Err.Error(), "could not be proved complete") || !poll().Cursor.Equal(good.Cursor) {
			t.Errorf("error %v, cursor %s, was %s", r.Err, poll().Cursor, good.Cursor)
		}
	})
}

// TestFirstLookBack reads what the first poll has to, and no more.
func TestFirstLookBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		old := w.incident(1, orgAcme, SeverityLow)
		old.Status, old.ClosedAt = StatusClosed, w.now().AddDate(0, 0, -20)
		old.UpdatedAt = w.now().AddDate(0, 0, -1) // touched since, but long over
		w.source.put(old)
		recent := w.incident(2, orgAcme, SeverityLow)
		recent.Status, recent.ClosedAt, recent.UpdatedAt = StatusClosed, w.now().AddDate(0, 0, -2), w.now().AddDate(0, 0, -2)
		w.source.put(recent)
		ancient := w.incident(3, orgAcme, SeverityLow)
		ancient.UpdatedAt = w.now().AddDate(-2, 0, 0) // open for two years
		w.source.put(ancient)
		p := w.start(t)
		p.mustPass(t)
		if list := w.desk.of(1); len(list) != 0 {
			t.Error("an incident that was over before has a ticket")
		}
		if r := w.record(t, 1); r.Seen.Skip != SkipBeforeLookback {
			t.Errorf("skip %q", r.Seen.Skip)
		}
		if ticket := w.one(t, 2); !ticket.Closed {
			t.Error("what opened and closed unseen leaves no closed ticket")
		}
		w.one(t, 3)
	})
}

// bury puts more than a page of old and closed incidents into the list, so that
// what is older than they are is on no page that a poll reads.
func (w *world) bury() {
	for i := range int64(600) {
		inc := w.incident(100000+i, orgAcme, SeverityLow)
		inc.Status, inc.UpdatedAt = StatusClosed, inc.UpdatedAt.AddDate(0, 0, -20).Add(-time.Duration(i)*time.Minute)
		inc.ClosedAt = inc.UpdatedAt
		w.source.put(inc)
	}
}

// TestCensus finds open incidents of any age, and reads by id what it lacks.
func TestCensus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.bury()
		for id := range int64(5) {
			w.send(id+1, orgAcme, SeverityLow)
		}
		p := w.start(t)
		p.mustPass(t)
		state := func() AccountState {
			a, err := w.store.Account(t.Context(), 5)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		first := state().Poll.Census
		if !slices.Equal(first.Open, []int64{1, 2, 3, 4, 5}) {
			t.Errorf("census %v", first.Open)
		}
		// While nobody looks one is closed and one removed, so far back that no poll
		// reads it, one has a status that cannot be asked for, and one was never seen.
		time.Sleep(30 * time.Minute)
		past := w.now().AddDate(0, 0, -30)
		edit := func(id int64, change func(*Incident)) {
			inc := w.source.incidents()[id]
			change(&inc)
			w.source.mu.Lock()
			defer w.source.mu.Unlock()
			w.source.putAt(inc, past.Unix())
		}
		edit(1, func(inc *Incident) { inc.Status = StatusClosed })
		edit(2, func(inc *Incident) { inc.Status = "quarantined" })
		w.source.remove(3)
		unseen := w.incident(9, orgGlobex, SeverityCritical)
		unseen.UpdatedAt = past
		w.source.put(unseen)
		p.mustPass(t)
		if n := len(w.desk.of(9)); n != 0 {
			t.Fatal("the census is not yet due")
		}
		time.Sleep(31 * time.Minute)
		w.source.forgetRequests()
		p.mustPass(t)
		w.one(t, 9)
		if !w.one(t, 1).Closed {
			t.Error("what closed unseen was not followed")
		}
		if w.one(t, 2).Closed || w.one(t, 3).Closed {
			t.Error("absence alone closed a ticket")
		}
		second := state().Poll.Census
		if !slices.Equal(second.Open, []int64{2, 4, 5, 9}) || !second.At.After(first.At) {
			t.Errorf("census %+v", second)
		}
		if n := w.source.asked("incident"); n != 3 {
			t.Errorf("%d incidents were read by id, want the three that the census lacks", n)
		}
		// A census that fails is due again at once, and is not taken for one.
		time.Sleep(time.Hour)
		w.source.before = func(op string) error {
			if op == "incident" {
				return &Error{Reason: ReasonRateLimited, Side: "Huntress", Op: "read incident"}
			}
			return nil
		}
		if err := p.pass(); err == nil {
			t.Error("the pass succeeded")
		}
		if got := state().Poll; !got.Census.At.Equal(second.At) || got.Failures != 1 {
			t.Errorf("poll state %+v", got)
		}
		w.source.before = nil
		p.mustPass(t)
		if got := state().Poll; !got.Census.At.After(second.At) || got.Failures != 0 {
			t.Errorf("poll state %+v", got)
		}
	})
}

// TestCensusRunsBesideAnUnprovedPoll: where a poll cannot prove that it read
// everything, the census is what is left to find the open ones.
func TestCensusRunsBesideAnUnprovedPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.bury()
		at := w.now().UTC().Truncate(time.Second)
		for id := range int64(700) { // all of one second and one kind
			inc := w.incident(id+1, orgAcme, SeverityLow)
			inc.Status, inc.ClosedAt = StatusClosed, at
			if id%100 == 0 {
				inc.Status = "archived" // so that asking by status would prove nothing
			}
			w.source.put(inc)
		}
		old := w.incident(1000, orgAcme, SeverityLow)
		old.UpdatedAt = at.AddDate(0, 0, -100)
		w.source.put(old)
		time.Sleep(time.Minute)
		p := w.start(t)
		if err := p.pass(); err == nil {
			t.Error("the poll was proved")
		}
		w.one(t, 1000)
	})
}

// TestNewOrganization is read when its first incident appears, before its ticket is
// made, and once only where Huntress does not list it.
func TestNewOrganization(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p := w.start(t)
		p.mustPass(t)
		w.configuration.edit = func(p *Policy) {
			p.Organizations[OrganizationKey{5, 77}] = Mapping{Label: "New Corp", By: "name", ClientID: clientGlobex}
		}
		time.Sleep(2 * time.Second)
		w.source.organizations = append(w.source.organizations, Organization{ID: 77, Name: "New Corp"})
		w.send(1, 77, SeverityLow)
		p.mustPass(t)
		if ticket := w.one(t, 1); ticket.ClientID != clientGlobex {
			t.Errorf("the ticket is for %s", ticket.ClientID)
		}
		time.Sleep(2 * time.Second)
		w.send(2, 78, SeverityLow) // of an organization that is gone again
		p.mustPass(t)
		w.source.forgetRequests()
		for range 3 {
			time.Sleep(2 * time.Second)
			p.mustPass(t)
		}
		if n := w.source.asked(); n != 3 {
			t.Errorf("%d requests for three quiet passes", n)
		}
	})
}

// TestNothingIsMissed is I3 over many polls: incidents are updated all the time,
// in bursts and while pages are read; once Huntress is quiet the books hold the
// last version of each.
func TestNothingIsMissed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		repeats := rapid.Bool().Draw(rt, "tokens repeat the border")
		rounds := rapid.SliceOfN(rapid.IntRange(0, 900), 1, 8).Draw(rt, "updates by round")
		busy := rapid.IntRange(0, 12).Draw(rt, "updates while a page is read")
		fails := rapid.IntRange(0, 9).Draw(rt, "a request in so many fails")
		var wrong string
		synctest.Test(t, func(t *testing.T) { wrong = missed(t, seed, repeats, rounds, busy, fails) })
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

func missed(t *testing.T, seed uint64, repeats bool, rounds []int, busy, fails int) string {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	w := newWorld()
	w.source.repeats = repeats
	last := int64(0)
	touch := func() {
		if last == 0 || random.IntN(3) == 0 {
			last++
			inc := w.incident(last, 1+random.Int64N(4), pick(random, Severities()))
			inc.Platform = pick(random, Platforms())
			w.source.put(inc)
			return
		}
		w.source.setStatus(1+random.Int64N(last), pick(random, Statuses()))
	}
	quiet := false
	w.source.before = func(op string) error {
		if quiet || op != "page" {
			return nil
		}
		for range busy {
			touch()
		}
		if random.IntN(4) == 0 {
			time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
		}
		if fails > 0 && random.IntN(fails+3) == 0 {
			return huntressDown(op)
		}
		return nil
	}
	p := w.start(t)
	for _, updates := range rounds {
		for range updates {
			touch()
			if random.IntN(20) == 0 {
				time.Sleep(time.Duration(random.IntN(2000)) * time.Millisecond)
			}
		}
		w.poll(t, p)
		time.Sleep(time.Duration(random.IntN(10)) * time.Minute)
	}
	quiet = true
	time.Sleep(time.Second)
	if r := w.poll(t, p); r.Err != nil {
		return "the last poll failed: " + r.Err.Error()
	}
	for id, inc := range w.source.incidents() {
		r, err := w.store.Record(t.Context(), incidentKey(id))
		if err != nil {
			return err.Error()
		}
		if r.Seen.Digest != digestOf(inc) {
			return "the last version of " + r.Key.String() + " was missed: it is " + string(inc.Raw)
		}
	}
	return ""
}

// TestOverlap has a row appear later than the time it bears, as rows of a database
// with several writers do.
func TestOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.bury()
		w.send(1, orgAcme, SeverityLow)
		p := w.start(t)
		w.poll(t, p)
		late := w.incident(2, orgAcme, SeverityLow)
		late.UpdatedAt = late.UpdatedAt.Add(-20 * time.Second)
		w.source.put(late)
		for id := range int64(MaxPage - 1) { // with the first one they fill a page
			time.Sleep(2 * time.Second)
			w.send(1000+id, orgAcme, SeverityLow)
		}
		w.poll(t, p)
		if _, err := w.store.Record(t.Context(), incidentKey(2)); err != nil {
			t.Error(err)
		}
	})
}

// TestNewOrganizationComesBeforeItsIncidents makes sure that an incident of an
// organization that is not known yet is not there to be worked on before the
// organization is: it would go to triage although it may be mapped.
func TestNewOrganizationComesBeforeItsIncidents(t *testing.T) {
	w := newWorld()
	w.source.organizations = append(w.source.organizations, Organization{ID: 77, Name: "New Corp"})
	w.source.put(Incident{ID: 1, OrganizationID: 77, Status: StatusSent, UpdatedAt: w.now(), Raw: []byte("1")})
	var order []string
	o := &observer{
		source: w.source, books: w.store, now: w.now, settings: AccountSettings{Census: time.Hour},
		commit: func(_ context.Context, seen Observation) error {
			if len(seen.Rows) > 0 {
				order = append(order, "incident")
			}
			return nil
		},
		organizations: func(context.Context, []Organization) { order = append(order, "organizations") },
	}
	o.state.Poll.Account, o.state.Poll.OrganizationsAt = Account{ID: 5}, w.now()
	o.state.Poll.LookbackFrom = w.now().Add(-time.Hour)
	if err := o.poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(order, []string{"organizations", "incident"}) {
		t.Errorf("they came in the order %v", order)
	}
}
