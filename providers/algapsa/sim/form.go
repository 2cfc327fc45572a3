package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"

	"github.com/google/uuid"
)

// issue is one finding of the schema validator, with the keys the real one uses.
type issue map[string]any

// form reads the fields of a JSON body in schema order and collects every issue.
type form struct {
	values map[string]json.RawMessage
	issues []issue
}

// readForm parses a body; malformed JSON is an error the caller decides about.
func readForm(body []byte) (*form, error) {
	trimmed := bytes.TrimSpace(bytes.ToValidUTF8(body, []byte("\ufffd")))
	if !json.Valid(trimmed) {
		return nil, fmt.Errorf("%s", parseMessage(trimmed))
	}
	f := &form{values: map[string]json.RawMessage{}}
	if trimmed[0] != '{' {
		f.add(issue{
			"code": "invalid_type", "expected": "object", "received": kind(trimmed), "path": []any{},
			"message": "Expected object, received " + kind(trimmed),
		})
		return f, nil
	}
	if err := json.Unmarshal(trimmed, &f.values); err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	return f, nil
}

// looseForm is how the ticket create and update read a body: what is no JSON counts as {}.
func looseForm(body []byte) *form {
	f, err := readForm(body)
	if err != nil {
		return &form{values: map[string]json.RawMessage{}}
	}
	return f
}

// parseMessage says what the server's JSON parser says.
func parseMessage(body []byte) string {
	if len(body) == 0 {
		return "Unexpected end of JSON input"
	}
	if body[0] == '{' {
		rest := bytes.TrimLeft(body[1:], " \t\r\n")
		if len(rest) > 0 && rest[0] != '"' && rest[0] != '}' {
			return fmt.Sprintf("Expected property name or '}' in JSON at position %d", len(body)-len(rest))
		}
	}
	return "Unexpected token in JSON"
}

func (f *form) add(i issue) { f.issues = append(f.issues, i) }

// take returns a field that is there and of the kind wanted; anything else is an issue or, where optional, absent.
func (f *form) take(name, want string, required bool) (json.RawMessage, bool) {
	raw, there := f.values[name]
	switch {
	case !there && required:
		f.add(issue{"code": "invalid_type", "expected": want, "received": "undefined", "path": []any{name}, "message": "Required"})
		return nil, false
	case !there:
		return nil, false
	}
	if got := kind(raw); got != want {
		f.add(issue{
			"code": "invalid_type", "expected": want, "received": got, "path": []any{name},
			"message": fmt.Sprintf("Expected %s, received %s", want, got),
		})
		return nil, false
	}
	return raw, true
}

// text reads a string of at least low and at most high UTF-16 units; high 0 means no end.
func (f *form) text(name string, required bool, low, high int) (string, bool) {
	raw, ok := f.take(name, "string", required)
	if !ok {
		return "", false
	}
	text := unquote(raw)
	units := len(utf16.Encode([]rune(text)))
	if units < low {
		f.add(issue{
			"code": "too_small", "minimum": low, "type": "string", "inclusive": true, "exact": false,
			"message": fmt.Sprintf("String must contain at least %d character(s)", low), "path": []any{name},
		})
		return "", false
	}
	if high > 0 && units > high {
		f.add(issue{
			"code": "too_big", "maximum": high, "type": "string", "inclusive": true, "exact": false,
			"message": fmt.Sprintf("String must contain at most %d character(s)", high), "path": []any{name},
		})
		return "", false
	}
	return text, true
}

// id reads a UUID, in lower case.
func (f *form) id(name string, required bool) (string, bool) {
	raw, ok := f.take(name, "string", required)
	if !ok {
		return "", false
	}
	text := unquote(raw)
	if !isUUID(text) {
		f.add(issue{"validation": "uuid", "code": "invalid_string", "message": "Invalid uuid", "path": []any{name}})
		return "", false
	}
	return strings.ToLower(text), true
}

// idOrNull reads a UUID or null; null gives an empty text.
func (f *form) idOrNull(name string) (string, bool) {
	if raw, there := f.values[name]; there && kind(raw) == "null" {
		return "", true
	}
	return f.id(name, false)
}

// flag reads a boolean; one that is not there is false.
func (f *form) flag(name string) bool {
	raw, ok := f.take(name, "boolean", false)
	return ok && raw[0] == 't'
}

// object reads a JSON object; {} is stored as null. What is stored is the value, not how it was written.
func (f *form) object(name string) (json.RawMessage, bool) {
	raw, ok := f.take(name, "object", false)
	if !ok {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value map[string]any
	if decoder.Decode(&value) != nil || len(value) == 0 {
		return nil, true
	}
	var stored bytes.Buffer
	encoder := json.NewEncoder(&stored)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(value) != nil {
		return nil, true
	}
	return bytes.TrimRight(stored.Bytes(), "\n"), true
}

// link reads a URL.
func (f *form) link(name string) (string, bool) {
	raw, ok := f.take(name, "string", false)
	if !ok {
		return "", false
	}
	text := unquote(raw)
	if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" {
		f.add(issue{"validation": "url", "code": "invalid_string", "message": "Invalid url", "path": []any{name}})
		return "", false
	}
	return text, true
}

// texts reads an array of strings.
func (f *form) texts(name string) ([]string, bool) {
	raw, ok := f.take(name, "array", false)
	if !ok {
		return nil, false
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil, false
	}
	all := make([]string, 0, len(items))
	for i, item := range items {
		if got := kind(item); got != "string" {
			f.add(issue{
				"code": "invalid_type", "expected": "string", "received": got, "path": []any{name, i},
				"message": "Expected string, received " + got,
			})
			return nil, false
		}
		all = append(all, unquote(item))
	}
	return all, true
}

// kind names the type of a JSON value as the validator does.
func kind(raw []byte) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return "undefined"
	}
	switch raw[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	default:
		return "number"
	}
}

func unquote(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// isUUID takes the plain form of 36 characters only.
func isUUID(text string) bool {
	return len(text) == 36 && uuid.Validate(text) == nil
}

// isDateTime takes what the validator takes: ISO 8601 that ends in Z.
func isDateTime(text string) bool {
	return regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$`).MatchString(text)
}
