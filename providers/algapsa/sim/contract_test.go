package sim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// exception is an answer that departs from the published document, because the real server was seen to.
type exception struct {
	answer string // Method, path and status, with * for any path.
	error  string // A part of what the check says.
	why    string
}

// exceptions lists them all; one that is not met any more fails the test.
func exceptions() []exception {
	const envelope = "errors of these routes come in the normal envelope, not in the one of /assets"
	return []exception{
		{"* 401", "error", "a missing key is answered with a text, not an object"},
		{"* 405", "not documented", "a method that a path lacks is a 405 without a body"},
		{"* 429", "not documented", "the rate limit is not in the document"},
		{"GET /assets 200", "data", "pagination is beside the list, not around it"},
		{"GET /boards 400", "not documented", "a limit out of range is refused like everywhere"},
		{"GET /statuses 400", "not documented", "ticket statuses need their board"},
		{"GET /tickets/{id}/comments 200", "pagination", "comments come all at once, unpaginated"},
		{"GET /tickets/search 200", "pagination", "a search has no pages"},
		{"GET /statuses 200", "standard_status_id", "the recorded rows have no such column"},
		{"GET /clients 200", "properties", "the recorded rows have null there"},
		{"POST /tickets/{id}/assets 404", "success", envelope},
		{"POST /tickets/{id}/assets 409", "success", envelope},
		{"POST /tickets/{id}/assets 400", "success", envelope},
	}
}

