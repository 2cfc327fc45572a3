package algapsa

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// row is one object of an answer. Its readers never fail: a field of a surprising type reads as absent.
type row map[string]json.RawMessage

// pagination is the paging part of a list.
type pagination struct {
	total int
	known bool // The desk told the total.
}

// errNoData is a success without the data it should carry.
var errNoData = errors.New(`no "data" in it`)

// readAnswer reads the envelope of a success. An empty body (a delete) is a success without data.
func readAnswer(payload []byte) (answer, error) {
	if len(bytes.TrimSpace(payload)) == 0 {
		return answer{}, errNoData
	}
	var envelope struct {
		Data       json.RawMessage `json:"data"`
		Pagination json.RawMessage `json:"pagination"`
	}
	if err := json.Unmarshal(payload, &envelope); err != nil {
		return answer{}, fmt.Errorf("read JSON: %w", err)
	}
	if len(envelope.Data) == 0 || string(envelope.Data) == "null" {
		return answer{}, errNoData
	}
	a := answer{data: envelope.Data}
	var paging row
	if json.Unmarshal(envelope.Pagination, &paging) == nil {
		a.pagination.total, a.pagination.known = paging.number("total")
	}
	return a, nil
}

// rows reads data that is a list; an element that is no object is an error, so that no ticket is overlooked.
func (a answer) rows() ([]row, error) {
	var rows []row
	if err := json.Unmarshal(a.data, &rows); err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	for i, r := range rows {
		if r == nil {
			return nil, fmt.Errorf("read the list: element %d is null", i)
		}
	}
	return rows, nil
}

// row reads data that is one object.
func (a answer) row() (row, error) {
	var r row
	if err := json.Unmarshal(a.data, &r); err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	return r, nil
}

// text reads a string; a number reads as its digits.
func (r row) text(name string) string { return textOf(r[name]) }

func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}

// flag reads a boolean, also one that came as a string or a number; known is false where there is none.
func (r row) flag(name string) (value, known bool) {
	switch strings.ToLower(strings.Trim(string(r[name]), `"`)) {
	case "true", "t", "1":
		return true, true
	case "false", "f", "0":
		return false, true
	default:
		return false, false
	}
}

// number reads a whole number, also one that came as a string.
func (r row) number(name string) (int, bool) {
	n, err := strconv.ParseFloat(textOf(r[name]), 64)
	if err != nil || n != float64(int(n)) {
		return 0, false
	}
	return int(n), true
}

// time reads an ISO 8601 time; zero where there is none.
func (r row) time(name string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, textOf(r[name]))
	// A year that takes an offset beyond four digits could not be kept.
	if t = t.UTC(); err != nil || t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// object reads a nested object, also one that came as a string of JSON; nil where there is none.
func (r row) object(name string) row {
	raw := r[name]
	var nested row
	if json.Unmarshal(raw, &nested) == nil {
		return nested
	}
	var text string
	if json.Unmarshal(raw, &text) == nil && json.Unmarshal([]byte(text), &nested) == nil {
		return nested
	}
	return nil
}
