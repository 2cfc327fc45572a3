package engine

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// measured is a process whose metrics can be read.
func (w *world) measured(t *testing.T) (*process, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	p := w.start(t)
	p.engine = New(Options{
		Store: w.store, Holder: p.holder, Metrics: NewMetrics(registry), Now: w.now, Crash: p.atPoint,
		Log: slog.New(slog.NewTextHandler(&lockedWriter{w: w}, nil)),
	})
	if _, err := p.engine.Configure(p.ctx, p.setup()); err != nil {
		t.Fatal(err)
	}
	return p, registry
}

// series is the value of each gauge and counter, by name and labels.
func series(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			all[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return all
}

func expectSeries(t *testing.T, registry *prometheus.Registry, want map[string]float64) {
	t.Helper()
	all := series(t, registry)
	for name, value := range want {
		if got, ok := all[name]; !ok || got != value {
			t.Errorf("%s is %v (exists: %t), want %v", name, got, ok, value)
		}
	}
}

// TestMetricsBeginAtZero has every label combination before anything happened.
func TestMetricsBeginAtZero(t *testing.T) {
	_, registry := newWorld().measured(t)
	all := series(t, registry)
	want := map[string]float64{
		"huntsync_poll_last_success_timestamp_seconds main":   0,
		"huntsync_census_last_success_timestamp_seconds main": 0,
		"huntsync_oldest_pending_seconds main":                0,
		"huntsync_tickets_deleted_by_people main":             0,
		"huntsync_foreign_tickets_total main":                 0,
		"huntsync_poll_interval_seconds main":                 300,
		"huntsync_census_interval_seconds main":               3600,
		"huntsync_organizations main opted_out":               1,
		"huntsync_organizations main unmapped":                1,
		"huntsync_polls_total main success":                   0,
		"huntsync_polling_enabled":                            1,
		"huntsync_poll_duration_seconds main":                 0,
		"huntsync_incident_to_ticket_seconds main":            0,
		"huntsync_tickets_created_total main fallback":        0,
	}
	for _, r := range Reasons() {
		want["huntsync_polls_total main "+string(r)] = 0
		want["huntsync_poll_failing main "+string(r)] = 0
	}
	for _, s := range Severities() {
		want["huntsync_incidents_open main "+string(s)] = 0
	}
	for _, a := range Actions() {
		for _, o := range Outcomes() {
			want["huntsync_changes_total main "+string(a)+" "+string(o)] = 0
		}
	}
	for name, value := range want {
		if got, ok := all[name]; !ok || got != value {
			t.Errorf("%s is %v (exists: %t), want %v", name, got, ok, value)
		}
	}
}

// TestMetricsOfAnOutage shows what waits although the desk cannot be asked, and
// why a poll failed for as long as it does.
func TestMetricsOfAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p, registry := w.measured(t)
		p.run()
		time.Sleep(time.Minute)
		w.desk.setFault(func(deskCall) fault { return neverSent() })
		w.send(1, orgAcme, SeverityCritical)
		time.Sleep(3 * time.Hour)
		if got := series(t, registry)["huntsync_oldest_pending_seconds main"]; got < 2*3600 {
			t.Errorf("the oldest waits for %v s after three hours", got)
		}
		expectSeries(t, registry, map[string]float64{
			"huntsync_incidents_pending main":       1,
			"huntsync_incidents_unticketed main":    1,
			"huntsync_incidents_open main critical": 1,
		})
		w.desk.setFault(nil)
		w.answerWith(func() error { return &Error{Reason: ReasonAuth, Side: "Huntress", Status: 401} })
		time.Sleep(time.Hour)
		expectSeries(t, registry, map[string]float64{
			"huntsync_oldest_pending_seconds main":    0,
			"huntsync_incidents_unticketed main":      0,
			"huntsync_poll_failing main auth":         1,
			"huntsync_poll_failing main unavailable":  0,
			"huntsync_poll_consecutive_failures main": 12,
		})
		w.answerWith(nil)
		time.Sleep(time.Hour)
		expectSeries(t, registry, map[string]float64{
			"huntsync_poll_failing main auth": 0, "huntsync_poll_consecutive_failures main": 0,
		})
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestMetricsOfABrokenState counts polls that fail before Huntress is asked.
func TestMetricsOfABrokenState(t *testing.T) {
	w := newWorld()
	p, registry := w.measured(t)
	report := PassReport{}
	a := p.engine.list()[0]
	p.kill() // Nothing of its state answers any more.
	p.ctx = t.Context()
	if err := p.engine.observe(t.Context(), a, &report); err == nil {
		t.Fatal("a poll on a broken state succeeds")
	}
	expectSeries(t, registry, map[string]float64{
		"huntsync_polls_total main internal": 1, "huntsync_poll_failing main internal": 1, "huntsync_poll_consecutive_failures main": 1,
	})
}

// TestMetricsOfARemovedAccountEnd: nothing would ever correct what they show.
func TestMetricsOfARemovedAccountEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p, registry := w.measured(t)
		p.run()
		time.Sleep(time.Minute)
		setup := p.setup()
		setup.Accounts = nil
		if _, err := p.engine.Configure(p.ctx, setup); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		for name := range series(t, registry) {
			if strings.Contains(name, " main") {
				t.Errorf("%s is still shown", name)
			}
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}

// TestTicketsThatWereFoundAreCounted counts tickets whose answers were lost with those
// whose were not, however they were found, and how long they took.
func TestTicketsThatWereFoundAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p, registry := w.measured(t)
		w.desk.setFault(nextCall("create", cutAfter()))
		w.send(1, orgAcme, SeverityLow)
		_ = p.pass()
		w.send(2, orgUnmapped, SeverityLow) // Its create finds the first.
		w.desk.setFault(nextCall("create", cutAfter()))
		time.Sleep(firstProbe)
		_ = p.pass()
		time.Sleep(2 * time.Minute)
		p.mustPass(t)
		if w.outcomes(1) != "create/new in_doubt, create/new found" || w.outcomes(2) != "create/unmapped in_doubt, create/in_doubt found" {
			t.Fatalf("incident 1: %s; incident 2: %s", w.outcomes(1), w.outcomes(2))
		}
		expectSeries(t, registry, map[string]float64{
			"huntsync_tickets_created_total main mapped":   1,
			"huntsync_tickets_created_total main fallback": 1,
			"huntsync_foreign_tickets_total main":          0,
		})
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if n := f.GetMetric()[0].GetHistogram().GetSampleCount(); f.GetName() == "huntsync_incident_to_ticket_seconds" && n != 2 {
				t.Errorf("%d times to the ticket, want 2", n)
			}
		}
	})
}

