package huntress

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/engine"
)

// documented is the example of Huntress's documentation, with the fields that it
// only describes.
const documented = `{
	"id": 1, "account_id": 5, "agent_id": 12, "organization_id": 4,
	"body": "<Content>", "subject": "LOW - Incident on laptop01 (Test)", "summary": "Remove it.",
	"severity": "low", "status": "closed", "platform": "windows",
	"indicator_types": ["footholds"], "indicator_counts": {"footholds": 1, "monitored_files": 0},
	"remediations": {"total_count": 3, "has_more": false, "items": [
		{"id": 1, "type": "assisted", "action": "Delete File", "status": "completed",
		 "parameters": [{"name": "path", "description": "c:\\task"}],
		 "approved_at": "2025-06-26T18:57:03Z", "completed_at": "2025-06-26T19:57:03+01:00",
		 "approved_by": {"id": "123123", "email": "john.smith@example.com", "name": "John Smith"}},
		{"id": 2, "type": "containment", "action": "Isolate Host", "status": "completed", "parameters": "laptop01",
		 "approved_at": null, "approved_by": null, "completed_at": null},
		{"id": 3, "type": "manual", "action": "Ask", "status": "unapproved", "parameters": null}
	]},
	"sent_at": "2022-03-01T21:00:00Z", "closed_at": "2022-03-15T14:22:00Z",
	"status_updated_at": "2022-03-15T14:22:00Z", "updated_at": "2022-03-15T15:22:00.5+01:00",
	"a_field_of_tomorrow": {"x": [1]}
}`

