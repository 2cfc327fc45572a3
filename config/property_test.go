package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// drawConfiguration draws a complete configuration with random organizations
// and routes.
func drawConfiguration(t *rapid.T) string {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	boards, clients, statuses := []string{"A", "B", "C"}, []string{"K", "L", "M"}, []string{"Closed", "Done"}
	priorities, categories := []string{"P0", "P1", "P2"}, []string{"X", "X / Y", "Z"}
	maybe := func(b *strings.Builder, argument string, from []string) {
		if rapid.Bool().Draw(t, argument+" given") {
			fmt.Fprintf(b, "  %s = %q\n", argument, pick(argument, from...))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "routing {\n  board = %q\n", pick("board", boards...))
	maybe(&b, "category", categories)
	fmt.Fprintf(&b, "  severity = { critical = %q, high = %q, low = %q }\n",
		pick("critical", priorities...), pick("high", priorities...), pick("low", priorities...))
	fmt.Fprintf(&b, "  fallback {\n    client = %q\n    board = %q\n  }\n", pick("client", clients...), pick("triage", boards...))
	if rapid.Bool().Draw(t, "close") {
		b.WriteString("  close {\n    status = \"Closed\"\n")
		if rapid.Bool().Draw(t, "close by severity") {
			fmt.Fprintf(&b, "    severity = { %s = %q }\n", pick("of", "critical", "low"), pick("closed", statuses...))
		}
		b.WriteString("  }\n")
	}
	b.WriteString("}\n")
	for i := range rapid.IntRange(0, 5).Draw(t, "organizations") {
		fmt.Fprintf(&b, "organization \"O%d\" {\n  client = %q\n  tickets = %v\n", i, pick("client", clients...), rapid.Bool().Draw(t, "tickets"))
		maybe(&b, "board", boards)
		maybe(&b, "category", categories)
		if rapid.Bool().Draw(t, "severity given") {
			fmt.Fprintf(&b, "  severity = { %s = %q }\n", pick("severity", "critical", "high", "low"), pick("priority", priorities...))
		}
		b.WriteString("}\n")
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "routes") {
		fmt.Fprintf(&b, "route \"R%d\" {\n  match {\n", i)
		for _, m := range []struct {
			argument string
			values   []string
		}{
			{"severity", []string{"critical", "high", "low"}},
			{"platform", []string{"windows", "linux", "other"}},
			{"indicator", []string{"footholds", "app_control"}},
			{"organization", []string{"O0", "O1", "Nobody"}},
		} {
			if chosen := rapid.SliceOfN(rapid.SampledFrom(m.values), 0, 2).Draw(t, m.argument); len(chosen) > 0 {
				fmt.Fprintf(&b, "    %s = [\"%s\"]\n", m.argument, strings.Join(chosen, `", "`))
			}
		}
		b.WriteString("  }\n")
		maybe(&b, "board", boards)
		maybe(&b, "priority", priorities)
		maybe(&b, "client", clients)
		maybe(&b, "category", categories)
		if rapid.Bool().Draw(t, "close of the route") {
			b.WriteString("  close {\n    resolution = true\n")
			maybe(&b, "status", statuses)
			maybe(&b, "note", []string{"N", "O"})
			b.WriteString("  }\n")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

func loadDrawn(t *rapid.T, content string) *config.Config {
	c, diags := config.Load(&config.Snapshot{Files: []config.File{{Name: "a.hcl", Content: []byte(content)}}}, options())
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, content)
	}
	return c
}

// Whatever the configuration, every organization, severity, platform and
// indicator ends at a client, a board, a status and a priority; and the first
// matching route that sets an attribute has the last word.
func TestEveryIncidentLandsSomewhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := drawConfiguration(t)
		p := loadDrawn(t, content).Offline().Policy
		keys := []engine.OrganizationKey{{}, {AccountID: 1, OrganizationID: 99999}}
		for k := range p.OrganizationNames {
			keys = append(keys, k)
		}
		for _, k := range keys {
			for _, severity := range append(engine.Severities(), "", "urgent") {
				for _, platform := range []string{"windows", "linux", "other", "", "amiga"} {
					for _, indicators := range [][]string{nil, {"footholds"}, {"app_control", "footholds"}, {"quantum"}} {
						inc := engine.Incident{OrganizationID: k.OrganizationID, Severity: severity, Platform: platform, Indicators: indicators}
						d := p.Decide(k.AccountID, inc)
						if d.ClientID == "" || d.BoardID == "" || d.StatusID == "" || d.PriorityID == "" {
							t.Fatalf("%+v goes nowhere: %+v\n%s", inc, d, content)
						}
						if d.StatusID != p.Boards[d.BoardID].OpenID {
							t.Fatalf("%+v gets a status of another board: %+v\n%s", inc, d, content)
						}
						if d.Close != nil && p.Boards[d.BoardID].Closed[d.Close.Status] == "" && p.Boards[d.BoardID].ClosedID == "" {
							t.Fatalf("%+v cannot be closed: %+v\n%s", inc, d.Close, content)
						}
						traced := ""
						for _, tried := range config.Trace(p, k.AccountID, inc) {
							if tried.Matched && traced == "" {
								traced = tried.Route
							}
						}
						if traced != d.Route {
							t.Fatalf("%+v is decided by %q but traced to %q\n%s", inc, d.Route, traced, content)
						}
					}
				}
			}
		}
	})
}

