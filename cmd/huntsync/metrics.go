package main

import (
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/huntsync/huntsync/engine"
)

// metrics are all metrics of the process; those of the engine are its own.
type metrics struct {
	engine           *engine.Metrics
	complete         prometheus.Gauge
	reloadSuccessful prometheus.Gauge
	reloadTime       prometheus.Gauge
	budgets          *budgets
	requests         *prometheus.CounterVec
	requestDuration  *prometheus.HistogramVec
}

func newMetrics(r *prometheus.Registry) *metrics {
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	f := promauto.With(r)
	gauge := func(name, help string) prometheus.Gauge {
		return f.NewGauge(prometheus.GaugeOpts{Name: "huntsync_" + name, Help: help})
	}
	m := &metrics{
		engine:           engine.NewMetrics(r),
		budgets:          newBudgets(),
		complete:         gauge("config_complete", "1 if the configuration that was read last is complete, else 0."),
		reloadSuccessful: gauge("config_last_reload_successful", "1 if the last configuration that was read is the one that runs, else 0."),
		reloadTime:       gauge("config_last_reload_success_timestamp_seconds", "When the configuration that runs was read; 0 before the first."),
		requests: f.NewCounterVec(prometheus.CounterOpts{
			Name: "huntsync_provider_requests_total",
			Help: "Requests sent, by provider and HTTP status (or the reason why no answer came).",
		}, []string{"provider", "code"}),
		requestDuration: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "huntsync_provider_request_duration_seconds", Help: "How long requests took, by provider.",
			Buckets:                     []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30},
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
		}, []string{"provider"}),
	}
	r.MustRegister(m.budgets)
	info := f.NewGaugeVec(prometheus.GaugeOpts{
		Name: "huntsync_build_info", Help: "Always 1, labeled with the version that runs.",
	}, []string{"version", "revision", "goversion"})
	b := readBuild()
	info.WithLabelValues(b.Version, b.Revision, runtime.Version()).Set(1)
	return m
}

// watchedCodes are the answers that alerts ask for; they begin at zero.
func watchedCodes() []string {
	return []string{
		strconv.Itoa(http.StatusOK), strconv.Itoa(http.StatusUnauthorized), strconv.Itoa(http.StatusForbidden),
		strconv.Itoa(http.StatusTooManyRequests), string(engine.ReasonTimeout), string(engine.ReasonUnavailable),
	}
}

// observer counts the requests of one provider.
func (m *metrics) observer(provider string) func(code string, took time.Duration) {
	for _, code := range watchedCodes() {
		m.requests.WithLabelValues(provider, code)
	}
	duration := m.requestDuration.WithLabelValues(provider)
	return func(code string, took time.Duration) {
		m.requests.WithLabelValues(provider, knownCode(code)).Inc()
		duration.Observe(took.Seconds())
	}
}

// knownCode keeps the set of codes closed, whatever a server answers.
func knownCode(code string) string {
	if status, err := strconv.Atoi(code); err == nil && http.StatusText(status) == "" {
		return "other"
	}
	return code
}
