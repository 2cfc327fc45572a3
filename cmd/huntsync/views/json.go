package views

import (
	"encoding/json"
	"fmt"
)

// JSON writes a value that has its outward form already.
func JSON(t Terminal, v any) error { return writeJSON(t, v) }

// writeJSON writes one value, and nothing else. What could move a terminal's cursor
// or hide text is escaped: names from outside are part of it.
func writeJSON(t Terminal, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		_, err = t.Write(append(visible(text), '\n'))
	}
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}

// list makes an empty list of none: a program should not have to tell null.
func list[S ~[]E, E any](s S) S {
	if s == nil {
		return S{}
	}
	return s
}
