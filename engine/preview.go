package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Preview is what a pass would do now.
type Preview struct {
	// Blocking is what keeps polling disabled; Changes is empty then.
	Blocking []Reminder
	Warnings []Reminder
	Unmapped []UnmappedOrganization
	Changes  []Change
	// Waiting counts what is owed but not yet due.
	Waiting int
	Policy  *Policy
	// Accounts are those that were read, by the name that the configuration gives them.
	Accounts map[string]Account
}

// UnmappedOrganization is an organization that nobody mapped.
type UnmappedOrganization struct {
	AccountID int64
	// Account is the name that the configuration gives the account.
	Account string
	ID      int64
	Name    string
	// Problem is why its block cannot be used, where it has one.
	Problem string
}

// Preview reads everything that a pass would, from Huntress and from the desk,
// and writes nothing.
func (e *Engine) Preview(ctx context.Context) (Preview, error) {
	view := e.view()
	p := Preview{Policy: view.policy, Blocking: view.blocking, Accounts: map[string]Account{}}
	if r, ok := e.Resolution(); ok {
		p.Warnings = r.Warnings
	}
	var records []Record
	var failures []error
	for _, a := range e.list() {
		found, err := e.previewAccount(ctx, a)
		if err != nil {
			failures = append(failures, fmt.Errorf("account %q: %w", a.name(), err))
			continue
		}
		records = append(records, found...)
		p.Accounts[a.name()], _ = a.identity()
	}
	view = e.view()
	p.Policy, p.Blocking = view.policy, view.blocking
	for _, a := range e.list() {
		p.Unmapped = append(p.Unmapped, unmapped(a, p.Policy)...)
	}
	if len(p.Blocking) == 0 {
		p.Changes = Plan(p.Policy, records, e.now())
		for _, r := range records {
			_, wake, ok := next(p.Policy, settle(p.Policy, r, e.now()), e.now())
			if !ok && !wake.IsZero() {
				p.Waiting++
			}
		}
	}
	return p, errors.Join(failures...)
}

// previewAccount observes an account into memory, and returns every record that
// could owe anything.
func (e *Engine) previewAccount(ctx context.Context, a *account) ([]Record, error) {
	info, ok := a.identity()
	if !ok {
		if err := e.identify(ctx, a, nil); err != nil {
			return nil, err
		}
		info, _ = a.identity()
	}
	state, err := e.store.Account(ctx, info.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("read account %d: %w", info.ID, err)
	}
	state.Poll.Account = info
	sheet := &scratch{store: e.store, rows: map[Key]Record{}}
	o := &observer{
		source: a.setup.Source, settings: a.setup.Settings, books: sheet, now: e.now, state: state, commit: sheet.observe,
		organizations: func(ctx context.Context, organizations []Organization) { e.setOrganizations(ctx, a, organizations) },
	}
	if err := o.observe(ctx); err != nil {
		return nil, err
	}
	records, err := sheet.owing(ctx, info.ID)
	if err != nil {
		return nil, err
	}
	return records, e.previewAdoption(ctx, info, state, records)
}

// previewAdoption gives records the tickets that a pass would find before its
// first create, so that a plan does not announce tickets that exist.
func (e *Engine) previewAdoption(ctx context.Context, info Account, state AccountState, records []Record) error {
	v := e.view()
	ap := &applier{store: e.store, policy: v.policy, hold: &hold{account: info.ID}, memory: &e.memory, now: e.now}
	if len(v.blocking) > 0 {
		return nil
	}
	keys := ap.creating(records)
	if len(keys) == 0 {
		return nil
	}
	q := TicketQuery{Title: MarkerPrefix, AtMost: len(keys) * perPage}
	if !state.Adoption.Owed && !state.Poll.Cursor.IsZero() && !state.Adoption.ReadAt.IsZero() {
		q.Since = state.Adoption.ReadAt.Add(-lookBack)
	}
	list, err := v.setup.Desk.Tickets(ctx, q)
	if errors.Is(err, ErrTooMany) {
		list, err = ticketsOf(ctx, v.setup.Desk, keys)
	}
	if err != nil {
		return fmt.Errorf("look for tickets that exist: %w", err)
	}
	theirs, err := ap.ofOthers(ctx, list.Tickets)
	if err != nil {
		return err
	}
	byKey, _ := ap.byIncident(list, theirs)
	for i, r := range records {
		if found := byKey[r.Key]; len(found) > 0 {
			records[i], _, _ = ap.takeOver(r, found)
		}
	}
	return nil
}

// ticketsOf looks incidents up one by one.
func ticketsOf(ctx context.Context, desk Desk, keys []Key) (all TicketList, err error) {
	for _, key := range keys {
		list, err := desk.Tickets(ctx, TicketQuery{Title: Marker(key.IncidentID)})
		if err != nil {
			return TicketList{}, err
		}
		all.Tickets = append(all.Tickets, list.Tickets...)
	}
	return all, nil
}

func unmapped(a *account, p *Policy) []UnmappedOrganization {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []UnmappedOrganization
	for _, o := range a.organizations {
		m, ok := p.Organizations[OrganizationKey{AccountID: a.info.ID, OrganizationID: o.ID}]
		if ok && (m.Problem == "" || m.OptedOut) {
			continue
		}
		list = append(list, UnmappedOrganization{
			AccountID: a.info.ID, Account: a.name(), ID: o.ID, Name: o.Name, Problem: m.Problem,
		})
	}
	return list
}

// scratch is a sheet laid over the books: what is observed is written on it.
type scratch struct {
	store Store

	mu   sync.Mutex
	rows map[Key]Record
}

func (s *scratch) observe(_ context.Context, o Observation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range o.Rows {
		s.rows[r.Key] = r
	}
	return nil
}

// Records reads the books as if what was observed were in them.
func (s *scratch) Records(ctx context.Context, q RecordQuery) ([]Record, error) {
	records, err := s.store.Records(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read records: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[Key]bool{}
	kept := records[:0]
	for _, r := range records {
		seen[r.Key] = true
		if over, ok := s.rows[r.Key]; ok {
			r.Seen = over.Seen
		}
		if !q.Open || r.Seen.Incident.Status.Open() {
			kept = append(kept, r)
		}
	}
	for key, r := range s.rows {
		wanted := len(q.IncidentIDs) == 0 || slices.Contains(q.IncidentIDs, key.IncidentID)
		if !seen[key] && wanted && (!q.Open || r.Seen.Incident.Status.Open()) {
			kept = append(kept, r)
		}
	}
	return kept, nil
}

// owing lists every record that could owe anything: those that are open or owe
// something already, and those that were just seen to change.
func (s *scratch) owing(ctx context.Context, accountID int64) ([]Record, error) {
	all := map[Key]Record{}
	for _, q := range []RecordQuery{{AccountID: accountID, Open: true}, {AccountID: accountID, Owing: true}} {
		records, err := s.Records(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, r := range records {
			all[r.Key] = r
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Record, 0, len(all))
	for key, r := range s.rows {
		if _, ok := all[key]; !ok {
			list = append(list, r)
		}
	}
	for _, r := range all {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Record) int { return compareKeys(a.Key, b.Key) })
	return list, nil
}
