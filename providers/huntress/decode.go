package huntress

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// object is a JSON object whose fields are read one by one, so that one of a
// surprising type does not spoil the others.
type object map[string]json.RawMessage

var errNoObject = errors.New("not a JSON object")

// parseObject reads a JSON object.
func parseObject(body []byte) (object, error) {
	var o object
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoObject, err)
	}
	if o == nil {
		return nil, errNoObject
	}
	return o, nil
}

// array reads a field that has to be a list.
func (o object) array(name string) ([]json.RawMessage, error) {
	var rows []json.RawMessage
	raw, ok := o[name]
	if !ok {
		return nil, fmt.Errorf("%q is missing", name)
	}
	if err := json.Unmarshal(raw, &rows); err != nil || rows == nil {
		return nil, fmt.Errorf("%q is not a list", name)
	}
	return rows, nil
}

// reader reads fields leniently and keeps the names of those whose type was not
// the documented one. Null and a missing field are nothing, never a surprise.
type reader struct {
	object
	surprises []string
}

func (r *reader) surprised(name string) { r.surprises = append(r.surprises, name) }

// text reads a string. Of any other type it gives what a person could read.
func (r *reader) text(name string) string {
	text, documented := readText(r.object[name])
	if !documented {
		r.surprised(name)
	}
	return text
}

// number reads an integer, also one that was sent as a string or as 12.0; 0 when
// it is neither.
func (r *reader) number(name string) int64 {
	n, documented := readNumber(r.object[name])
	if !documented {
		r.surprised(name)
	}
	return n
}

// time reads an ISO 8601 time, as UTC; the zero time when it is none.
func (r *reader) time(name string) time.Time {
	raw := r.object[name]
	if isNull(raw) {
		return time.Time{}
	}
	text, ok := plainText(raw)
	if !ok && json.Unmarshal(raw, &text) != nil {
		r.surprised(name)
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, text)
	// A year of five digits could not be written again.
	if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9999 {
		r.surprised(name)
		return time.Time{}
	}
	return t
}

// flag reads a boolean; false when it is none.
func (r *reader) flag(name string) bool {
	raw := r.object[name]
	if isNull(raw) {
		return false
	}
	var b bool
	if json.Unmarshal(raw, &b) != nil {
		r.surprised(name)
	}
	return b
}

// texts reads a list of strings. Objects in it give their name, and a single
// value is a list of one.
func (r *reader) texts(name string) []string {
	raw := r.object[name]
	if isNull(raw) {
		return nil
	}
	var rows []json.RawMessage
	if json.Unmarshal(raw, &rows) != nil {
		r.surprised(name)
		rows = []json.RawMessage{raw}
	}
	var out []string
	surprise := false
	for _, row := range rows {
		text, documented := readText(row)
		if o, err := parseObject(row); err == nil {
			if label := nameOf(o); label != "" {
				text = label
			}
		}
		surprise = surprise || !documented
		if text != "" {
			out = append(out, text)
		}
	}
	if surprise && !slices.Contains(r.surprises, name) {
		r.surprised(name)
	}
	return out
}

// counts reads a map of numbers.
func (r *reader) counts(name string) map[string]int64 {
	raw := r.object[name]
	if isNull(raw) {
		return nil
	}
	fields, err := parseObject(raw)
	if err != nil {
		r.surprised(name)
		return nil
	}
	inner := reader{object: fields}
	out := make(map[string]int64, len(fields))
	for key := range fields {
		out[key] = inner.number(key)
	}
	if len(inner.surprises) > 0 {
		r.surprised(name)
	}
	return out
}

// readText reads a string; documented is false for any other type but null.
func readText(raw json.RawMessage) (text string, documented bool) {
	if isNull(raw) {
		return "", true
	}
	if text, ok := plainText(raw); ok {
		return text, true
	}
	if json.Unmarshal(raw, &text) == nil {
		return text, true
	}
	var rows []string
	if json.Unmarshal(raw, &rows) == nil {
		return strings.Join(rows, ", "), false
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return "", false
	}
	return strings.ToValidUTF8(compact.String(), string(utf8.RuneError)), false
}

// plainText reads a string that holds neither escapes nor broken UTF-8, as nearly
// all are: a page has thousands of them. The JSON around it was checked before.
func plainText(raw json.RawMessage) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || bytes.IndexByte(raw, '\\') >= 0 || !utf8.Valid(raw) {
		return "", false
	}
	return string(raw[1 : len(raw)-1]), true
}

// readNumber reads an integer; documented is false for any other type but null.
func readNumber(raw json.RawMessage) (n int64, documented bool) {
	if isNull(raw) {
		return 0, true
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return n, true
	}
	if json.Unmarshal(raw, &n) == nil {
		return n, true
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		text = string(raw)
	}
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, false
	}
	// Beyond 2^53 a float no longer tells one number from its neighbor.
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53 || f < -1<<53 {
		return 0, false
	}
	return int64(f), false
}

// nameOf is what an object that stands where a text is documented is called.
func nameOf(o object) string {
	for _, key := range []string{"name", "type", "email", "id"} {
		if text, _ := readText(o[key]); text != "" {
			return text
		}
	}
	return ""
}

func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}

func sortedKeys(o object) []string { return slices.Sorted(maps.Keys(o)) }
