package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// FuzzPlanFile reads anything as a saved plan: it is refused with the name of the
// file, or it is only ever as good as what would be done now.
func FuzzPlanFile(f *testing.F) {
	c := &config.Config{Hash: "0123", Desk: &config.Desk{URL: "https://psa.example.com"}}
	var now engine.Preview
	for _, seed := range []string{
		`{"format_version":1,"config":"0123","desk":"https://psa.example.com","changes":[]}`,
		`{"format_version":1,"config":"0123","desk":"\u001b[2Jx\u202e","changes":null}`,
		`{"format_version":1,"config":"0123","desk":"https://psa.example.com","changes":[{"action":"create","incident_id":7}]}`,
		`{"format_version":2}`, `{"changes":{}}`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := readPlan(path)
		if err != nil {
			if !strings.Contains(err.Error(), path) {
				t.Errorf("an error that does not say where: %v", err)
			}
			return
		}
		why := p.stale(c, now)
		if same := p.FormatVersion == planFormat && p.Config == c.Hash && p.Desk == c.Desk.URL && len(p.Changes) == 0; (why == "") != same {
			t.Errorf("%q, of %+v", why, p)
		}
		var shown strings.Builder
		views.Error(views.Terminal{Writer: &shown}, errors.New(why))
		if !utf8.ValidString(shown.String()) || strings.ContainsAny(shown.String(), "\x1b\u202e\x00") {
			t.Errorf("this is shown: %q", shown.String())
		}
	})
}
