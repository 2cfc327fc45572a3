// Package huntress is the client of the Huntress REST API: an [engine.Source]
// for one account.
//
// It keeps to Huntress's budget of 60 requests in any 60 seconds, waits out 429s,
// repeats what failed on the way (all requests are reads), and reads answers
// leniently: a field of a surprising type never fails the incident, a row never
// fails its page. Every error is an [engine.Error] and never holds a credential.
package huntress

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// DefaultBaseURL is where Huntress answers.
const DefaultBaseURL = "https://api.huntress.io"

// The defaults of Options.
const (
	defaultTimeout  = 30 * time.Second
	defaultPatience = time.Hour
)

// Options are what a client is made from.
type Options struct {
	// Name is the label of the huntress block, for messages.
	Name string
	// Key and Secret are the API credentials. White space around them is cut off,
	// as files end in a line break.
	Key, Secret string
	// BaseURL is DefaultBaseURL when empty. It is https, or http to a loopback
	// host.
	BaseURL string
	// AccountID is the account to read with a reseller key; 0 for an account key.
	AccountID int64

	// Transport sends the requests; a transport of the client's own when nil.
	Transport http.RoundTripper
	// UserAgent tells Huntress who asks; "huntsync" when empty.
	UserAgent string
	// Limiter keeps the budget; the client's own when nil. One that is given is
	// shared by the clients of ForAccount as well.
	Limiter *Limiter
	// Timeout bounds one request from its sending to the end of its answer; 30 s
	// when 0.
	Timeout time.Duration
	// Patience bounds the 429s waited out in one call; 1 h when 0. The call then
	// fails with [engine.ReasonRateLimited].
	Patience time.Duration
	// Jitter gives values in [0, 1) that spread repetitions; random when nil. It
	// must be usable by several goroutines.
	Jitter func() float64

	// Observe, when not nil, is told of every request: its HTTP status as text,
	// or the [engine.Reason] where no answer came, and how long it took. It must
	// be usable by several goroutines.
	Observe func(code string, took time.Duration)
	// Logger gets warnings about rows that could not be read; none when nil.
	Logger *slog.Logger
}

// String hides the credentials, should options ever be printed.
func (o Options) String() string { return "huntress " + quote(o.Name) }

// GoString hides the credentials as String does.
func (o Options) GoString() string { return o.String() }

// Client reads one Huntress account, or with a reseller key the list of them. It
// may be used by several goroutines.
type Client struct {
	name          string
	base          *url.URL
	authorization string
	secrets       []string // never shown, not even if Huntress repeats them
	accountID     int64
	http          *http.Client
	userAgent     string
	limiter       *Limiter
	sharedBudget  bool
	timeout       time.Duration
	patience      time.Duration
	jitter        func() float64
	observe       func(code string, took time.Duration)
	log           *slog.Logger
}

var _ engine.Source = (*Client)(nil)

// New checks the options and returns a client. It sends nothing.
func New(o Options) (*Client, error) {
	base, err := parseBase(o.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("huntress %s: base_url: %w", quote(o.Name), err)
	}
	key, secret := strings.TrimSpace(o.Key), strings.TrimSpace(o.Secret)
	switch {
	case key == "":
		return nil, fmt.Errorf("huntress %s: api_key is empty", quote(o.Name))
	case strings.Contains(key, ":"):
		return nil, fmt.Errorf("huntress %s: api_key must not hold a colon: give the key and the secret apart", quote(o.Name))
	case secret == "":
		return nil, fmt.Errorf("huntress %s: api_secret is empty", quote(o.Name))
	case o.AccountID < 0:
		return nil, fmt.Errorf("huntress %s: account %d is no account number", quote(o.Name), o.AccountID)
	}
	c := &Client{
		name:      o.Name,
		base:      base,
		accountID: o.AccountID,
		http: &http.Client{
			Transport: o.Transport,
			// Credentials go to the configured host and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		userAgent:    o.UserAgent,
		limiter:      o.Limiter,
		sharedBudget: o.Limiter != nil,
		timeout:      o.Timeout,
		patience:     o.Patience,
		jitter:       o.Jitter,
		observe:      o.Observe,
		log:          o.Logger,
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(key + ":" + secret))
	c.authorization = "Basic " + encoded
	c.secrets = []string{encoded, secret, key}
	c.setDefaults()
	return c, nil
}

func (c *Client) setDefaults() {
	if c.http.Transport == nil {
		c.http.Transport = newTransport()
	}
	if c.userAgent == "" {
		c.userAgent = "huntsync"
	}
	if c.timeout == 0 {
		c.timeout = defaultTimeout
	}
	if c.patience == 0 {
		c.patience = defaultPatience
	}
	if c.jitter == nil {
		c.jitter = randomJitter
	}
	if c.limiter == nil {
		c.limiter = NewLimiter(c.jitter)
	}
	if c.observe == nil {
		c.observe = func(string, time.Duration) {}
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
}

// newTransport is what talks to the real Huntress.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
		// One connection carries everything, and outlives requests that time out on it. Where the network has
		// forgotten it, only a ping tells, within the time of one request; the kernel takes a quarter of an hour.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second},
	}
}

// ForAccount returns a client for one account of a reseller key. It shares
// credentials and connections with c; its budget is the account's own, unless
// Options named a limiter.
func (c *Client) ForAccount(id int64) *Client {
	scoped := *c
	scoped.accountID = id
	if !c.sharedBudget {
		scoped.limiter = NewLimiter(c.jitter)
	}
	return &scoped
}

// BudgetLeft tells how many requests could be sent at once now, as far as this
// process knows: other tools share the account's budget.
func (c *Client) BudgetLeft() int { return c.limiter.Left() }

// CloseIdleConnections ends the connections that no request uses.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// String names the client without its credentials.
func (c *Client) String() string { return "huntress " + quote(c.name) }

// GoString hides the credentials as String does.
func (c *Client) GoString() string { return c.String() }

// parseBase checks where to send credentials to.
func parseBase(text string) (*url.URL, error) {
	if text == "" {
		text = DefaultBaseURL
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("it is not a URL") // the cause repeats the text, which may hold a password
	}
	switch {
	case u.User != nil:
		return nil, errors.New("it must not hold credentials: use api_key and api_secret")
	case u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("it must be a plain URL such as %q", DefaultBaseURL)
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return nil, errors.New("it must begin with https://, because every request carries the API key (http is for loopback hosts only)")
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/v1")
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// scope is the path below which an account's resources are.
func (c *Client) scope() string {
	if c.accountID == 0 {
		return "/v1"
	}
	return fmt.Sprintf("/v1/accounts/%d", c.accountID)
}

func quote(name string) string { return fmt.Sprintf("%q", name) }

func randomJitter() float64 {
	return rand.Float64() //nolint:gosec // spreading requests in time needs no secrecy
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