// TestContract holds the simulator's answers against the published document. Its bodies are loose and in places wrong:
// see exceptions.
func TestContract(t *testing.T) {
	t.Parallel()
	c := newContractCheck(t)
	d := newDesk(t, sim.Options{})
	id, doomed := d.create(map[string]any{"attributes": map[string]string{"description": "x"}}), d.create(nil)
	status := map[string]string{"status_id": d.closed.ID}
	comment := map[string]any{"comment_text": "x", "is_internal": true, "metadata": map[string]string{"huntsync_op": "1"}}
	asset := map[string]string{"asset_id": d.asset.ID}
	for _, call := range []struct {
		status                int
		method, pattern, path string // The path where it differs from the pattern.
		body                  any
	}{
		{200, "GET", "/tickets", "", nil},
		{200, "GET", "/tickets", "/tickets?title=Huntress&fields=title", nil},
		{400, "GET", "/tickets", "/tickets?limit=101", nil},
		{500, "GET", "/tickets", "/tickets?sort=nosuch", nil},
		{201, "POST", "/tickets", "", d.draft(nil)},
		{400, "POST", "/tickets", "", "{}"},
		{400, "POST", "/tickets", "", d.draft(map[string]any{"client_id": nowhere})},
		{500, "POST", "/tickets", "", d.draft(map[string]any{"title": "\x00"})},
		{200, "GET", "/tickets/{id}", "/tickets/" + id, nil},
		{400, "GET", "/tickets/{id}", "/tickets/x", nil},
		{404, "GET", "/tickets/{id}", "/tickets/" + nowhere, nil},
		{200, "PUT", "/tickets/{id}", "/tickets/" + id, map[string]string{"title": "x"}},
		{400, "PUT", "/tickets/{id}", "/tickets/" + id, map[string]string{"board_id": d.other.ID}},
		{404, "PUT", "/tickets/{id}", "/tickets/" + nowhere, "{}"},
		{500, "PUT", "/tickets/{id}", "/tickets/" + id, map[string]any{"tags": []string{"x"}}},
		{405, "PATCH", "/tickets/{id}", "/tickets/" + id, "{}"},
		{204, "DELETE", "/tickets/{id}", "/tickets/" + doomed, nil},
		{404, "DELETE", "/tickets/{id}", "/tickets/" + doomed, nil},
		{200, "PUT", "/tickets/{id}/status", "/tickets/" + id + "/status", status},
		{400, "PUT", "/tickets/{id}/status", "/tickets/" + id + "/status", "{}"},
		{404, "PUT", "/tickets/{id}/status", "/tickets/" + nowhere + "/status", status},
		{500, "PUT", "/tickets/{id}/status", "/tickets/" + id + "/status", "{"},
		{200, "PUT", "/tickets/{id}/assignment", "/tickets/" + id + "/assignment", map[string]any{"assigned_to": nil}},
		{201, "POST", "/tickets/{id}/comments", "/tickets/" + id + "/comments", comment},
		{400, "POST", "/tickets/{id}/comments", "/tickets/" + id + "/comments", "{}"},
		{404, "POST", "/tickets/{id}/comments", "/tickets/" + nowhere + "/comments", comment},
		{200, "GET", "/tickets/{id}/comments", "/tickets/" + id + "/comments", nil},
		{200, "GET", "/tickets/search", "/tickets/search?query=x", nil},
		{400, "GET", "/tickets/search", "", nil},
		{200, "GET", "/tickets/statuses", "", nil},
		{200, "GET", "/tickets/priorities", "", nil},
		{201, "POST", "/tickets/from-asset", "", d.draft(map[string]any{"asset_id": d.asset.ID})},
		{200, "GET", "/boards", "", nil},
		{400, "GET", "/boards", "/boards?limit=0", nil},
		{200, "GET", "/boards/{id}", "/boards/" + d.board.ID, nil},
		{404, "GET", "/boards/{id}", "/boards/" + nowhere, nil},
		{200, "GET", "/statuses", "", nil},
		{400, "GET", "/statuses", "/statuses?type=ticket", nil},
		{200, "GET", "/priorities", "", nil},
		{500, "GET", "/priorities", "/priorities?search=x", nil},
		{200, "GET", "/categories/ticket", "", nil},
		{200, "GET", "/clients", "", nil},
		{200, "GET", "/contacts", "", nil},
		{200, "GET", "/tags", "", nil},
		{200, "GET", "/tags/entity/{entityType}/{entityId}", "/tags/entity/ticket/" + id, nil},
		{200, "GET", "/assets", "", nil},
		{400, "POST", "/assets", "", "{}"},
		{201, "POST", "/tickets/{id}/assets", "/tickets/" + id + "/assets", asset},
		{409, "POST", "/tickets/{id}/assets", "/tickets/" + id + "/assets", asset},
		{404, "POST", "/tickets/{id}/assets", "/tickets/" + id + "/assets", map[string]string{"asset_id": nowhere}},
		{400, "POST", "/tickets/{id}/assets", "/tickets/" + id + "/assets", map[string]string{"asset_id": "x"}},
		{200, "GET", "/tickets/{id}/assets", "/tickets/" + id + "/assets", nil},
		{409, "DELETE", "/tickets/{id}", "/tickets/" + id, nil},
	} {
		path := call.path
		if path == "" {
			path = call.pattern
		}
		c.check(t, call.method, call.pattern, d.do(call.method, path, call.body).is(call.status))
	}
	d.grant()
	c.check(t, "GET", "/tickets", d.get("/tickets").is(403))
	d.grant("ticket:read")
	d.s.SetRateLimit(sim.RateLimit{Mode: sim.RateEnforce, Burst: 1})
	d.get("/tickets").is(200)
	c.check(t, "GET", "/tickets", d.get("/tickets").is(429))
	d.key = "unknown"
	c.check(t, "GET", "/tickets", d.get("/tickets").is(401))
	d.key = ""
	c.check(t, "GET", "/tickets", d.get("/tickets").is(401))
	for _, e := range c.exceptions {
		if !c.met[e.answer] {
			t.Errorf("exception %q is not met any more: %s", e.answer, e.why)
		}
	}
}

