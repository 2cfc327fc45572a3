package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/config"
)

func full(t *testing.T) *config.Config {
	t.Helper()
	c, diags := config.Load(read(t, filepath.Join("testdata", "valid", "full")), options())
	if len(diags) > 0 {
		t.Fatal(text(t, diags))
	}
	return c
}

func TestLoadEverything(t *testing.T) {
	c := full(t)
	h := c.Huntress[0]
	if h.Label != "main" || h.BaseURL != "https://api.huntress.io" || h.PollInterval != 10*time.Minute ||
		h.Backfill != 7*24*time.Hour+12*time.Hour || h.Census != 30*time.Minute {
		t.Errorf("huntress is %+v", h)
	}
	if diff := cmp.Diff([]string{"*", "acme-msp", "4711"}, h.Accounts); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if got := h.APIKey.Reveal(); got != "canary-from-HUNTRESS_API_KEY" {
		t.Errorf("the api key is %q", got)
	}
	if d := c.Desk; d.Type != "algapsa" || d.URL != "http://localhost:3000" || d.Settle != 90*time.Second || d.APIKey.Reveal() != "canary from a file" {
		t.Errorf("desk is %+v with the key %q", d, d.APIKey.Reveal())
	}
	if s := c.State; s.Type != config.StateSQLite || s.Path != filepath.Join("testdata", "valid", "full", "data", "state.db") || s.Retention != 90*24*time.Hour {
		t.Errorf("state is %+v", s)
	}
	if c.Web.Listen != "[::1]:9748" {
		t.Errorf("web is %+v", c.Web)
	}
	if lacking := c.Incomplete(); len(lacking) > 0 {
		t.Errorf("a complete configuration lacks %+v", lacking)
	}
}

func TestDefaults(t *testing.T) {
	s := snapshot(t, "a.hcl", `huntress "main" {}`)
	c, diags := config.Load(s, options())
	if len(diags) > 0 {
		t.Fatal(text(t, diags))
	}
	h := c.Huntress[0]
	if h.BaseURL != "https://api.huntress.io" || h.PollInterval != 5*time.Minute || h.Backfill != 7*24*time.Hour || h.Census != time.Hour || h.Accounts != nil {
		t.Errorf("huntress is %+v", h)
	}
	want := config.State{Type: config.StateSQLite, Path: filepath.Join(s.Dir, "huntsync.db"), Retention: 400 * 24 * time.Hour}
	if c.State != want {
		t.Errorf("state is %+v", c.State)
	}
	if c.Web.Listen != "127.0.0.1:9748" || c.Desk != nil {
		t.Errorf("web is %+v, desk %+v", c.Web, c.Desk)
	}
}

