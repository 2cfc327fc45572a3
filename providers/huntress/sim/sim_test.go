package sim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/providers/huntress/sim"
)

const (
	accountID = 5
	keyName   = "hk_test"
	secret    = "hs_test"
)

// clock is a clock that a test moves by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newWorld(t *testing.T, options sim.Options) (*sim.Server, *clock) {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	options.Now = c.Now
	s := sim.New(options)
	s.AddAccount(sim.Account{ID: accountID, Name: "Contoso IT", Subdomain: "contoso"})
	s.AddKey(sim.Key{Key: keyName, Secret: secret, Account: accountID})
	return s, c
}

func get(t *testing.T, s http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.SetBasicAuth(keyName, secret)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

type incidentsPage struct {
	Reports []struct {
		ID int64 `json:"id"`
	} `json:"incident_reports"`
	Pagination struct {
		Token string `json:"next_page_token"`
		URL   string `json:"next_page_url"`
	} `json:"pagination"`
}

func getPage(t *testing.T, s http.Handler, query url.Values) (ids []int64, token string) {
	t.Helper()
	w := get(t, s, "/v1/incident_reports?"+query.Encode())
	if w.Code != http.StatusOK {
		t.Fatalf("list %v: %d %s", query, w.Code, w.Body)
	}
	var page incidentsPage
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
		t.Fatal(err)
	}
	if (page.Pagination.Token == "") != (page.Pagination.URL == "") {
		t.Errorf("token %q and URL %q disagree about a next page", page.Pagination.Token, page.Pagination.URL)
	}
	for _, r := range page.Reports {
		ids = append(ids, r.ID)
	}
	return ids, page.Pagination.Token
}

// addAt publishes reports whose updated_at is the given number of seconds ago.
func addAt(s *sim.Server, secondsAgo map[int64]int) {
	for id, ago := range secondsAgo {
		s.AddIncident(sim.Incident{
			ID: id, AccountID: accountID, Subject: fmt.Sprint("report ", id), Severity: "low",
			UpdatedAt: s.Now().Add(-time.Duration(ago) * time.Second),
		})
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name, path string
		authorize  func(*http.Request)
		status     int
		message    string
	}{
		{"no credentials", "/v1/account", func(*http.Request) {}, 401, "Missing or incorrect authorization scheme"},
		{"bearer", "/v1/account", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401, "Missing or incorrect authorization scheme"},
		{"wrong secret", "/v1/account", func(r *http.Request) { r.SetBasicAuth(keyName, "no") }, 401, "Invalid API credentials"},
		{"unknown path", "/v1/nothing", nil, 404, "Invalid path specified"},
		{"path outside", "/account", nil, 404, "Invalid path specified"},
		{"double slash", "/v1//account", nil, 404, "Invalid path specified"},
		{"limit 0", "/v1/incident_reports?limit=0", nil, 400, "limit does not have a valid value"},
		{"limit 501", "/v1/incident_reports?limit=501", nil, 400, "limit does not have a valid value"},
		{"limit text", "/v1/incident_reports?limit=ten", nil, 400, "limit is invalid"},
		{"sort field", "/v1/incident_reports?sort_field=severity", nil, 400, "sort_field does not have a valid value"},
		{"sort direction", "/v1/incident_reports?sort_direction=up", nil, 400, "sort_direction does not have a valid value"},
		{"status", "/v1/incident_reports?status=open", nil, 400, "status does not have a valid value"},
		{"organization", "/v1/incident_reports?organization_id=x", nil, 400, "organization_id is invalid"},
		{"indicator", "/v1/incident_reports?indicator_type=x", nil, 400, "indicator_type does not have a valid value"},
		{"token", "/v1/incident_reports?sort_field=updated_at&page_token=MTIz", nil, 400, "page_token is invalid"},
		{"unknown report", "/v1/incident_reports/9", nil, 404, "Resource not found"},
		{"unknown agent", "/v1/agents/9", nil, 404, "Resource not found"},
		{"id is no number", "/v1/agents/x", nil, 400, "id is invalid"},
		{"reseller list", "/v1/accounts", nil, 403, "This API key does not belong to a reseller"},
		{"reseller path", "/v1/accounts/5/organizations", nil, 403, "This API key does not belong to a reseller"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, _ := newWorld(t, sim.Options{})
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, test.path, nil)
			r.SetBasicAuth(keyName, secret)
			if test.authorize != nil {
				r.Header.Del("Authorization")
				test.authorize(r)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			var body struct{ Message string }
			if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
				t.Fatalf("not JSON: %v: %s", err, w.Body)
			}
			if w.Code != test.status || body.Message != test.message {
				t.Errorf("got %d %q, want %d %q", w.Code, body.Message, test.status, test.message)
			}
		})
	}
}

