package config

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// What holds where the configuration does not say otherwise.
const (
	defaultHuntressURL  = "https://api.huntress.io"
	defaultPollInterval = 5 * time.Minute
	defaultBackfill     = 7 * day
	defaultCensus       = time.Hour
	defaultSettle       = time.Minute
	defaultRetention    = 400 * day
	defaultDatabase     = "huntsync.db"
	defaultListen       = "127.0.0.1:9748"
)

func (l *loader) huntress(raw *hcl.Block, first map[string]hcl.Range) {
	b := l.open(raw, shape{arguments: []string{
		"api_key", "api_secret", "base_url", "poll_interval", "backfill", "accounts", "census",
	}})
	if !b.labeled() || !l.unique(first, b.name, b) {
		return
	}
	h := Huntress{Label: b.label, BaseURL: defaultHuntressURL, Pos: b.pos()}
	h.APIKey = l.credential(b, "api_key")
	h.APISecret = l.credential(b, "api_secret")
	if u := b.url("base_url"); u != "" {
		h.BaseURL = u
	}
	h.PollInterval = b.duration("poll_interval", limits{time.Minute, time.Hour, "1m to 60m"}, defaultPollInterval)
	h.Backfill = b.duration("backfill", limits{day, 30 * day, "1d to 30d"}, defaultBackfill)
	h.Census = b.duration("census", limits{15 * time.Minute, day, "15m to 24h"}, defaultCensus)
	h.Accounts = b.accounts()
	l.config.Huntress = append(l.config.Huntress, h)
}

// credential takes a credential, and reminds of one that is absent or not given.
func (l *loader) credential(b *block, name string) Secret {
	secret, missing := b.secret(name)
	if !b.gives(name) {
		missing = []absent{{
			b.name + " has no " + name + ".",
			"Add " + name + " = env(\"NAME\") or file(\"PATH\").",
		}}
	}
	l.absences(b, name, missing)
	return secret
}

// accounts are names, subdomains and numbers; the numbers may be written as such.
func (b *block) accounts() []string {
	v, expr, ok := b.value("accounts")
	if !ok {
		return nil
	}
	if t := v.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() || v.LengthInt() == 0 {
		b.wrongType("accounts", `a list of names, subdomains or numbers, like ["*"]`, v, expr.Range())
		return nil
	}
	at := places(expr, v.LengthInt())
	var all []string
	for i, element := range v.AsValueSlice() {
		if text := b.nameOrNumber("accounts", element, at[i]); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// nameOrNumber takes what names an account out of a value.
func (b *block) nameOrNumber(name string, v cty.Value, at hcl.Range) string {
	if v.Type() == cty.Number && !v.IsNull() {
		if n := b.whole(name, v, at); n > 0 {
			return strconv.FormatInt(n, 10)
		}
		return ""
	}
	text, _ := b.text(name, v, at)
	return strings.TrimSpace(text)
}

func (l *loader) desk(raw *hcl.Block) {
	b := l.open(raw, shape{arguments: []string{"url", "api_key", "settle"}})
	if !l.known(b, "desk", "algapsa") {
		return
	}
	d := &Desk{Type: b.label, Pos: b.pos()}
	if !b.gives("url") {
		b.missing("url", "It is where the desk is: url = \"https://psa.example.com\".")
	}
	d.URL = b.url("url")
	d.APIKey = l.credential(b, "api_key")
	d.Settle = b.duration("settle", limits{time.Second, time.Hour, "1s to 1h"}, defaultSettle)
	l.config.Desk = d
}

func (l *loader) state(raw *hcl.Block) {
	arguments := []string{"retention", "path"}
	if len(raw.Labels) > 0 && raw.Labels[0] == StatePostgres {
		arguments = []string{"retention", "url"}
	}
	b := l.open(raw, shape{arguments: arguments})
	if !l.known(b, "state", StateSQLite, StatePostgres) {
		return
	}
	s := State{Type: b.label, Pos: b.pos()}
	s.Retention = b.duration("retention", limits{30 * day, 3650 * day, "30d to 3650d, longer than any look-back"}, defaultRetention)
	if s.Type == StatePostgres {
		l.databaseURL(b, &s)
	} else {
		s.Path = defaultDatabase
		if path, ok := b.string("path"); ok {
			s.Path = path
		}
		s.Path = l.inputs.path(filepath.Clean(s.Path))
	}
	l.config.State = s
}

func (l *loader) databaseURL(b *block, s *State) {
	if !b.gives("url") {
		b.missing("url", "It is the database: url = env(\"DATABASE_URL\").")
		return
	}
	secret, missing := b.secret("url")
	l.absences(b, "url", missing)
	text := secret.Reveal()
	if !secret.Empty() && !strings.HasPrefix(text, "postgres://") && !strings.HasPrefix(text, "postgresql://") && !strings.Contains(text, "=") {
		b.wrong(CodeInvalidURL, b.attrs["url"].Expr.Range(), "Invalid URL",
			`"url" must be a URL like postgres://user:password@host:5432/huntsync. The value is not shown because it is sensitive.`)
		return
	}
	s.URL = secret
}

// known reports whether the label is a type that there is.
func (l *loader) known(b *block, what string, types ...string) bool {
	if slices.Contains(types, b.label) {
		return true
	}
	l.add(finding{
		code: CodeUnknownType, in: b.name, subject: b.at, summary: "Unknown type of " + what,
		detail:     "There is no " + what + " " + strconv.Quote(b.label) + ". Known are " + enumerate(types) + ".",
		suggestion: didYouMean(b.label, types),
	})
	return false
}
