package huntress

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/huntsync/huntsync/engine"
)

// Account tells which account the key reaches, or reads the reseller's account
// that the client is for.
func (c *Client) Account(ctx context.Context) (engine.Account, error) {
	r := request{op: "read the account", path: "/v1/account"}
	if c.accountID != 0 {
		r.path = c.scope()
	}
	return one(ctx, c, r, "account", decodeAccount)
}

// Accounts lists the accounts that a reseller's key reaches, disabled ones left
// out.
func (c *Client) Accounts(ctx context.Context) ([]engine.Account, error) {
	r := request{op: "list accounts", path: "/v1/accounts", query: url.Values{"status": {"enabled"}}}
	return list(ctx, c, r, "accounts", decodeAccount, func(a engine.Account) int64 { return a.ID })
}

// Organizations lists every organization of the account.
func (c *Client) Organizations(ctx context.Context) ([]engine.Organization, error) {
	r := request{op: "list organizations", path: c.scope() + "/organizations"}
	return list(ctx, c, r, "organizations", decodeOrganization, func(o engine.Organization) int64 { return o.ID })
}

// Page reads one page of incident reports, newest-updated first. Where the answer
// is too large to be read, it asks for a shorter page instead: Next goes on from
// what was read.
func (c *Client) Page(ctx context.Context, q engine.PageQuery) (engine.Page, error) {
	limit := min(max(q.Limit, 1), engine.MaxPage)
	for {
		r := request{op: "list incident reports", path: c.scope() + "/incident_reports", query: pageQuery(q, limit)}
		answer, err := c.get(ctx, r)
		if errors.Is(err, errTooLarge) && limit > 1 {
			limit = max(limit/4, 1)
			continue
		}
		if err != nil {
			return engine.Page{}, err
		}
		page, err := decodePage(answer.body, limit)
		if err != nil {
			return engine.Page{}, c.unexpected(r, err)
		}
		page.ServerTime = answer.date
		return page, nil
	}
}

func pageQuery(q engine.PageQuery, limit int) url.Values {
	query := url.Values{
		"limit":          {strconv.Itoa(limit)},
		"sort_field":     {"updated_at"},
		"sort_direction": {"desc"},
	}
	set := func(name, value string) {
		if value != "" {
			query.Set(name, value)
		}
	}
	set("page_token", q.Token)
	set("status", string(q.Filter.Status))
	set("severity", string(q.Filter.Severity))
	set("platform", q.Filter.Platform)
	if q.Filter.OrganizationID != 0 {
		query.Set("organization_id", strconv.FormatInt(q.Filter.OrganizationID, 10))
	}
	return query
}

// Incident reads one incident report.
func (c *Client) Incident(ctx context.Context, id int64) (engine.Incident, error) {
	r := request{
		op:   fmt.Sprintf("read incident report %d", id),
		path: fmt.Sprintf("%s/incident_reports/%d", c.scope(), id),
	}
	incident, err := one(ctx, c, r, "incident_report", decodeIncident)
	if err == nil && incident.ID != id {
		return engine.Incident{}, c.unexpected(r, errOther)
	}
	return incident, err
}

// Remediations lists all remediations of an incident, the oldest first. It takes
// its requests from the share for details.
func (c *Client) Remediations(ctx context.Context, incidentID int64) ([]engine.Remediation, error) {
	r := request{
		op:       fmt.Sprintf("list the remediations of incident report %d", incidentID),
		path:     fmt.Sprintf("%s/incident_reports/%d/remediations", c.scope(), incidentID),
		priority: enrichment,
	}
	decode := func(raw json.RawMessage) (engine.Remediation, error) {
		remediation, _, err := decodeRemediation(raw)
		return remediation, err
	}
	return list(ctx, c, r, "remediations", decode, func(r engine.Remediation) int64 { return r.ID })
}

// Agent reads a host. It takes its request from the share for details.
func (c *Client) Agent(ctx context.Context, id int64) (engine.Agent, error) {
	r := request{
		op:       fmt.Sprintf("read agent %d", id),
		path:     fmt.Sprintf("%s/agents/%d", c.scope(), id),
		priority: enrichment,
	}
	agent, err := one(ctx, c, r, "agent", decodeAgent)
	if err == nil && agent.ID != id {
		return engine.Agent{}, c.unexpected(r, errOther)
	}
	return agent, err
}

// errOther is an answer that belongs to another request: something on the way mixed them up.
var errOther = errors.New("it is about another one")

// one reads a single resource, with its documented wrapper or, as seen for some,
// without.
func one[T any](ctx context.Context, c *Client, r request, name string, decode func(json.RawMessage) (T, error)) (T, error) {
	var none T
	answer, err := c.get(ctx, r)
	if err != nil {
		return none, err
	}
	raw, wrapped := answer.body[name]
	if !wrapped {
		if raw, err = json.Marshal(answer.body); err != nil {
			return none, c.unexpected(r, err)
		}
	}
	v, err := decode(raw)
	if err != nil {
		return none, c.unexpected(r, err)
	}
	return v, nil
}

// unexpected is the error of an answer in JSON that is not what was asked for.
func (c *Client) unexpected(r request, err error) *engine.Error {
	return c.failed(r, engine.ReasonUnavailable, "the answer is not in the documented form", err)
}
