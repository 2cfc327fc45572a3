package huntress

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/providers/huntress/sim/dataset"
)

// TestContract holds the client's requests and the simulator's answers against
// Huntress's own document, which is not part of this repository: the test is
// skipped where it is absent.
func TestContract(t *testing.T) {
	c := newContract(t)
	s := sim.New(sim.Options{})
	now := time.Now()
	dataset.Load(s, now)
	s.AddEscalation(sim.Escalation{ID: 1, AccountID: dataset.AccountID, Type: "Environmental Issue", Subject: "Defender disabled", Severity: "low", Status: "open", Organizations: []int64{1201}})
	server := httptest.NewServer(c.check(t, s))
	defer server.Close()
	client, err := New(Options{Name: "main", Key: dataset.Key, Secret: dataset.Secret, BaseURL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	readEverything(t, client, now)

	// The same below an account of a reseller's key.
	s.AddKey(sim.Key{Key: dataset.Key, Secret: dataset.Secret, Reseller: 1, Accounts: []int64{dataset.AccountID}})
	if _, err := client.Accounts(t.Context()); err != nil {
		t.Error(err)
	}
	readEverything(t, client.ForAccount(dataset.AccountID), now)

	// What the simulator has beyond what the client reads.
	s.AddKey(sim.Key{Key: dataset.Key, Secret: dataset.Secret, Account: dataset.AccountID})
	for _, path := range []string{"/v1/actor", "/v1/agents?limit=50", "/v1/organizations/1201", "/v1/escalations", "/v1/accounts"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(dataset.Key, dataset.Secret)
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, operation := range []string{
		"getV1Account", "getV1Organizations", "getV1AgentsId", "getV1IncidentReports", "getV1IncidentReportsId",
		"getV1IncidentReportsIncidentReportIdRemediations", "getV1Accounts", "getV1AccountsAccountId",
		"getV1AccountsAccountIdOrganizations", "getV1AccountsAccountIdIncidentReports",
		"getV1AccountsAccountIdIncidentReportsIncidentReportIdRemediations", "getV1AccountsAccountIdAgentsId",
		"getV1Escalations", "getV1Actor",
	} {
		if c.seen[operation] == 0 {
			t.Errorf("operation %s was not checked (checked: %v)", operation, c.seen)
		}
	}
}

// readEverything uses every call of the client on the data set.
func readEverything(t *testing.T, client *Client, now time.Time) {
	t.Helper()
	ctx := t.Context()
	if _, err := client.Account(ctx); err != nil {
		t.Error(err)
	}
	if _, err := client.Organizations(ctx); err != nil {
		t.Error(err)
	}
	want := map[int64]sim.Incident{}
	for _, i := range dataset.Incidents(now) {
		want[i.ID] = i
	}
	q := engine.PageQuery{Limit: 20}
	for {
		page, err := client.Page(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Incidents {
			if int(want[i.ID].UpdatedAt.Sub(i.UpdatedAt)/time.Second) != 0 || i.RemediationTotal != len(want[i.ID].Remediations) {
				t.Errorf("read %+v, want %+v", i, want[i.ID])
			}
			delete(want, i.ID)
		}
		if q.Token = page.Next; q.Token == "" {
			break
		}
	}
	if len(want) > 0 {
		t.Errorf("%d incident reports were not listed", len(want))
	}
	filter := engine.Filter{Status: engine.StatusSent, Severity: engine.SeverityCritical, Platform: "windows", OrganizationID: 1208}
	if _, err := client.Page(ctx, engine.PageQuery{Limit: engine.MaxPage, Filter: filter}); err != nil {
		t.Error(err)
	}
	for _, i := range dataset.Incidents(now) {
		if len(i.Remediations) > 10 {
			if all, err := client.Remediations(ctx, i.ID); err != nil || len(all) != len(i.Remediations) {
				t.Errorf("%d remediations of %d, %v", len(all), len(i.Remediations), err)
			}
			if _, err := client.Incident(ctx, i.ID); err != nil {
				t.Error(err)
			}
			if _, err := client.Agent(ctx, i.AgentID); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestTheContractCatchesDrift shows that the check can fail.
func TestTheContractCatchesDrift(t *testing.T) {
	c := newContract(t)
	answer := func(body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, body)
		})
	}
	const good = `{"incident_reports":[],"pagination":{}}`
	tests := map[string]struct {
		target, body string
		fails        bool
	}{
		"as documented":       {"/v1/incident_reports?limit=500&status=sent", good, false},
		"null in a field":     {"/v1/incident_reports", `{"incident_reports":[{"subject":null}],"pagination":{}}`, false},
		"a limit too high":    {"/v1/incident_reports?limit=501", good, true},
		"an unknown status":   {"/v1/incident_reports?status=open", good, true},
		"an unknown path":     {"/v1/incidents", good, true},
		"no pagination":       {"/v1/incident_reports", `{"incident_reports":[]}`, true},
		"a field of its type": {"/v1/incident_reports", `{"incident_reports":[{"id":"1"}],"pagination":{}}`, true},
		"a time that is none": {"/v1/incident_reports", `{"incident_reports":[{"sent_at":"today"}],"pagination":{}}`, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, test.target, nil)
			r.SetBasicAuth("k", "s")
			w := httptest.NewRecorder()
			answer(test.body).ServeHTTP(w, r)
			if err := c.validate(t.Context(), r, w); (err != nil) != test.fails {
				t.Errorf("got %v, want an error: %v", err, test.fails)
			}
		})
	}
}

// contract is Huntress's document, ready to check requests and answers.
type contract struct {
	router routers.Router
	mu     sync.Mutex
	seen   map[string]int // checked answers by operation
}

func newContract(t *testing.T) *contract {
	t.Helper()
	raw, err := readContract("huntress-rest-openapi.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("shared/contracts/huntress-rest-openapi.json is not beside the repository: nothing to check against")
	}
	if err != nil {
		t.Fatal(err)
	}
	doc, err := repairContract(raw)
	if err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation())
	if err != nil {
		t.Fatal(err)
	}
	return &contract{router: router, seen: map[string]int{}}
}

// readContract looks for a document in the folder shared/contracts beside the
// repository or any folder around it.
func readContract(name string) ([]byte, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		raw, err := os.ReadFile(filepath.Join(dir, "shared", "contracts", name))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return raw, err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return nil, err
		}
		dir = parent
	}
}

