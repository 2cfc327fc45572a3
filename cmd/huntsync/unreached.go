package main

import (
	"context"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// unreached stands for accounts of a reseller's key that could not be found: it is
// never identified, the status says why, and the other accounts are worked on.
type unreached struct{ why error }

var _ engine.Source = (*unreached)(nil)

func newUnreached(h config.Huntress, name string, why error) engine.AccountSetup {
	return engine.AccountSetup{
		Settings: engine.AccountSettings{Name: name, Interval: h.PollInterval, Backfill: h.Backfill, Census: h.Census},
		Source:   &unreached{why},
	}
}

// isReached reports whether an account was found.
func isReached(a engine.AccountSetup) bool {
	_, lost := a.Source.(*unreached)
	return !lost
}

func (u *unreached) Account(context.Context) (engine.Account, error) {
	return engine.Account{}, u.why
}

func (u *unreached) Organizations(context.Context) ([]engine.Organization, error) {
	return nil, u.why
}

func (u *unreached) Page(context.Context, engine.PageQuery) (engine.Page, error) {
	return engine.Page{}, u.why
}

func (u *unreached) Incident(context.Context, int64) (engine.Incident, error) {
	return engine.Incident{}, u.why
}

func (u *unreached) Remediations(context.Context, int64) ([]engine.Remediation, error) {
	return nil, u.why
}

func (u *unreached) Agent(context.Context, int64) (engine.Agent, error) {
	return engine.Agent{}, u.why
}
