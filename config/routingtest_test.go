package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/config"
)

func TestInvalidTests(t *testing.T) {
	for _, name := range cases(t, "invalid_tests") {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", "invalid_tests", name)
			s := read(t, dir)
			c, diags := config.Load(s, options())
			if diags.HasErrors() {
				t.Fatal(text(t, diags))
			}
			tests, diags := c.LoadTests(s)
			if tests != nil {
				t.Errorf("%d tests were loaded in spite of errors", len(tests))
			}
			golden(t, filepath.Join(dir, "want.txt"), text(t, diags))
		})
	}
}

func TestRoutingTestsPass(t *testing.T) {
	c := full(t)
	tests, diags := c.LoadTests(read(t, filepath.Join("testdata", "valid", "full")))
	if len(diags) > 0 {
		t.Fatal(text(t, diags))
	}
	if len(tests) != 8 {
		t.Errorf("there are %d tests, want 8", len(tests))
	}
	for _, r := range c.Offline().Run(tests) {
		if !r.Passed {
			t.Errorf("%s:\n%s", r.Name, r.Report())
		}
	}
}

// A test that fails says what it wanted, what it got, from where, and the path
// through the routes.
func TestRoutingTestsFail(t *testing.T) {
	broken, err := os.ReadFile(filepath.Join("testdata", "valid", "full", "broken.txt"))
	if err != nil {
		t.Fatal(err)
	}
	c := full(t)
	tests, diags := c.LoadTests(&config.Snapshot{Tests: []config.File{{Name: "broken.test.hcl", Content: broken}}})
	if len(diags) > 0 {
		t.Fatal(text(t, diags))
	}
	results := c.Offline().Run(tests)
	var report, junit strings.Builder
	for _, r := range results {
		report.WriteString(r.Name + "\n" + r.Report() + "\n")
	}
	golden(t, filepath.Join("testdata", "valid", "full", "broken.report.txt"), report.String())
	if err := config.WriteJUnit(&junit, results); err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("testdata", "valid", "full", "broken.junit.xml"), junit.String())
}
