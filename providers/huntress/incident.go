package huntress

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/huntsync/huntsync/engine"
)

var errNoID = errors.New("it has no usable id")

// decodeIncident reads an incident report. Only one without a usable id fails.
func decodeIncident(raw json.RawMessage) (engine.Incident, error) {
	fields, err := parseObject(raw)
	if err != nil {
		return engine.Incident{}, err
	}
	r := &reader{object: fields}
	i := engine.Incident{
		ID:              r.number("id"),
		AccountID:       r.number("account_id"),
		OrganizationID:  r.number("organization_id"),
		AgentID:         r.number("agent_id"),
		Subject:         r.text("subject"),
		Summary:         r.text("summary"),
		Body:            r.text("body"),
		Severity:        engine.Severity(r.text("severity")),
		Status:          engine.Status(r.text("status")),
		Platform:        r.text("platform"),
		SentAt:          r.time("sent_at"),
		ClosedAt:        r.time("closed_at"),
		StatusUpdatedAt: r.time("status_updated_at"),
		UpdatedAt:       r.time("updated_at"),
	}
	if i.ID <= 0 {
		return engine.Incident{}, errNoID
	}
	i.Indicators, i.IndicatorTotal = r.texts("indicator_types", engine.Indicators())
	i.IndicatorCounts = r.counts("indicator_counts", i.Indicators)
	i.Remediations, i.RemediationTotal = r.embedded("remediations")
	i.Surprises = r.surprises
	i.Raw = raw
	if !utf8.Valid(raw) { // A store of text takes no such.
		i.Raw = bytes.ToValidUTF8(raw, []byte(string(utf8.RuneError)))
	}
	return i, nil
}