func TestDecodeTheDocumentedIncident(t *testing.T) {
	got, err := decodeIncident(json.RawMessage(documented))
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		t.Helper()
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	want := engine.Incident{
		ID: 1, AccountID: 5, AgentID: 12, OrganizationID: 4,
		Subject: "LOW - Incident on laptop01 (Test)", Summary: "Remove it.", Body: "<Content>",
		Severity: "low", Status: "closed", Platform: "windows",
		Indicators: []string{"footholds"}, IndicatorCounts: map[string]int64{"footholds": 1, "monitored_files": 0},
		Remediations: []engine.Remediation{
			{
				ID: 1, Type: "assisted", Action: "Delete File", Status: "completed",
				Parameters: []engine.Parameter{{Name: "path", Value: `c:\task`}},
				ApprovedAt: at("2025-06-26T18:57:03Z"), ApprovedBy: "John Smith", CompletedAt: at("2025-06-26T18:57:03Z"),
			},
			{ID: 2, Type: "containment", Action: "Isolate Host", Status: "completed", Parameters: []engine.Parameter{{Value: "laptop01"}}},
			{ID: 3, Type: "manual", Action: "Ask", Status: "unapproved"},
		},
		RemediationTotal: 3,
		SentAt:           at("2022-03-01T21:00:00Z"), ClosedAt: at("2022-03-15T14:22:00Z"),
		StatusUpdatedAt: at("2022-03-15T14:22:00Z"), UpdatedAt: at("2022-03-15T14:22:00.5Z"),
		Raw: json.RawMessage(documented),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNullAndMissingFieldsAreNothing(t *testing.T) {
	var all object
	if err := json.Unmarshal([]byte(documented), &all); err != nil {
		t.Fatal(err)
	}
	for name := range all {
		all[name] = json.RawMessage("null")
	}
	all["id"] = json.RawMessage("1")
	nulls, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(nulls), `{"id":1}`} {
		got, err := decodeIncident(json.RawMessage(text))
		if diff := cmp.Diff(engine.Incident{ID: 1, Raw: json.RawMessage(text)}, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

func TestSurprisingTypesCostOnlyTheirField(t *testing.T) {
	tests := []struct {
		name string
		json string // the fields beside id and subject
		want engine.Incident
	}{
		{"unknown severity and status", `"severity":"apocalyptic","status":"snoozed"`, engine.Incident{Severity: "apocalyptic", Status: "snoozed"}},
		{"severity as a number", `"severity":3`, engine.Incident{Severity: "3", Surprises: []string{"severity"}}},
		{"summary as an object", `"summary":{"text": "a"}`, engine.Incident{Summary: `{"text":"a"}`, Surprises: []string{"summary"}}},
		{"summary as a list", `"summary":["a","b"]`, engine.Incident{Summary: "a, b", Surprises: []string{"summary"}}},
		{"organization as a string", `"organization_id":"42"`, engine.Incident{OrganizationID: 42, Surprises: []string{"organization_id"}}},
		{"organization as an object", `"organization_id":{"id":42}`, engine.Incident{Surprises: []string{"organization_id"}}},
		{"agent as a float", `"agent_id":12.0`, engine.Incident{AgentID: 12, Surprises: []string{"agent_id"}}},
		{"agent beyond a float", `"agent_id":1e30`, engine.Incident{Surprises: []string{"agent_id"}}},
		{"agent beyond an integer", `"agent_id":99999999999999999999`, engine.Incident{Surprises: []string{"agent_id"}}},
		{"time as a number", `"updated_at":1650000000`, engine.Incident{Surprises: []string{"updated_at"}}},
		{"time that is none", `"updated_at":"yesterday"`, engine.Incident{Surprises: []string{"updated_at"}}},
		{"time beyond what can be written", `"updated_at":"9999-12-31T23:59:59-01:00"`, engine.Incident{Surprises: []string{"updated_at"}}},
		{"indicators as objects", `"indicator_types":[{"id":1,"name":"footholds"},"x",null]`, engine.Incident{Indicators: []string{"footholds", "x"}, Surprises: []string{"indicator_types"}}},
		{"indicators as a string", `"indicator_types":"footholds"`, engine.Incident{Indicators: []string{"footholds"}, Surprises: []string{"indicator_types"}}},
		{"indicators as an object", `"indicator_types":{"k":1}`, engine.Incident{Indicators: []string{`{"k":1}`}, Surprises: []string{"indicator_types"}}},
		{"counts as strings", `"indicator_counts":{"footholds":"2"}`, engine.Incident{IndicatorCounts: map[string]int64{"footholds": 2}, Surprises: []string{"indicator_counts"}}},
		{"counts as a list", `"indicator_counts":[1]`, engine.Incident{Surprises: []string{"indicator_counts"}}},
		{"remediations as a list", `"remediations":[{"id":1}]`, engine.Incident{Remediations: []engine.Remediation{{ID: 1}}, RemediationTotal: 1, Surprises: []string{"remediations"}}},
		{"remediations as a string", `"remediations":"none"`, engine.Incident{Surprises: []string{"remediations"}}},
		{"remediations without items", `"remediations":{"total_count":3,"items":null}`, engine.Incident{RemediationTotal: 3}},
		{"items of another type", `"remediations":{"total_count":3,"items":{}}`, engine.Incident{RemediationTotal: 3, Surprises: []string{"remediations"}}},
		{"one bad item", `"remediations":{"total_count":"2","has_more":"no","items":[7,{"id":2}]}`, engine.Incident{Remediations: []engine.Remediation{{ID: 2}}, RemediationTotal: 2, Surprises: []string{"remediations"}}},
		{"more, without a count", `"remediations":{"has_more":true,"items":[{"id":2}]}`, engine.Incident{Remediations: []engine.Remediation{{ID: 2}}, RemediationTotal: 2}},
		{"a name of other case is another field", `"Severity":"low"`, engine.Incident{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := json.RawMessage(`{"id":9,"subject":"s",` + test.json + `}`)
			got, err := decodeIncident(text)
			if err != nil {
				t.Fatal(err)
			}
			test.want.ID, test.want.Subject, test.want.Raw = 9, "s", text
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	tests := []struct {
		json      string
		want      []engine.Parameter
		surprised bool
	}{
		{`null`, nil, false},
		{`""`, nil, false},
		{`"laptop01"`, []engine.Parameter{{Value: "laptop01"}}, false},
		{`[]`, nil, false},
		{`[{"name":"path","description":"c:"},{"name":"value","description":null}]`, []engine.Parameter{{Name: "path", Value: "c:"}, {Name: "value"}}, false},
		{`["a","b"]`, []engine.Parameter{{Value: "a"}, {Value: "b"}}, false}, // as the document has it
		{`[{"path":"c:"}]`, []engine.Parameter{{Value: `{"path":"c:"}`}}, true},
		{`[{"name":"n","description":["a","b"]}]`, []engine.Parameter{{Name: "n", Value: "a, b"}}, true},
		{`{"path":"c:","key":3}`, []engine.Parameter{{Name: "key", Value: "3"}, {Name: "path", Value: "c:"}}, true},
		{`true`, []engine.Parameter{{Value: "true"}}, true},
		{`[[1]]`, []engine.Parameter{{Value: "[1]"}}, true},
	}
	for _, test := range tests {
		got, surprises, err := decodeRemediation(json.RawMessage(`{"id":1,"parameters":` + test.json + `}`))
		if diff := cmp.Diff(test.want, got.Parameters); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", test.json, err, diff)
		}
		if (len(surprises) > 0) != test.surprised {
			t.Errorf("%s: surprises %v", test.json, surprises)
		}
	}
}

func TestApprovedBy(t *testing.T) {
	for text, want := range map[string]string{
		`{"id":1,"email":"a@b.test","name":"Ann"}`: "Ann",
		`{"id":1,"email":"a@b.test","name":null}`:  "a@b.test",
		`{"id":1}`: "1",
		`"Ann"`:    "Ann",
		`null`:     "",
		`{}`:       "",
	} {
		got, _, err := decodeRemediation(json.RawMessage(`{"id":1,"approved_by":` + text + `}`))
		if err != nil || got.ApprovedBy != want {
			t.Errorf("%s: %q, %v, want %q", text, got.ApprovedBy, err, want)
		}
	}
}

func TestOneBadRowDoesNotFailThePage(t *testing.T) {
	body, err := parseObject([]byte(`{"incident_reports":[
		{"id":1}, 7, null, {"subject":"no id"}, {"id":null}, {"id":0}, {"id":-3}, {"id":{}}, {"id":"8","severity":[]}
	],"pagination":{"next_page_token":null}}`))
	if err != nil {
		t.Fatal(err)
	}
	page, err := decodePage(body, 10)
	if err != nil || page.Unreadable != 7 || len(page.Incidents) != 2 || page.Incidents[1].ID != 8 || page.Next != "" {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestTheEndOfAList(t *testing.T) {
	tests := []struct {
		pagination string
		short      bool
		want       string
		fails      bool
	}{
		{`{}`, false, "", false},
		{`{"next_page_token":null}`, false, "", false},
		{`{"next_page_token":""}`, false, "", false},
		{`{"next_page_token":"MjAy"}`, false, "MjAy", false},
		{`{"next_page_token":12345678901234567890}`, false, "12345678901234567890", false},
		{`{"next_page_token":true}`, true, "", true},
		{`null`, true, "", false},
		{`null`, false, "", true},
		{`[]`, true, "", true},
	}
	for _, test := range tests {
		got, err := nextToken(object{"pagination": json.RawMessage(test.pagination)}, test.short)
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%s, short %v: %q, %v", test.pagination, test.short, got, err)
		}
	}
}

func TestRawIsValidUTF8(t *testing.T) {
	i, err := decodeIncident(json.RawMessage("{\"id\":1,\"subject\":\"a\xffb\"}"))
	if err != nil || !utf8.Valid(i.Raw) || !json.Valid(i.Raw) || i.Subject != "a\ufffdb" {
		t.Errorf("%q %q, %v", i.Raw, i.Subject, err)
	}
}

// FuzzIncident checks that whatever Huntress sends is read without harm, that
// what was read can be kept, and that nothing but the id decides about failure.
func FuzzIncident(f *testing.F) {
	f.Add([]byte(documented))
	f.Add([]byte(`{"id":"7","remediations":[{"parameters":{"a":[{}]}}],"indicator_types":[[]],"agent_id":1e400}`))
	f.Add([]byte("{\"id\":1,\"summary\":[\"\xff\"],\"updated_at\":\"0000-01-01T00:00:00+23:59\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		i, err := decodeIncident(data)
		if err != nil {
			if fields, parseErr := parseObject(data); parseErr == nil {
				if n, _ := readNumber(fields["id"]); n > 0 {
					t.Fatalf("an incident with id %d failed: %v", n, err)
				}
			}
			return
		}
		checkKept(t, i)
		if i.RemediationTotal < len(i.Remediations) {
			t.Errorf("%d of %d remediations", len(i.Remediations), i.RemediationTotal)
		}
		for _, name := range i.Surprises {
			if strings.TrimSpace(name) == "" {
				t.Error("a surprise without a name")
			}
		}
	})
}

// FuzzPage checks that every row of a page is accounted for.
// What is read without the JSON package is what the JSON package reads.
func FuzzShortcuts(f *testing.F) {
	for _, seed := range []string{`"plain"`, `""`, `"\u0041\n"`, `"ä"`, "\"\xff\"", `12`, `-0`, `1e3`, `12.0`, `9223372036854775808`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		raw = bytes.TrimSpace(raw)
		if !json.Valid(raw) || isNull(raw) {
			t.Skip("a field is valid JSON")
		}
		var wantText string
		isText := json.Unmarshal(raw, &wantText) == nil
		if text, documented := readText(raw); documented != isText || isText && text != wantText {
			t.Errorf("%s was read as the text %q, %t, want %q, %t", raw, text, documented, wantText, isText)
		}
		var wantNumber int64
		isNumber := json.Unmarshal(raw, &wantNumber) == nil
		if n, documented := readNumber(raw); documented != isNumber || isNumber && n != wantNumber {
			t.Errorf("%s was read as the number %d, %t, want %d, %t", raw, n, documented, wantNumber, isNumber)
		}
	})
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"incident_reports":[` + documented + `,7],"pagination":{"next_page_token":"x"}}`))
	f.Add([]byte(`{"incident_reports":[],"pagination":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := parseObject(data)
		if err != nil {
			if !errors.Is(err, errNoObject) {
				t.Errorf("unexpected error %v", err)
			}
			return
		}
		page, err := decodePage(body, 10)
		if err != nil {
			return
		}
		rows, err := body.array("incident_reports")
		if err != nil || len(rows) != len(page.Incidents)+page.Unreadable {
			t.Errorf("%d rows became %d incidents and %d unreadable, %v", len(rows), len(page.Incidents), page.Unreadable, err)
		}
	})
}

// FuzzRemediation checks the field whose type is known to change.
func FuzzRemediation(f *testing.F) {
	f.Add([]byte(`{"id":1,"parameters":[{"name":"path","description":"c:"}],"approved_by":{"name":"Ann"}}`))
	f.Add([]byte(`{"id":1,"parameters":"laptop01","approved_at":"2025-06-26T18:57:03Z"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, _, err := decodeRemediation(data)
		if err == nil {
			checkKept(t, r)
		}
	})
}

// FuzzAgent checks the details of a host.
func FuzzAgent(f *testing.F) {
	f.Add([]byte(`{"id":1,"hostname":"laptop01","last_callback_at":"2022-03-01T20:05:10Z","ipv4_address":["10.0.0.1","fe80::1"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := decodeAgent(data)
		if err == nil {
			checkKept(t, a)
		}
	})
}

// checkKept writes a value as a store does, and reads it again.
func checkKept[T any](t *testing.T, v T) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("cannot be kept: %v", err)
	}
	var again T
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatalf("cannot be read again: %v", err)
	}
	twice, err := json.Marshal(again)
	if err != nil || !reflect.DeepEqual(text, twice) {
		t.Errorf("changed by keeping it: %s, then %s, %v", text, twice, err)
	}
}

// FuzzSplit compares an answer split where it lies with what the JSON package makes of it.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{documented, `[1 , "a\"]", {"b":[]} ,null]`, ` { "a" : { } , "\u0061":2,"b":"}"} `, "{\"\xff\":1}", `[]`, `{}`, `"x"`, `[[`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want map[string]json.RawMessage
		err := json.Unmarshal(raw, &want)
		got, gotErr := parseObject(raw)
		if (gotErr == nil) != (err == nil && want != nil) {
			t.Fatalf("%q: %v, want %v", raw, gotErr, err)
		}
		if gotErr == nil && !reflect.DeepEqual(map[string]json.RawMessage(got), want) {
			t.Errorf("%q was split into %q, want %q", raw, got, want)
		}
		var list []json.RawMessage
		if raw = bytes.TrimSpace(raw); json.Unmarshal(raw, &list) != nil || list == nil {
			return
		}
		split, err := (object{"list": raw}).array("list")
		if err != nil || !reflect.DeepEqual(split, list) {
			t.Errorf("%q was split into %q, want %q (%v)", raw, split, list, err)
		}
	})
}
