package sim_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// blocks is a BlockNote text of one paragraph a line.
func blocks(t *testing.T, lines ...string) string {
	t.Helper()
	var all []map[string]any
	for _, line := range lines {
		all = append(all, map[string]any{
			"type": "paragraph", "props": map[string]string{"textColor": "default"},
			"content": []any{map[string]any{"type": "text", "text": line, "styles": map[string]any{}}},
		})
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestCommentText(t *testing.T) {
	t.Parallel()
	const required, long = "Comment text is required", "Comment text is too long (max 5000 characters)"
	tests := map[string]struct {
		text    string
		message string
	}{
		"plain":                           {"hello", ""},
		"5000 units":                      {strings.Repeat("x", 5000), ""},
		"5001 units":                      {strings.Repeat("x", 5001), long},
		"2501 pairs of units":             {strings.Repeat("😀", 2501), long},
		"JSON longer than what it shows":  {blocks(t, strings.Repeat(`"`, 4900)), ""},
		"blocks that show too much":       {blocks(t, strings.Repeat("x", 2600), strings.Repeat("y", 2600)), long},
		"blank":                           {" \n\t", required},
		"empty":                           {"", required},
		"blocks without a text":           {blocks(t, ""), required},
		"a number is parsed away":         {"123", required},
		"a quoted text is parsed away":    {`"x"`, required},
		"an open bracket that is no JSON": {"[Huntress] update", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, sim.Options{})
			path := "/tickets/" + d.create(nil) + "/comments"
			a := d.do("POST", path, map[string]any{"comment_text": test.text, "is_internal": true})
			if test.message != "" {
				a.is(400, "error.code", "VALIDATION_ERROR", "error.details.0.message", test.message, "error.details.0.path.0", "comment_text")
				return
			}
			a.is(201, "data.note", test.text, "data.comment_text", test.text)
			d.get(path).is(200, "data.0.note", test.text)
		})
	}
}

func TestComments(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{Development: true})
	id := d.create(nil)
	path := "/tickets/" + id + "/comments"
	d.get(path).is(200, "pagination", "<none>")

	d.do("POST", path, "{}").is(400, "error.details.0.message", "Required", "error.details.0.path.0", "comment_text")
	d.do("POST", path, "{not json").refused(500, "INTERNAL_ERROR", "Expected property name or '}' in JSON at position 1")
	d.do("POST", "/tickets/x/comments", map[string]string{"comment_text": "x"}).is(400)
	d.do("POST", path, map[string]any{"comment_text": "x", "metadata": "text"}).is(400, "error.details.0.message", "Expected object, received string")

	first := d.do("POST", path, map[string]any{
		"comment_text": "**one** <b>", "is_internal": true, "metadata": map[string]any{"huntsync_op": "op-1", "n": 1}, "time_spent": 5,
	}).is(
		201, "data.is_internal", true, "data.is_resolution", false, "data.metadata.huntsync_op", "op-1", "data.user_id", d.user.ID,
		"data.author_type", "unknown", "data.markdown_content", nil, "data.comment_html", "<p>**one** &lt;b&gt;</p>",
	)
	for i := 2; i <= 300; i++ {
		d.do("POST", path, map[string]any{"comment_text": fmt.Sprintf("note %d", i)}).is(201, "data.is_internal", false) // Public by default.
	}
	all := d.get(path).is(200, "data.0.metadata.huntsync_op", "op-1", "data.0.metadata.n", 1, "data.299.note", "note 300", "data.300", "<none>", "pagination", "<none>")
	if notes := all.column("note"); notes[1] != "note 2" {
		t.Errorf("comments begin with %v, want the oldest first", notes[:3])
	}
	d.get(path+"?order=desc&limit=2").is(200, "data.0.note", "note 300", "data.1.note", "note 299", "data.2", "<none>")
	d.get(path+"?offset=298&limit=200").is(200, "data.0.note", "note 299", "data.1.note", "note 300", "data.2", "<none>")
	d.get(path+"?limit=201").is(400, "error.details.0.code", "too_big")
	d.get(path+"?content_format=markdown&limit=1").is(200, "data.0.metadata", "<none>")

	d.do("POST", path, map[string]any{"comment_text": "reply", "parent_comment_id": first.str("data.comment_id"), "is_internal": false}).
		is(201, "data.is_internal", true, "data.thread_id", first.at("data.thread_id"))
}

