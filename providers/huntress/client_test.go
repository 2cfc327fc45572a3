package huntress

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/huntress/sim"
)

const (
	testAccount = 5
	testKey     = "hk_canary_key"
	testSecret  = "hs_canary_secret"
)

// world is a simulated Huntress with one account, and a client on it.
type world struct {
	sim    *sim.Server
	client *Client
	codes  *codes
}

// codes collects what the observer was told.
type codes struct {
	mu  sync.Mutex
	all []string
}

func (c *codes) observe(code string, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, code)
}

// inBubble runs a test against a simulated Huntress in virtual time.
func inBubble(t *testing.T, options sim.Options, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := sim.New(options)
		s.AddAccount(sim.Account{ID: testAccount, Name: "Contoso IT", Subdomain: "contoso"})
		s.AddKey(sim.Key{Key: testKey, Secret: testSecret, Account: testAccount})
		server := serve(t, s)
		seen := &codes{}
		w := &world{sim: s, codes: seen}
		w.client = newClient(t, server, func(o *Options) { o.Observe = seen.observe })
		test(t, w)
	})
}

// serve serves a handler in memory until the end of the test.
func serve(t *testing.T, h http.Handler) *sim.PipeServer {
	t.Helper()
	server := sim.Serve(h)
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func newClient(t *testing.T, server *sim.PipeServer, change func(*Options)) *Client {
	t.Helper()
	o := Options{
		Name: "main", Key: testKey, Secret: testSecret + "\n", BaseURL: "http://127.0.0.1/",
		Transport: server.Transport(), Jitter: func() float64 { return 0 },
	}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// once spoils only the first n requests.
func once(n int, f sim.Fault) sim.FaultFunc {
	var mu sync.Mutex
	return func(*http.Request) *sim.Fault {
		mu.Lock()
		defer mu.Unlock()
		if n--; n < 0 {
			return nil
		}
		return &f
	}
}

func TestNewRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(*Options)
		want   string
	}{
		"no key":              {func(o *Options) { o.Key = " \n" }, `huntress "main": api_key is empty`},
		"no secret":           {func(o *Options) { o.Secret = "" }, `huntress "main": api_secret is empty`},
		"a pair as key":       {func(o *Options) { o.Key = "a:b" }, `must not hold a colon`},
		"http":                {func(o *Options) { o.BaseURL = "http://api.huntress.io" }, `must begin with https://`},
		"another scheme":      {func(o *Options) { o.BaseURL = "ftp://127.0.0.1" }, `must begin with https://`},
		"no host":             {func(o *Options) { o.BaseURL = "https://" }, `must be a plain URL`},
		"a query":             {func(o *Options) { o.BaseURL = "https://x.test?a=b" }, `must be a plain URL`},
		"credentials":         {func(o *Options) { o.BaseURL = "https://me:hs_canary_secret@x.test" }, `must not hold credentials`},
		"broken, with secret": {func(o *Options) { o.BaseURL = "https://me:hs_canary_secret@x.test:port" }, `it is not a URL`},
		"negative account":    {func(o *Options) { o.AccountID = -1 }, `account -1 is no account number`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := Options{Name: "main", Key: testKey, Secret: testSecret}
			test.change(&o)
			_, err := New(o)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error shows a credential: %v", err)
			}
		})
	}
	for base, want := range map[string]string{
		"":                            "https://api.huntress.io",
		"https://api.huntress.io/v1/": "https://api.huntress.io",
		"https://proxy.test/huntress": "https://proxy.test/huntress",
		"http://localhost:1":          "http://localhost:1",
		"http://127.0.0.2":            "http://127.0.0.2",
		"http://[::1]:80":             "http://[::1]:80",
	} {
		c, err := New(Options{Key: testKey, Secret: testSecret, BaseURL: base})
		if err != nil {
			t.Errorf("%q: %v", base, err)
			continue
		}
		if got := c.base.String(); got != want {
			t.Errorf("%q became %q, want %q", base, got, want)
		}
	}
}