func TestTheBudgetIsASlidingWindow(t *testing.T) {
	s, c := newWorld(t, sim.Options{RetryAfter: true})
	status := func() int { return get(t, s, "/v1/account").Code }
	// The example of Huntress's own documentation: requests at T0, T5 and 58 at
	// T10; the 61st fails at T55 and passes at T61; the 62nd waits for T65.
	start := c.now
	at := func(seconds int) { c.now = start.Add(time.Duration(seconds) * time.Second) }
	ok := func(n int) {
		t.Helper()
		for range n {
			if got := status(); got != http.StatusOK {
				t.Fatalf("at %s: %d", c.now.Sub(start), got)
			}
		}
	}
	refused := func() {
		t.Helper()
		if got := status(); got != http.StatusTooManyRequests {
			t.Fatalf("at %s: %d, want 429", c.now.Sub(start), got)
		}
	}
	at(0)
	ok(1)
	at(5)
	ok(1)
	at(10)
	ok(58)
	at(55)
	refused()
	if got := get(t, s, "/v1/account").Header().Get("Retry-After"); got != "6" {
		t.Errorf("Retry-After %q, want 6", got)
	}
	at(60)
	refused()
	at(61)
	ok(1)
	refused()
	at(66)
	ok(1)
	s.SpendBudget(accountID, 60)
	refused()
}

func TestRowsOfOneSecondOverAPageBorder(t *testing.T) {
	tests := []struct {
		paging sim.Paging
		want   [][]int64
	}{
		// Report 3 shares the second of 4, where the first page ends.
		{sim.StrictlyOlder, [][]int64{{5, 4}, {2, 1}}},
		{sim.AtOrOlder, [][]int64{{5, 4}, {4, 3}, {4, 3}, {4, 3}}},
	}
	for _, test := range tests {
		s, _ := newWorld(t, sim.Options{Paging: test.paging})
		addAt(s, map[int64]int{5: 0, 4: 10, 3: 10, 2: 20, 1: 30})
		query := url.Values{"limit": {"2"}, "sort_field": {"updated_at"}}
		var got [][]int64
		for len(got) < 4 {
			ids, token := getPage(t, s, query)
			got = append(got, ids)
			if token == "" {
				break
			}
			query.Set("page_token", token)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("paging %d (-want +got):\n%s", test.paging, diff)
		}
	}
}

func TestPagingByIDIsExact(t *testing.T) {
	s, _ := newWorld(t, sim.Options{})
	addAt(s, map[int64]int{1: 0, 2: 0, 3: 0, 4: 0, 5: 0})
	for _, direction := range []string{"asc", "desc"} {
		query := url.Values{"limit": {"2"}, "sort_direction": {direction}}
		var got []int64
		for {
			ids, token := getPage(t, s, query)
			got = append(got, ids...)
			if token == "" {
				break
			}
			query.Set("page_token", token)
		}
		want := []int64{1, 2, 3, 4, 5}
		if direction == "desc" {
			slices.Reverse(want)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", direction, diff)
		}
	}
}

