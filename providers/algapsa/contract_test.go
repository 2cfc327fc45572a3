package algapsa

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// undocumented lists what requests hold although AlgaPSA's document lacks it, because the server was seen to take it.
// What is not met any more fails the test.
func undocumented() map[string]string {
	const create = "the body that the document has for a create is wrong: it lists a field that does not exist and lacks these"
	return map[string]string{
		"POST /tickets category_id":     create,
		"POST /tickets subcategory_id":  create,
		"POST /tickets contact_name_id": create,
		"POST /tickets attributes":      create,
		"GET /tickets ?title":           "the filters of tickets are documented in general parameters only",
		"GET /tickets ?entered_from":    "the filters of tickets are documented in general parameters only",
		"GET /boards ?limit":            "the document gives boards no parameters at all",
		"GET /boards ?page":             "the document gives boards no parameters at all",
		"GET /boards ?include_inactive": "the document gives boards no parameters at all",
		"GET /priorities ?item_type":    "the document lacks the filter by kind of item",
	}
}

// TestContract holds every kind of request that the client makes against AlgaPSA's document, which is not part of
// this repository: the test is skipped where it is absent. Fields and parameters that the document does not know
// count as errors, because the server drops them in silence.
func TestContract(t *testing.T) {
	c := newContract(t)
	var requests []sim.Request
	inBubble(t, sim.Options{}, func(t *testing.T, w *world) {
		everything(t, w)
		requests = w.sim.Requests()
	})
	operations := map[string]bool{}
	for _, r := range requests {
		pattern, errs := c.check(r)
		operations[r.Method+" "+pattern] = true
		for _, err := range errs {
			t.Errorf("%s %s: %s (%s)", r.Method, r.Path, err, r.Body)
		}
	}
	for _, want := range []string{
		"GET /boards", "GET /tickets/statuses", "GET /priorities", "GET /categories/ticket", "GET /clients", "GET /contacts",
		"GET /tickets", "POST /tickets", "GET /tickets/{id}", "PUT /tickets/{id}", "PUT /tickets/{id}/status",
		"GET /tickets/{id}/comments", "POST /tickets/{id}/comments",
	} {
		if !operations[want] {
			t.Errorf("%s was not checked", want)
		}
	}
	for exception, why := range undocumented() {
		if !c.met[exception] {
			t.Errorf("the exception %q is not met any more: %s", exception, why)
		}
	}
}

// TestContractCanFail shows that the check sees a request that drifts.
func TestContractCanFail(t *testing.T) {
	c := newContract(t)
	const id = "00000000-0000-4000-8000-000000000001"
	for name, test := range map[string]struct {
		method, path, query, body, want string
	}{
		"as documented":         {"PUT", "/tickets/" + id + "/status", "", `{"status_id":"` + id + `"}`, ""},
		"a field too many":      {"PUT", "/tickets/" + id + "/status", "", `{"status_id":"` + id + `","quiet":true}`, "quiet"},
		"a field too few":       {"PUT", "/tickets/" + id + "/status", "", `{}`, "status_id"},
		"no UUID":               {"PUT", "/tickets/" + id + "/status", "", `{"status_id":"closed"}`, "status_id"},
		"no UUID in the path":   {"GET", "/tickets/TIC001", "", "", "id in the path"},
		"another type":          {"POST", "/tickets/" + id + "/comments", "", `{"comment_text":"x","is_internal":"yes"}`, "is_internal"},
		"an unknown path":       {"GET", "/categories", "", "", "not documented"},
		"an unknown method":     {"PATCH", "/tickets/" + id, "", `{}`, "not documented"},
		"an unknown parameter":  {"GET", "/tickets", "titel=x", "", "titel"},
		"a parameter of others": {"GET", "/clients", "title=x", "", "title"},
		"a choice there is not": {"GET", "/tickets", "order=sideways", "", "order"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := c.check(sim.Request{Method: test.method, Path: test.path, Query: test.query, Body: []byte(test.body)})
			text := strings.Join(errs, "; ")
			if (test.want == "") != (text == "") || !strings.Contains(text, test.want) {
				t.Errorf("got %q, want %q", text, test.want)
			}
		})
	}
}

// contract is AlgaPSA's document.
type contract struct {
	doc *openapi3.T
	met map[string]bool
}

func newContract(t *testing.T) *contract {
	t.Helper()
	raw, err := readContract("algapsa-openapi-subset.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("shared/contracts/algapsa-openapi-subset.json is not beside the repository: nothing to check against")
	}
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	plainTypes(tree)
	repaired, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(repaired)
	if err != nil {
		t.Fatal(err)
	}
	return &contract{doc: doc, met: map[string]bool{}}
}

// readContract looks for a document in the folder shared/contracts beside the repository or any folder around it.
func readContract(name string) ([]byte, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		raw, err := os.ReadFile(filepath.Join(dir, "shared", "contracts", name))
		parent := filepath.Dir(dir)
		if err == nil || !errors.Is(err, fs.ErrNotExist) || parent == dir {
			return raw, err
		}
		dir = parent
	}
}

