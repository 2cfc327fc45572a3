package state_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state"
)

// bound is a state that belongs to the desk of an address.
func bound(t *testing.T, address string) state.Options {
	t.Helper()
	o := state.Options{Kind: state.KindSQLite, Path: filepath.Join(t.TempDir(), "state.db")}
	s, err := state.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	lease, err := s.Acquire(t.Context(), 1, engine.Holder{ID: "a"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SaveDesk(t.Context(), lease, engine.DeskState{URL: address}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOpenChecksTheDesk(t *testing.T) {
	t.Parallel()
	o := bound(t, "https://desk.example.com")
	tests := []struct {
		desk string
		same bool
	}{
		{"", true}, // not asked
		{"https://desk.example.com", true},
		{"https://desk.example.com/", true},
		{"HTTPS://Desk.Example.com:443", true},
		{"http://desk.example.com", false},
		{"https://desk.example.com:8443", false},
		{"https://desk.example.com/other", false},
		{"https://other.example.com", false},
	}
	for _, test := range tests {
		o.Desk = test.desk
		s, err := state.Open(t.Context(), o)
		if err == nil {
			err = s.Close()
		}
		if test.same && err != nil {
			t.Errorf("%q was refused: %v", test.desk, err)
		}
		if e, ok := errors.AsType[*state.BindingError](err); !test.same && (!ok || e.Bound != "https://desk.example.com" || e.Wanted != test.desk) {
			t.Errorf("%q got the error %v", test.desk, err)
		}
	}
}

func TestOpenTakesANewStateForAnyDesk(t *testing.T) {
	t.Parallel()
	o := bound(t, "")
	o.Desk = "https://desk.example.com"
	s, err := state.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestBindingErrorShowsNoPassword(t *testing.T) {
	t.Parallel()
	o := bound(t, "https://user:hunter2@desk.example.com")
	o.Desk = "https://user:hunter3@other.example.com"
	_, err := state.Open(t.Context(), o)
	if err == nil || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), "huntsync state rebind") {
		t.Errorf("got the message %q", err)
	}
}

func TestOpenNamesTheKinds(t *testing.T) {
	t.Parallel()
	_, err := state.Open(t.Context(), state.Options{Kind: "mysql"})
	if err == nil || !strings.Contains(err.Error(), `"mysql"`) || !strings.Contains(err.Error(), `"sqlite" or "postgres"`) {
		t.Errorf("got the error %v", err)
	}
}
