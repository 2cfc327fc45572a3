package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/huntsync/huntsync/engine"
)

// limits are the bounds of a duration, as they are given and as they are said.
type limits struct {
	least, most time.Duration
	said        string
}

const day = 24 * time.Hour

// duration is a duration like "5m" or "7d"; fallback where none is given.
func (b *block) duration(name string, within limits, fallback time.Duration) time.Duration {
	v, expr, ok := b.value(name)
	if !ok {
		return fallback
	}
	if v.Type() != cty.String {
		b.wrongType(name, `a duration in double quotes, like "5m" or "7d"`, v, expr.Range())
		return fallback
	}
	d, err := parseDuration(v.AsString())
	switch {
	case err != nil:
		b.wrong(CodeInvalidDuration, expr.Range(), "Invalid duration",
			fmt.Sprintf(`%q is no duration. Write a number with a unit: s, m, h or d, like "30s", "5m", "1h30m" or "7d".`, v.AsString()))
	case d < within.least || d > within.most:
		b.wrong(CodeOutOfRange, expr.Range(), "Duration out of range",
			fmt.Sprintf("%q must be %s; this is %s.", name, within.said, v.AsString()))
	default:
		return d
	}
	return fallback
}

// parseDuration reads a duration as Go writes it, with days before the rest.
func parseDuration(s string) (time.Duration, error) {
	whole, rest, hasDays := strings.Cut(s, "d")
	if !hasDays {
		return time.ParseDuration(s)
	}
	days, err := strconv.ParseUint(whole, 10, 32)
	if err != nil {
		return 0, err
	}
	if days > math.MaxInt64/uint64(day)/2 {
		return 0, errors.New("too long")
	}
	total := time.Duration(days) * day
	if rest == "" {
		return total, nil
	}
	more, err := time.ParseDuration(rest)
	if err != nil || more < 0 || more > math.MaxInt64/2 {
		return 0, errors.New("not a duration after the days")
	}
	return total + more, nil
}

// secret is a credential, and why it is absent. A credential that is written
// into the configuration itself is used, with a warning.
func (b *block) secret(name string) (Secret, []absent) {
	attr, ok := b.attrs[name]
	if !ok {
		return Secret{}, nil
	}
	at := attr.Expr.Range()
	b.hide(at)
	v, ok := b.evaluate(attr.Expr, b.name)
	if !ok {
		return Secret{}, nil
	}
	v, marks := v.UnmarkDeep()
	if missing := absences(marks); len(missing) > 0 {
		return Secret{}, missing
	}
	if v.IsNull() || !v.IsWhollyKnown() {
		return Secret{}, nil
	}
	switch {
	case v.Type() != cty.String:
		b.wrong(CodeWrongType, at, "Wrong type", fmt.Sprintf("%q must be a string: env(\"NAME\") or file(\"PATH\").", name))
		return Secret{}, nil
	case strings.TrimSpace(v.AsString()) == "":
		b.wrong(CodeEmpty, at, "Empty credential", fmt.Sprintf("%q is empty. Take it from env(\"NAME\") or file(\"PATH\").", name))
		return Secret{}, nil
	case len(marks) == 0:
		b.add(finding{
			code: CodeSecretInClear, warning: true, in: b.name, subject: at, summary: "Credential in the configuration",
			detail: fmt.Sprintf("%q is written in clear, where everybody who can read the repository can read it, for ever. "+
				"Replace the credential, and take the new one from env(\"NAME\") or file(\"PATH\").", name),
		})
	}
	return NewSecret(v.AsString()), nil
}

