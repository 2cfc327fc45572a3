package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// simEnvironment holds the credentials of the simulation. They must appear nowhere.
func simEnvironment(name string) (string, bool) {
	value, ok := map[string]string{"KEY": huntressKey, "SECRET": huntressSecret, "DESK": deskKey}[name]
	return value, ok
}

const (
	simHuntress = `
huntress "main" {
  api_key    = env("KEY")
  api_secret = env("SECRET")
  base_url   = "http://127.0.0.1:1"
}
`
	simFallback = `
  fallback {
    client = "Security Triage"
    board  = "Triage"
  }
`
)

const simConfig = simHuntress + `
desk "algapsa" {
  url     = "http://127.0.0.1:2"
  api_key = env("DESK")
}
state "sqlite" { path = "state.db" }
routing {
  board    = "Security"
  category = "Security / Incident"
  severity = { critical = "P1", high = "P2", low = "P3" }
` + simFallback + `
  close { status = "Closed" }
}
organization "Org 0" {
  id     = 100
  client = "Acme Corporation"
}
organization "Org 1" {
  client = "Birchwood Family Dental"
  board  = "VIP Security"
}
organization "Org 2" { client = "Cedar Ridge Schools" }
organization "Org 3" {
  client  = "Harborview Pediatrics"
  tickets = false
}
organization "Org 4" { client = "Nobody Knows This Client" }
route "ransomware" {
  match { indicator = ["ransomware_canaries"] }
  board    = "Incident Response"
  priority = "P0"
}
`

// writeConfig writes an edition of the configuration that is good.
func (s *simulation) writeConfig() {
	s.bad = false
	s.write(simConfig)
}

func (s *simulation) write(text string) {
	s.config++
	const place = `base_url   = "http://127.0.0.1:1"`
	text = strings.Replace(text, place, fmt.Sprintf("%s\n  poll_interval = %q\n  census = %q", place, s.plot.interval, s.plot.census), 1)
	text += fmt.Sprintf("# edition %d\n", s.config)
	if err := os.WriteFile(filepath.Join(s.dir, "huntsync.hcl"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// edit changes the files under the running process: to another good edition, or
// to one that must not be used.
func (s *simulation) edit() {
	edits := []struct{ what, old, replacement string }{
		{"a good edition", "", ""},
		{"a syntax error", "routing {", "routing {{"},
		{"no fallback", simFallback, ""},
		{"a fallback that does not exist", `client = "Security Triage"`, `client = "Gone"`},
		{"a board that does not exist", `board    = "Security"`, `board    = "Gone"`},
		{"no account", simHuntress, ""},
		{"no credentials", `env("SECRET")`, `""`},
		{"nothing", simConfig, ""},
	}
	e := edits[s.rng.IntN(len(edits))]
	if s.process.store == nil {
		return
	}
	if r, ok := s.process.engine.Resolution(); !ok || len(r.Blocking) > 0 {
		e = edits[0] // Nothing runs yet that could keep running.
	}
	s.say("the configuration is edited: %s", e.what)
	s.totals.disaster("configuration: " + e.what)
	s.bad = e.old != ""
	s.write(strings.Replace(simConfig, e.old, e.replacement, 1))
	select {
	case s.edited <- struct{}{}:
	default:
	}
}

// checkRunning makes sure that what runs never becomes less complete.
func (s *simulation) checkRunning() {
	s.t.Helper()
	p := s.process
	if p == nil || p.store == nil || p.crashed.Load() {
		return
	}
	resolution, ok := p.engine.Resolution()
	complete := ok && len(resolution.Blocking) == 0
	if p.complete && !complete {
		s.t.Fatalf("the running policy became less complete: %+v", resolution.Blocking)
	}
	p.complete = complete
	if c := p.reloader.active(); complete && c != nil && len(c.Incomplete()) > 0 {
		s.t.Fatalf("an incomplete configuration counts as the one that runs: %+v", c.Incomplete())
	}
}
