package huntress

import (
	"encoding/json"
	"iter"
)

// An answer is split where it lies: its parts share the bytes with it. To unmarshal
// it level by level would copy all of it at each.

// elements are the elements of a list. The JSON was checked before; of what is no
// list there are none.
func elements(list json.RawMessage) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		if !isList(list) {
			return
		}
		for rest := space(list[1:]); len(rest) > 0 && rest[0] != ']'; {
			var element json.RawMessage
			element, rest = cutValue(rest)
			if !yield(element) {
				return
			}
			rest = after(rest, ',')
		}
	}
}

// members are the fields of an object, each name still in JSON. See elements.
func members(object json.RawMessage) iter.Seq2[json.RawMessage, json.RawMessage] {
	return func(yield func(name, value json.RawMessage) bool) {
		if !isObject(object) {
			return
		}
		for rest := space(object[1:]); len(rest) > 0 && rest[0] != '}'; {
			var name, value json.RawMessage
			name, rest = cutValue(rest)
			value, rest = cutValue(after(rest, ':'))
			if !yield(name, value) {
				return
			}
			rest = after(rest, ',')
		}
	}
}

func isList(raw json.RawMessage) bool   { return len(raw) > 0 && raw[0] == '[' }
func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// space cuts off the white space of JSON.
func space(raw json.RawMessage) json.RawMessage {
	for len(raw) > 0 && (raw[0] == ' ' || raw[0] == '\t' || raw[0] == '\r' || raw[0] == '\n') {
		raw = raw[1:]
	}
	return raw
}

// after cuts off a mark, where it stands, with the white space around it.
func after(raw json.RawMessage, mark byte) json.RawMessage {
	raw = space(raw)
	if len(raw) > 0 && raw[0] == mark {
		raw = space(raw[1:])
	}
	return raw
}

// cutValue cuts off the value that checked JSON begins with. What is appended to the
// value spoils nothing behind it.
func cutValue(raw json.RawMessage) (value, rest json.RawMessage) {
	depth, i := 0, 0
	for ; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '"':
			i += len(quoted(raw[i:])) - 1
		case '[', '{':
			depth++
		case ']', '}', ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return raw[:i:i], raw[i:]
			}
			if c == ']' || c == '}' {
				depth--
			}
		}
	}
	return raw[:i:i], raw[i:]
}

// quoted is the string that checked JSON begins with, in its quotes.
func quoted(raw json.RawMessage) json.RawMessage {
	for i := 1; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			i++
		case '"':
			return raw[:i+1]
		}
	}
	return raw
}
