package huntress

import (
	"encoding/json"

	"github.com/huntsync/huntsync/engine"
)

// remediationsRead is how many are read of those that an incident report carries: ten
// times as many as Huntress puts there.
const remediationsRead = 100

// embedded reads the first remediations, which an incident report carries, and
// how many there are in all.
func (r *reader) embedded(name string) (first []engine.Remediation, total int) {
	raw := r.object[name]
	if isNull(raw) {
		return nil, 0
	}
	inner := reader{}
	items := raw
	if fields, err := objectIn(raw); err == nil {
		inner.object, items = fields, fields["items"]
		if !isNull(items) && !isList(items) {
			inner.surprised("items")
		}
	} else if isList(raw) {
		inner.surprised(name) // the list without what should be around it
	} else {
		r.surprised(name)
		return nil, 0
	}
	count := 0
	for row := range elements(items) {
		if count++; len(first) >= remediationsRead {
			continue
		}
		remediation, surprises, err := decodeRemediation(row)
		if err != nil {
			inner.surprised("items")
			continue
		}
		inner.surprises = append(inner.surprises, surprises...)
		first = append(first, remediation)
	}
	total = max(int(inner.number("total_count")), count)
	if inner.flag("has_more") && total == count {
		total++ // at least
	}
	if len(inner.surprises) > 0 {
		r.surprised(name)
	}
	return first, total
}

// decodeRemediation reads a remediation and names the fields of surprising types.
// Only one that is no object fails.
func decodeRemediation(raw json.RawMessage) (engine.Remediation, []string, error) {
	fields, err := parseObject(raw)
	if err != nil {
		return engine.Remediation{}, nil, err
	}
	r := &reader{object: fields}
	remediation := engine.Remediation{
		ID:          r.number("id"),
		Type:        r.text("type"),
		Action:      r.text("action"),
		Status:      r.text("status"),
		Parameters:  r.parameters("parameters"),
		ApprovedAt:  r.time("approved_at"),
		ApprovedBy:  r.person("approved_by"),
		CompletedAt: r.time("completed_at"),
	}
	return remediation, r.surprises, nil
}

// parameters reads what a remediation works on: a list of named values for
// assisted ones, a plain text for containment, nothing for manual ones.
func (r *reader) parameters(name string) []engine.Parameter {
	raw := r.object[name]
	if isNull(raw) {
		return nil
	}
	if fields, err := objectIn(raw); err == nil {
		r.surprised(name)
		var out []engine.Parameter
		for _, key := range sortedKeys(fields) {
			value, _ := readText(fields[key])
			out = append(out, engine.Parameter{Name: key, Value: value})
		}
		return out
	}
	if !isList(raw) {
		text, plain := readText(raw)
		if !plain {
			r.surprised(name)
		} else if text == "" {
			return nil
		}
		return []engine.Parameter{{Value: text}}
	}
	var out []engine.Parameter
	surprise := false
	for row := range elements(raw) {
		if len(out) >= mostRead {
			break // The engine keeps fewer and says that there are more.
		}
		p, documented := decodeParameter(row)
		surprise = surprise || !documented
		if p != (engine.Parameter{}) {
			out = append(out, p)
		}
	}
	if surprise {
		r.surprised(name)
	}
	return out
}

// decodeParameter reads one {name, description}; of anything else what a person
// could read.
func decodeParameter(raw json.RawMessage) (p engine.Parameter, documented bool) {
	text, documented := readText(raw)
	fields, err := objectIn(raw)
	if err != nil {
		return engine.Parameter{Value: text}, documented
	}
	r := reader{object: fields}
	p = engine.Parameter{Name: r.text("name"), Value: r.text("description")}
	if len(r.surprises) > 0 || p == (engine.Parameter{}) && len(fields) > 0 {
		if p == (engine.Parameter{}) {
			p.Value = text
		}
		return p, false
	}
	return p, true
}

// person reads a user {id, email, name}, or a plain name.
func (r *reader) person(name string) string {
	raw := r.object[name]
	if fields, err := objectIn(raw); err == nil {
		return nameOf(fields)
	}
	return r.text(name)
}