// repairContract makes the published document usable. It is Swagger 2.0, and
// wrong in a few places:
//
//   - Types are spelled "Object", "String", or as the name of a model; in JSON
//     they are objects and strings.
//   - Nothing may be null in Swagger 2.0, although the descriptions say where null
//     is answered: every property of a model may be.
//   - Some lists of strings hold objects, and the parameters of a remediation are
//     a string, a list or null, as the description says: lists whose example holds
//     objects are not checked, nor is the one that does not say what it holds.
//   - Organization requires fields that it does not have.
//   - Two operations that write have the same name: only what reads is kept, as
//     this client does nothing else.
//   - Security is asked for by a name that is not the one it is defined by.
//   - Refusals are documented with the model of the resource; they carry a
//     message.
func repairContract(raw []byte) (*openapi3.T, error) {
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, err
	}
	repairTypes(tree)
	models, ok := tree["definitions"].(map[string]any)
	if !ok {
		return nil, errors.New("the document has no definitions")
	}
	for _, model := range models {
		repairModel(model)
	}
	paths, ok := tree["paths"].(map[string]any)
	if !ok {
		return nil, errors.New("the document has no paths")
	}
	for path, operations := range paths {
		if all, ok := operations.(map[string]any); ok {
			paths[path] = map[string]any{"get": all["get"]}
		}
		if all, ok := paths[path].(map[string]any); !ok || all["get"] == nil {
			delete(paths, path)
		}
	}
	repaired, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	var doc openapi2.T
	if err := json.Unmarshal(repaired, &doc); err != nil {
		return nil, err
	}
	v3, err := openapi2conv.ToV3(&doc)
	if err != nil {
		return nil, err
	}
	// The host is the test's, not the real one's.
	v3.Servers = nil
	v3.Security = openapi3.SecurityRequirements{{"basic_auth": {}}}
	return v3, nil
}

func repairTypes(node any) {
	switch node := node.(type) {
	case map[string]any:
		if text, ok := node["type"].(string); ok && text != "" && strings.ToLower(text[:1]) != text[:1] {
			node["type"] = "object"
			if text == "String" {
				node["type"] = "string"
			}
		}
		for key, child := range node {
			if key != "example" {
				repairTypes(child)
			}
		}
	case []any:
		for _, child := range node {
			repairTypes(child)
		}
	}
}

func repairModel(model any) {
	m, ok := model.(map[string]any)
	if !ok {
		return
	}
	properties, ok := m["properties"].(map[string]any)
	if !ok {
		return
	}
	if required, ok := m["required"].([]any); ok {
		var existing []any
		for _, name := range required {
			if text, ok := name.(string); ok && properties[text] != nil {
				existing = append(existing, name)
			}
		}
		delete(m, "required")
		if len(existing) > 0 {
			m["required"] = existing
		}
	}
	for name, property := range properties {
		p, ok := property.(map[string]any)
		if !ok {
			continue
		}
		if ref, ok := p["$ref"]; ok {
			// Beside a reference nothing counts: wrap it, so that it may be null.
			p = map[string]any{"allOf": []any{map[string]any{"$ref": ref}}}
			properties[name] = p
		}
		p["x-nullable"] = true
		if examples, ok := p["example"].([]any); ok && len(examples) > 0 {
			if _, isObject := examples[0].(map[string]any); isObject || p["items"] == nil {
				delete(p, "type")
				delete(p, "items")
			}
		}
	}
}

// check passes requests on to the handler and validates them and the answers.
func (c *contract) check(t *testing.T, h http.Handler) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		h.ServeHTTP(recorder, r)
		if err := c.validate(r.Context(), r, recorder); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		maps.Copy(w.Header(), recorder.Header())
		w.WriteHeader(recorder.Code)
		if _, err := w.Write(recorder.Body.Bytes()); err != nil {
			t.Error(err)
		}
	})
}

func (c *contract) validate(ctx context.Context, r *http.Request, w *httptest.ResponseRecorder) error {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return err
	}
	request := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: basicAuth, MultiError: true},
	}
	if err := openapi3filter.ValidateRequest(ctx, request); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request, Status: w.Code, Header: w.Header(), Options: &openapi3filter.Options{MultiError: true},
	}
	answer.SetBodyBytes(w.Body.Bytes())
	if err := openapi3filter.ValidateResponse(ctx, answer); err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[route.Operation.OperationID]++
	return nil
}

// basicAuth is the documented security scheme.
func basicAuth(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	if _, _, ok := in.RequestValidationInput.Request.BasicAuth(); !ok {
		return errors.New("no Basic credentials")
	}
	return nil
}
