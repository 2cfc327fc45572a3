package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state"
)

// books is a state opened to be read beside whoever writes it.
type books struct {
	state.Store
	config *config.Config
	// policy is the configuration held against what the state knows of the desk
	// and of Huntress; nil where it does not know the desk yet.
	policy *engine.Policy
}

// openBooks opens the state that the configuration names. It asks neither
// Huntress nor the desk.
func (a *app) openBooks(ctx context.Context, command string) (*books, error) {
	c, err := a.load(ctx)
	if err != nil {
		return nil, err
	}
	log, err := a.logger()
	if err != nil {
		return nil, err
	}
	store, err := newWiring(command, log).open(ctx, c, true)
	if err != nil {
		return nil, err
	}
	b := &books{Store: store, config: c}
	if b.policy, err = knownPolicy(ctx, store, c); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return b, nil
}

// reopen opens them anew, with the configuration and the state of now.
func (b *books) reopen(ctx context.Context, a *app, command string) error {
	next, err := a.openBooks(ctx, command)
	if err != nil {
		return err
	}
	err = b.Close()
	*b = *next
	return err
}

// interval is the longest time between two polls of an account: the state does not
// say by which block it is polled.
func (b *books) interval() time.Duration {
	var longest time.Duration
	for _, h := range b.config.Huntress {
		longest = max(longest, h.PollInterval)
	}
	return longest
}

// knownPolicy resolves a configuration against what a state remembers; nil where
// it remembers no catalogue.
func knownPolicy(ctx context.Context, store engine.Store, c *config.Config) (*engine.Policy, error) {
	desk, err := store.Desk(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what is known of the desk: %w", err)
	}
	if desk.Catalogue == nil {
		return nil, nil //nolint:nilnil // absent is a value: whoever explains does without.
	}
	states, err := store.Accounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	accounts := make([]engine.AccountOrganizations, 0, len(states))
	for _, s := range states {
		accounts = append(accounts, engine.AccountOrganizations{Account: s.Poll.Account, Organizations: s.Organizations})
	}
	return c.Resolve(desk.Catalogue, accounts).Policy, nil
}

// find resolves the number of an incident, and where given its account's name,
// subdomain or number, to its key.
func find(ctx context.Context, store engine.Store, incident, account string) (engine.Key, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(incident, "#"), 10, 64)
	if err != nil || id <= 0 {
		return engine.Key{}, fmt.Errorf("%q is not the number of an incident, such as 2090017", incident)
	}
	if account != "" {
		accountID, err := accountNumber(ctx, store, account)
		if err != nil {
			return engine.Key{}, err
		}
		key := engine.Key{AccountID: accountID, Kind: engine.KindIncident, IncidentID: id}
		_, err = store.Record(ctx, key)
		return key, notSeen(err, id)
	}
	key, err := status.Find(ctx, store, id)
	if ambiguous, ok := errors.AsType[*status.AmbiguousError](err); ok {
		return engine.Key{}, several(ambiguous.Accounts, id)
	}
	return key, notSeen(err, id)
}

func numbers(accounts []int64) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(accounts)), ", "), "[]")
}

func notSeen(err error, id int64) error {
	if errors.Is(err, engine.ErrNotFound) {
		return &notSeenError{id}
	}
	return err
}

// notSeenError says that the state holds nothing on an incident.
type notSeenError struct{ incident int64 }

func (e *notSeenError) Error() string {
	return fmt.Sprintf("the state does not know incident %d: it was never seen, or it was forgotten", e.incident)
}

// findPast is find for who asks about the past: an incident that was forgotten has one.
func findPast(ctx context.Context, store engine.Store, incident, account string) (engine.Key, error) {
	key, err := find(ctx, store, incident, account)
	unseen, ok := errors.AsType[*notSeenError](err)
	if !ok {
		return key, err
	}
	states, listErr := store.Accounts(ctx)
	if listErr != nil {
		return engine.Key{}, fmt.Errorf("read accounts: %w", listErr)
	}
	var found []int64
	for _, s := range states {
		past := engine.Key{AccountID: s.Poll.Account.ID, Kind: engine.KindIncident, IncidentID: unseen.incident}
		if account != "" && past.AccountID != key.AccountID {
			continue
		}
		entries, err := store.Journal(ctx, engine.JournalQuery{Key: past, Limit: 1})
		if err != nil {
			return engine.Key{}, fmt.Errorf("read the journal: %w", err)
		}
		if len(entries) > 0 {
			key = past
			found = append(found, past.AccountID)
		}
	}
	switch len(found) {
	case 0:
		return engine.Key{}, err
	case 1:
		return key, nil
	}
	return engine.Key{}, several(found, unseen.incident)
}

func several(accounts []int64, incident int64) error {
	return fmt.Errorf("the accounts %s each have an incident %d: say which with --account", numbers(accounts), incident)
}

// accountNumber finds an account of the state.
func accountNumber(ctx context.Context, store engine.Store, wanted string) (int64, error) {
	states, err := store.Accounts(ctx)
	if err != nil {
		return 0, fmt.Errorf("read accounts: %w", err)
	}
	known, found := make([]engine.Account, 0, len(states)), []int64{}
	for _, s := range states {
		if wanted != "*" && reaches(wanted, s.Poll.Account) {
			found = append(found, s.Poll.Account.ID)
		}
		known = append(known, s.Poll.Account)
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return 0, fmt.Errorf("the accounts %s are all called %q: say which by its number", numbers(found), wanted)
	}
	return 0, fmt.Errorf("the state has no account %q; it has %s", wanted, accountNames(known))
}
