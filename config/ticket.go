package config

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"text/template"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/huntsync/huntsync/engine"
)

func (l *loader) ticket(raw *hcl.Block) {
	b := l.open(raw, shape{arguments: []string{"subject", "intro", "outro", "time_zone", "notify_client"}})
	t := engine.TicketSettings{
		Subject:  b.template("subject"),
		Intro:    b.template("intro"),
		Outro:    b.template("outro"),
		Location: b.zone("time_zone"),
	}
	t.NotifyClient, _ = b.bool("notify_client")
	l.config.ticket = t
}

// maxTemplateBytes limits a template and what it makes.
const maxTemplateBytes = 64 << 10

// template compiles a template and tries it, on an incident that has everything
// and on one that has nothing: what fails must fail here, not in a ticket.
func (b *block) template(argument string) *template.Template {
	text, ok := b.string(argument)
	if !ok {
		return nil
	}
	t, err := parseTemplate("ticket."+argument, text)
	if err == nil {
		err = tryTemplate(t)
	}
	if err != nil {
		f := finding{
			code: CodeInvalidTemplate, in: b.name, subject: b.attrs[argument].Expr.Range(), summary: "Invalid template",
			detail: fmt.Sprintf("%q is no template that works: %s.", argument, templateProblem(err)),
		}
		if m := templateField.FindStringSubmatch(err.Error()); m != nil {
			f.detail = fmt.Sprintf("%q uses .%s, which an incident does not have. There are %s.", argument, m[1], enumerate(templateFields()))
			f.suggestion = didYouMean("."+m[1], templateFields())
		}
		b.add(f)
		return nil
	}
	return t
}

func parseTemplate(name, text string) (*template.Template, error) {
	if len(text) > maxTemplateBytes {
		return nil, fmt.Errorf("it has %d bytes, at most %d are allowed", len(text), maxTemplateBytes)
	}
	t, err := template.New(name).Option("missingkey=error").Funcs(templateFunctions()).Parse(text)
	if err != nil {
		return nil, err
	}
	return t, checkWork(t.Root, false)
}

func tryTemplate(t *template.Template) error {
	if err := t.Execute(&limitedWriter{left: maxTemplateBytes}, engine.SampleTemplateData()); err != nil {
		return err
	}
	if err := t.Execute(&limitedWriter{left: maxTemplateBytes}, engine.TemplateData{SentAt: time.Unix(0, 0).UTC()}); err != nil {
		return fmt.Errorf("for an incident of which little is known, %w", err)
	}
	return nil
}

// limitedWriter takes so many bytes and no more.
type limitedWriter struct{ left int }

func (w *limitedWriter) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errTooLong
	}
	return io.Discard.Write(p)
}

// templateProblem is what Go says about a template, without where.
func templateProblem(err error) string {
	for _, own := range []error{errTooLong, errWidth} {
		if errors.Is(err, own) {
			return own.Error()
		}
	}
	return templatePlace.ReplaceAllString(err.Error(), "")
}

var (
	templatePlace = regexp.MustCompile(`template: [^ ]+:\d+(:\d+)?: (executing "[^"]*" at )?`)
	templateField = regexp.MustCompile(`can't evaluate field (\w+) in type`)
)

// templateFields are what a template can use of an incident.
func templateFields() []string {
	var names []string
	for f := range reflect.TypeFor[engine.TemplateData]().Fields() {
		names = append(names, "."+f.Name)
	}
	return names
}
