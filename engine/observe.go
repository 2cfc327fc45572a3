package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// overlap is how far behind the cursor a poll begins: times have one-second
// grain, and rows of one second need not appear together.
const overlap = 60 * time.Second

// skew is how far apart clocks may be: a time further ahead of one is wrong.
const skew = time.Minute

// AccountSettings are what a huntress block says about polling.
type AccountSettings struct {
	// Name is how metrics and logs call the account: the label of its huntress
	// block, with the account's subdomain where the block reaches several.
	Name string
	// Identity is the same whenever the same credentials reach the same account:
	// a state that knows it need not ask Huntress which account this is. It must
	// not give the credentials away.
	Identity string
	Interval time.Duration
	Backfill time.Duration
	Census   time.Duration
}

// books are what observing reads of the state.
type books interface {
	Records(ctx context.Context, q RecordQuery) ([]Record, error)
}

// observer reads one account and commits what it saw.
type observer struct {
	source   Source
	settings AccountSettings
	books    books
	commit   func(context.Context, Observation) error
	now      func() time.Time

	state AccountState
	// organizations is told of the account's organizations whenever they were read.
	organizations func(context.Context, []Organization)
	// reread is set once an unknown organization had them read again.
	reread bool
	// unlisted is why the organizations could not be read, where others are known
	// from before.
	unlisted error
	// unread is why single incidents could not be read by id.
	unread  error
	changed int
	rows    int
	// untold is true where the state could not be told how the poll went.
	untold bool
}

// UnprovedError says that rows may have been missed; the cursor stays.
type UnprovedError struct {
	What  string
	Spans []span
}

// Error names the spans.
func (e *UnprovedError) Error() string {
	var parts []string
	for _, s := range e.Spans {
		parts = append(parts, s.String())
	}
	return fmt.Sprintf("the %s could not be proved complete: incidents updated %s may be missing; they are read again at the next poll",
		e.What, strings.Join(parts, ", "))
}

// observe reads what changed since the cursor, and the census where it is due.
// What it read before a failure is committed all the same.
func (o *observer) observe(ctx context.Context) error {
	now := o.now()
	censusDue := o.state.Poll.Census.At.IsZero() || !now.Before(o.state.Poll.Census.At.Add(o.settings.Census)) ||
		o.state.Poll.Census.At.After(now) // the clock was set back
	o.state.Poll.AttemptAt = now
	err := o.begin(ctx, censusDue)
	if err == nil {
		err = o.poll(ctx)
	}
	// A poll that could not be proved complete does not hold up the census, which
	// finds what it may have missed.
	_, unproved := errors.AsType[*UnprovedError](err)
	if censusDue && (err == nil || unproved) {
		err = errors.Join(err, o.census(ctx))
	}
	return o.finish(ctx, errors.Join(err, o.unlisted))
}

// begin makes the account known and reads its organizations.
func (o *observer) begin(ctx context.Context, censusDue bool) error {
	if o.state.Poll.LookbackFrom.IsZero() {
		o.state.Poll.LookbackFrom = o.now().Add(-o.settings.Backfill)
		if err := o.commitPoll(ctx); err != nil {
			return err
		}
	}
	o.state.Poll.Identity = o.settings.Identity
	if !censusDue && !o.state.Poll.OrganizationsAt.IsZero() && !o.state.Poll.OrganizationsOwed {
		return nil
	}
	info, err := o.source.Account(ctx)
	if err != nil {
		return err
	}
	if info.ID != o.state.Poll.Account.ID {
		return &OtherAccountError{Name: o.settings.Name, Expected: o.state.Poll.Account, Found: info}
	}
	o.state.Poll.Account = info
	return o.readOrganizations(ctx)
}

// OtherAccountError says that credentials no longer reach the account they did.
type OtherAccountError struct {
	Name            string
	Expected, Found Account
}

// Error names both accounts.
func (e *OtherAccountError) Error() string {
	return fmt.Sprintf("the credentials of %q reach the Huntress account %q (%d) now, not %q (%d): nothing was read",
		e.Name, e.Found.Name, e.Found.ID, e.Expected.Name, e.Expected.ID)
}