func TestCredentialsAreNotPrinted(t *testing.T) {
	o := Options{Name: "main", Key: testKey, Secret: testSecret}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format+format+format, o, c, &o); strings.Contains(text, "canary") || strings.Contains(text, "Basic") {
			t.Errorf("%s shows credentials: %s", format, text)
		}
	}
}

func TestReadingAnAccount(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.sim.AddOrganization(sim.Organization{ID: 7, AccountID: testAccount, Name: "Acme Inc.", Key: "acme"})
		w.sim.AddAgent(sim.Agent{
			ID: 70, AccountID: testAccount, OrganizationID: 7, Hostname: "laptop01", OS: "Windows 11 Pro",
			IPv4: "10.0.0.9", ExternalIP: "198.51.100.42", SerialNumber: "S1", LastCallbackAt: time.Now(),
		})
		account, err := w.client.Account(ctx)
		if want := (engine.Account{ID: testAccount, Name: "Contoso IT", Subdomain: "contoso"}); err != nil || account != want {
			t.Errorf("account %+v, %v", account, err)
		}
		organizations, err := w.client.Organizations(ctx)
		if diff := cmp.Diff([]engine.Organization{{ID: 7, Name: "Acme Inc.", Key: "acme", Agents: 1}}, organizations); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		agent, err := w.client.Agent(ctx, 70)
		want := engine.Agent{
			ID: 70, Hostname: "laptop01", OS: "Windows 11 Pro", IPv4: "10.0.0.9", ExternalIP: "198.51.100.42",
			Serial: "S1", LastCallbackAt: time.Now().UTC().Truncate(time.Second),
		}
		if diff := cmp.Diff(want, agent); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		w.sim.RemoveAgent(testAccount, 70)
		if _, err := w.client.Agent(ctx, 70); !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("uninstalled agent: %v, want ErrNotFound", err)
		}
		if _, err := w.client.Incident(ctx, 1); !errors.Is(err, engine.ErrNotFound) {
			t.Errorf("unknown incident: %v, want ErrNotFound", err)
		}
		for _, r := range w.sim.Requests() {
			if r.UserAgent != "huntsync" {
				t.Errorf("User-Agent %q", r.UserAgent)
			}
		}
		if want := []string{"200", "200", "200", "404", "404"}; !slices.Equal(w.codes.all, want) {
			t.Errorf("observed %v, want %v", w.codes.all, want)
		}
		if got := w.client.BudgetLeft(); got != budget-5 {
			t.Errorf("%d requests left, want %d", got, budget-5)
		}
	})
}

func TestAPageSendsEveryFilterWithEveryToken(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		for id := range int64(5) {
			w.sim.AddIncident(sim.Incident{
				ID: id + 1, AccountID: testAccount, OrganizationID: 7, Severity: "high", Platform: "windows",
				UpdatedAt: time.Now().Add(-time.Duration(id) * time.Minute),
			})
		}
		q := engine.PageQuery{Limit: 2, Filter: engine.Filter{
			Status: engine.StatusSent, Severity: engine.SeverityHigh, Platform: "windows", OrganizationID: 7,
		}}
		var ids []int64
		for {
			page, err := w.client.Page(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if !page.ServerTime.Equal(time.Now().Truncate(time.Second)) {
				t.Errorf("server time %s", page.ServerTime)
			}
			for _, i := range page.Incidents {
				ids = append(ids, i.ID)
			}
			if q.Token = page.Next; q.Token == "" {
				break
			}
		}
		if !slices.Equal(ids, []int64{1, 2, 3, 4, 5}) {
			t.Errorf("ids %v", ids)
		}
		for i, r := range w.sim.Requests() {
			query := flat(r.Query)
			if (query["page_token"] != "") != (i > 0) {
				t.Errorf("request %d: token %q", i, query["page_token"])
			}
			delete(query, "page_token")
			want := map[string]string{
				"limit": "2", "sort_field": "updated_at", "sort_direction": "desc",
				"status": "sent", "severity": "high", "platform": "windows", "organization_id": "7",
			}
			if diff := cmp.Diff(want, query); diff != "" {
				t.Errorf("request %d (-want +got):\n%s", i, diff)
			}
		}
	})
}