// A comment on a closed ticket is taken and reopens nothing.
func TestCommentOnClosed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	id := d.create(nil)
	d.do("PUT", "/tickets/"+id+"/status", map[string]string{"status_id": d.closed.ID}).is(200)
	d.do("POST", "/tickets/"+id+"/comments", map[string]any{"comment_text": "later", "is_internal": false}).is(201)
	d.get("/tickets/"+id).is(200, "data.status_is_closed", true, "data.status_id", d.closed.ID)
}

func TestRichText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ description, html string }{
		"plain":     {"<b>a & b</b>\n# no heading", "<p>&lt;b&gt;a &amp; b&lt;/b&gt;\n# no heading</p>"},
		"paragraph": {blocks(t, "<script>"), "<p>&lt;script&gt;</p>"},
		"heading": {
			`[{"type":"heading","props":{"level":2},"content":[{"type":"text","text":"H","styles":{"bold":true}}]}]`, "<h2><strong>H</strong></h2>",
		},
		"colored run": {
			`[{"type":"paragraph","content":[{"type":"text","text":"x","styles":{"textColor":"red","italic":true}}]}]`, "<p><em>x</em></p>",
		},
		"link": {
			`[{"type":"paragraph","content":[{"type":"link","href":"https://e.example/?a=1&b=2","content":[{"type":"text","text":"see"}]}]}]`,
			`<p><a href="https://e.example/?a=1&amp;b=2">see</a></p>`,
		},
		"the scheme of a link is not checked": {
			`[{"type":"paragraph","content":[{"type":"link","href":"javascript:alert(1)","content":[]}]}]`, `<p><a href="javascript:alert(1)"></a></p>`,
		},
		"a code block is not escaped": {`[{"type":"codeBlock","content":[{"type":"text","text":"<img>"}]}]`, "<pre><img></pre>"},
		"table": {
			`[{"type":"table","content":{"type":"tableContent","rows":[{"cells":[[{"type":"text","text":"<a>"}],{"content":[{"type":"text","text":"b"}]}]}]}}]`,
			"<table><tr><td>&lt;a&gt;</td><td>b</td></tr></table>",
		},
		"nested": {
			`[{"type":"bulletListItem","content":"a","children":[{"type":"numberedListItem","content":"b"}]}]`, "<li>a</li><li>b</li>",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, sim.Options{})
			id := d.create(map[string]any{"attributes": map[string]string{"description": test.description}})
			d.get("/tickets/"+id).is(200, "data.description_html", test.html, "data.attributes.description", test.description)
		})
	}
}

func TestMail(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sim.Options{})
	quiet := map[string]any{"suppressContactNotifications": true}
	id := d.create(quiet) // It cannot be suppressed here.
	d.create(map[string]any{"contact_name_id": d.contact.ID})
	d.create(map[string]any{"client_id": d.inactive.ID}) // Has no address.
	path := "/tickets/" + id
	for _, call := range []struct {
		method, part string
		body         map[string]any
	}{
		{"PUT", "", map[string]any{"title": "x"}},
		{"PUT", "/status", map[string]any{"status_id": d.closed.ID}},
		{"PUT", "/status", map[string]any{"status_id": d.open.ID}},
		{"POST", "/comments", map[string]any{"comment_text": "public"}},
	} {
		d.do(call.method, path+call.part, call.body)
		call.body["suppressContactNotifications"] = true
		d.do(call.method, path+call.part, call.body)
	}
	d.do("POST", path+"/comments", map[string]any{"comment_text": "internal", "is_internal": true})
	d.do("PUT", path+"/status", map[string]any{"status_id": nowhere}) // Refused: nothing to tell.

	var got []string
	for _, m := range d.s.Mails() {
		got = append(got, string(m.Kind)+" "+m.To)
		if !m.At.Equal(d.now.Truncate(time.Millisecond)) || (m.TicketID == id) == (m.To == d.contact.Email) {
			t.Errorf("mail %+v", m)
		}
	}
	want := []string{
		"created office@acme.example", "created kira@acme.example", "updated office@acme.example", "closed office@acme.example",
		"reopened office@acme.example", "comment office@acme.example",
	}
	if !slices.Equal(got, want) {
		t.Errorf("mails %q, want %q", got, want)
	}
}