// readOrganizations reads them again. Where that fails those of before do: the poll
// goes on and fails at its end, and incidents of a new organization go to the
// fallback, which is better than nowhere. Without any known yet all would go there.
func (o *observer) readOrganizations(ctx context.Context) error {
	organizations, err := o.source.Organizations(ctx)
	if err != nil && (o.state.Poll.OrganizationsAt.IsZero() || ctx.Err() != nil) {
		return err
	}
	o.unlisted = err
	o.state.Poll.OrganizationsOwed = o.unlisted != nil
	if o.state.Poll.OrganizationsOwed {
		return nil
	}
	slices.SortFunc(organizations, func(a, b Organization) int { return int(a.ID - b.ID) })
	o.state.Poll.OrganizationsAt = o.now()
	observation := Observation{AccountID: o.state.Poll.Account.ID, Poll: new(o.state.Poll)}
	if !slices.Equal(organizations, o.state.Organizations) {
		o.state.Organizations = organizations
		observation.Organizations = organizations
	}
	if err := o.commit(ctx, observation); err != nil {
		return err
	}
	// Also where they are those of before: the account may be new under a setup that
	// was made before somebody else read them.
	o.organizations(ctx, organizations)
	return nil
}

// poll walks from the newest incident to the cursor less the overlap. The cursor
// moves only after everything down to there is proved read.
func (o *observer) poll(ctx context.Context) error {
	from := o.state.Poll.LookbackFrom
	if !o.state.Poll.Cursor.IsZero() {
		from = o.state.Poll.Cursor.Add(-overlap)
	}
	listed := map[int64]bool{} // A walk can be given a row more than once.
	take := func(ctx context.Context, page Page) error {
		for _, inc := range page.Incidents {
			listed[inc.ID] = true
		}
		o.rows = len(listed)
		census := &o.state.Poll.Census
		census.Gone = slices.DeleteFunc(census.Gone, func(id int64) bool { return listed[id] })
		return o.takePage(ctx, page)
	}
	w := &walk{source: o.source, floor: from.Unix(), organizations: o.organizationIDs(), take: take}
	missing, err := w.run(ctx)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return &UnprovedError{What: "poll", Spans: missing}
	}
	o.advance(w.newest, w.serverTime)
	return nil
}

// advance moves the cursor to the newest second of the first page: not beyond
// Huntress's own clock (where it is not told, ours), and never back.
func (o *observer) advance(newest int64, serverTime time.Time) {
	if newest == beginning {
		return
	}
	cursor := time.Unix(newest, 0).UTC()
	if serverTime.IsZero() {
		serverTime = o.now().Add(skew)
	}
	if cursor.After(serverTime) {
		cursor = serverTime.UTC().Truncate(time.Second)
	}
	if cursor.After(o.state.Poll.Cursor) {
		o.state.Poll.Cursor = cursor
	}
}

// finish commits the poll state with the outcome. A poll that was told to stop
// neither failed nor succeeded.
func (o *observer) finish(ctx context.Context, failure error) error {
	if errors.Is(failure, context.Canceled) && ctx.Err() != nil {
		return failure
	}
	before := o.state.Poll
	if failure == nil {
		o.state.Poll.succeed(o.now())
	} else {
		o.state.Poll.fail(failure)
	}
	err := o.commitPoll(ctx)
	o.untold = err != nil
	if o.untold && failure == nil {
		o.state.Poll = before
		o.state.Poll.fail(err)
	}
	return errors.Join(failure, err)
}

func (p *PollState) succeed(now time.Time) {
	p.SuccessAt, p.Failures, p.Reason, p.Error = now, 0, "", ""
}

func (p *PollState) fail(failure error) {
	p.Failures++
	p.Reason, p.Error = ReasonOf(failure), failure.Error()
}

func (o *observer) commitPoll(ctx context.Context) error {
	return o.commit(ctx, Observation{AccountID: o.state.Poll.Account.ID, Poll: new(o.state.Poll)})
}

func (o *observer) organizationIDs() []int64 {
	ids := make([]int64, 0, len(o.state.Organizations))
	for _, org := range o.state.Organizations {
		ids = append(ids, org.ID)
	}
	return ids
}

