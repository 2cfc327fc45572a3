package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/config"
)

func TestFormat(t *testing.T) {
	const before = "routing {\nboard=\"A\" # why\n  category  =  \"B\"\n}\n"
	const after = "routing {\n  board    = \"A\" # why\n  category = \"B\"\n}\n"
	got, diags := config.Format(config.File{Name: "a.hcl", Content: []byte(before)})
	if len(diags) > 0 || string(got) != after {
		t.Errorf("got %s%s", got, text(t, diags))
	}
	diff := config.Diff("a.hcl", "a.hcl", []byte(before), got)
	want := "--- a.hcl\n+++ a.hcl\n@@ -1,4 +1,4 @@\n routing {\n-board=\"A\" # why\n-  category  =  \"B\"\n+  board    = \"A\" # why\n+  category = \"B\"\n }\n"
	if d := cmp.Diff(want, diff); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for name, content := range map[string]string{
		"a.hcl":      "routing {",
		"a.hcl.json": "{",
		"b.hcl":      strings.Repeat("[", 200),
	} {
		got, diags := config.Format(config.File{Name: name, Content: []byte(content)})
		if got != nil || !diags.HasErrors() || diags[0].Snippet == nil {
			t.Errorf("%q is formatted to %q, with %v", content, got, diags)
		}
	}
	const asJSON = `{"routing":   {}}`
	if got, _ := config.Format(config.File{Name: "a.hcl.json", Content: []byte(asJSON)}); string(got) != asJSON {
		t.Errorf("JSON is formatted to %q", got)
	}
}

// What we show as an example is formatted as we ask of others.
func TestValidFilesAreFormatted(t *testing.T) {
	files, err := filepath.Glob("testdata/valid/*/*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := config.Format(config.File{Name: f, Content: content})
		if diff := config.Diff(f, f, content, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestDiff(t *testing.T) {
	lines := func(names ...string) string { return strings.Join(names, "\n") + "\n" }
	for _, tt := range []struct{ name, a, b, want string }{
		{"equal", "a\n", "a\n", ""},
		{"empty", "", "", ""},
		{"all new", "", "a\n", "--- old\n+++ new\n@@ -0,0 +1,1 @@\n+a\n"},
		{"all gone", "a\n", "", "--- old\n+++ new\n@@ -1,1 +0,0 @@\n-a\n"},
		{"no newline", "a", "a\n", "--- old\n+++ new\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n"},
		{
			"two hunks",
			lines("1", "2", "3", "4", "5", "6", "7", "8", "9", "10"),
			lines("one", "2", "3", "4", "5", "6", "7", "8", "9", "ten"),
			"--- old\n+++ new\n@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n@@ -7,4 +7,4 @@\n 7\n 8\n 9\n-10\n+ten\n",
		},
		{
			"moved lines", lines("a", "b", "c", "d"), lines("b", "c", "a", "d"),
			"--- old\n+++ new\n@@ -1,4 +1,4 @@\n-a\n b\n c\n+a\n d\n",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, config.Diff("old", "new", []byte(tt.a), []byte(tt.b))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