// What is missing is listed by its name, with the block where it belongs.
func TestIncomplete(t *testing.T) {
	c := load(t, "a.hcl", `
huntress "main" {
  api_key = env("ABSENT_KEY")
}
desk "algapsa" {
  url     = "https://psa.example.com"
  api_key = file("absent")
}
routing {
  severity = { high = "P2" }
  fallback {}
}
state "postgres" {
  url = env("ABSENT_URL")
}`)
	var got []string
	for _, r := range c.Incomplete() {
		got = append(got, fmt.Sprintf("%s line %d: %s", r.Path, r.Pos.Line, strings.ReplaceAll(r.Problem, filepath.Dir(r.Pos.File), "DIR")))
		if r.Help == "" {
			t.Errorf("%s has no help", r.Path)
		}
	}
	want := []string{
		`huntress "main".api_key line 3: The environment variable ABSENT_KEY is not set.`,
		`huntress "main".api_secret line 2: huntress "main" has no api_secret.`,
		`desk "algapsa".api_key line 7: The file DIR/absent cannot be read: file does not exist.`,
		`state "postgres".url line 14: The environment variable ABSENT_URL is not set.`,
		`routing.board line 9: The board for incidents is not set.`,
		`routing.severity.critical line 9: Incidents of severity critical have no priority.`,
		`routing.severity.low line 9: Incidents of severity low have no priority.`,
		`routing.fallback.client line 11: The client for incidents of unmapped organizations is not set.`,
		`routing.fallback.board line 11: The triage board for incidents of unmapped organizations is not set.`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(load(t, "a.hcl", "locals {}").Incomplete()) != 8 {
		t.Error("an empty configuration should lack eight things")
	}
}

// One account with credentials is enough to poll; the other is warned of.
func TestOneAccountIsEnough(t *testing.T) {
	c := load(t, "a.hcl", `
huntress "one" {
  api_key    = env("KEY")
  api_secret = env("SECRET")
}
huntress "two" {
  api_key    = env("KEY")
  api_secret = env("ABSENT")
}`)
	for _, r := range c.Incomplete() {
		if strings.HasPrefix(r.Path, "huntress") {
			t.Errorf("%s blocks: %s", r.Path, r.Problem)
		}
	}
	warned := c.Offline().Warnings
	if len(warned) != 1 || warned[0].Path != `huntress "two".api_secret` {
		t.Errorf("warnings are %+v", warned)
	}
}

// Nothing that prints, logs or encodes a configuration shows a credential.
func TestSecretsAreNeverShown(t *testing.T) {
	c := full(t)
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).InfoContext(t.Context(), "loaded", "config", c, "key", c.Desk.APIKey, "account", c.Huntress[0])
	}
	shown := []string{string(asJSON), log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		shown = append(shown, fmt.Sprintf(verb, c.Huntress), fmt.Sprintf(verb, *c.Desk), fmt.Sprintf(verb, c.Desk.APIKey))
	}
	// What prints a field that is not exported asks no methods.
	within := struct{ key config.Secret }{c.Desk.APIKey}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		shown = append(shown, fmt.Sprintf(verb, within))
	}
	keyed, err := json.Marshal(map[config.Secret]int{c.Desk.APIKey: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(shown, string(keyed)) {
		if strings.Contains(s, canary) || strings.Contains(s, fmt.Sprintf("%x", canary)) {
			t.Errorf("a credential is shown in %s", s)
		}
	}
	if c.Desk.APIKey.Reveal() == "" || c.Desk.APIKey.Empty() {
		t.Error("the credential itself is lost")
	}
}

// Who takes env or file for a way to write the credential itself is told so, and
// not that there is no variable of that name.
func TestACredentialForAName(t *testing.T) {
	c := load(t, "a.hcl", `
huntress "main" {
  api_key    = env("hk_ABSENT4711")
  api_secret = file("hs_absent4711")
}`)
	told := 0
	for _, r := range c.Incomplete() {
		if strings.Contains(fmt.Sprint(r), "4711") {
			t.Errorf("a credential is shown in %+v", r)
		}
		if strings.Contains(r.Problem, "looks like a credential") {
			told++
		}
	}
	if told != 2 {
		t.Errorf("%d reminders say what is wrong: %+v", told, c.Incomplete())
	}
}

func TestVariables(t *testing.T) {
	files := []string{"a.hcl", `
variable "board" { default = "Default" }
variable "moves" {
  type    = bool
  default = false
}
variable "id" {
  type    = number
  default = 1
}
routing {
  board       = var.board
  move_on_map = var.moves
}
organization "Acme" {
  id     = var.id
  client = "Acme"
}`}
	env := map[string]string{"HUNTSYNC_VAR_board": "Environment", "HUNTSYNC_VAR_id": "7"}
	lookup := func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
	board := func(o config.Options) (string, string, bool) {
		t.Helper()
		o.LookupEnv = lookup
		c, diags := config.Load(snapshot(t, files...), o)
		if diags.HasErrors() {
			t.Fatal(text(t, diags))
		}
		return c.Offline().Policy.BoardID, c.Hash, c.Offline().Policy.MoveOnMap
	}
	fromEnv, hashEnv, _ := board(config.Options{})
	fromFlag, hashFlag, moves := board(config.Options{Variables: map[string]string{"board": "Flag", "moves": "true"}})
	if fromEnv != "Environment" || fromFlag != "Flag" || !moves {
		t.Errorf("boards are %q and %q, moves %v", fromEnv, fromFlag, moves)
	}
	clear(env)
	fromDefault, hashDefault, _ := board(config.Options{})
	if fromDefault != "Default" {
		t.Errorf("the default is %q", fromDefault)
	}
	if hashEnv == hashFlag || hashEnv == hashDefault {
		t.Error("configurations that route differently have the same hash")
	}

	for given, want := range map[string]string{
		"moves=yes":                        `--var moves must be of type bool`,
		"id=[[":                            `--var id must be of type number`,
		"id=\"7\"":                         `--var id must be of type number`,
		"boards=Two":                       `Did you mean "board"?`,
		"id=" + strings.Repeat("(", 70000): `--var id must be of type number`,
	} {
		name, value, _ := strings.Cut(given, "=")
		_, diags := config.Load(snapshot(t, files...), config.Options{LookupEnv: lookup, Variables: map[string]string{name: value}})
		if got := text(t, diags); !strings.Contains(got, want) {
			t.Errorf("--var %.20s: got %q, want it to contain %q", given, got, want)
		}
	}
}

// A secret variable may be absent while a configuration is checked.
func TestSensitiveVariable(t *testing.T) {
	files := []string{"a.hcl", `
variable "key" {
  sensitive = true
}
desk "algapsa" {
  url     = "https://psa.example.com"
  api_key = var.key
}`}
	c, diags := config.Load(snapshot(t, files...), options())
	if diags.HasErrors() {
		t.Fatal(text(t, diags))
	}
	if got := c.Incomplete(); got[1].Path != `desk "algapsa".api_key` || !strings.Contains(got[1].Help, "HUNTSYNC_VAR_key") {
		t.Errorf("reminders are %+v", got)
	}
	o := options()
	o.Variables = map[string]string{"key": "s3cret"}
	c, _ = config.Load(snapshot(t, files...), o)
	if c.Desk.APIKey.Reveal() != "s3cret" {
		t.Errorf("the key is %q", c.Desk.APIKey.Reveal())
	}
}

// The JSON syntax says the same as the native one.
func TestJSONSyntax(t *testing.T) {
	native := load(t, "a.hcl", `
locals { board = "Security" }
routing {
  board    = local.board
  severity = { critical = "P1", high = "P2", low = "P3" }
  fallback {
    client = "Triage"
    board  = "Triage"
  }
  close { status = "Closed" }
}
organization "Acme" {
  id     = 7
  client = "Acme"
}
route "r" {
  match { severity = ["low"] }
  priority = "P4"
}`)
	asJSON := load(t, "a.hcl.json", `{
  "locals": {"board": "Security"},
  "routing": {
    "board": "${local.board}",
    "severity": {"critical": "P1", "high": "P2", "low": "P3"},
    "fallback": {"client": "Triage", "board": "Triage"},
    "close": {"status": "Closed"}
  },
  "organization": {"Acme": {"//": "a comment", "id": 7, "client": "Acme"}},
  "route": {"r": {"match": {"severity": ["low"]}, "priority": "P4"}}
}`)
	want, got := native.Offline().Policy, asJSON.Offline().Policy
	if diff := cmp.Diff(want, got, ignorePlaces()...); diff != "" {
		t.Errorf("(-native +json):\n%s", diff)
	}
}

// Files count in the order of their names, and blocks in their order.
func TestOrderOfFilesAndBlocks(t *testing.T) {
	route := func(names ...string) string {
		var b strings.Builder
		for _, n := range names {
			fmt.Fprintf(&b, "route %q {\n  board = \"A\"\n  match { platform = [%q] }\n}\n", n, n)
		}
		return b.String()
	}
	c := load(t, "20.hcl", route("c", "a"), "10.hcl", route("b"), "30.hcl.json",
		`{"route": {"z": {"board": "A"}}}`, ".hidden.hcl", "!", "a.hcl~", "!", "#a.hcl", "!", "notes.txt", "!", "a.test.hcl", "!")
	var got []string
	for _, r := range c.Offline().Policy.Routes {
		got = append(got, r.Name)
	}
	if diff := cmp.Diff([]string{"b", "c", "a", "z"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
