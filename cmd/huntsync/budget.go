package main

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/huntress"
)

// budgets show, at every scrape, what is left of Huntress's 60 requests a minute
// for each account that is worked on.
type budgets struct {
	left *prometheus.Desc

	mu      sync.Mutex
	clients map[string]*huntress.Client // by the account's name
}

var _ prometheus.Collector = (*budgets)(nil)

func newBudgets() *budgets {
	return &budgets{left: prometheus.NewDesc("huntsync_huntress_budget_remaining",
		"Requests that could be sent to Huntress at once now, of its 60 a minute, as far as this process knows.",
		[]string{"account"}, nil)}
}

// follow replaces the accounts that are shown.
func (b *budgets) follow(accounts []engine.AccountSetup) {
	clients := map[string]*huntress.Client{}
	for _, a := range accounts {
		if client, ok := a.Source.(*huntress.Client); ok {
			clients[a.Settings.Name] = client
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clients = clients
}

// Describe tells which metric this is.
func (b *budgets) Describe(descs chan<- *prometheus.Desc) { descs <- b.left }

// Collect sends one value an account.
func (b *budgets) Collect(values chan<- prometheus.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, client := range b.clients {
		values <- prometheus.MustNewConstMetric(b.left, prometheus.GaugeValue, float64(client.BudgetLeft()), name) //nolint:promlinter // it cannot follow the field.
	}
}
