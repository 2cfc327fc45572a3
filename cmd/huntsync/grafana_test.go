package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// dashboardPath is the dashboard, from here.
const dashboardPath = "../../examples/grafana/huntsync.json"

// dashboardQueries are all queries of the dashboard, with the variables that
// Grafana would fill in.
func dashboardQueries(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile(dashboardPath)
	if err != nil {
		t.Fatal(err)
	}
	var dashboard any
	if err := json.Unmarshal(content, &dashboard); err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("$job", "huntsync", "$account", ".*", "$__rate_interval", "2m")
	var queries []string
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, child := range node {
				walk(child)
			}
		case map[string]any:
			if expr, ok := node["expr"].(string); ok {
				queries = append(queries, fill.Replace(expr))
			}
			for _, child := range node {
				walk(child)
			}
		}
	}
	walk(dashboard)
	if len(queries) < 20 {
		t.Fatalf("%d queries were found in the dashboard", len(queries))
	}
	return queries
}

// TestDashboardQueries has Prometheus read every query of the dashboard.
func TestDashboardQueries(t *testing.T) {
	promtool := tool(t, "promtool", "prometheus")
	var rules strings.Builder
	rules.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	for i, query := range dashboardQueries(t) {
		if strings.Contains(query, "$") {
			t.Errorf("a variable of Grafana is left in %s", query)
		}
		expr, err := json.Marshal(query)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&rules, "      - record: dashboard:query:%d\n        expr: %s\n", i, expr)
	}
	dir := t.TempDir()
	write(t, dir, "rules.yml", rules.String())
	runTool(t, dir, promtool, "check", "rules", filepath.Join(dir, "rules.yml"))
}
