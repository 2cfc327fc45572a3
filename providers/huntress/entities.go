package huntress

import (
	"encoding/json"

	"github.com/huntsync/huntsync/engine"
)

// decodeAgent reads a host.
func decodeAgent(raw json.RawMessage) (engine.Agent, error) {
	fields, err := parseObject(raw)
	if err != nil {
		return engine.Agent{}, err
	}
	r := &reader{object: fields}
	a := engine.Agent{
		ID:             r.number("id"),
		Hostname:       r.text("hostname"),
		OS:             r.text("os"),
		IPv4:           r.text("ipv4_address"),
		ExternalIP:     r.text("external_ip"),
		Serial:         r.text("serial_number"),
		LastCallbackAt: r.time("last_callback_at"),
	}
	if a.ID <= 0 {
		return engine.Agent{}, errNoID
	}
	return a, nil
}

// decodeAccount reads an account.
func decodeAccount(raw json.RawMessage) (engine.Account, error) {
	fields, err := parseObject(raw)
	if err != nil {
		return engine.Account{}, err
	}
	r := &reader{object: fields}
	a := engine.Account{ID: r.number("id"), Name: r.text("name"), Subdomain: r.text("subdomain")}
	if a.ID <= 0 {
		return engine.Account{}, errNoID
	}
	return a, nil
}

// decodeOrganization reads an organization.
func decodeOrganization(raw json.RawMessage) (engine.Organization, error) {
	fields, err := parseObject(raw)
	if err != nil {
		return engine.Organization{}, err
	}
	r := &reader{object: fields}
	o := engine.Organization{
		ID:     r.number("id"),
		Name:   r.text("name"),
		Key:    r.text("key"),
		Agents: int(r.number("agents_count")),
	}
	if o.ID <= 0 {
		return engine.Organization{}, errNoID
	}
	return o, nil
}
