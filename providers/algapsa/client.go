// Package algapsa makes AlgaPSA a desk: a client of its REST API, version 1.
//
// The API knows no idempotency key and no external id, so [Client] never repeats a write and tells with each
// error whether the write may have happened. The body of a ticket is a BlockNote document in its attributes,
// beside the correlation id; the incident's number stands in the title, where it can be looked up.
package algapsa

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// Side is what errors and metrics call this desk.
const Side = "AlgaPSA"

// timeout bounds each request, from dialing to the last byte of the answer.
const timeout = 10 * time.Second

// The sizes of AlgaPSA's texts. The body has no documented end; this one keeps a page of a hundred tickets
// within what the client reads.
const (
	maxTitle = 255
	maxNote  = 5000
	maxBody  = 100_000
)

// maxBodyBytes bounds the JSON of a body, in bytes: many short lines take far more than what is visible of them.
// A hundred such bodies, escaped once more, are within [maxAnswer].
const maxBodyBytes = 512 << 10

// Options say where the desk is and how to get in.
type Options struct {
	// URL is the address of the AlgaPSA server, such as https://psa.example.com; http only on loopback.
	URL string
	// APIKey is sent in the x-api-key header and appears nowhere else. White space around it is cut off, as
	// files end in a line break.
	APIKey string
	// Transport carries the requests; nil means one of the client's own, which can prove that nothing was sent.
	// It must neither follow redirects nor repeat requests.
	Transport http.RoundTripper
	// UserAgent tells the desk who asks; "huntsync" when empty.
	UserAgent string
	// Observe, when not nil, is told of every request: its HTTP status as text, or the [engine.Reason] where no
	// answer came, and how long it took. It must be usable by several goroutines.
	Observe func(code string, took time.Duration)
}

// String hides the key, should options ever be printed.
func (o Options) String() string { return "algapsa " + o.URL }

// GoString hides the key as String does.
func (o Options) GoString() string { return o.String() }

// Client is an [engine.Desk]. It may be used by several goroutines.
type Client struct {
	base      *url.URL
	key       string
	userAgent string
	transport http.RoundTripper
	observe   func(code string, took time.Duration)
}

var _ engine.Desk = (*Client)(nil)

// New checks the options and makes a client; nothing is sent.
func New(o Options) (*Client, error) {
	base, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	key := strings.TrimSpace(o.APIKey)
	switch {
	case key == "":
		return nil, errors.New("the AlgaPSA API key is empty: an internal AlgaPSA user makes one under profile settings, API Keys")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("the AlgaPSA API key holds a character that no key has: check how it was copied")
	}
	if o.Transport == nil {
		dialer := &net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}
		o.Transport = newTransport(dialer.DialContext)
	}
	if o.UserAgent == "" {
		o.UserAgent = "huntsync"
	}
	if o.Observe == nil {
		o.Observe = func(string, time.Duration) {}
	}
	return &Client{base: base, key: key, userAgent: o.UserAgent, transport: o.Transport, observe: o.Observe}, nil
}

// String names the desk without its key.
func (c *Client) String() string { return "algapsa " + c.base.String() }

// GoString hides the key as String does.
func (c *Client) GoString() string { return c.String() }

// CloseIdleConnections closes the connections that no request is using.
func (c *Client) CloseIdleConnections() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Limits are the sizes of AlgaPSA's titles and comments, and our own bound of a body.
func (c *Client) Limits() engine.Limits {
	return engine.Limits{Title: maxTitle, Note: maxNote, Body: maxBody}
}

// parseURL takes an origin, perhaps with a path before the API's.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil:
		return nil, errors.New("the AlgaPSA URL cannot be read: write it like https://psa.example.com")
	case strings.Contains(text, "@"): // Even where no user is read from it, a password may stand before it.
		return nil, errors.New("the AlgaPSA URL holds a user name or password: AlgaPSA takes neither, only an API key")
	case u.Host == "" || u.ForceQuery || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the AlgaPSA URL %q is not an address: write it like https://psa.example.com", text)
	case u.Scheme == "https":
	case u.Scheme != "http":
		return nil, fmt.Errorf("the AlgaPSA URL %q must begin with https://", text)
	case !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("the AlgaPSA URL %q would send the API key in clear: http is for loopback only, use https", text)
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/api/v1")
	u.RawPath = ""
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