// TestPollsThatCannotBeWrittenFail has the disk refuse every write while reads work:
// the polls count as failed, and the status says so as long as it lasts.
func TestPollsThatCannotBeWrittenFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		p, registry := w.measured(t)
		p.run()
		time.Sleep(time.Minute)
		last := series(t, registry)["huntsync_poll_last_success_timestamp_seconds main"]
		w.store.mu.Lock()
		w.store.fails = func(op string) error {
			return map[bool]error{true: errors.New("the disk is full")}[op == "observe"]
		}
		w.store.mu.Unlock()
		time.Sleep(30 * time.Minute)
		expectSeries(t, registry, map[string]float64{
			"huntsync_polls_total main success":                 1,
			"huntsync_polls_total main internal":                6,
			"huntsync_poll_consecutive_failures main":           6,
			"huntsync_poll_last_success_timestamp_seconds main": last,
		})
		status, err := p.engine.Status(t.Context())
		if err != nil || status[0].Poll.Failures != 6 || !strings.Contains(status[0].Poll.Error, "the disk is full") {
			t.Errorf("status %+v, error %v", status, err)
		}
		w.store.mu.Lock()
		w.store.fails = nil
		w.store.mu.Unlock()
		time.Sleep(10 * time.Minute)
		expectSeries(t, registry, map[string]float64{"huntsync_poll_consecutive_failures main": 0})
		if status, err = p.engine.Status(t.Context()); err != nil || status[0].Poll.Failures != 0 {
			t.Errorf("status %+v, error %v", status, err)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
}
