package sim

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
)

type agentJSON struct {
	ID             int64    `json:"id"`
	AccountID      int64    `json:"account_id"`
	DomainName     *string  `json:"domain_name"`
	ExternalIP     *string  `json:"external_ip"`
	Hostname       *string  `json:"hostname"`
	IPv4Address    *string  `json:"ipv4_address"`
	LastCallbackAt *string  `json:"last_callback_at"`
	MACAddresses   []string `json:"mac_addresses"`
	OrganizationID *int64   `json:"organization_id"`
	OS             *string  `json:"os"`
	Platform       *string  `json:"platform"`
	SerialNumber   *string  `json:"serial_number"`
	Tags           []string `json:"tags"`
	UpdatedAt      *string  `json:"updated_at"`
}

// MarshalJSON gives the documented shape.
func (a Agent) MarshalJSON() ([]byte, error) {
	return override(agentJSON{
		ID:             a.ID,
		AccountID:      a.AccountID,
		DomainName:     nullText(a.Domain),
		ExternalIP:     nullText(a.ExternalIP),
		Hostname:       nullText(a.Hostname),
		IPv4Address:    nullText(a.IPv4),
		LastCallbackAt: nullTime(a.LastCallbackAt),
		MACAddresses:   []string{},
		OrganizationID: nullNumber(a.OrganizationID),
		OS:             nullText(a.OS),
		Platform:       nullText(a.Platform),
		SerialNumber:   nullText(a.SerialNumber),
		Tags:           []string{},
		UpdatedAt:      nullTime(a.LastCallbackAt),
	}, a.Override)
}

func (s *Server) listAgents(r *http.Request, accountID int64) *answer {
	l, refused := s.parseListing(r, "id", "created_at", "updated_at")
	if refused != nil {
		return refused
	}
	q := r.URL.Query()
	keep := func(a Agent) bool {
		return matches(q.Get("organization_id"), strconv.FormatInt(a.OrganizationID, 10)) &&
			matches(q.Get("hostname"), a.Hostname) && matches(q.Get("platform"), a.Platform)
	}
	at := func(a Agent, field string) position {
		if isTime(field) {
			return position{time: a.LastCallbackAt, id: a.ID}
		}
		return position{number: a.ID}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := slices.Collect(maps.Values(s.account(accountID).agents))
	sortRows(rows, l.order, at)
	return page("agents", rows, l, keep, at)
}

func (s *Server) getAgent(r *http.Request, accountID int64) *answer {
	id, refused := pathID(r)
	if refused != nil {
		return refused
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.account(accountID).agents[id]
	if !ok {
		return notFound()
	}
	return success(map[string]any{"agent": a})
}
