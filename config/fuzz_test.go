package config_test

import (
	"encoding/json"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// seed adds every file below testdata whose name ends so.
func seed(f *testing.F, suffix string) {
	f.Helper()
	files, err := filepath.Glob("testdata/*/*/*" + suffix)
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(content) < 10_000 {
			f.Add(string(content))
		}
	}
}

// checkDiagnostics makes sure that diagnostics can be shown, and show nothing
// sensitive.
func checkDiagnostics(t *testing.T, diags config.Diagnostics, content string) {
	t.Helper()
	for _, d := range diags {
		if d.Range == nil || d.Snippet == nil {
			t.Errorf("without a place: %+v", d)
			continue
		}
		if d.Range.Start.Byte > d.Range.End.Byte || d.Range.End.Byte > len(content)+1 || d.Range.Start.Line < 1 {
			t.Errorf("outside of the file of %d bytes: %+v", len(content), d)
		}
		if s := d.Snippet; s.HighlightStart > s.HighlightEnd || s.HighlightEnd > len(s.Code) {
			t.Errorf("a bad snippet: %+v", s)
		}
	}
	shown := text(t, diags)
	asJSON, err := json.Marshal(diags)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(content, canary) {
		return
	}
	if strings.Contains(shown, canary) || strings.Contains(string(asJSON), canary) {
		t.Errorf("something sensitive is shown:\n%s", shown)
	}
}

// checkLoad loads a file. Whatever is in it, nothing panics; what is valid and
// complete routes every incident.
func checkLoad(t *testing.T, name, content string) {
	t.Helper()
	c, diags := config.Load(&config.Snapshot{Files: []config.File{{Name: name, Content: []byte(content)}}}, options())
	checkDiagnostics(t, diags, content)
	if (c == nil) != diags.HasErrors() {
		t.Fatalf("a configuration beside errors, or neither: %v", diags)
	}
	if c == nil {
		return
	}
	offline := c.Offline()
	for k := range offline.Policy.OrganizationNames {
		d := offline.Policy.Decide(k.AccountID, engine.Incident{OrganizationID: k.OrganizationID})
		if len(offline.Blocking) == 0 && (d.ClientID == "" || d.BoardID == "" || d.PriorityID == "" || d.StatusID == "") {
			t.Errorf("nothing blocks, but an incident goes nowhere: %+v", d)
		}
	}
}

func FuzzLoad(f *testing.F) {
	seed(f, ".hcl")
	f.Fuzz(func(t *testing.T, content string) { checkLoad(t, "a.hcl", content) })
}

func FuzzLoadJSON(f *testing.F) {
	seed(f, ".hcl.json")
	f.Fuzz(func(t *testing.T, content string) { checkLoad(t, "a.hcl.json", content) })
}

// FuzzNesting repeats a pattern very often. A parser that overflows its stack
// cannot be recovered from and fails the whole run; the stack is small here, so
// that little is enough.
func FuzzNesting(f *testing.F) {
	if testing.Short() {
		f.Skip("it parses megabytes in one goroutine; run without -short")
	}
	was := debug.SetMaxStack(8 << 20)
	f.Cleanup(func() { debug.SetMaxStack(was) })
	for _, pattern := range []string{
		"[", "(", "{", "a {", "a = [", "!", "-", "1 + ", "a ? ", "a ? b : ", "f(", `"${`, "%{ if a }", "[for a in ", "a[", "a[*]", "a.*",
		"<<A\n${", `"%{ for a in b }`, "{a = ", "{a: ", "[[],", "{},\n", "1 +\n", "\n- ", "a[0]", "!\n", "1 == ", "x => ", "1+#\n", "1+\n\n", "-/**/\n", "\n/**/-", "\\\"", "%{else}",
		`"a": {`, `{"a":[`, `"\u005b`, "\u0600\"", "${[", `{"b":"${`,
	} {
		f.Add("", pattern, "")
		f.Add("locals {\n a = ", pattern, "\n}")
		f.Add("locals {\n a = \"${", pattern, "}\"\n}")
		f.Add("locals {\n a = (\n", pattern, "\n)}")
		f.Add(`{"locals": {"a": "`, pattern, `"}}`)
		f.Add(`{"locals": {"a": "${`, pattern, `}"}}`)
	}
	f.Fuzz(func(t *testing.T, before, pattern, after string) {
		if pattern == "" || len(before)+len(pattern)+len(after) > 200 {
			return
		}
		content := before + strings.Repeat(pattern, (4<<10)/len(pattern)) + after
		for _, name := range []string{"a.hcl", "a.hcl.json"} {
			c, _ := config.Load(&config.Snapshot{Files: []config.File{{Name: name, Content: []byte(content)}}}, options())
			if c != nil {
				c.Offline()
			}
			_, _ = config.Format(config.File{Name: name, Content: []byte(content)})
		}
	})
}

// valued takes a text from outside to every place that reads one in a form of its own.
const valued = `
variable "text" { type = string }
variable "number" {
  type    = number
  default = 1
}
variable "texts" {
  type    = map(list(string))
  default = {}
}
huntress "main" {
  base_url      = var.text
  poll_interval = var.text
  census        = var.text
}
desk "algapsa" {
  url    = var.text
  settle = var.text
}
routing { category = var.text }
organization "A" { id = var.number }
ticket {
  subject   = var.text
  intro     = jsonencode(var.texts)
  time_zone = var.text
}
state "sqlite" { retention = var.text }
web { listen = var.text }
`

