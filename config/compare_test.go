package config_test

import (
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/huntsync/huntsync/engine"
)

// ignorePlaces compares policies but for where they are written.
func ignorePlaces() []cmp.Option {
	return []cmp.Option{
		cmpopts.IgnoreTypes(engine.Pos{}),
		cmpopts.IgnoreFields(engine.Policy{}, "Hash"),
		cmpopts.IgnoreUnexported(engine.Policy{}),
		cmpopts.EquateComparable(engine.CategoryName{}),
		cmpopts.IgnoreFields(engine.TicketSettings{}, "Location"),
	}
}