// A route that is reported as never used really never matters: without it every
// decision is the same but for the name of the route.
func TestUnreachableRoutesDoNotMatter(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		content := drawConfiguration(t)
		s := &config.Snapshot{Files: []config.File{{Name: "a.hcl", Content: []byte(content)}}}
		c, diags := config.Load(s, options())
		if c == nil {
			t.Fatalf("%v", diags)
		}
		p := c.Offline().Policy
		for _, diag := range diags {
			if diag.Code != config.CodeUnreachableRoute {
				continue
			}
			found++
			var without []engine.Route
			for _, r := range p.Routes {
				if diag.In != fmt.Sprintf("route %q", r.Name) {
					without = append(without, r)
				}
			}
			other := c.Offline().Policy
			other.Routes = without
			for k := range p.OrganizationNames {
				for _, severity := range engine.Severities() {
					for _, platform := range []string{"windows", "linux", "other"} {
						for _, indicators := range [][]string{nil, {"footholds"}, {"app_control", "footholds"}} {
							inc := engine.Incident{OrganizationID: k.OrganizationID, Severity: severity, Platform: platform, Indicators: indicators}
							a, b := p.Decide(k.AccountID, inc), other.Decide(k.AccountID, inc)
							if a.ClientID != b.ClientID || a.BoardID != b.BoardID || a.PriorityID != b.PriorityID || a.CategoryID != b.CategoryID ||
								!cmp.Equal(a.Close, b.Close) {
								t.Fatalf("%s matters for %+v\n%s", diag.In, inc, content)
							}
						}
					}
				}
			}
		}
	})
	if found == 0 {
		t.Skip("no unreachable route was drawn this time, so nothing was shown")
	}
}

// The same files give the same policy and the same diagnostics, and formatting
// changes neither.
func TestLoadIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := drawConfiguration(t)
		if rapid.Bool().Draw(t, "break it") {
			content = strings.Replace(content, rapid.SampledFrom([]string{"board", "client", "match", `"`, "="}).Draw(t, "what"), "", 1)
		}
		s := &config.Snapshot{Files: []config.File{{Name: "a.hcl", Content: []byte(content)}}}
		c1, d1 := config.Load(s, options())
		c2, d2 := config.Load(s, options())
		if diff := cmp.Diff(d1, d2, cmp.AllowUnexported(config.Diagnostic{})); diff != "" {
			t.Fatalf("diagnostics differ:\n%s\n%s", diff, content)
		}
		if c1 == nil {
			return
		}
		if diff := cmp.Diff(c1.Offline().Policy, c2.Offline().Policy, ignorePlaces()...); diff != "" {
			t.Fatalf("policies differ:\n%s\n%s", diff, content)
		}
		once, diags := config.Format(s.Files[0])
		if diags.HasErrors() {
			t.Fatalf("a valid file cannot be formatted: %v", diags)
		}
		twice, _ := config.Format(config.File{Name: "a.hcl", Content: once})
		if string(once) != string(twice) {
			t.Fatalf("formatting again changes\n%s\nto\n%s", once, twice)
		}
		if diff := cmp.Diff(c1.Offline().Policy, loadDrawn(t, string(once)).Offline().Policy, ignorePlaces()...); diff != "" {
			t.Fatalf("formatting changes the policy:\n%s", diff)
		}
	})
}

// A difference, applied, leads from one text to the other.
func TestDiffIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a\n", "b\n", "c\n", "d\n"}), 0, 30)
		a, b := strings.Join(lines.Draw(t, "a"), ""), strings.Join(lines.Draw(t, "b"), "")
		if got := patch(t, a, config.Diff("a", "b", []byte(a), []byte(b))); got != b {
			t.Fatalf("got %q, want %q", got, b)
		}
	})
}

// patch applies a unified difference.
func patch(t *rapid.T, text, diff string) string {
	lines := strings.SplitAfter(text, "\n")
	at := 0
	var out strings.Builder
	for line := range strings.Lines(diff) {
		switch {
		case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"):
		case strings.HasPrefix(line, "@@"):
			var first, count int
			if _, err := fmt.Sscanf(line, "@@ -%d,%d", &first, &count); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			if count > 0 {
				first--
			}
			for ; at < first; at++ {
				out.WriteString(lines[at])
			}
		case line[0] == '+':
			out.WriteString(line[1:])
		default:
			if lines[at] != line[1:] {
				t.Fatalf("line %d is %q, the difference says %q", at, lines[at], line[1:])
			}
			if line[0] == ' ' {
				out.WriteString(lines[at])
			}
			at++
		}
	}
	out.WriteString(strings.Join(lines[at:], ""))
	return out.String()
}
