package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// account is one account with everything in it. Incident reports are never
// changed in place: an update puts a new one, so that answers may be written
// without holding the lock.
type account struct {
	Account
	organizations map[int64]Organization
	agents        map[int64]Agent
	escalations   map[int64]Escalation
	incidents     map[int64]*report
	// sorted keeps the reports in the orders asked for, until one changes.
	sorted map[order][]*report
}

// AddAccount adds an account, or replaces what is known about it.
func (s *Server) AddAccount(a Account) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	a.CreatedAt = orTime(a.CreatedAt, now)
	a.UpdatedAt = orTime(a.UpdatedAt, now)
	if existing := s.accounts[a.ID]; existing != nil {
		existing.Account = a
		return
	}
	s.accounts[a.ID] = &account{
		Account:       a,
		organizations: map[int64]Organization{},
		agents:        map[int64]Agent{},
		escalations:   map[int64]Escalation{},
		incidents:     map[int64]*report{},
		sorted:        map[order][]*report{},
	}
}

// AddOrganization adds or replaces an organization of an account added before.
func (s *Server) AddOrganization(o Organization) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	o.CreatedAt = orTime(o.CreatedAt, now)
	o.UpdatedAt = orTime(o.UpdatedAt, now)
	s.account(o.AccountID).organizations[o.ID] = o
}

// RemoveOrganization deletes an organization; its incident reports stay.
func (s *Server) RemoveOrganization(accountID, id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.account(accountID).organizations, id)
}

// AddAgent adds or replaces an agent of an account added before.
func (s *Server) AddAgent(a Agent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.Override = maps.Clone(a.Override)
	s.account(a.AccountID).agents[a.ID] = a
}

// RemoveAgent uninstalls an agent: it is not found any more.
func (s *Server) RemoveAgent(accountID, id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.account(accountID).agents, id)
}

// AddEscalation adds or replaces an escalation of an account added before.
func (s *Server) AddEscalation(e Escalation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	e.CreatedAt = orTime(e.CreatedAt, now)
	e.UpdatedAt = orTime(e.UpdatedAt, now)
	e.Organizations = slices.Clone(e.Organizations)
	s.account(e.AccountID).escalations[e.ID] = e
}

// AddIncident publishes an incident report, or replaces the one of that id, in an
// account added before. An empty status means sent; times that are zero are set
// from the clock, ClosedAt only for a closed report.
func (s *Server) AddIncident(i Incident) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Now()
	i.Status = cmp.Or(i.Status, StatusSent)
	i.SentAt = orTime(i.SentAt, now)
	i.CreatedAt = orTime(i.CreatedAt, i.SentAt)
	i.UpdatedAt = orTime(i.UpdatedAt, now)
	i.StatusUpdatedAt = orTime(i.StatusUpdatedAt, i.SentAt)
	if i.Status == StatusClosed {
		i.ClosedAt = orTime(i.ClosedAt, now)
	}
	s.account(i.AccountID).put(i)
}

// UpdateIncident changes an incident report. Its updated_at becomes now unless
// change sets it; when the status changes, so does status_updated_at, and
// closed_at is set by a close and cleared by a reopening.
func (s *Server) UpdateIncident(accountID, id int64, change func(*Incident)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(accountID)
	old := a.incidents[id]
	if old == nil {
		return fmt.Errorf("account %d has no incident report %d", accountID, id)
	}
	now := s.Now()
	next := old.clone()
	change(&next)
	next.ID, next.AccountID = id, accountID
	if next.UpdatedAt.Equal(old.UpdatedAt) {
		next.UpdatedAt = now
	}
	if next.Status != old.Status {
		next.StatusUpdatedAt = now
		next.ClosedAt = time.Time{}
		if next.Status == StatusClosed {
			next.ClosedAt = now
		}
	}
	a.put(next)
	return nil
}

// SetStatus gives an incident report another status: close it, dismiss it, or
// open it again.
func (s *Server) SetStatus(accountID, id int64, status string) error {
	return s.UpdateIncident(accountID, id, func(i *Incident) { i.Status = status })
}

// RemoveIncident makes an incident report disappear.
func (s *Server) RemoveIncident(accountID, id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(accountID)
	delete(a.incidents, id)
	clear(a.sorted)
}

// Incident returns a copy of an incident report.
func (s *Server) Incident(accountID, id int64) (Incident, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.account(accountID).incidents[id]
	if r == nil {
		return Incident{}, false
	}
	return r.clone(), true
}

// Incidents returns copies of all incident reports of an account, by id.
func (s *Server) Incidents(accountID int64) []Incident {
	s.mu.Lock()
	defer s.mu.Unlock()
	reports := s.account(accountID).incidents
	out := make([]Incident, 0, len(reports))
	for _, id := range slices.Sorted(maps.Keys(reports)) {
		out = append(out, reports[id].clone())
	}
	return out
}

// account returns an account of the world. The caller holds the lock. Asking for
// one that was never added is a mistake in the test that builds the world.
func (s *Server) account(id int64) *account {
	a := s.accounts[id]
	if a == nil {
		panic(fmt.Sprintf("sim: account %d was not added to the simulated Huntress", id))
	}
	return a
}

func (a *account) put(i Incident) {
	a.incidents[i.ID] = newReport(i)
	clear(a.sorted)
}

func orTime(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}
