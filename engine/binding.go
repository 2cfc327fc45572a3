package engine

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// OtherDeskError says that the state belongs to another desk.
type OtherDeskError struct{ Bound, Wanted string }

// Error names both desks and the way on.
func (e *OtherDeskError) Error() string {
	return fmt.Sprintf("the state belongs to the desk %s, but the configuration names %s: "+
		"tickets would be lost or doubled. Use another state, or take this one over with: huntsync state rebind", e.Bound, e.Wanted)
}

// bindable reports whether a state that is bound to a desk, or to none yet, may be
// used for a desk.
func bindable(bound, wanted string) bool { return bound == "" || SameDesk(bound, wanted) }

// SameDesk reports whether two URLs name one desk: letter case of scheme and
// host, the scheme's own port and a slash at the end make no difference.
func SameDesk(a, b string) bool { return canonicalURL(a) == canonicalURL(b) }

func canonicalURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		port = ""
	}
	return scheme + "://" + net.JoinHostPort(host, port) + strings.TrimRight(u.EscapedPath(), "/")
}
