package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	huntress "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/providers/huntress/sim/dataset"
)

// TestAlertsReachPrometheus has a real Prometheus follow the real program: when
// Huntress refuses the credentials the alert fires, when they are good again it
// resolves, and when the program is gone it is missed.
func TestAlertsReachPrometheus(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it waits for alerts of a real Prometheus; run without -short")
	}
	prometheus := tool(t, "prometheus", "prometheus")
	w := newStory()
	t.Cleanup(w.close)
	dir := filepath.Join(t.TempDir(), "msp")
	if err := writeConfiguration(dir); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "web.hcl", "web {\n  listen = \"127.0.0.1:0\"\n}\n")
	daemon := startDaemon(t, w, dir)
	p := startPrometheus(t, prometheus, daemon.page)

	p.eventually(`sum(huntsync_polls_total{outcome="success"}) > 0`)
	p.eventually(`sum(huntsync_tickets_created_total) > 0`)
	p.eventually(`count_over_time(huntsync_tickets_created_total[1m]) > 2`) // for the rates
	p.eventually(`absent(ALERTS{alertname="HuntsyncDown"})`)                // until the first scrape
	if firing := p.firing(); len(firing) > 0 {
		t.Errorf("%v fire while all is well", firing)
	}
	p.answersDashboard()

	w.huntress.RevokeKey(huntressKey)
	daemon.poll()
	p.eventually(`ALERTS{alertname="HuntsyncCredentialsRefused", alertstate="firing"}`)
	if firing := p.firing(); !slices.Equal(firing, []string{"HuntsyncCredentialsRefused"}) {
		t.Errorf("%v fire while the credentials are refused", firing)
	}

	w.huntress.AddKey(huntress.Key{Key: huntressKey, Secret: huntressSecret, Account: dataset.AccountID})
	daemon.poll()
	p.eventually(`absent(ALERTS{alertname="HuntsyncCredentialsRefused"})`)

	daemon.stop()
	p.eventually(`ALERTS{alertname="HuntsyncDown", alertstate="firing"}`)
}

// runningDaemon is huntsync run, as a process.
type runningDaemon struct {
	t    *testing.T
	cmd  *exec.Cmd
	page string
	log  <-chan string // what it says later
}

// startDaemon starts the program in the world of a story, and waits for its page.
func startDaemon(t *testing.T, w *story, dir string, environment ...string) *runningDaemon {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "huntsync", "run", "-c", dir)
	cmd.Env = append(os.Environ(), transcriptVariable+"="+filepath.Join(t.TempDir(), "transcript"))
	for name, value := range w.environment() {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, environment...)
	log := startProcess(t, cmd)
	d := &runningDaemon{t: t, cmd: cmd, log: log}
	for line := range log {
		var said struct{ Page string }
		if err := json.Unmarshal([]byte(line), &said); err == nil && said.Page != "" {
			d.page = strings.TrimSuffix(said.Page, "/")
			go drain(log)
			return d
		}
		t.Log(line)
	}
	t.Fatal("huntsync ended before its page was there")
	return nil
}

// poll asks for a poll at once.
func (d *runningDaemon) poll() {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.page+"/-/poll", http.NoBody)
	if err != nil {
		d.t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		d.t.Fatalf("POST /-/poll: %s", answer.Status)
	}
}

// stop ends the program as systemd does.
func (d *runningDaemon) stop() {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	if err := d.cmd.Wait(); err != nil {
		d.t.Errorf("huntsync run: %v", err)
	}
}

// startProcess starts a program that ends with the test, and gives the lines of
// its standard error.
func startProcess(t *testing.T, cmd *exec.Cmd) <-chan string {
	t.Helper()
	// A pipe of our own: Wait must not close it while lines are still read.
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	lines := make(chan string)
	go func() {
		defer close(lines)
		defer out.Close()
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		drain(lines)
		_ = cmd.Wait() // It was killed, or waited for.
	})
	return lines
}

func drain(lines <-chan string) {
	for range lines {
	}
}

// runningPrometheus is a Prometheus with the example rules, which do not wait.
type runningPrometheus struct {
	t   *testing.T
	url string
}

func startPrometheus(t *testing.T, path, page string) *runningPrometheus {
	t.Helper()
	dir := t.TempDir()
	rule := regexp.MustCompile(`(?m)^( +)(for|interval): \w+$`)
	for _, name := range []string{"alerts.yml", "recording.yml"} {
		write(t, dir, name, rule.ReplaceAllString(readExample(t, name), "${1}${2}: 1s"))
	}
	settings := readExample(t, "prometheus.yml")
	for _, change := range [][2]string{
		{"scrape_interval: 30s", "scrape_interval: 1s"},
		{"evaluation_interval: 30s", "evaluation_interval: 1s"},
		{"127.0.0.1:9748", strings.TrimPrefix(page, "http://")},
	} {
		if !strings.Contains(settings, change[0]) {
			t.Fatalf("prometheus.yml does not hold %s", change[0])
		}
		settings = strings.ReplaceAll(settings, change[0], change[1])
	}
	write(t, dir, "prometheus.yml", settings)
	cmd := exec.CommandContext(t.Context(), path,
		"--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:0", "--log.level=info")
	cmd.Dir = dir
	lines := startProcess(t, cmd)
	address := regexp.MustCompile(`msg="Listening on" address=(\S+)`)
	for line := range lines {
		if m := address.FindStringSubmatch(line); m != nil {
			go drain(lines)
			return &runningPrometheus{t: t, url: "http://" + m[1]}
		}
		t.Log(line)
	}
	t.Fatal("prometheus ended before it listened")
	return nil
}

// promSample is one series of an answer.
type promSample struct {
	Metric map[string]string `json:"metric"`
}

// query asks Prometheus.
func (p *runningPrometheus) query(query string) ([]promSample, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/api/v1/query?query="+url.QueryEscape(query), http.NoBody)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	var result struct {
		Status string
		Data   struct{ Result []promSample }
	}
	if err := json.Unmarshal(body, &result); err != nil || result.Status != "success" {
		return nil, fmt.Errorf("%s: %s", answer.Status, body)
	}
	return result.Data.Result, nil
}

// eventually waits until a query has a result.
func (p *runningPrometheus) eventually(query string) {
	p.t.Helper()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	var err error
	for range 150 {
		var result []promSample
		if result, err = p.query(query); err == nil && len(result) > 0 {
			return
		}
		<-ticker.C
	}
	p.t.Fatalf("%s has had no result for 30 s (%v); %v fire", query, err, p.firing())
}

// firing names the alerts that fire. Those of organizations that nobody mapped
// and of requests without a pause are what the stories are made of.
func (p *runningPrometheus) firing() []string {
	p.t.Helper()
	result, err := p.query(`ALERTS{alertstate="firing", alertname!~"HuntsyncOrganizationsUnmapped|HuntsyncHuntressRateLimit"}`)
	if err != nil {
		p.t.Fatal(err)
	}
	names := map[string]bool{}
	for _, s := range result {
		names[s.Metric["alertname"]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// answersDashboard runs every query of the dashboard. Each has a result, but for
// those that show only what happens.
func (p *runningPrometheus) answersDashboard() {
	p.t.Helper()
	for _, query := range dashboardQueries(p.t) {
		result, err := p.query(query)
		switch {
		case err != nil:
			p.t.Errorf("%s: %v", query, err)
		case len(result) == 0 && !strings.Contains(query, "> 0") && !strings.Contains(query, "triage_share"):
			p.t.Errorf("%s has no result", query)
		}
	}
}
