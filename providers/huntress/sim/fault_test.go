package sim_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/providers/huntress/sim"
)

// TestFaults looks at each fault as a client sees it, over an in-memory
// connection in virtual time.
func TestFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault sim.Fault
		check func(t *testing.T, status int, body string, err error, took time.Duration)
	}{
		{"none", sim.Fault{}, func(t *testing.T, status int, body string, err error, _ time.Duration) {
			if status != 200 || err != nil || !strings.Contains(body, "Contoso IT") {
				t.Errorf("%d %q %v", status, body, err)
			}
		}},
		{"delay", sim.Fault{Delay: time.Minute}, func(t *testing.T, status int, _ string, err error, took time.Duration) {
			if status != 200 || err != nil || took != time.Minute {
				t.Errorf("%d %v after %s", status, err, took)
			}
		}},
		{"status with Retry-After", sim.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}}, func(t *testing.T, status int, body string, err error, _ time.Duration) {
			if status != 429 || err != nil || !strings.Contains(body, "message") {
				t.Errorf("%d %q %v", status, body, err)
			}
		}},
		{"HTML", sim.Fault{Status: 200, Body: "<html>", Header: http.Header{"Content-Type": {"text/html"}}}, func(t *testing.T, status int, body string, err error, _ time.Duration) {
			if status != 200 || body != "<html>" || err != nil {
				t.Errorf("%d %q %v", status, body, err)
			}
		}},
		{"truncated", sim.Fault{Truncate: true}, func(t *testing.T, status int, _ string, err error, _ time.Duration) {
			if status != 200 || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%d %v", status, err)
			}
		}},
		{"truncated cleanly", sim.Fault{TruncateCleanly: true}, func(t *testing.T, status int, body string, err error, _ time.Duration) {
			if status != 200 || err != nil || body == "" || strings.HasSuffix(body, "}}") {
				t.Errorf("%d %q %v", status, body, err)
			}
		}},
		{"rows changed", sim.Fault{Rows: twice}, func(t *testing.T, status int, body string, err error, _ time.Duration) {
			if status != 200 || err != nil || !strings.Contains(body, "Contoso IT") {
				t.Errorf("%d %q %v, want what is no list as it is", status, body, err)
			}
		}},
		{"reset before", sim.Fault{ResetBefore: true}, wantCut},
		{"reset after", sim.Fault{ResetAfter: true}, wantCut},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := sim.New(sim.Options{})
				s.AddAccount(sim.Account{ID: accountID, Name: "Contoso IT"})
				s.AddKey(sim.Key{Key: keyName, Secret: secret, Account: accountID})
				s.SetFault(func(*http.Request) *sim.Fault { return &test.fault })
				server := sim.Serve(s)
				defer func() {
					if err := server.Close(); err != nil {
						t.Error(err)
					}
				}()
				start := time.Now()
				status, body, err := fetch(t, server.Client(), "account")
				test.check(t, status, body, err, time.Since(start))
			})
		})
	}
}

func wantCut(t *testing.T, status int, _ string, err error, _ time.Duration) {
	t.Helper()
	if status != 0 || err == nil {
		t.Errorf("%d %v, want a cut connection", status, err)
	}
}

// twice has every row twice.
func twice(rows []json.RawMessage) []json.RawMessage { return append(rows, rows...) }

// TestRowsChanged looks at the fault that only lists can have.
func TestRowsChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sim.New(sim.Options{})
		s.AddAccount(sim.Account{ID: accountID, Name: "Contoso IT"})
		s.AddKey(sim.Key{Key: keyName, Secret: secret, Account: accountID})
		s.AddOrganization(sim.Organization{ID: 11, AccountID: accountID, Name: "Acme"})
		s.SetFault(func(*http.Request) *sim.Fault { return &sim.Fault{Rows: twice} })
		server := sim.Serve(s)
		defer func() {
			if err := server.Close(); err != nil {
				t.Error(err)
			}
		}()
		status, body, err := fetch(t, server.Client(), "organizations")
		if n := strings.Count(body, `"name":"Acme"`); status != 200 || err != nil || n != 2 || !strings.Contains(body, `"pagination"`) {
			t.Errorf("%d %q %v", status, body, err)
		}
	})
}

func fetch(t *testing.T, client *http.Client, what string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://huntress.test/v1/"+what, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Scheme = "http"
	r.SetBasicAuth(keyName, secret)
	response, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	body, err := io.ReadAll(response.Body)
	if closeErr := response.Body.Close(); closeErr != nil {
		t.Error(closeErr)
	}
	return response.StatusCode, string(body), err
}
