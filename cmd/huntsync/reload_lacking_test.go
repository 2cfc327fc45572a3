package main

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus/testutil"

	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
)

// TestIncompleteWhileTheDeskIsAway starts with a configuration that lacks something,
// and a desk that does not answer: what it lacks is told all the same.
func TestIncompleteWhileTheDeskIsAway(t *testing.T) {
	dir := simulationDir(t)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		x.desk.SetFault(algapsasim.Always(algapsasim.Fault{Reset: algapsasim.ResetBefore}))
		x.edit(`critical = "P1", `, ``)
		store, err := x.w.open(t.Context(), x.read(t.Context()).config, true)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		d := &daemon{wiring: x.w, store: store, engine: x.e, reloader: x.r, log: x.w.log}
		answer := d.Reload(t.Context())
		if !strings.Contains(answer.Text, "It is tried again") || !strings.Contains(answer.Text, "critical") {
			t.Errorf("the answer does not tell both what it waits for and what it lacks:\n%s", answer.Text)
		}
		if v := testutil.ToFloat64(x.w.metrics.complete); v != 0 {
			t.Errorf("config_complete is %v", v)
		}
		s, err := d.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Configuration.Blocking) != 1 || s.Configuration.Complete {
			t.Errorf("the status shows as lacking %v, complete is %t", s.Configuration.Blocking, s.Configuration.Complete)
		}
		x.desk.SetFault(nil)
		if r := x.r.reload(t.Context()); r.Failure != nil || len(r.Blocking) != 1 || !r.Active {
			t.Errorf("the desk answers again, and the configuration should run incomplete: %+v", r)
		}
	})
}
