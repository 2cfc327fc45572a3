package engine

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are what the engine counts. The label account is the name that the
// configuration gives the account; no label holds text from outside.
type Metrics struct {
	polls          *prometheus.CounterVec
	failing        *prometheus.GaugeVec
	pollInterval   *prometheus.GaugeVec
	censusInterval *prometheus.GaugeVec
	pollDuration   *prometheus.HistogramVec
	lastAttempt    *prometheus.GaugeVec
	lastSuccess    *prometheus.GaugeVec
	failures       *prometheus.GaugeVec
	enabled        prometheus.Gauge
	organizations  *prometheus.GaugeVec
	open           *prometheus.GaugeVec
	pending        *prometheus.GaugeVec
	inDoubt        *prometheus.GaugeVec
	unticketed     *prometheus.GaugeVec
	census         *prometheus.GaugeVec
	deleted        *prometheus.GaugeVec
	oldestPending  *prometheus.GaugeVec
	ticketsCreated *prometheus.CounterVec
	changes        *prometheus.CounterVec
	toTicket       *prometheus.HistogramVec
	foreignTickets *prometheus.CounterVec
	createsStopped prometheus.Gauge
	leader         *prometheus.GaugeVec

	mu       sync.Mutex
	accounts map[string]bool // those of which something was ever shown
}

// NewMetrics registers the engine's metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	f := promauto.With(r)
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return f.NewGaugeVec(prometheus.GaugeOpts{Name: "huntsync_" + name, Help: help}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: "huntsync_" + name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		return f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "huntsync_" + name, Help: help, Buckets: buckets,
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
		}, []string{"account"})
	}
	return &Metrics{
		accounts:       map[string]bool{},
		failing:        gauge("poll_failing", "1 for the reason why the last poll failed; 0 for the others, and for all after a success.", "account", "reason"),
		pollInterval:   gauge("poll_interval_seconds", "How often Huntress is polled, by the configuration.", "account"),
		censusInterval: gauge("census_interval_seconds", "How often all open incidents are listed, by the configuration.", "account"),
		polls:          counter("polls_total", "Polls of Huntress, by outcome: success, or why they failed.", "account", "outcome"),
		pollDuration:   histogram("poll_duration_seconds", "How long a poll of Huntress took.", []float64{.1, .5, 1, 5, 15, 60, 300, 900}),
		lastAttempt:    gauge("poll_last_attempt_timestamp_seconds", "When the last poll began; 0 before the first.", "account"),
		lastSuccess:    gauge("poll_last_success_timestamp_seconds", "When the last poll that succeeded ended; 0 before the first.", "account"),
		failures:       gauge("poll_consecutive_failures", "Polls that failed since the last that succeeded.", "account"),
		enabled:        f.NewGauge(prometheus.GaugeOpts{Name: "huntsync_polling_enabled", Help: "1 while a complete configuration runs and polling goes on, else 0."}),
		organizations:  gauge("organizations", "Huntress organizations, by how they are mapped.", "account", "state"),
		open:           gauge("incidents_open", "Incidents that are open at Huntress, by severity; an unknown one counts as critical.", "account", "severity"),
		pending:        gauge("incidents_pending", "Incidents whose ticket is owed something.", "account"),
		inDoubt:        gauge("incidents_in_doubt", "Incidents with a change whose answer was unclear.", "account"),
		unticketed:     gauge("incidents_unticketed", "Incidents that are open at Huntress by the last census, due for more than two poll intervals, and without a ticket. Must be 0.", "account"),
		census:         gauge("census_last_success_timestamp_seconds", "When the open incidents were last listed completely; 0 before the first time.", "account"),
		deleted:        gauge("tickets_deleted_by_people", "Incidents whose ticket a person deleted; it is not made again.", "account"),
		oldestPending:  gauge("oldest_pending_seconds", "How long the longest-waiting pending incident has been waiting, as of the last pass; 0 where none waits.", "account"),
		ticketsCreated: counter("tickets_created_total", "Tickets created, by how they were routed.", "account", "route"),
		changes:        counter("changes_total", "Changes at the desk, by what they do and how they ended.", "account", "action", "outcome"),
		toTicket:       histogram("incident_to_ticket_seconds", "From the SOC's sending an incident to its ticket.", []float64{10, 30, 60, 120, 300, 600, 1800, 3600, 21600, 86400}),
		foreignTickets: counter("foreign_tickets_total", "Tickets with our marker that were not in the state: another writer, or an older state.", "account"),
		leader:         gauge("account_leader", "1 where this process works the account, 0 where it stands by. Only who works an account shows its other metrics, but for the budget.", "account"),
		createsStopped: f.NewGauge(prometheus.GaugeOpts{Name: "huntsync_creates_stopped", Help: "1 while no tickets are created because the desk does not keep our correlation id."}),
	}
}

