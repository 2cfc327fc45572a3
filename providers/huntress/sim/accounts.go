package sim

import (
	"cmp"
	"net/http"
	"strconv"
)

type accountJSON struct {
	ID                int64          `json:"id"`
	Name              string         `json:"name"`
	Subdomain         string         `json:"subdomain"`
	Status            string         `json:"status"`
	SupportType       string         `json:"support_type"`
	NeighborhoodWatch map[string]int `json:"neighborhood_watch"`
	BillingAddress    *struct{}      `json:"billing_address"`
	ShippingAddress   *struct{}      `json:"shipping_address"`

	source Account
}

func (a Account) shape() accountJSON {
	return accountJSON{
		ID:                a.ID,
		Name:              a.Name,
		Subdomain:         a.Subdomain,
		Status:            cmp.Or(a.Status, "enabled"),
		SupportType:       "huntress_supported",
		NeighborhoodWatch: map[string]int{"edr": 10, "ispm": 10, "itdr": 10, "sat": 10, "siem": 10},
		source:            a,
	}
}

func (a accountJSON) at(field string) position {
	switch field {
	case "created_at":
		return position{time: a.source.CreatedAt, id: a.ID}
	case "updated_at":
		return position{time: a.source.UpdatedAt, id: a.ID}
	case "name":
		return position{text: a.Name, id: a.ID}
	case "subdomain":
		return position{text: a.Subdomain, id: a.ID}
	default:
		return position{number: a.ID}
	}
}

func (s *Server) getActor(_ *http.Request, k Key) *answer {
	actor := map[string]any{"reseller": nil, "account": nil, "user": nil}
	if k.Reseller != 0 {
		actor["reseller"] = map[string]any{"id": k.Reseller, "name": "Reseller " + strconv.FormatInt(k.Reseller, 10)}
		return success(actor)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.account(k.Account).shape()
	actor["account"] = map[string]any{"id": a.ID, "name": a.Name, "subdomain": a.Subdomain, "status": a.Status}
	return success(actor)
}

func (s *Server) getAccount(_ *http.Request, accountID int64) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return success(map[string]any{"account": s.account(accountID).shape()})
}

func (s *Server) listAccounts(r *http.Request, k Key) *answer {
	if k.Reseller == 0 {
		return failure(http.StatusForbidden, "This API key does not belong to a reseller")
	}
	l, refused := s.parseListing(r, "id", "name", "subdomain", "created_at", "updated_at")
	if refused != nil {
		return refused
	}
	q := r.URL.Query()
	keep := func(a accountJSON) bool {
		return matches(q.Get("status"), a.Status) && matches(q.Get("name"), a.Name) && matches(q.Get("subdomain"), a.Subdomain)
	}
	rows := s.accountsOf(k)
	sortRows(rows, l.order, accountJSON.at)
	return page("accounts", rows, l, keep, accountJSON.at)
}

func (s *Server) accountsOf(k Key) []accountJSON {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []accountJSON
	for _, id := range k.Accounts {
		if a := s.accounts[id]; a != nil {
			rows = append(rows, a.shape())
		}
	}
	return rows
}
