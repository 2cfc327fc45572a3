package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/engine"
)

// What templates can do beyond fields stays possible within the limits on their work.
func TestTemplates(t *testing.T) {
	for source, want := range map[string]string{
		`{{ range $i, $x := .Indicators }}{{ $i }}: {{ $x }}{{ end }}`:        `0: footholds`,
		`{{ range .Indicators }}{{ else }}none{{ end }}`:                      ``,
		`{{ with .Client }}{{ range $.Indicators }}{{ . }}{{ end }}{{ end }}`: `footholds`,
		`{{ join .Indicators ", " | upper | printf "%-12s|" }}`:               `FOOTHOLDS   |`,
		`{{ printf "%d%% in %04d" 7 2026 }}{{ printf "%% 2026" }}`:            `7% in 2026% 2026`,
		`{{ html "<" }}{{ print 1 2 }}{{ urlquery "a b" }}{{ js "'" }}`:       `&lt;1 2a+b\'`,
	} {
		c := load(t, "a.hcl", fmt.Sprintf("ticket {\n  intro = %q\n}\n", source))
		var got strings.Builder
		if err := c.Offline().Policy.Ticket.Intro.Execute(&got, engine.SampleTemplateData()); err != nil || got.String() != want {
			t.Errorf("%s makes %q, %v, want %q", source, got.String(), err, want)
		}
	}
}