// TestContractCanFail shows that the check sees an answer that drifts.
func TestContractCanFail(t *testing.T) {
	t.Parallel()
	c := newContractCheck(t)
	for name, test := range map[string]struct {
		method, pattern string
		status          int
		body            string
		want            string
	}{
		"as documented":         {"GET", "/tickets", 200, `{"data":[],"pagination":{"page":1,"limit":1,"total":0,"totalPages":0,"hasNext":false,"hasPrev":false}}`, ""},
		"no pagination":         {"GET", "/tickets", 200, `{"data":[]}`, "pagination"},
		"a total that is text":  {"GET", "/tickets", 200, `{"data":[],"pagination":{"page":1,"limit":1,"total":"0","totalPages":0,"hasNext":false,"hasPrev":false}}`, "total"},
		"an error without code": {"PUT", "/tickets/{id}", 404, `{"error":{"message":"x"}}`, "code"},
		"a client of another":   {"GET", "/clients", 200, `{"data":[{"client_id":5}],"pagination":{"page":1,"limit":1,"total":0,"totalPages":0,"hasNext":false,"hasPrev":false}}`, "client_id"},
		"an unknown status":     {"GET", "/tickets", 418, `{}`, "not documented"},
		"an unknown path":       {"GET", "/nosuch", 200, `{}`, "not documented"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := reply{t: t, status: test.status, text: test.body}
			if err := json.Unmarshal([]byte(test.body), &a.json); err != nil {
				t.Fatal(err)
			}
			err := c.validate(test.method, test.pattern, a)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// contractCheck is the published document.
type contractCheck struct {
	doc        *openapi3.T
	exceptions []exception
	met        map[string]bool
}

func newContractCheck(t *testing.T) *contractCheck {
	t.Helper()
	var tree any
	if err := json.Unmarshal(contract(t, "algapsa-openapi-subset.json"), &tree); err != nil {
		t.Fatal(err)
	}
	nullable(tree)
	data, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	return &contractCheck{doc: doc, exceptions: exceptions(), met: map[string]bool{}}
}

// nullable turns the types of OpenAPI 3.1 that may be null into those of 3.0, which is what the library checks.
func nullable(node any) {
	switch v := node.(type) {
	case map[string]any:
		if kinds, ok := v["type"].([]any); ok {
			kinds = slices.DeleteFunc(slices.Clone(kinds), func(kind any) bool { return kind == "null" })
			v["nullable"] = true
			if len(kinds) == 1 {
				v["type"] = kinds[0]
			} else {
				delete(v, "type")
			}
		}
		if more, ok := v["additionalProperties"].(map[string]any); ok && len(more) == 0 {
			v["additionalProperties"] = true
		}
		if properties, ok := v["properties"].(map[string]any); ok {
			for _, property := range properties {
				if schema, ok := property.(map[string]any); ok && schema["type"] == nil && schema["$ref"] == nil {
					schema["nullable"] = true // Without a type it may be anything.
				}
			}
		}
		for _, child := range v {
			nullable(child)
		}
	case []any:
		for _, child := range v {
			nullable(child)
		}
	}
}

// check fails unless the answer is as documented, or one of the exceptions.
func (c *contractCheck) check(t *testing.T, method, pattern string, a reply) {
	t.Helper()
	err := c.validate(method, pattern, a)
	if err == nil {
		return
	}
	for _, e := range c.exceptions {
		exact := e.answer == fmt.Sprintf("%s %s %d", method, pattern, a.status)
		if (exact || e.answer == fmt.Sprintf("* %d", a.status)) && strings.Contains(err.Error(), e.error) {
			c.met[e.answer] = true
			return
		}
	}
	t.Errorf("%s %s answers %d, which is not as documented: %.500v", method, pattern, a.status, err)
}

// validate checks the body of an answer against the schema of its status.
func (c *contractCheck) validate(method, pattern string, a reply) error {
	item := c.doc.Paths.Value("/api/v1" + pattern)
	if item == nil || item.GetOperation(method) == nil {
		return errors.New("the operation is not documented")
	}
	response := item.GetOperation(method).Responses.Status(a.status)
	if response == nil {
		return fmt.Errorf("status %d is not documented", a.status)
	}
	content := response.Value.Content.Get("application/json")
	switch {
	case content == nil && a.text == "":
		return nil
	case content == nil:
		return errors.New("a body is not documented")
	case a.status == http.StatusNoContent && a.text == "":
		return nil
	}
	return content.Schema.Value.VisitJSON(a.json, openapi3.MultiErrors())
}