func TestAnUpdateMovesARowToTheFront(t *testing.T) {
	s, c := newWorld(t, sim.Options{})
	addAt(s, map[int64]int{1: 40, 2: 30, 3: 20, 4: 10})
	query := url.Values{"limit": {"2"}, "sort_field": {"updated_at"}}
	_, token := getPage(t, s, query)
	c.now = c.now.Add(time.Second)
	if err := s.SetStatus(accountID, 1, sim.StatusClosed); err != nil {
		t.Fatal(err)
	}
	query.Set("page_token", token)
	if ids, _ := getPage(t, s, query); !slices.Equal(ids, []int64{2}) {
		t.Errorf("second page %v, want [2]: report 1 moved away", ids)
	}
	query.Del("page_token")
	if ids, _ := getPage(t, s, query); !slices.Equal(ids, []int64{1, 4}) {
		t.Errorf("first page %v, want [1 4]", ids)
	}
}

func TestFilters(t *testing.T) {
	s, _ := newWorld(t, sim.Options{})
	s.AddIncident(sim.Incident{ID: 1, AccountID: accountID, OrganizationID: 7, AgentID: 70, Severity: "low", Platform: "windows", IndicatorTypes: []string{"footholds"}})
	s.AddIncident(sim.Incident{ID: 2, AccountID: accountID, OrganizationID: 8, Severity: "critical", Status: sim.StatusClosed, Platform: "google"})
	for query, want := range map[string][]int64{
		"":                          {2, 1},
		"status=sent":               {1},
		"status=closed":             {2},
		"status=":                   {2, 1},
		"severity=critical":         {2},
		"platform=windows":          {1},
		"organization_id=8":         {2},
		"agent_id=70":               {1},
		"indicator_type=footholds":  {1},
		"status=sent&severity=high": nil,
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := getPage(t, s, values); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}

func TestTheLifeOfAReport(t *testing.T) {
	s, c := newWorld(t, sim.Options{})
	s.AddIncident(sim.Incident{ID: 1, AccountID: accountID, Subject: "one"})
	published := c.now
	step := func(change func()) sim.Incident {
		t.Helper()
		c.now = c.now.Add(time.Minute)
		change()
		i, ok := s.Incident(accountID, 1)
		if !ok {
			t.Fatal("the report is gone")
		}
		if !i.UpdatedAt.Equal(c.now) {
			t.Errorf("updated_at %s, want %s", i.UpdatedAt, c.now)
		}
		return i
	}
	set := func(status string) func() {
		return func() {
			if err := s.SetStatus(accountID, 1, status); err != nil {
				t.Error(err)
			}
		}
	}
	if i := step(set(sim.StatusClosed)); !i.ClosedAt.Equal(c.now) || !i.StatusUpdatedAt.Equal(c.now) || !i.SentAt.Equal(published) {
		t.Errorf("closed: %+v", i)
	}
	if i := step(set(sim.StatusSent)); !i.ClosedAt.IsZero() {
		t.Errorf("reopened: closed_at is still %s", i.ClosedAt)
	}
	if ids, _ := getPage(t, s, nil); !slices.Equal(ids, []int64{1}) {
		t.Errorf("listed %v, want [1]", ids)
	}
	s.RemoveIncident(accountID, 1)
	if ids, _ := getPage(t, s, nil); len(ids) != 0 {
		t.Errorf("listed %v after the report was removed", ids)
	}
	if err := s.SetStatus(accountID, 1, sim.StatusClosed); err == nil {
		t.Error("a report that is gone was closed")
	}
}

func TestOverridesReplaceFields(t *testing.T) {
	s, _ := newWorld(t, sim.Options{})
	s.AddIncident(sim.Incident{ID: 1, AccountID: accountID, Subject: "one", Override: map[string]any{"severity": 7, "updated_at": nil}})
	var body struct {
		Report map[string]any `json:"incident_report"`
	}
	if err := json.Unmarshal(get(t, s, "/v1/incident_reports/1").Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	if body.Report["severity"] != 7.0 || body.Report["updated_at"] != nil || body.Report["subject"] != "one" {
		t.Errorf("got %v", body.Report)
	}
}

func TestResellerKeys(t *testing.T) {
	s, _ := newWorld(t, sim.Options{})
	s.AddAccount(sim.Account{ID: 6, Name: "Fabrikam", Subdomain: "fabrikam"})
	s.AddAccount(sim.Account{ID: 7, Name: "Not theirs", Subdomain: "other"})
	s.AddOrganization(sim.Organization{ID: 60, AccountID: 6, Name: "Sixty"})
	s.AddKey(sim.Key{Key: keyName, Secret: secret, Reseller: 1, Accounts: []int64{5, 6}})
	for path, want := range map[string]int{
		"/v1/accounts":                    200,
		"/v1/accounts/6":                  200,
		"/v1/accounts/6/organizations":    200,
		"/v1/accounts/6/incident_reports": 200,
		"/v1/accounts/7/incident_reports": 404,
		"/v1/incident_reports":            403,
		"/v1/account":                     403,
		"/v1/actor":                       200,
	} {
		if got := get(t, s, path).Code; got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func TestRequestsAreRecordedWithoutCredentials(t *testing.T) {
	s, c := newWorld(t, sim.Options{})
	get(t, s, "/v1/incident_reports?limit=3")
	got := s.Requests()
	want := []sim.Request{{Time: c.now, Method: "GET", Path: "/v1/incident_reports", Query: url.Values{"limit": {"3"}}, Status: 200}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s.ResetRequests(); len(s.Requests()) != 0 {
		t.Error("the log was not emptied")
	}
}

func TestASingleEscalationHasNoWrapper(t *testing.T) {
	s, _ := newWorld(t, sim.Options{})
	s.AddOrganization(sim.Organization{ID: 7, AccountID: accountID, Name: "Acme Inc."})
	s.AddEscalation(sim.Escalation{ID: 1, AccountID: accountID, Subject: "Defender disabled", Status: "open", Organizations: []int64{7}})
	var list struct {
		Escalations []map[string]any `json:"escalations"`
	}
	if err := json.Unmarshal(get(t, s, "/v1/escalations?status=open").Body.Bytes(), &list); err != nil || len(list.Escalations) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	var one map[string]any
	if err := json.Unmarshal(get(t, s, "/v1/escalations/1").Body.Bytes(), &one); err != nil {
		t.Fatal(err)
	}
	want := []any{map[string]any{"id": 7.0, "name": "Acme Inc."}}
	if diff := cmp.Diff(want, one["organizations"]); one["id"] != 1.0 || one["entities"] == nil || diff != "" {
		t.Errorf("got %v (-want +got):\n%s", one, diff)
	}
}

func TestABudgetForEachAccountOrForTheKey(t *testing.T) {
	for _, test := range []struct {
		options sim.Options
		want    int
	}{
		{sim.Options{}, http.StatusOK},
		{sim.Options{OneBudgetPerKey: true}, http.StatusTooManyRequests},
	} {
		s, _ := newWorld(t, test.options)
		s.AddAccount(sim.Account{ID: 6, Name: "Fabrikam"})
		s.AddKey(sim.Key{Key: keyName, Secret: secret, Reseller: 1, Accounts: []int64{5, 6}})
		for range sim.Budget {
			get(t, s, "/v1/accounts/5")
		}
		if got := get(t, s, "/v1/accounts/5").Code; got != http.StatusTooManyRequests {
			t.Errorf("the 61st request: %d", got)
		}
		if got := get(t, s, "/v1/accounts/6").Code; got != test.want {
			t.Errorf("%+v: another account of the key: %d, want %d", test.options, got, test.want)
		}
	}
}