// accountMetrics are the metrics of one account.
type accountMetrics struct {
	*Metrics

	account string
}

func (m *Metrics) forAccount(name string) *accountMetrics {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accounts[name] = true
	return &accountMetrics{Metrics: m, account: name}
}

// begin starts each label combination at zero, so that the first increase is seen.
func (a *accountMetrics) begin(s AccountSettings) {
	m, name := a.Metrics, a.account
	m.polls.WithLabelValues(name, "success")
	for _, r := range Reasons() {
		m.polls.WithLabelValues(name, string(r))
		m.failing.WithLabelValues(name, string(r))
	}
	for _, route := range ticketRoutes() {
		m.ticketsCreated.WithLabelValues(name, route)
	}
	for _, action := range countedActions() {
		for _, o := range Outcomes() {
			m.changes.WithLabelValues(name, string(action), string(o))
		}
	}
	for _, severity := range Severities() {
		m.open.WithLabelValues(name, string(severity))
	}
	for _, g := range m.perAccount() {
		g.WithLabelValues(name)
	}
	for _, h := range []*prometheus.HistogramVec{m.pollDuration, m.toTicket} {
		h.WithLabelValues(name)
	}
	for _, state := range organizationStates() {
		m.organizations.WithLabelValues(name, state)
	}
	m.foreignTickets.WithLabelValues(name)
	m.leader.WithLabelValues(name)
	m.pollInterval.WithLabelValues(name).Set(s.Interval.Seconds())
	m.censusInterval.WithLabelValues(name).Set(s.Census.Seconds())
}

// perAccount are the gauges that have no label but account.
func (m *Metrics) perAccount() []*prometheus.GaugeVec {
	return []*prometheus.GaugeVec{
		m.lastAttempt, m.lastSuccess, m.failures, m.pending, m.inDoubt, m.unticketed,
		m.census, m.deleted, m.oldestPending, m.pollInterval, m.censusInterval,
	}
}

// keep removes what is shown of accounts that are not configured any more.
func (m *Metrics) keep(configured map[string]*account) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.accounts {
		if configured[name] == nil {
			m.drop(name)
			m.leader.DeleteLabelValues(name)
			delete(m.accounts, name)
		}
	}
}

// drop removes everything that [accountMetrics.begin] shows. To look for it would
// cost more with every account there is.
func (m *Metrics) drop(name string) {
	m.polls.DeleteLabelValues(name, "success")
	for _, r := range Reasons() {
		m.polls.DeleteLabelValues(name, string(r))
		m.failing.DeleteLabelValues(name, string(r))
	}
	for _, route := range ticketRoutes() {
		m.ticketsCreated.DeleteLabelValues(name, route)
	}
	for _, action := range countedActions() {
		for _, o := range Outcomes() {
			m.changes.DeleteLabelValues(name, string(action), string(o))
		}
	}
	for _, severity := range Severities() {
		m.open.DeleteLabelValues(name, string(severity))
	}
	for _, g := range m.perAccount() {
		g.DeleteLabelValues(name)
	}
	for _, h := range []*prometheus.HistogramVec{m.pollDuration, m.toTicket} {
		h.DeleteLabelValues(name)
	}
	for _, state := range organizationStates() {
		m.organizations.DeleteLabelValues(name, state)
	}
	m.foreignTickets.DeleteLabelValues(name)
}

