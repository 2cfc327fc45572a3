package main

import (
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// TestUnseenSurvivesRepairs has an operator repair and copy a state that still waits
// for incidents to be read: whoever renamed their tickets meanwhile, no list of the
// desk tells of them again.
func TestUnseenSurvivesRepairs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := repairOf(t, "from"), repairOf(t, "to")
		fill(t, from, 1)
		lease, err := from.take(t.Context(), 5)
		if err != nil {
			t.Fatal(err)
		}
		unseen := []int64{7, 8}
		if err := from.SaveAdoption(t.Context(), lease, engine.Adoption{AccountID: 5, ReadAt: time.Now(), Unseen: unseen}); err != nil {
			t.Fatal(err)
		}
		if err := from.oweAdoption(t.Context(), lease); err != nil {
			t.Fatal(err)
		}
		if err := (&migration{from: from, to: to}).run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]*repair{"repaired": from, "copied": to} {
			account, err := r.Account(t.Context(), 5)
			if err != nil {
				t.Fatal(err)
			}
			if want := (engine.Adoption{AccountID: 5, Owed: true, Unseen: unseen}); !reflect.DeepEqual(account.Adoption, want) {
				t.Errorf("%s: %+v, want %+v", name, account.Adoption, want)
			}
			if err := r.close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}
