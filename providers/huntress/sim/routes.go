package sim

import (
	"net/http"
	"slices"
	"strconv"
)

// newRoutes lists the resources. Everything below an account exists twice: for
// the account of an account key, and for the accounts of a reseller key.
func (s *Server) newRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("/v1/actor", s.read(s.getActor))
	mux.Handle("/v1/account", s.scoped(s.getAccount))
	mux.Handle("/v1/accounts", s.read(s.listAccounts))
	mux.Handle("/v1/accounts/{account_id}", s.scoped(s.getAccount))
	for _, prefix := range []string{"/v1", "/v1/accounts/{account_id}"} {
		mux.Handle(prefix+"/organizations", s.scoped(s.listOrganizations))
		mux.Handle(prefix+"/organizations/{id}", s.scoped(s.getOrganization))
		mux.Handle(prefix+"/agents", s.scoped(s.listAgents))
		mux.Handle(prefix+"/agents/{id}", s.scoped(s.getAgent))
		mux.Handle(prefix+"/incident_reports", s.scoped(s.listIncidents))
		mux.Handle(prefix+"/incident_reports/{id}", s.scoped(s.getIncident))
		mux.Handle(prefix+"/incident_reports/{id}/remediations", s.scoped(s.listRemediations))
	}
	mux.Handle("/v1/escalations", s.scoped(s.listEscalations))
	mux.Handle("/v1/escalations/{id}", s.scoped(s.getEscalation))
	return mux
}

// read is a resource of the key itself.
func (s *Server) read(f route) route {
	return func(r *http.Request, k Key) *answer {
		if refused := readOnly(r); refused != nil {
			return refused
		}
		if refused := s.limit(k, k.Account); refused != nil {
			return refused
		}
		return f(r, k)
	}
}

// accountRoute is the work of a resource of one account.
type accountRoute func(r *http.Request, accountID int64) *answer

// scoped is a resource of one account: the one in the path, which only reseller
// keys may name, or the one of an account key.
func (s *Server) scoped(f accountRoute) route {
	return func(r *http.Request, k Key) *answer {
		if refused := readOnly(r); refused != nil {
			return refused
		}
		accountID := k.Account
		if named := r.PathValue("account_id"); named != "" {
			id, err := strconv.ParseInt(named, 10, 64)
			if err != nil {
				return failure(http.StatusBadRequest, "account_id is invalid")
			}
			if k.Reseller == 0 {
				return failure(http.StatusForbidden, "This API key does not belong to a reseller")
			}
			if !slices.Contains(k.Accounts, id) || !s.hasAccount(id) {
				return failure(http.StatusNotFound, "Resource not found")
			}
			accountID = id
		} else if k.Account == 0 {
			return failure(http.StatusForbidden, "This API key does not belong to an account")
		}
		if refused := s.limit(k, accountID); refused != nil {
			return refused
		}
		return f(r, accountID)
	}
}

func (s *Server) hasAccount(id int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts[id] != nil
}

func readOnly(r *http.Request) *answer {
	if r.Method != http.MethodGet {
		return failure(http.StatusForbidden, "This API key is read-only")
	}
	return nil
}

func (s *Server) limit(k Key, accountID int64) *answer {
	wait, ok := s.admit(k, accountID)
	if ok {
		return nil
	}
	refused := failure(http.StatusTooManyRequests, "Rate limit exceeded: no more than 60 requests in 60 seconds")
	if s.options.RetryAfter {
		seconds := int(wait.Seconds()) + 1
		refused.header.Set("Retry-After", strconv.Itoa(seconds))
	}
	return refused
}

// pathID reads the id of the path. The second result is the answer to one that
// is no number.
func pathID(r *http.Request) (int64, *answer) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, failure(http.StatusBadRequest, "id is invalid")
	}
	return id, nil
}

func notFound() *answer { return failure(http.StatusNotFound, "Resource not found") }
