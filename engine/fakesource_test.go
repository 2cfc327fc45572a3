package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"
)

// fakeSource is a Huntress account in memory. It pages as Huntress does: by a
// time of one-second grain, over a list that changes meanwhile.
type fakeSource struct {
	mu            sync.Mutex
	account       Account
	organizations []Organization
	rows          map[int64]*sourceRow
	sorted        []*sourceRow // newest first; nil after a change

	// repeats makes a page token mean "this old or older": rows of the second at a
	// border come twice, and more than a page of one second stands still. Otherwise
	// it means "older": rows of that second which did not fit are lost.
	repeats bool
	now     func() time.Time
	// before is called before each request, with what is asked for; an error is
	// the answer.
	before func(op string) error
	// unreadable is what reading a single incident answers; nil is none.
	unreadable func(id int64) error
	// requests counts by operation.
	requests map[string]int

	agents       map[int64]Agent
	remediations map[int64][]Remediation
}

type sourceRow struct {
	incident Incident
	// second is where the row stands in the list, whether or not it shows a time.
	second int64
}

func newFakeSource(now func() time.Time) *fakeSource {
	return &fakeSource{
		account: Account{ID: 5, Name: "Example MSP", Subdomain: "example"},
		organizations: []Organization{
			{ID: 1, Name: "Acme Inc."},
			{ID: 2, Name: "Globex"},
			{ID: 3, Name: "Quiet Ltd"},
			{ID: 4, Name: "Nobody & Sons"},
		},
		rows: map[int64]*sourceRow{}, now: now, requests: map[string]int{},
		agents: map[int64]Agent{}, remediations: map[int64][]Remediation{},
	}
}

// put adds or replaces an incident, updated at its UpdatedAt.
func (s *fakeSource) put(inc Incident) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.putAt(inc, inc.UpdatedAt.Unix())
}

func (s *fakeSource) putAt(inc Incident, second int64) {
	inc.Raw = nil
	raw, err := json.Marshal(inc)
	if err != nil {
		panic(err)
	}
	inc.Raw = raw
	s.rows[inc.ID] = &sourceRow{incident: inc, second: second}
	s.sorted = nil
}

// change edits an incident now, which moves it to the front.
func (s *fakeSource) change(id int64, edit func(*Incident)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	inc := s.rows[id].incident
	edit(&inc)
	inc.UpdatedAt = s.now().UTC().Truncate(time.Second)
	s.putAt(inc, inc.UpdatedAt.Unix())
}

// setStatus moves an incident on, with the times that go with it.
func (s *fakeSource) setStatus(id int64, status Status) {
	s.change(id, func(inc *Incident) {
		at := s.now().UTC().Truncate(time.Second)
		inc.Status, inc.StatusUpdatedAt = status, at
		inc.ClosedAt = time.Time{}
		if status == StatusClosed {
			inc.ClosedAt = at
		}
	})
}

func (s *fakeSource) organize(more Organization) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.organizations = append(slices.Clone(s.organizations), more)
}

func (s *fakeSource) rename(organization int64, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.organizations = slices.Clone(s.organizations)
	for i := range s.organizations {
		if s.organizations[i].ID == organization {
			s.organizations[i].Name = name
		}
	}
}

func (s *fakeSource) remove(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rows, id)
	s.sorted = nil
}

func (s *fakeSource) incidents() map[int64]Incident {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := map[int64]Incident{}
	for id, r := range s.rows {
		list[id] = r.incident
	}
	return list
}

func (s *fakeSource) asked(ops ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for op, count := range s.requests {
		if len(ops) == 0 || slices.Contains(ops, op) {
			n += count
		}
	}
	return n
}

func (s *fakeSource) setBefore(before func(op string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = before
}

func (s *fakeSource) setUnreadable(unreadable func(id int64) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unreadable = unreadable
}

func (s *fakeSource) forgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.requests)
}

func (s *fakeSource) begin(ctx context.Context, op string) error {
	s.mu.Lock()
	s.requests[op]++
	before := s.before
	s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if before != nil {
		return before(op)
	}
	return nil
}

func (s *fakeSource) Account(ctx context.Context) (Account, error) {
	if err := s.begin(ctx, "account"); err != nil {
		return Account{}, err
	}
	return s.account, nil
}

func (s *fakeSource) Organizations(ctx context.Context) ([]Organization, error) {
	if err := s.begin(ctx, "organizations"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.organizations), nil
}

func (s *fakeSource) Page(ctx context.Context, q PageQuery) (Page, error) {
	if err := s.begin(ctx, "page"); err != nil {
		return Page{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sorted == nil {
		s.sorted = slices.SortedFunc(maps.Values(s.rows), func(a, b *sourceRow) int {
			return cmp.Or(cmp.Compare(b.second, a.second), cmp.Compare(b.incident.ID, a.incident.ID))
		})
	}
	page := Page{ServerTime: s.now().UTC().Truncate(time.Second)}
	last := end
	if q.Token != "" {
		at, err := time.Parse(time.RFC3339, q.Token)
		if err != nil {
			return Page{}, err
		}
		last = at.Unix()
		if !s.repeats {
			last--
		}
	}
	var oldest int64
	for _, row := range s.sorted {
		if row.second > last || !q.Filter.keeps(row.incident) {
			continue
		}
		if len(page.Incidents) == q.Limit {
			page.Next = time.Unix(oldest, 0).UTC().Format(time.RFC3339)
			break
		}
		page.Incidents = append(page.Incidents, row.incident)
		oldest = row.second
	}
	return page, nil
}

func (f Filter) keeps(inc Incident) bool {
	return (f.Status == "" || f.Status == inc.Status) && (f.Severity == "" || f.Severity == inc.Severity) &&
		(f.Platform == "" || f.Platform == inc.Platform) &&
		(f.OrganizationID == 0 || f.OrganizationID == inc.OrganizationID)
}

func (s *fakeSource) Incident(ctx context.Context, id int64) (Incident, error) {
	if err := s.begin(ctx, "incident"); err != nil {
		return Incident{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unreadable != nil {
		if err := s.unreadable(id); err != nil {
			return Incident{}, err
		}
	}
	row, ok := s.rows[id]
	if !ok {
		return Incident{}, &Error{Reason: ReasonRejected, Side: "Huntress", Op: "read incident", Status: 404, NotFound: true}
	}
	return row.incident, nil
}

func (s *fakeSource) Remediations(ctx context.Context, id int64) ([]Remediation, error) {
	if err := s.begin(ctx, "remediations"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remediations[id], nil
}

func (s *fakeSource) Agent(ctx context.Context, id int64) (Agent, error) {
	if err := s.begin(ctx, "agent"); err != nil {
		return Agent{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	agent, ok := s.agents[id]
	if !ok {
		return Agent{}, &Error{Reason: ReasonRejected, Side: "Huntress", Op: "read agent", Status: 404, NotFound: true}
	}
	return agent, nil
}

func huntressDown(string) error {
	return &Error{Reason: ReasonUnavailable, Side: "Huntress", Op: "list incidents", Status: 503}
}