// countedActions are the actions at the desk that changes are counted by.
func countedActions() []Action { return append(Actions(), ActionLink) }

// ticketRoutes are how a ticket may have been routed.
func ticketRoutes() []string { return []string{"mapped", "fallback"} }

func (a *accountMetrics) leads(yes bool) {
	value := 0.0
	if yes {
		value = 1
	}
	a.leader.WithLabelValues(a.account).Set(value)
}

// created counts a ticket that we made, also where it had to be found: those take the
// longest.
func (a *accountMetrics) created(r Record, now time.Time) {
	route := "mapped"
	if r.Work.Ticket.Unmapped {
		route = "fallback"
	}
	a.ticketsCreated.WithLabelValues(a.account, route).Inc()
	if sent := r.Seen.Incident.SentAt; !sent.IsZero() && now.After(sent) {
		a.toTicket.WithLabelValues(a.account).Observe(now.Sub(sent).Seconds())
	}
}

func (a *accountMetrics) changed(action Action, o Outcome) {
	if action != ActionLookup {
		a.changes.WithLabelValues(a.account, string(action), string(o)).Inc()
	}
}

func (a *accountMetrics) foreign(n int) {
	a.foreignTickets.WithLabelValues(a.account).Add(float64(n))
}

func (a *accountMetrics) polled(p PollState, took time.Duration) {
	outcome := "success"
	if p.Failures > 0 {
		outcome = string(p.Reason)
	}
	a.polls.WithLabelValues(a.account, outcome).Inc()
	a.pollDuration.WithLabelValues(a.account).Observe(took.Seconds())
	a.poll(p)
}

// notPolled counts a poll that failed before Huntress could be asked.
func (a *accountMetrics) notPolled(err error, now time.Time) {
	reason := ReasonOf(err)
	a.polls.WithLabelValues(a.account, string(reason)).Inc()
	a.failures.WithLabelValues(a.account).Inc()
	a.lastAttempt.WithLabelValues(a.account).Set(float64(now.UnixMilli()) / 1000)
	a.fails(reason)
}

// fails shows why the last poll failed; empty where it did not.
func (a *accountMetrics) fails(reason Reason) {
	for _, r := range Reasons() {
		value := 0.0
		if r == reason {
			value = 1
		}
		a.failing.WithLabelValues(a.account, string(r)).Set(value)
	}
}

// poll shows what is known of an account's polls, after a restart too.
func (a *accountMetrics) poll(p PollState) {
	stamp := func(g *prometheus.GaugeVec, t time.Time) {
		if !t.IsZero() {
			g.WithLabelValues(a.account).Set(float64(t.UnixMilli()) / 1000)
		}
	}
	stamp(a.lastAttempt, p.AttemptAt)
	stamp(a.lastSuccess, p.SuccessAt)
	stamp(a.census, p.Census.At)
	a.failures.WithLabelValues(a.account).Set(float64(p.Failures))
	reason := p.Reason
	if p.Failures == 0 {
		reason = ""
	}
	a.fails(reason)
}

func (a *accountMetrics) tally(t Tally, now time.Time) {
	for _, s := range Severities() {
		a.open.WithLabelValues(a.account, string(s)).Set(float64(t.Open[s]))
	}
	a.pending.WithLabelValues(a.account).Set(float64(t.Pending))
	a.inDoubt.WithLabelValues(a.account).Set(float64(t.InDoubt))
	a.deleted.WithLabelValues(a.account).Set(float64(t.DeletedByPeople))
	oldest := 0.0
	if !t.OldestPending.IsZero() {
		oldest = max(now.Sub(t.OldestPending).Seconds(), 0)
	}
	a.oldestPending.WithLabelValues(a.account).Set(oldest)
}

func (a *accountMetrics) mapped(mapped, unmapped, optedOut int) {
	for i, n := range []int{mapped, unmapped, optedOut} {
		a.organizations.WithLabelValues(a.account, organizationStates()[i]).Set(float64(n))
	}
}

// organizationStates are how an organization may be mapped.
func organizationStates() []string { return []string{"mapped", "unmapped", "opted_out"} }