// plainTypes turns the types of OpenAPI 3.1 that may be null into single ones, which is what the library checks; the
// client never sends null, and [contract.check] sees to it.
func plainTypes(node any) {
	switch node := node.(type) {
	case map[string]any:
		if kinds, ok := node["type"].([]any); ok {
			delete(node, "type")
			for _, kind := range kinds {
				if kind != "null" {
					node["type"] = kind
				}
			}
		}
		for _, child := range node {
			plainTypes(child)
		}
	case []any:
		for _, child := range node {
			plainTypes(child)
		}
	}
}

// check says under which path a request is documented, and what is wrong with it.
func (c *contract) check(r sim.Request) (pattern string, errs []string) {
	pattern, params, operation := c.find(r)
	if operation == nil {
		return pattern, []string{"not documented"}
	}
	for name, value := range params {
		if !isUUID(value) {
			errs = append(errs, name+" in the path is no UUID")
		}
	}
	query, err := url.ParseQuery(r.Query)
	if err != nil {
		errs = append(errs, err.Error())
	}
	for name, values := range query {
		p := operation.Parameters.GetByInAndName("query", name)
		switch {
		case p == nil:
			errs = append(errs, c.unknown(r.Method+" "+pattern+" ?"+name)...)
		case len(values) != 1 || !fits(p.Schema.Value, values[0]):
			errs = append(errs, "the parameter "+name+" is not as documented")
		}
	}
	return pattern, append(errs, c.checkBody(r, pattern, operation)...)
}

func (c *contract) checkBody(r sim.Request, pattern string, operation *openapi3.Operation) (errs []string) {
	if operation.RequestBody == nil || len(r.Body) == 0 {
		if len(r.Body) > 0 || operation.RequestBody != nil && operation.RequestBody.Value.Required {
			return []string{"a body where none belongs, or none where one does"}
		}
		return nil
	}
	var body map[string]any
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return []string{err.Error()}
	}
	schema := operation.RequestBody.Value.Content["application/json"].Schema.Value
	for _, name := range schema.Required {
		if body[name] == nil {
			errs = append(errs, "the field "+name+" is missing")
		}
	}
	for name, value := range body {
		property := schema.Properties[name]
		switch {
		case property == nil:
			errs = append(errs, c.unknown(r.Method+" "+pattern+" "+name)...)
		case name == "comment_text": // Documented as 5000 characters; they are the visible ones, which other tests count.
			if text, ok := value.(string); !ok || text == "" {
				errs = append(errs, "the field comment_text is no text")
			}
		default:
			if err := property.Value.VisitJSON(value); err != nil || property.Value.Format == "uuid" && !isUUID(value) {
				errs = append(errs, "the field "+name+" is not as documented")
			}
		}
	}
	return errs
}

// fits checks a parameter, which is text even where a number is documented.
func fits(schema *openapi3.Schema, text string) bool {
	var value any = text
	if schema.Type.Is("integer") || schema.Type.Is("number") {
		if json.Unmarshal([]byte(text), &value) != nil {
			return false
		}
	}
	return schema.VisitJSON(value) == nil
}

// unknown is what the document lacks, unless it is known to.
func (c *contract) unknown(what string) []string {
	if _, excepted := undocumented()[what]; excepted {
		c.met[what] = true
		return nil
	}
	return []string{what + " is not documented"}
}

// find looks for the operation of a request; a path without parameters goes first.
func (c *contract) find(r sim.Request) (pattern string, params map[string]string, operation *openapi3.Operation) {
	parts := strings.Split(r.Path, "/")
	patterns := c.doc.Paths.InMatchingOrder()
	for _, full := range patterns {
		pattern, ok := strings.CutPrefix(full, "/api/v1")
		names := strings.Split(pattern, "/")
		if !ok || len(names) != len(parts) {
			continue
		}
		params := map[string]string{}
		for i, name := range names {
			if strings.HasPrefix(name, "{") {
				params[strings.Trim(name, "{}")] = parts[i]
				names[i] = parts[i]
			}
		}
		if slices.Equal(names, parts) {
			return pattern, params, c.doc.Paths.Value(full).GetOperation(r.Method)
		}
	}
	return r.Path, nil, nil
}

func isUUID(value any) bool {
	text, ok := value.(string)
	_, err := ticketPath("", text)
	return ok && err == nil
}

// TestEveryPathIsOfTheAPI keeps requests below the base path, also where the desk does not live at the root.
func TestEveryPathIsOfTheAPI(t *testing.T) {
	var paths []string
	w := newSim(sim.Options{})
	strip := http.StripPrefix("/desk", w.sim)
	w.transport, _ = serve(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		strip.ServeHTTP(rw, r)
	}))
	client, err := New(Options{URL: "http://localhost/desk/", APIKey: testKey, Transport: w.transport})
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	everything(t, w)
	for _, path := range paths {
		if !strings.HasPrefix(path, "/desk/api/v1/") {
			t.Errorf("asked for %s", path)
		}
	}
}