func flat(q url.Values) map[string]string {
	out := map[string]string{}
	for name := range q {
		out[name] = q.Get(name)
	}
	return out
}

// TestASingleResourceMayComeWithoutItsWrapper has what users of the API report.
func TestASingleResourceMayComeWithoutItsWrapper(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.SetFault(once(1, sim.Fault{Status: 200, Body: `{"id":9,"subject":"bare"}`}))
		if i, err := w.client.Incident(t.Context(), 9); err != nil || i.ID != 9 || i.Subject != "bare" || len(i.Raw) == 0 {
			t.Errorf("%+v, %v", i, err)
		}
		w.sim.SetFault(once(1, sim.Fault{Status: 200, Body: `{"unrelated":true}`}))
		if _, err := w.client.Incident(t.Context(), 9); engine.ReasonOf(err) != engine.ReasonUnavailable || errors.Is(err, engine.ErrNotFound) {
			t.Errorf("an answer about something else: %v", err)
		}
	})
}

func TestRemediationsBeyondTen(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		var all []sim.Remediation
		for id := range int64(12) {
			all = append(all, sim.Remediation{ID: id + 1, Type: "manual", Action: fmt.Sprint("step ", id+1)})
		}
		w.sim.AddIncident(sim.Incident{ID: 1, AccountID: testAccount, Remediations: all})
		i, err := w.client.Incident(t.Context(), 1)
		if err != nil || len(i.Remediations) != 10 || i.RemediationTotal != 12 {
			t.Fatalf("%d of %d remediations, %v", len(i.Remediations), i.RemediationTotal, err)
		}
		got, err := w.client.Remediations(t.Context(), 1)
		if err != nil || len(got) != 12 || got[11].Action != "step 12" {
			t.Errorf("%+v, %v", got, err)
		}
		if n := len(w.sim.Requests()); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

func TestLongListsAreReadInBothDirections(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		for id := range int64(1100) {
			w.sim.AddOrganization(sim.Organization{ID: id + 1, AccountID: testAccount, Name: fmt.Sprint("org ", id+1)})
		}
		got, err := w.client.Organizations(t.Context())
		if err != nil || len(got) != 1100 || got[0].ID != 1 || got[1099].ID != 1100 {
			t.Fatalf("%d organizations, %v", len(got), err)
		}
		if n := len(w.sim.Requests()); n != 6 {
			t.Errorf("%d requests, want 3 in each direction", n)
		}
	})
}

// TestRowsOfOneSecondAreNotLostFromLists pages the way Huntress's documented
// example token suggests: by the second of creation, strictly beyond.
func TestRowsOfOneSecondAreNotLostFromLists(t *testing.T) {
	second := func(id int) int { return id / 7 } // seven organizations each second
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		var limit, token, last int
		fmt.Sscan(q.Get("limit"), &limit)      //nolint:errcheck // 0 fails the test as well
		fmt.Sscan(q.Get("page_token"), &token) //nolint:errcheck // none on the first page
		var ids []int
		for id := 1; id <= 1000; id++ {
			ids = append(ids, id)
		}
		beyond := func(id int) bool { return token == 0 || second(id) > token }
		if q.Get("sort_direction") == "desc" {
			slices.Reverse(ids)
			beyond = func(id int) bool { return token == 0 || second(id) < token }
		}
		rows := []map[string]any{}
		pagination := map[string]any{"next_page_token": nil}
		for _, id := range ids {
			if !beyond(id) {
				continue
			}
			if len(rows) == limit {
				pagination["next_page_token"] = fmt.Sprint(second(last))
				break
			}
			rows = append(rows, map[string]any{"id": id})
			last = id
		}
		if err := json.NewEncoder(w).Encode(map[string]any{"organizations": rows, "pagination": pagination}); err != nil {
			t.Error(err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, handler)
		got, err := newClient(t, server, nil).Organizations(t.Context())
		if err != nil || len(got) != 1000 {
			t.Errorf("%d organizations of 1000, %v", len(got), err)
		}
	})
}

