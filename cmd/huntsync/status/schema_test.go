package status_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
)

// TestSchema keeps the JSON Schema true: it is made from the types and their
// comments. "go test -update" writes it.
func TestSchema(t *testing.T) {
	g := schemaMaker{comments: comments(t, ".", "../../../engine")}
	s := g.schema(reflect.TypeFor[status.Status]())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "huntsync status"
	got, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile("schema.json", got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(got) != string(status.Schema()) {
		t.Error("schema.json is not what the types say; write it with: go test ./cmd/huntsync/status -update, and build again")
	}
}

func TestSchemaIsACopy(t *testing.T) {
	status.Schema()[0] = 'x'
	if status.Schema()[0] != '{' {
		t.Error("a caller can change the schema")
	}
}

// TestSchemaRefuses shows that the schema is one that documents can fail.
func TestSchemaRefuses(t *testing.T) {
	if *update {
		t.Skip("the schema is being written anew")
	}
	for _, document := range []string{
		`{}`,
		`{"format_version":"1","at":"2026-08-03T12:00:00Z","desk":{},"accounts":[],"recent":[]}`,
		`{"format_version":1,"at":"2026-08-03T12:00:00Z","attention":[],"desk":{},"accounts":[{}],"recent":[]}`,
		`{"format_version":1,"at":"2026-08-03T12:00:00Z","attention":[],"desk":{"paused":{"reason":"auth"}},"accounts":[],"recent":[]}`,
	} {
		if err := check(t, []byte(document)); err == nil {
			t.Errorf("accepted %s", document)
		}
	}
}

// valid holds a status against the schema.
func valid(t *testing.T, document []byte) {
	t.Helper()
	if err := check(t, document); err != nil {
		t.Errorf("the schema refuses a status: %v", err)
	}
}

func check(t *testing.T, document []byte) error {
	t.Helper()
	text := status.Schema()
	if *update {
		return nil // It is being written anew.
	}
	var s openapi3.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(document, &value); err != nil {
		t.Fatal(err)
	}
	return s.VisitJSON(value)
}

// schemaMaker makes a JSON Schema of Go types.
type schemaMaker struct {
	comments map[string]string // of types ("Status") and fields ("Status.At")
}

func (g schemaMaker) schema(t reflect.Type) map[string]any {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t.Kind() == reflect.Pointer:
		return g.schema(t.Elem())
	case t.Kind() == reflect.Struct:
		return g.object(t)
	case t.Kind() == reflect.Slice:
		return map[string]any{"type": "array", "items": g.schema(t.Elem())}
	case t.Kind() == reflect.String:
		return map[string]any{"type": "string"}
	case t.Kind() == reflect.Bool:
		return map[string]any{"type": "boolean"}
	default:
		return map[string]any{"type": "integer"}
	}
}

func (g schemaMaker) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		s := g.schema(f.Type)
		if c := g.comments[t.Name()+"."+f.Name]; c != "" {
			if rest, ok := strings.CutPrefix(c, f.Name+" "); ok {
				c = name + " " + rest
			}
			s["description"] = c
		}
		properties[name] = s
		if options == "" {
			required = append(required, name)
		}
	}
	s := map[string]any{"type": "object", "properties": properties, "required": required}
	if c := g.comments[t.Name()]; c != "" {
		s["description"] = c
	}
	return s
}

// comments reads the comments of the types in some folders.
func comments(t *testing.T, folders ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, folder := range folders {
		files, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), folder+"/"+f.Name(), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if declared, ok := d.(*ast.GenDecl); ok && declared.Tok == token.TYPE {
					typeComments(all, declared)
				}
			}
		}
	}
	return all
}

func typeComments(all map[string]string, declared *ast.GenDecl) {
	for _, s := range declared.Specs {
		spec, ok := s.(*ast.TypeSpec)
		if !ok {
			continue
		}
		object, ok := spec.Type.(*ast.StructType)
		if !ok {
			continue
		}
		set := func(key, text string) {
			if _, ok := all[key]; !ok { // The first folder's types are those that are asked for.
				all[key] = strings.Join(strings.Fields(text), " ")
			}
		}
		set(spec.Name.Name, declared.Doc.Text())
		for _, f := range object.Fields.List {
			for _, n := range f.Names {
				set(spec.Name.Name+"."+n.Name, f.Doc.Text()+f.Comment.Text())
			}
		}
	}
}