// url is the base URL of a service, without a slash at the end. Credentials go
// over it, so it has to be encrypted unless it stays on this machine.
func (b *block) url(name string) string {
	text, ok := b.string(name)
	if !ok {
		return ""
	}
	at := b.attrs[name].Expr.Range()
	u, err := url.Parse(text)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", !isPort(cmp.Or(u.Port(), "443")):
		b.wrong(CodeInvalidURL, at, "Invalid URL", fmt.Sprintf("%q must be a URL like https://psa.example.com.", name))
		return ""
	case strings.Contains(text, "@"), u.RawQuery != "" || u.ForceQuery, u.Fragment != "":
		b.wrong(CodeInvalidURL, at, "Invalid URL", fmt.Sprintf("%q must be a plain URL, without user or @, query and fragment. Credentials have arguments of their own.", name))
		return ""
	case u.Scheme == "http" && !loopback(u.Hostname()):
		b.wrong(CodeInsecureURL, at, "Unencrypted URL",
			fmt.Sprintf("%q is http, over which anybody on the way could read the credentials. Use https; http is for this machine (localhost, 127.0.0.1) only.", name))
		return ""
	}
	return strings.TrimRight(text, "/")
}

// loopback agrees with the clients of Huntress and of the desk, which decide.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// address is a host and port to listen on.
func (b *block) address(name, fallback string) string {
	text, ok := b.string(name)
	if !ok {
		return fallback
	}
	if _, port, err := net.SplitHostPort(text); err != nil || !isPort(port) {
		b.wrong(CodeInvalidAddress, b.attrs[name].Expr.Range(), "Invalid address",
			fmt.Sprintf("%q must be a host and a port, like %q or \"[::1]:9748\"; this is %q.", name, fallback, text))
		return fallback
	}
	return text
}

// category is "Category" or "Category / Subcategory".
func (b *block) category(name string) (engine.CategoryName, bool) {
	text, ok := b.string(name)
	if !ok {
		return engine.CategoryName{}, false
	}
	c, ok := parseCategory(text)
	if !ok {
		b.wrong(CodeInvalidCategory, b.attrs[name].Expr.Range(), "Invalid category",
			fmt.Sprintf("%q must be \"Category\" or \"Category / Subcategory\"; this is %q.", name, text))
	}
	return c, ok
}

func parseCategory(text string) (engine.CategoryName, bool) {
	parts := strings.Split(text, " / ")
	if len(parts) > 2 {
		return engine.CategoryName{}, false
	}
	c := engine.CategoryName{Category: strings.TrimSpace(parts[0])}
	if len(parts) == 2 {
		c.Subcategory = strings.TrimSpace(parts[1])
	}
	return c, c.Category != "" && (len(parts) == 1 || c.Subcategory != "")
}

// zone is a time zone by its IANA name.
func (b *block) zone(name string) *time.Location {
	text, ok := b.string(name)
	if !ok {
		return time.UTC
	}
	location, err := time.LoadLocation(text)
	if err != nil || text == "Local" {
		b.wrong(CodeInvalidTimeZone, b.attrs[name].Expr.Range(), "Unknown time zone",
			fmt.Sprintf("There is no time zone %q. Use a name of the IANA database, like \"Europe/Berlin\" or \"UTC\".", text))
		return time.UTC
	}
	return location
}

// oneOf checks values that have to be of a known set.
func (b *block) oneOf(what string, items []item, known []string) []item {
	var good []item
	for _, i := range items {
		if slices.Contains(known, i.value) {
			good = append(good, i)
			continue
		}
		b.add(finding{
			code: CodeNotAllowed, in: b.name, subject: i.at, summary: "Unknown " + what,
			detail:     fmt.Sprintf("There is no %s %q. Known are %s.", what, i.value, enumerate(known)),
			suggestion: didYouMean(i.value, known),
		})
	}
	return good
}

// documented warns of values that Huntress does not document: they may be newer
// than huntsync, or misspelled.
func (b *block) documented(what string, items []item, known []string) {
	for _, i := range items {
		if slices.Contains(known, i.value) {
			continue
		}
		b.add(finding{
			code: CodeUndocumentedValue, warning: true, in: b.name, subject: i.at, summary: "Undocumented " + what,
			detail:     fmt.Sprintf("Huntress documents no %s %q, so this may never match. Documented are %s.", what, i.value, enumerate(known)),
			suggestion: didYouMean(i.value, known),
		})
	}
}

// enumerate writes a list of names as a sentence does.
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
