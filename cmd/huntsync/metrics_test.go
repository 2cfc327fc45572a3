package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metricsPath is the reference page of the metrics, from here.
const metricsPath = "../../docs/metrics.md"

// openLabels hold what no list can name; the sets of all others are closed.
func openLabels() map[string]string {
	return map[string]string{
		"account":   "the label of the `huntress` block, with `/subdomain` for a reseller's accounts",
		"code":      "the HTTP status (`other` for one that is none), or `timeout`, `unavailable`, `internal` where no answer came",
		"version":   "of huntsync",
		"revision":  "the commit it was built from",
		"goversion": "of the Go compiler",
	}
}

// metricsWorld is a daemon against both simulators whose configuration runs, and
// that has not polled yet.
func metricsWorld(t *testing.T) *prometheus.Registry {
	t.Helper()
	w := newStory()
	t.Cleanup(w.close)
	dir := filepath.Join(t.TempDir(), "msp")
	if err := writeConfiguration(dir); err != nil {
		t.Fatal(err)
	}
	a := w.program(t)
	a.configPath = dir
	tried := a.read(t.Context())
	if tried.config == nil {
		t.Fatal(tried.diags)
	}
	wiring := newWiring("run", slog.New(slog.DiscardHandler))
	store, err := wiring.open(t.Context(), tried.config, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	d := newDaemon(a, wiring, store)
	t.Cleanup(func() {
		if err := d.engine.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	if result := d.reloader.reload(t.Context()); !result.OK() {
		t.Fatalf("the configuration does not run: %+v", result)
	}
	return wiring.registry
}

// program is one that works in the story's world and says nothing.
func (w *story) program(tb testing.TB) *app {
	tb.Helper()
	environment := w.environment()
	a := &app{in: strings.NewReader(""), out: io.Discard, err: io.Discard, lookupEnv: func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	}}
	for _, name := range []string{"huntress_url", "desk_url"} {
		if err := a.variables.Set(name + "=" + environment["HUNTSYNC_VAR_"+name]); err != nil {
			tb.Fatal(err)
		}
	}
	return a
}

// environment is what a program needs to work in the story's world.
func (w *story) environment() map[string]string {
	return map[string]string{
		"HUNTSYNC_VAR_huntress_url": w.huntressServer.URL,
		"HUNTSYNC_VAR_desk_url":     w.deskServer.URL,
		"HUNTRESS_API_KEY":          huntressKey,
		"HUNTRESS_API_SECRET":       huntressSecret,
		"ALGAPSA_API_KEY":           deskKey,
	}
}

// metricFamily is one metric as the reference page shows it.
type metricFamily struct {
	name, kind, help string
	labels           map[string]map[string]bool // values by name
}

// families are the metrics of huntsync itself, by name.
func families(t *testing.T, registry *prometheus.Registry) []metricFamily {
	t.Helper()
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var list []metricFamily
	for _, f := range gathered {
		if !strings.HasPrefix(f.GetName(), "huntsync_") {
			continue
		}
		family := metricFamily{
			name: f.GetName(), kind: strings.ToLower(f.GetType().String()), help: f.GetHelp(), labels: map[string]map[string]bool{},
		}
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if family.labels[l.GetName()] == nil {
					family.labels[l.GetName()] = map[string]bool{}
				}
				family.labels[l.GetName()][l.GetValue()] = true
			}
		}
		list = append(list, family)
	}
	return list
}

// TestMetricsPage keeps the reference page true. UPDATE=1 writes it.
func TestMetricsPage(t *testing.T) {
	var page bytes.Buffer
	page.WriteString("# Metrics\n\n<!-- Made by TestMetricsPage from what is registered; UPDATE=1 writes it. -->\n\n" +
		"`/metrics` has these, and those of the Go runtime (`go_*`) and the process (`process_*`). Every combination of labels\n" +
		"begins at 0 when its account does, so that the first increase is seen; an account that the configuration no longer\n" +
		"names is no longer shown. Histograms are native ones for a Prometheus that asks for them, and have buckets otherwise.\n\n" +
		"| metric | type | labels | what it says |\n|---|---|---|---|\n")
	for _, f := range families(t, metricsWorld(t)) {
		var labels []string
		for _, name := range slices.Sorted(maps.Keys(f.labels)) {
			label := "`" + name + "`"
			if _, open := openLabels()[name]; !open {
				label += ": " + strings.Join(slices.Sorted(maps.Keys(f.labels[name])), ", ")
			}
			labels = append(labels, label)
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", f.name, f.kind, strings.Join(labels, "; "), f.help)
	}
	page.WriteString("\nLabels whose values are not listed above:\n\n")
	for _, name := range slices.Sorted(maps.Keys(openLabels())) {
		fmt.Fprintf(&page, "- `%s`: %s\n", name, openLabels()[name])
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(metricsPath, page.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(metricsPath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), page.String()); diff != "" {
		t.Errorf("%s is not what is registered (UPDATE=1 writes it; - page, + registered):\n%s", metricsPath, diff)
	}
}

// TestPromtoolCheckMetrics has Prometheus's own linter look at a scrape.
func TestPromtoolCheckMetrics(t *testing.T) {
	promtool := tool(t, "promtool", "prometheus")
	scrape := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody)
	promhttp.HandlerFor(metricsWorld(t), promhttp.HandlerOpts{}).ServeHTTP(scrape, request)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, promtool, "check", "metrics")
	cmd.Stdin = scrape.Body
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// TestCodesAreClosed keeps whatever a server answers from making new series.
func TestCodesAreClosed(t *testing.T) {
	for code, want := range map[string]string{"200": "200", "429": "429", "999": "other", "-1": "other", "timeout": "timeout"} {
		if got := knownCode(code); got != want {
			t.Errorf("%s is counted as %s, want %s", code, got, want)
		}
	}
}
