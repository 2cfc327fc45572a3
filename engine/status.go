package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// AccountStatus is how an account stands.
type AccountStatus struct {
	Name         string
	Account      Account // zero until identified
	Trouble      string  // why it is not identified
	Poll         PollState
	Tally        Tally
	Mapped       int
	Unmapped     int
	OptedOut     int
	Interval     time.Duration
	AdoptionOwed bool
}

// Status tells how every account stands.
func (e *Engine) Status(ctx context.Context) ([]AccountStatus, error) {
	policy := e.view().policy
	var list []AccountStatus
	for _, a := range e.list() {
		info, ok := a.identity()
		s := AccountStatus{Name: a.name(), Account: info, Interval: a.setup.Settings.Interval}
		if !ok {
			a.mu.Lock()
			if a.trouble != nil {
				s.Trouble = a.trouble.Error()
			}
			a.mu.Unlock()
			list = append(list, s)
			continue
		}
		state, err := e.store.Account(ctx, info.ID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, fmt.Errorf("read account %d: %w", info.ID, err)
		}
		s.Poll, s.AdoptionOwed = state.Poll, state.Adoption.Owed
		if !e.isElsewhere(a) {
			a.remember(&s.Poll)
		}
		if s.Tally, err = e.store.Tally(ctx, info.ID); err != nil {
			return nil, fmt.Errorf("count records: %w", err)
		}
		if e.isElsewhere(a) {
			a.mu.Lock()
			a.organizations = state.Organizations // Who works it reads them.
			a.mu.Unlock()
		}
		if policy != nil {
			s.Mapped, s.Unmapped, s.OptedOut = a.mapping(policy)
		}
		list = append(list, s)
	}
	return list, nil
}

// Holder is this process, as others read of it.
func (e *Engine) Holder() Holder { return e.holder }

// Paused tells why the desk is paused; nil where it is not.
func (e *Engine) Paused() error { return e.gate.check() }

// CreatesStopped tells why no tickets are created; empty where they are.
func (e *Engine) CreatesStopped() string { return e.memory.createsStopped() }

// Identified fails for the accounts that Huntress has not identified, with what
// it said.
func (e *Engine) Identified() error {
	var failures []error
	for _, a := range e.list() {
		if _, ok := a.identity(); !ok {
			a.mu.Lock()
			failures = append(failures, fmt.Errorf("account %q: %w", a.name(), a.trouble))
			a.mu.Unlock()
		}
	}
	return errors.Join(failures...)
}