// takePage takes the rows of a page. Among them can be older copies, which tell
// themselves by their times as far as Huntress's clock (else ours) bears these out.
func (o *observer) takePage(ctx context.Context, page Page) error {
	now := page.ServerTime
	if now.IsZero() {
		now = o.now()
	}
	return o.take(ctx, page.Incidents, now.Add(skew))
}

// take commits those of the incidents that are new or changed. From then on they are
// ours. Times are believed up to one; see [see].
func (o *observer) take(ctx context.Context, incidents []Incident, believed time.Time) error {
	incidents = latest(incidents)
	if len(incidents) == 0 {
		return nil
	}
	account := o.state.Poll.Account.ID
	ids := make([]int64, 0, len(incidents))
	for _, inc := range incidents {
		ids = append(ids, inc.ID)
	}
	held, err := o.books.Records(ctx, RecordQuery{AccountID: account, IncidentIDs: ids})
	if err != nil {
		return err
	}
	known := make(map[int64]Record, len(held))
	for _, r := range held {
		known[r.Key.IncidentID] = r
	}
	var rows []Record
	unknown := false
	for _, inc := range incidents {
		inc.AccountID = account
		r, ok := known[inc.ID]
		if !ok {
			r = Record{Key: Key{AccountID: account, Kind: KindIncident, IncidentID: inc.ID}}
		}
		if see(&r, inc, believed, o.state.Poll.LookbackFrom, o.now()) {
			rows = append(rows, r)
			unknown = unknown || inc.OrganizationID != 0 && !o.knows(inc.OrganizationID)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if unknown && !o.reread && o.unlisted == nil {
		// Before the incident can be worked on: a new organization may be mapped.
		o.reread = true
		if err := o.readOrganizations(ctx); err != nil {
			return err
		}
	}
	o.changed += len(rows)
	return o.commit(ctx, Observation{AccountID: account, Rows: rows})
}

func (o *observer) knows(organizationID int64) bool {
	_, ok := slices.BinarySearchFunc(o.state.Organizations, organizationID,
		func(org Organization, id int64) int { return int(org.ID - id) })
	return ok
}

// latest keeps one row of each incident, the one updated last: a page can hold
// an incident twice.
func latest(incidents []Incident) []Incident {
	at := make(map[int64]int, len(incidents))
	kept := make([]Incident, 0, len(incidents))
	for _, inc := range incidents {
		i, ok := at[inc.ID]
		switch {
		case !ok:
			at[inc.ID] = len(kept)
			kept = append(kept, inc)
		case inc.UpdatedAt.After(kept[i].UpdatedAt):
			kept[i] = inc
		}
	}
	return kept
}

// see brings a record up to an incident as it was just read, and reports whether
// that was news. An older copy, which a reordered answer can bring, is none. But a
// time beyond what is believed makes nothing older: it would hide all that comes
// after it.
func see(r *Record, inc Incident, believed, lookbackFrom, now time.Time) bool {
	digest := digestOf(inc)
	old := r.Seen
	first := old.Incident.ID == 0
	if !first {
		if old.Digest == digest {
			return false
		}
		at := old.Incident.UpdatedAt
		if !inc.UpdatedAt.IsZero() && inc.UpdatedAt.Before(at) && !at.After(believed) {
			return false
		}
	}
	r.Seen = Seen{
		Incident: inc.bounded(), Digest: digest, Version: old.Version + 1,
		FirstAt: old.FirstAt, ChangedAt: now, Skip: old.Skip,
	}
	if first {
		r.Seen.FirstAt = now
		r.Seen.Skip = skipAtFirstSight(inc, lookbackFrom)
	}
	if inc.Status.Open() {
		r.Seen.Skip = ""
	}
	return true
}

// skipAtFirstSight tells incidents that were over before we came.
func skipAtFirstSight(inc Incident, lookbackFrom time.Time) Skip {
	if inc.Status == StatusDeleting {
		return SkipDeleting
	}
	if !inc.Status.Closed() {
		return ""
	}
	ended := inc.StatusUpdatedAt
	if inc.Status == StatusClosed {
		ended = inc.ClosedAt
	}
	if !ended.IsZero() && ended.Before(lookbackFrom) {
		return SkipBeforeLookback
	}
	return ""
}

func digestOf(inc Incident) string {
	sum := sha256.Sum256(inc.Raw)
	return hex.EncodeToString(sum[:16])
}
