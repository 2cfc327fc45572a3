// Package document turns what the stores keep into bytes and back: JSON for
// what a query never looks into, DEFLATE for incidents as Huntress sent them,
// and milliseconds for times that are compared in SQL.
package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Encode is v as JSON in one line, without HTML escapes. Every database keeps it
// as it is: a NUL is escaped, and bytes that are no UTF-8 become U+FFFD.
func Encode(v any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", fmt.Errorf("encoding %T: %w", v, err)
	}
	return string(bytes.TrimSuffix(text.Bytes(), []byte("\n"))), nil
}

// Decode reads what [Encode] wrote. The empty text is the zero value.
func Decode[T any](text string) (T, error) {
	var v T
	if text == "" {
		return v, nil
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return v, fmt.Errorf("decoding %T: %w", v, err)
	}
	return v, nil
}

// Millis is t in milliseconds since 1970, rounded down, so that nothing becomes
// due later than it was asked for; nil for the zero time.
func Millis(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}

// Time reads what [Millis] made, in UTC.
func Time(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(*ms).UTC()
}
