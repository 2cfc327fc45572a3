package huntress

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/huntsync/huntsync/engine"
)

// decodePage reads a page of incident reports, of which at most limit were asked
// for.
func decodePage(body object, limit int) (engine.Page, error) {
	rows, err := body.array("incident_reports")
	if err != nil {
		return engine.Page{}, err
	}
	next, err := nextToken(body, len(rows) < limit)
	if err != nil {
		return engine.Page{}, err
	}
	page := engine.Page{Next: next, Incidents: make([]engine.Incident, 0, len(rows))}
	for _, row := range rows {
		i, err := decodeIncident(row)
		if err != nil {
			page.Unreadable++
			continue
		}
		page.Incidents = append(page.Incidents, i)
	}
	return page, nil
}

// nextToken reads the token of the next page, empty on the last one. An answer
// that does not say whether there is more passes for the end only when the page
// is short, because then there cannot be more.
func nextToken(body object, short bool) (string, error) {
	if short && isNull(body["pagination"]) {
		return "", nil
	}
	fields, err := parseObject(body["pagination"])
	if err != nil {
		return "", errors.New(`"pagination" is missing or no object`)
	}
	var token any
	if raw := fields["next_page_token"]; !isNull(raw) {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		if err := decoder.Decode(&token); err != nil {
			return "", err
		}
	}
	switch token := token.(type) {
	case nil:
		return "", nil
	case string:
		return token, nil
	case json.Number:
		return token.String(), nil
	default:
		return "", errors.New(`"next_page_token" is no text`)
	}
}
