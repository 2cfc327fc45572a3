package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// TestPlanAfterALostStateAnnouncesNoDoubles loses the state and plans: the tickets
// exist, so there is nothing to create, as the pass will find too.
func TestPlanAfterALostStateAnnouncesNoDoubles(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		for range 5 {
			x.publish(time.Hour)
		}
		if r := x.r.reload(t.Context()); !r.OK() {
			t.Fatalf("the configuration does not run: %+v", r)
		}
		if _, err := x.e.Pass(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if len(x.desk.Tickets()) == 0 {
			t.Fatal("there are no tickets that a plan could double")
		}
		if err := x.e.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		lost, err := filepath.Glob(filepath.Join(dir, "state.db*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range lost {
			err = errors.Join(err, os.Rename(f, f+".lost"))
		}
		if err != nil {
			t.Fatal(err)
		}
		store, err := x.w.open(t.Context(), x.read(t.Context()).config, true)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		fresh := x.w.engine(store)
		setup, err := x.w.setup(t.Context(), x.read(t.Context()).config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fresh.Configure(t.Context(), setup); err != nil {
			t.Fatal(err)
		}
		preview, err := fresh.Preview(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range preview.Changes {
			t.Errorf("the plan announces %s for incident %d, whose ticket is right", c.Action, c.Key.IncidentID)
		}
	})
}