// FuzzValues gives a text to every argument with a form of its own, and to variables
// of every kind, as a flag or the environment would. What is wrong is said of the
// argument, and the others are as if it were not there: within their limits.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{
		"5m", "7d", "1d12h", "106751d23h47m", "9999999999d", "-1d", "d", "1e9h", "https://psa.example.com/a/", "http://127.0.0.1:0x50", "http://[::1%25lo]/",
		"https://user:word@host/?x#y", "A / B", " / ", "A / B / C", "Europe/Berlin", "../../etc/passwd", "Local", "[::1]:9748", ":http", "host:99999",
		"{{.Subject}}", "{{range .Indicators}}{{.}}{{end}}", "{{printf \"%999d\" 1}}", "{{.SentAt.Format \"12\"}}", "{{define \"x\"}}{{template \"x\"}}{{end}}",
		"1e999999999", "{a = [\"b\"]}", "{a = [1]}", "[", "\xff\x00", "${env(\"KEY\")}",
	} {
		f.Add(seed, seed, seed)
	}
	f.Fuzz(func(t *testing.T, text, number, texts string) {
		o := options()
		o.Variables = map[string]string{"text": text}
		o.LookupEnv = func(name string) (string, bool) {
			value, ok := map[string]string{"HUNTSYNC_VAR_number": number, "HUNTSYNC_VAR_texts": texts}[name]
			return value, ok
		}
		c, diags := config.Load(&config.Snapshot{Files: []config.File{{Name: "a.hcl", Content: []byte(valued)}}}, o)
		checkDiagnostics(t, diags, valued)
		if (c == nil) != diags.HasErrors() {
			t.Fatalf("a configuration beside errors, or neither: %v", diags)
		}
		// What a template or a URL needs is no duration: so all of it is never right
		// at once, and each is looked at alone.
		for argument, file := range map[string]string{
			"base_url": "huntress \"main\" { base_url = var.text }", "poll_interval": "huntress \"main\" { poll_interval = var.text }",
			"subject": "ticket { subject = var.text }", "listen": "web { listen = var.text }", "retention": "state \"sqlite\" { retention = var.text }",
		} {
			content := "variable \"text\" {}\n" + file + "\n"
			c, diags := config.Load(&config.Snapshot{Files: []config.File{{Name: "a.hcl", Content: []byte(content)}}}, o)
			checkDiagnostics(t, diags, content)
			if c == nil {
				continue
			}
			checkValue(t, argument, text, c)
		}
	})
}

// checkValue holds what was made of a text against what the documentation promises.
func checkValue(t *testing.T, argument, text string, c *config.Config) {
	t.Helper()
	switch argument {
	case "base_url":
		u, err := url.Parse(c.Huntress[0].BaseURL)
		if err != nil || u.User != nil || u.Scheme != "https" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
			t.Errorf("%q became %q, %v", text, c.Huntress[0].BaseURL, err)
		}
	case "poll_interval":
		if d := c.Huntress[0].PollInterval; d < time.Minute || d > time.Hour {
			t.Errorf("%q became %s", text, d)
		}
	case "retention":
		if d := c.State.Retention; d <= 0 {
			t.Errorf("%q became %s", text, d)
		}
	case "listen":
		if _, _, err := net.SplitHostPort(c.Web.Listen); err != nil {
			t.Errorf("%q became %q: %v", text, c.Web.Listen, err)
		}
	case "subject":
		if subject := c.Offline().Policy.Ticket.Subject; subject != nil {
			var made strings.Builder
			if err := subject.Execute(&made, engine.SampleTemplateData()); err != nil || made.Len() > 64<<10 {
				t.Errorf("%q makes %d bytes, %v", text, made.Len(), err)
			}
		}
	}
}

func FuzzTests(f *testing.F) {
	seed(f, ".test.hcl")
	c, diags := config.Load(&config.Snapshot{Files: []config.File{{Name: "a.hcl", Content: []byte(good)}}}, options())
	if diags.HasErrors() {
		f.Fatal(diags)
	}
	offline := c.Offline()
	f.Fuzz(func(t *testing.T, content string) {
		tests, diags := c.LoadTests(&config.Snapshot{Tests: []config.File{{Name: "a.test.hcl", Content: []byte(content)}}})
		checkDiagnostics(t, diags, content)
		for _, r := range offline.Run(tests) {
			if r.Passed != (r.Report() == "") {
				t.Errorf("a test that failed reports %q", r.Report())
			}
		}
	})
}

func FuzzFormat(f *testing.F) {
	seed(f, ".hcl")
	f.Fuzz(func(t *testing.T, content string) {
		once, diags := config.Format(config.File{Name: "a.hcl", Content: []byte(content)})
		if diags.HasErrors() {
			return
		}
		again, diags := config.Format(config.File{Name: "a.hcl", Content: once})
		if diags.HasErrors() {
			t.Fatalf("formatting broke the file:\n%s", text(t, diags))
		}
		if config.Diff("a", "b", once, again) != "" && len(content) < 1000 {
			third, _ := config.Format(config.File{Name: "a.hcl", Content: again})
			if string(third) != string(again) {
				t.Errorf("formatting does not come to rest: %q", content)
			}
		}
	})
}
