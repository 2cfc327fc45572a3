package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state"
)

// TestAccountOfAmbiguousName names an account by a name that two have: neither is
// taken for the other.
func TestAccountOfAmbiguousName(t *testing.T) {
	store, err := state.Open(t.Context(), state.Options{Kind: state.KindSQLite, Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	for _, id := range []int64{5, 6} {
		lease, err := store.Acquire(t.Context(), id, engine.Holder{ID: "test"}, 0)
		if err != nil {
			t.Fatal(err)
		}
		poll := &engine.PollState{Account: engine.Account{ID: id, Name: "Star IT"}}
		if err := store.Observe(t.Context(), lease, engine.Observation{AccountID: id, Poll: poll}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := accountNumber(t.Context(), store, "star it"); err == nil || !strings.Contains(err.Error(), `5, 6 are all called "star it"`) {
		t.Errorf("the name of two accounts: %v", err)
	}
	if id, err := accountNumber(t.Context(), store, "6"); id != 6 || err != nil {
		t.Errorf("the number 6 is account %d, %v", id, err)
	}
}
