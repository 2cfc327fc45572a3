package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// prometheusDir is where the examples for Prometheus are, from here.
const prometheusDir = "../../examples/prometheus"

// TestPrometheusRules runs the cases of the example rules.
func TestPrometheusRules(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it lets promtool play days of alerts; run without -short")
	}
	promtool := tool(t, "promtool", "prometheus")
	runTool(t, prometheusDir, promtool, "check", "config", "prometheus.yml")
	runTool(t, prometheusDir, promtool, "test", "rules", "alerts_test.yml", "alerts_days_test.yml")
}

// TestAlertsAreComplete has each alert say how bad it is, what is wrong and what
// to do, and has cases in which it fires and in which it does not.
func TestAlertsAreComplete(t *testing.T) {
	cases := readExample(t, "alerts_test.yml") + readExample(t, "alerts_days_test.yml")
	alerts := alertBlocks(t)
	for name, text := range alerts {
		for _, part := range []string{"severity: ", "summary: ", "description: ", "what_to_do: ", "expr: "} {
			if !strings.Contains(text, part) {
				t.Errorf("alert %s has no %s", name, part)
			}
		}
		asked := regexp.QuoteMeta(`alertname="`+name+`", alertstate="firing"})`) + `\n *eval_time: \w+\n *exp_samples: `
		fires, silent := 0, 0
		for _, m := range regexp.MustCompile(asked+`\[(.?)`).FindAllStringSubmatch(cases, -1) {
			if m[1] == "]" {
				silent++
			} else {
				fires++
			}
		}
		// Before, after, and in between.
		if fires == 0 || silent < 2 {
			t.Errorf("alert %s has %d cases in which it fires and %d in which it does not", name, fires, silent)
		}
	}
	if len(alerts) < 14 {
		t.Errorf("%d alerts were found", len(alerts))
	}
}

// alertBlocks are the alerts of the example, by name.
func alertBlocks(t *testing.T) map[string]string {
	t.Helper()
	blocks := map[string]string{}
	for _, text := range strings.Split(readExample(t, "alerts.yml"), "- alert: ")[1:] {
		name, rest, _ := strings.Cut(text, "\n")
		blocks[name] = rest
	}
	return blocks
}

func readExample(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(prometheusDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestMetricsThatAreAskedForExist finds a metric that a rule, a case or the
// dashboard spells wrongly: a query of it would be silent for ever.
func TestMetricsThatAreAskedForExist(t *testing.T) {
	exists := map[string]bool{}
	for _, f := range families(t, metricsWorld(t)) {
		exists[f.name] = true
		if f.kind == "histogram" {
			exists[f.name+"_bucket"], exists[f.name+"_sum"], exists[f.name+"_count"] = true, true, true
		}
	}
	recorded := map[string]bool{}
	for _, m := range regexp.MustCompile(`record: (\S+)`).FindAllStringSubmatch(readExample(t, "recording.yml"), -1) {
		recorded[m[1]] = true
	}
	dashboard := strings.Join(dashboardQueries(t), "\n")
	for name, text := range map[string]string{
		"alerts.yml": readExample(t, "alerts.yml"), "recording.yml": readExample(t, "recording.yml"),
		"alerts_test.yml": readExample(t, "alerts_test.yml"), "alerts_days_test.yml": readExample(t, "alerts_days_test.yml"),
		"dashboard": dashboard,
	} {
		found := regexp.MustCompile(`[a-z_]+:huntsync_\w+:\w+|huntsync_\w+`).FindAllString(strings.ReplaceAll(text, "attributes.huntsync_id", ""), -1)
		if len(found) == 0 {
			t.Errorf("%s asks for nothing", name)
		}
		for _, metric := range found {
			if !exists[metric] && !recorded[metric] {
				t.Errorf("%s asks for %s, which there is not", name, metric)
			}
		}
	}
}
