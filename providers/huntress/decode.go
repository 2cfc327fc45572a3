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

// parseObject reads a JSON object, whose fields are parts of body.
func parseObject(body []byte) (object, error) {
	body = space(body)
	if !isObject(body) || !json.Valid(body) {
		var o object
		if err := json.Unmarshal(body, &o); err != nil {
			return nil, fmt.Errorf("%w: %w", errNoObject, err)
		}
		return nil, errNoObject
	}
	o := object{}
	for name, value := range members(body) {
		key, _ := readText(name)
		o[key] = value
	}
	return o, nil
}

// array reads a field that has to be a list.
func (o object) array(name string) ([]json.RawMessage, error) {
	raw, ok := o[name]
	if !ok {
		return nil, fmt.Errorf("%q is missing", name)
	}
	if !isList(raw) {
		return nil, fmt.Errorf("%q is not a list", name)
	}
	return slices.AppendSeq([]json.RawMessage{}, elements(raw)), nil
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

// mostRead is how many of a list are read, where the rest is not of the documented
// ones: many more than the engine keeps.
const mostRead = 5000

// texts reads a list of strings. Objects in it give their name, and a single
// value is a list of one. Of a list that is cut total tells how many there are.
func (r *reader) texts(name string, documented []string) (out []string, total int) {
	raw := r.object[name]
	if isNull(raw) {
		return nil, 0
	}
	rows := elements(raw)
	surprise := !isList(raw)
	if surprise {
		rows = slices.Values([]json.RawMessage{raw})
	}
	wanted := slices.Clone(documented)
	for row := range rows {
		text, plain := readText(row)
		if o, err := objectIn(row); err == nil {
			if label := nameOf(o); label != "" {
				text = label
			}
		}
		surprise = surprise || !plain
		if text == "" {
			continue
		}
		total++
		at := slices.Index(wanted, text)
		if at >= 0 {
			wanted = slices.Delete(wanted, at, at+1)
		}
		if at >= 0 || len(out) < mostRead {
			out = append(out, text)
		}
	}
	if surprise {
		r.surprised(name)
	}
	if total == len(out) {
		total = 0
	}
	return out, total
}

// objectIn is parseObject for what mostly is none.
func objectIn(raw json.RawMessage) (object, error) {
	if !isObject(raw) {
		return nil, errNoObject
	}
	return parseObject(raw)
}

// counts reads a map of numbers: that of each name, and as many others as are read of
// a list.
func (r *reader) counts(name string, names []string) map[string]int64 {
	raw := r.object[name]
	if isNull(raw) {
		return nil
	}
	if !isObject(raw) {
		r.surprised(name)
		return nil
	}
	wanted := make(map[string]bool, len(names))
	for _, n := range names {
		wanted[n] = true
	}
	out := map[string]int64{}
	surprise := false
	for key, value := range members(raw) {
		key, _ := readText(key)
		if len(out) >= mostRead && !wanted[key] {
			continue
		}
		n, documented := readNumber(value)
		out[key], surprise = n, surprise || !documented
	}
	if surprise {
		r.surprised(name)
	}
	return out
}

// longestList is up to how many bytes a list that stands for a text is read as one.
const longestList = 1 << 20

// readText reads a string; documented is false for any other type but null.
func readText(raw json.RawMessage) (text string, documented bool) {
	if isNull(raw) {
		return "", true
	}
	if text, ok := plainText(raw); ok {
		return text, true
	}
	return readAnyText(raw)
}

// readAnyText is readText for what needs more than a look.
func readAnyText(raw json.RawMessage) (text string, documented bool) {
	if json.Unmarshal(raw, &text) == nil {
		return text, true
	}
	var rows []string
	if isList(raw) && len(raw) <= longestList && json.Unmarshal(raw, &rows) == nil {
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
