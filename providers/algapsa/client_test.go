package algapsa

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

func TestNewRefuses(t *testing.T) {
	const password = "hunter2-canary"
	tests := map[string]struct{ url, key, want string }{
		"no key":                   {"https://psa.example.com", " \n", "the AlgaPSA API key is empty"},
		"a key with a line break":  {"https://psa.example.com", "abc\ndef", "holds a character that no key has"},
		"a key in another script":  {"https://psa.example.com", "аbc", "holds a character that no key has"},
		"no URL":                   {"", testKey, "is not an address"},
		"no host":                  {"https://", testKey, "is not an address"},
		"only a host":              {"psa.example.com", testKey, "is not an address"},
		"a query":                  {"https://psa.example.com/?a=b", testKey, "is not an address"},
		"an empty query":           {"https://psa.example.com/?", testKey, "is not an address"},
		"a fragment":               {"https://psa.example.com/#a", testKey, "is not an address"},
		"another scheme":           {"ftp://psa.example.com", testKey, "must begin with https://"},
		"http":                     {"http://psa.example.com", testKey, "http is for loopback only"},
		"http on a private host":   {"http://192.168.0.1", testKey, "http is for loopback only"},
		"credentials":              {"https://me:" + password + "@psa.example.com", testKey, "holds a user name or password"},
		"credentials, no scheme":   {"me:" + password + "@psa.example.com", testKey, "holds a user name or password"},
		"credentials, broken port": {"https://me:" + password + "@psa.example.com:port", testKey, "cannot be read"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := New(Options{URL: test.url, APIKey: test.key})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), testKey) {
				t.Errorf("a secret is shown: %v", err)
			}
		})
	}
}

func TestNewTakesURLs(t *testing.T) {
	for url, want := range map[string]string{
		"https://psa.example.com":               "/api/v1/tickets",
		" https://psa.example.com/ \n":          "/api/v1/tickets",
		"https://psa.example.com/api/v1":        "/api/v1/tickets",
		"https://psa.example.com/api/v1/":       "/api/v1/tickets",
		"https://example.com:8443/desk/":        "/desk/api/v1/tickets",
		"https://example.com/a%20b":             "/a b/api/v1/tickets",
		"http://localhost:3000":                 "/api/v1/tickets",
		"http://127.0.0.1:3000":                 "/api/v1/tickets",
		"http://[::1]:3000":                     "/api/v1/tickets",
		"HTTPS://psa.example.com":               "/api/v1/tickets",
		"https://psa.example.com/desk/api/v1//": "/desk/api/v1/tickets",
	} {
		c, err := New(Options{URL: url, APIKey: testKey})
		if err != nil {
			t.Errorf("%q: %v", url, err)
			continue
		}
		req, err := c.build(t.Context(), request{method: http.MethodGet, path: "/tickets"})
		if err != nil || req.URL.Path != want {
			t.Errorf("%q: asks for %v (%v), want %q", url, req.URL, err, want)
		}
	}
}

func TestNothingPrintsTheKey(t *testing.T) {
	o := Options{URL: "https://psa.example.com", APIKey: testKey}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, thing := range []any{o, &o, c} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if text := fmt.Sprintf(verb, thing); strings.Contains(text, testKey) || !strings.Contains(text, "psa.example.com") {
				t.Errorf("%s of %T prints %s", verb, thing, text)
			}
		}
	}
}

// TestWhatIsSent looks at the headers of each kind of request.
func TestWhatIsSent(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.client = newClient(t, w.transport, w.observed.observe)
		everything(t, w)
		for _, r := range w.sim.Requests() {
			if r.Header.Get("X-Api-Key") != testKey || r.Header.Get("User-Agent") != "huntsync" || r.Header.Get("Accept") != "application/json" {
				t.Errorf("%s %s was sent with %v", r.Method, r.Path, r.Header)
			}
			if (r.Header.Get("Content-Type") == "application/json") != (r.Method != http.MethodGet) {
				t.Errorf("%s %s says that it is %q", r.Method, r.Path, r.Header.Get("Content-Type"))
			}
			for name := range r.Header {
				if strings.Contains(name, "Idempotency") || name == "Authorization" || name == "Cookie" {
					t.Errorf("%s %s has the header %s", r.Method, r.Path, name)
				}
			}
			if strings.Contains(string(r.Body)+r.Query, testKey) {
				t.Errorf("%s %s has the key elsewhere than in its header", r.Method, r.Path)
			}
			if r.Method == http.MethodPut && strings.Contains(string(r.Body), "attributes") {
				t.Errorf("%s %s would replace the attributes whole: %s", r.Method, r.Path, r.Body)
			}
		}
	})
}
