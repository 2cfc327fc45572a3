package engine

import (
	"context"
	"errors"
	"fmt"
)

// ForEachLeft takes, one after the other, the accounts of the store that no block
// of the configuration reaches any more, and calls do with the lease of each. What
// somebody else has is left to them. As long as it is not known which account a
// block reaches there are none: any may be that one.
func (e *Engine) ForEachLeft(ctx context.Context, do func(Lease) error) error {
	configured := map[int64]bool{}
	for _, a := range e.list() {
		info, known := a.identity()
		if !known {
			return nil
		}
		configured[info.ID] = true
	}
	states, err := e.store.Accounts(ctx)
	if err != nil {
		return fmt.Errorf("list the accounts: %w", err)
	}
	var failures []error
	for _, s := range states {
		if id := s.Poll.Account.ID; !configured[id] {
			failures = append(failures, e.whileHeld(ctx, id, e.caretaker(), do))
		}
	}
	return errors.Join(failures...)
}

// caretaker is this process as it takes accounts that are left. It has a name of its
// own: an account that is configured again just then is neither taken with this lease
// nor given back under whoever works on it.
func (e *Engine) caretaker() Holder {
	holder := e.holder
	holder.ID += " for accounts that are left"
	return holder
}

// whileHeld takes an account, unless somebody has it, and gives it back after.
func (e *Engine) whileHeld(ctx context.Context, account int64, holder Holder, do func(Lease) error) error {
	lease, err := e.store.Acquire(ctx, account, holder, leaseTime(0))
	if _, held := errors.AsType[*HeldError](err); held {
		return nil
	}
	if err != nil {
		return fmt.Errorf("take account %d: %w", account, err)
	}
	return errors.Join(do(lease), e.store.Release(context.WithoutCancel(ctx), lease))
}