func TestAListThatNeverEndsIsAnError(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"organizations":[{"id":1}],"pagination":{"next_page_token":"same"}}`)
	})
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, handler)
		_, err := newClient(t, server, nil).Organizations(t.Context())
		if engine.ReasonOf(err) != engine.ReasonUnavailable || !errors.Is(err, errNoProgress) {
			t.Errorf("got %v", err)
		}
	})
}

func TestResellerKeys(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.AddAccount(sim.Account{ID: 6, Name: "Fabrikam", Subdomain: "fabrikam"})
		w.sim.AddAccount(sim.Account{ID: 8, Name: "Gone", Subdomain: "gone", Status: "disabled"})
		w.sim.AddKey(sim.Key{Key: testKey, Secret: testSecret, Reseller: 1, Accounts: []int64{5, 6, 8}})
		accounts, err := w.client.Accounts(t.Context())
		want := []engine.Account{
			{ID: 5, Name: "Contoso IT", Subdomain: "contoso"},
			{ID: 6, Name: "Fabrikam", Subdomain: "fabrikam"},
		}
		if diff := cmp.Diff(want, accounts); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		w.sim.AddIncident(sim.Incident{ID: 60, AccountID: 6})
		w.sim.ResetRequests()
		scoped := w.client.ForAccount(6)
		if a, err := scoped.Account(t.Context()); err != nil || a.ID != 6 {
			t.Errorf("account %+v, %v", a, err)
		}
		if _, err := scoped.Organizations(t.Context()); err != nil {
			t.Error(err)
		}
		if p, err := scoped.Page(t.Context(), engine.PageQuery{Limit: 1}); err != nil || len(p.Incidents) != 1 {
			t.Errorf("page %+v, %v", p, err)
		}
		for _, r := range w.sim.Requests() {
			if !strings.HasPrefix(r.Path, "/v1/accounts/6") {
				t.Errorf("asked for %s", r.Path)
			}
		}
		if scoped.limiter == w.client.limiter {
			t.Error("the account has no budget of its own")
		}
		_, err = w.client.Account(t.Context())
		if engine.ReasonOf(err) != engine.ReasonAuth || !strings.Contains(err.Error(), "reseller") {
			t.Errorf("the account of a reseller's key: %v", err)
		}
	})
}

func TestAGivenLimiterIsSharedByAllAccounts(t *testing.T) {
	c, err := New(Options{Key: testKey, Secret: testSecret, Limiter: NewLimiter(nil)})
	if err != nil {
		t.Fatal(err)
	}
	if c.ForAccount(6).limiter != c.limiter {
		t.Error("the account has a budget of its own")
	}
}

func TestErrors(t *testing.T) {
	jsonBody := func(text string) string { return `{"message":"` + text + `"}` }
	tests := []struct {
		name     string
		fault    sim.Fault
		reason   engine.Reason
		requests int
		notFound bool
		contains string
	}{
		{"401", sim.Fault{Status: 401, Body: jsonBody("Invalid")}, engine.ReasonAuth, 1, false, `refused the API key of huntress "main" (it says: Invalid)`},
		{"401 with a page", sim.Fault{Status: 401, Body: "<html>"}, engine.ReasonAuth, 1, false, "API Credentials"},
		{"403", sim.Fault{Status: 403}, engine.ReasonAuth, 1, false, "may not do this"},
		{"400", sim.Fault{Status: 400, Body: jsonBody("limit is invalid")}, engine.ReasonRejected, 1, false, "limit is invalid"},
		{"409", sim.Fault{Status: 409}, engine.ReasonRejected, 1, false, "refused the request"},
		{"422", sim.Fault{Status: 422, Body: `{"error":{"message":"no"}}`}, engine.ReasonRejected, 1, false, "(it says: no)"},
		{"404", sim.Fault{Status: 404}, engine.ReasonRejected, 1, true, "does not exist"},
		{"404 of a path", sim.Fault{Status: 404, Body: jsonBody("Invalid path specified")}, engine.ReasonRejected, 1, false, "check base_url"},
		{"404 of a web server", sim.Fault{Status: 404, Body: "<html>not here</html>"}, engine.ReasonUnavailable, tries, false, "check base_url"},
		{"redirect", sim.Fault{Status: 302, Header: http.Header{"Location": {"http://evil.test/"}}}, engine.ReasonUnavailable, tries, false, "must not follow"},
		{"500", sim.Fault{Status: 500}, engine.ReasonUnavailable, tries, false, "huntressstatus"},
		{"502 with a page", sim.Fault{Status: 502, Body: "<html>"}, engine.ReasonUnavailable, tries, false, "problem of its own"},
		{"504", sim.Fault{Status: 504}, engine.ReasonTimeout, tries, false, "did not finish in time"},
		{"503 for long", sim.Fault{Status: 503, Header: http.Header{"Retry-After": {"600"}}}, engine.ReasonUnavailable, 1, false, "problem of its own"},
		{"HTML", sim.Fault{Status: 200, Body: " <!doctype html>"}, engine.ReasonUnavailable, tries, false, "a web page instead of JSON"},
		{"empty", sim.Fault{Status: 200, Body: " "}, engine.ReasonUnavailable, tries, false, "the answer is empty"},
		{"an array", sim.Fault{Status: 200, Body: "[]"}, engine.ReasonUnavailable, tries, false, "no JSON object"},
		{"null", sim.Fault{Status: 200, Body: "null"}, engine.ReasonUnavailable, tries, false, "no JSON object"},
		{"cut cleanly", sim.Fault{TruncateCleanly: true}, engine.ReasonUnavailable, tries, false, "not complete"},
		{"cut", sim.Fault{Truncate: true}, engine.ReasonUnavailable, tries, false, "cut in the middle"},
		{"reset before", sim.Fault{ResetBefore: true}, engine.ReasonUnavailable, tries, false, "cannot reach 127.0.0.1"},
		{"reset after", sim.Fault{ResetAfter: true}, engine.ReasonUnavailable, tries, false, "cannot reach 127.0.0.1"},
		{"slow", sim.Fault{Delay: time.Hour}, engine.ReasonTimeout, tries, false, "did not answer within 30s"},
		{"without its list", sim.Fault{Status: 200, Body: `{"pagination":{}}`}, engine.ReasonUnavailable, 1, false, `"incident_reports" is missing`},
		{"null for the list", sim.Fault{Status: 200, Body: `{"incident_reports":null,"pagination":{}}`}, engine.ReasonUnavailable, 1, false, `"incident_reports" is not a list`},
		{"without an end", sim.Fault{Status: 200, Body: `{"incident_reports":[{"id":1}]}`}, engine.ReasonUnavailable, 1, false, `"pagination" is missing`},
		{"a strange token", sim.Fault{Status: 200, Body: `{"incident_reports":[],"pagination":{"next_page_token":{}}}`}, engine.ReasonUnavailable, 1, false, `"next_page_token" is no text`},
		{"hostile words", sim.Fault{Status: 400, Body: `{"message":"a\u001b[31m\u202eb\n` + testSecret + strings.Repeat("x", 999) + `"}`}, engine.ReasonRejected, 1, false, "(it says: a[31mb (sensitive)xxx"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
				w.sim.AddIncident(sim.Incident{ID: 1, AccountID: testAccount})
				w.sim.SetFault(once(100, test.fault))
				_, err := w.client.Page(t.Context(), engine.PageQuery{Limit: 1})
				var e *engine.Error
				if !errors.As(err, &e) {
					t.Fatalf("got %v, want an engine.Error", err)
				}
				if e.Reason != test.reason || e.NotFound != test.notFound || e.Side != "Huntress" || e.Op != "list incident reports" {
					t.Errorf("got %+v, want reason %s, not found %v", e, test.reason, test.notFound)
				}
				if !strings.Contains(err.Error(), test.contains) {
					t.Errorf("message %q, want %q", err, test.contains)
				}
				if strings.Contains(err.Error(), "canary") || len(err.Error()) > 600 {
					t.Errorf("message shows a credential or is too long: %s", err)
				}
				synctest.Wait() // the simulator has seen that a slow request was given up
				if got := len(w.sim.Requests()); got != test.requests {
					t.Errorf("%d requests, want %d", got, test.requests)
				}
			})
		})
	}
}

func TestWhatFailsOnTheWayIsRepeated(t *testing.T) {
	faults := map[string]sim.Fault{
		"500": {Status: 500}, "slow": {Delay: time.Hour}, "cut": {Truncate: true}, "cleanly cut": {TruncateCleanly: true},
		"reset": {ResetBefore: true}, "HTML": {Status: 200, Body: "<html>"},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
				w.sim.SetFault(once(tries-1, fault))
				start := time.Now()
				if _, err := w.client.Account(t.Context()); err != nil {
					t.Fatal(err)
				}
				waited := time.Since(start)
				if fault.Delay > 0 {
					waited -= (tries - 1) * defaultTimeout
				}
				if want := (1 + 2 + 4) * time.Second; waited != want {
					t.Errorf("waited %s between the tries, want %s", waited, want)
				}
			})
		})
	}
}

func TestRetryAfterOfAnOutageIsObeyed(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.SetFault(once(1, sim.Fault{Status: 503, Header: http.Header{"Retry-After": {"40"}}}))
		start := time.Now()
		if _, err := w.client.Account(t.Context()); err != nil || time.Since(start) != 40*time.Second {
			t.Errorf("%v after %s, want 40s", err, time.Since(start))
		}
	})
}

func TestA429IsWaitedOut(t *testing.T) {
	header := func(value string) http.Header { return http.Header{"Retry-After": {value}} }
	inAMinute := func() string { return time.Now().Add(time.Minute).UTC().Format(http.TimeFormat) }
	tests := []struct {
		name  string
		fault func() sim.Fault
		times int
		want  time.Duration
	}{
		{"seconds", func() sim.Fault { return sim.Fault{Status: 429, Header: header("17")} }, 1, 17 * time.Second},
		{"a date", func() sim.Fault { return sim.Fault{Status: 429, Header: header(inAMinute())} }, 1, time.Minute},
		{"often", func() sim.Fault { return sim.Fault{Status: 429, Header: header("600")} }, 3, 30 * time.Minute},
		{"without Retry-After", func() sim.Fault { return sim.Fault{Status: 429} }, 4, (1 + 2 + 4 + 8) * time.Second},
		{"unreadable Retry-After", func() sim.Fault { return sim.Fault{Status: 429, Header: header("soon")} }, 1, time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
				w.sim.SetFault(once(test.times, test.fault()))
				start := time.Now()
				if _, err := w.client.Account(t.Context()); err != nil || time.Since(start) != test.want {
					t.Errorf("%v after %s, want %s", err, time.Since(start), test.want)
				}
				if got := len(w.sim.Requests()); got != test.times+1 {
					t.Errorf("%d requests, want %d", got, test.times+1)
				}
			})
		})
	}
}

func TestPatienceWithA429Ends(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		w.sim.SetFault(once(1, sim.Fault{Status: 429, Header: http.Header{"Retry-After": {"7200"}}}))
		start := time.Now()
		for range 2 { // the second call knows without asking
			_, err := w.client.Account(t.Context())
			e, ok := errors.AsType[*engine.Error](err)
			if !ok || e.Reason != engine.ReasonRateLimited || e.RetryAfter != 2*time.Hour || time.Since(start) != 0 {
				t.Errorf("%+v after %s", err, time.Since(start))
			}
		}
		if got := len(w.sim.Requests()); got != 1 {
			t.Errorf("%d requests, want 1", got)
		}
	})
}

// TestARetryAfterDateIsOfHuntresssClock has Huntress's clock an hour behind ours.
func TestARetryAfterDateIsOfHuntresssClock(t *testing.T) {
	behind := func() time.Time { return time.Now().Add(-time.Hour) }
	inBubble(t, sim.Options{Now: behind}, func(t *testing.T, w *world) {
		date := behind().Add(30 * time.Second).UTC().Format(http.TimeFormat)
		w.sim.SetFault(once(1, sim.Fault{Status: 429, Header: http.Header{"Retry-After": {date}}}))
		start := time.Now()
		if _, err := w.client.Account(t.Context()); err != nil || time.Since(start) != 30*time.Second {
			t.Errorf("%v after %s, want 30s", err, time.Since(start))
		}
	})
}

// TestOtherToolsUseTheBudget is the real limit: it is spent by somebody else.
func TestOtherToolsUseTheBudget(t *testing.T) {
	tests := map[string]struct {
		options sim.Options
		longest time.Duration
	}{
		"Huntress does not say when": {sim.Options{}, sim.Window + lastRefusalWait},
		"Huntress says when":         {sim.Options{RetryAfter: true}, sim.Window + time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, test.options, func(t *testing.T, w *world) {
				w.sim.SpendBudget(testAccount, sim.Budget)
				start := time.Now()
				if _, err := w.client.Account(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took <= sim.Window || took > test.longest {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

// TestTheClientNeverRunsIntoTheLimit sends more than the budget from several
// goroutines to a strict Huntress.
func TestTheClientNeverRunsIntoTheLimit(t *testing.T) {
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		start := time.Now()
		var all sync.WaitGroup
		for range 250 {
			all.Go(func() {
				if _, err := w.client.Account(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(w.codes.all) != 250 || slices.Contains(w.codes.all, "429") {
			t.Error("a request was refused")
		}
		if took, want := time.Since(start), 4*(window+windowMargin); took != want {
			t.Errorf("250 requests took %s, want %s", took, want)
		}
	})
}

func TestTheContextIsHonored(t *testing.T) {
	tests := map[string]func(w *world){
		"while waiting for the budget": func(w *world) { w.client.limiter.refused(time.Now(), time.Minute) },
		"while waiting for the answer": func(w *world) { w.sim.SetFault(once(1, sim.Fault{Delay: time.Minute})) },
		"while waiting to repeat": func(w *world) {
			w.sim.SetFault(once(1, sim.Fault{Status: 503, Header: http.Header{"Retry-After": {"30"}}}))
		},
		"while waiting for the last answer": func(w *world) {
			failing := once(tries-1, sim.Fault{Status: 500})
			w.sim.SetFault(func(r *http.Request) *sim.Fault {
				if f := failing(r); f != nil {
					return f
				}
				return &sim.Fault{Delay: time.Minute}
			})
		},
		"while waiting out a 429": func(w *world) {
			w.sim.SetFault(once(1, sim.Fault{Status: 429, Header: http.Header{"Retry-After": {"30"}}}))
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
				prepare(w)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(10*time.Second, cancel)
				start := time.Now()
				_, err := w.client.Account(ctx)
				if !errors.Is(err, context.Canceled) || time.Since(start) != 10*time.Second {
					t.Errorf("%v after %s", err, time.Since(start))
				}
				// Huntress is not to blame.
				if e, ok := errors.AsType[*engine.Error](err); !ok || e.Reason != engine.ReasonInternal {
					t.Errorf("got %#v, want an engine.Error that is internal", err)
				}
				ctx, cancel = context.WithTimeout(t.Context(), 0)
				defer cancel()
				if _, err := w.client.Account(ctx); engine.ReasonOf(err) != engine.ReasonTimeout {
					t.Errorf("after a deadline: %v", err)
				}
			})
		})
	}
}

func TestAnUnreachableHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
		c, err := New(Options{
			Name: "main", Key: testKey, Secret: testSecret,
			Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, refused }),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Account(t.Context())
		want := "Huntress: read the account: cannot reach api.huntress.io: check the network, the proxy and base_url: dial tcp: connection refused"
		if err == nil || err.Error() != want || engine.ReasonOf(err) != engine.ReasonUnavailable {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestTheCauseDoesNotShowCredentials has something on the way repeat the request.
func TestTheCauseDoesNotShowCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{
			Name: "main", Key: testKey, Secret: testSecret,
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				return nil, errors.New("malformed answer: " + r.Header.Get("Authorization"))
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Account(t.Context())
		if text := fmt.Sprintf("%v %+v", err, errors.Unwrap(err)); !strings.Contains(text, "Basic (sensitive)") {
			t.Errorf("got %s", text)
		}
	})
}

// TestTheCauseIsSafe has something on the way say in the head of an answer, which
// net/http quotes, what must not be shown as it is.
func TestTheCauseIsSafe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{
			Name: "main", Key: testKey, Secret: testSecret,
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				cut := r.Header.Get("Authorization")[:20]
				return nil, errors.New("\x1b[31m\u202e" + cut + " " + testSecret[:8] + strings.Repeat(" endless", 100_000))
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Account(t.Context())
		text := err.Error()
		if len(text) > 1000 || strings.ContainsAny(text, "\x1b\u202e") || !strings.Contains(text, "Basic (sensitive) (sensitive) endless") {
			t.Errorf("this is shown: %.2000q", text)
		}
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hosts := map[string]int{}
		c, err := New(Options{
			Name: "main", Key: testKey, Secret: testSecret,
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				hosts[r.URL.Host]++
				if hosts["evil.test"] > 0 {
					return nil, errors.New("it was followed")
				}
				return &http.Response{
					StatusCode: http.StatusTemporaryRedirect, Request: r,
					Header: http.Header{"Location": {"https://evil.test/"}}, Body: http.NoBody,
				}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Account(t.Context()); err == nil || hosts["evil.test"] != 0 {
			t.Errorf("%v, asked %v", err, hosts)
		}
	})
}

// TestAPageTooLargeIsReadInShorterOnes gives an answer beyond the bound for any
// page of more than two rows.
func TestAPageTooLargeIsReadInShorterOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var limits []string
		c, err := New(Options{
			Name: "main", Key: testKey, Secret: testSecret,
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				limit := r.URL.Query().Get("limit")
				limits = append(limits, limit)
				var body io.Reader = strings.NewReader(`{"incident_reports":[{"id":1}],"pagination":{"next_page_token":"more"}}`)
				if limit != "1" {
					body = io.LimitReader(spaces{}, maxAnswer+1)
				}
				return &http.Response{StatusCode: http.StatusOK, Request: r, Header: http.Header{}, Body: io.NopCloser(body)}, nil
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		page, err := c.Page(t.Context(), engine.PageQuery{Limit: 8})
		if err != nil || page.Next != "more" || !slices.Equal(limits, []string{"8", "2", "1"}) {
			t.Errorf("%+v, %v, asked with limits %v", page, err, limits)
		}
		_, err = c.Account(t.Context())
		if !errors.Is(err, errTooLarge) || engine.ReasonOf(err) != engine.ReasonUnavailable || len(limits) != 4 {
			t.Errorf("%v after %d requests", err, len(limits)-3)
		}
	})
}

// spaces never ends.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestAnswersAboutAnother are believed in nothing: something on the way mixed them up.
func TestAnswersAboutAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{Name: "main", Key: testKey, Secret: testSecret, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			body := `{"incident_report":{"id":8,"status":"closed","updated_at":"2026-08-03T10:00:00Z"},"agent":{"id":8,"hostname":"other"}}`
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		if i, err := c.Incident(t.Context(), 8); err != nil || i.ID != 8 {
			t.Errorf("the incident that was asked for: %+v, %v", i, err)
		}
		if i, err := c.Incident(t.Context(), 7); engine.ReasonOf(err) != engine.ReasonUnavailable || !strings.Contains(err.Error(), errOther.Error()) || i.ID != 0 {
			t.Errorf("another incident: %+v, %v", i, err)
		}
		if a, err := c.Agent(t.Context(), 7); engine.ReasonOf(err) != engine.ReasonUnavailable || a.ID != 0 {
			t.Errorf("another agent: %+v, %v", a, err)
		}
	})
}
