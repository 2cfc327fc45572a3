package state

import (
	"context"
	"fmt"
	"net/url"

	"github.com/huntsync/huntsync/engine"
)

// BindingError says that a state belongs to another desk than the configuration
// names: the tickets it knows are not there.
type BindingError struct {
	// Bound is the URL of the desk that the state belongs to, Wanted the one that
	// the configuration names.
	Bound, Wanted string
}

// Error says what to do about it.
func (e *BindingError) Error() string {
	return fmt.Sprintf("the state belongs to the desk at %s, and the configuration names %s: "+
		`if that is the same desk at a new address, or a new desk for this state, run "huntsync state rebind"; `+
		"otherwise give this desk a state of its own", redacted(e.Bound), redacted(e.Wanted))
}

func checkBinding(ctx context.Context, s engine.Store, wanted string) error {
	if wanted == "" {
		return nil
	}
	desk, err := s.Desk(ctx)
	if err != nil {
		return fmt.Errorf("checking which desk the state belongs to: %w", err)
	}
	if desk.URL == "" || engine.SameDesk(desk.URL, wanted) {
		return nil
	}
	return &BindingError{Bound: desk.URL, Wanted: wanted}
}

// redacted keeps a password in an address from being shown.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(an address that cannot be read)"
	}
	return u.Redacted()
}
