package views

import (
	"strings"

	"github.com/huntsync/huntsync/config"
)

// Tests are routing tests that were run.
type Tests struct {
	Results     []config.TestResult
	Diagnostics config.Diagnostics
	// Path is where they were looked for.
	Path string
}

type testsJSON struct {
	FormatVersion int                 `json:"format_version"`
	Passed        int                 `json:"passed"`
	Failed        int                 `json:"failed"`
	Tests         []config.TestResult `json:"tests"`
	Diagnostics   config.Diagnostics  `json:"diagnostics"`
}

// Failed reports whether a test failed, or could not be run.
func (s Tests) Failed() bool { return s.failures() > 0 || s.Diagnostics.HasErrors() }

func (s Tests) failures() int {
	n := 0
	for _, r := range s.Results {
		if !r.Passed {
			n++
		}
	}
	return n
}

// Write tells how the tests went, as text, json or junit. Diagnostics are part of
// the JSON only.
func (s Tests) Write(t Terminal, format string) error {
	failed := s.failures()
	switch format {
	case "json":
		return writeJSON(t, testsJSON{
			FormatVersion: 1, Passed: len(s.Results) - failed, Failed: failed,
			Tests: list(s.Results), Diagnostics: list(s.Diagnostics),
		})
	case "junit":
		return config.WriteJUnit(t.Writer, s.Results)
	}
	for _, r := range s.Results {
		if r.Passed {
			t.line("%s  %s", t.paint(green, "pass"), safe(r.Name))
			continue
		}
		t.line("%s  %s (%s line %d)", t.paint(red, "FAIL"), t.paint(bold, safe(r.Name)), safe(r.Pos.File), r.Pos.Line)
		for line := range strings.SplitSeq(strings.TrimSuffix(r.Report(), "\n"), "\n") {
			t.line("      %s", line)
		}
	}
	switch {
	case s.Diagnostics.HasErrors():
		errors, _ := s.Diagnostics.Count()
		t.line("%s %s; no test was run.", t.paint(red, "Invalid:"), plural(errors, "error"))
	case len(s.Results) == 0:
		t.line("There are no routing tests: no *.test.hcl beside the configuration in %s holds one.", safe(s.Path))
	case failed > 0:
		t.line("%s %d of %s.", t.paint(red, "Failed:"), failed, plural(len(s.Results), "test"))
	default:
		t.line("%s %s.", t.paint(green, "Passed:"), plural(len(s.Results), "test"))
	}
	return nil
}
