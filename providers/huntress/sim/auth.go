package sim

import (
	"crypto/subtle"
	"net/http"
	"slices"
)

// Key is a pair of API credentials and what it opens.
type Key struct {
	// Key and Secret are the two halves of the Basic credentials.
	Key, Secret string
	// Account is the account of an account key, 0 for a reseller key.
	Account int64
	// Reseller is the reseller's number for a reseller key, 0 for an account key.
	Reseller int64
	// Accounts are what a reseller key may address below /v1/accounts.
	Accounts []int64
}

// AddKey makes credentials valid. A key of the same name is replaced.
func (s *Server) AddKey(k Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k.Accounts = slices.Clone(k.Accounts)
	s.keys[k.Key] = k
}

// RevokeKey makes credentials invalid: requests with them are answered 401.
func (s *Server) RevokeKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, key)
}

// authenticate checks the Authorization header. The second result is the answer
// to a request that is refused.
func (s *Server) authenticate(r *http.Request) (Key, *answer) {
	name, secret, ok := r.BasicAuth()
	if !ok {
		return Key{}, failure(http.StatusUnauthorized, "Missing or incorrect authorization scheme")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key, known := s.keys[name]
	if !known || subtle.ConstantTimeCompare([]byte(key.Secret), []byte(secret)) != 1 {
		return Key{}, failure(http.StatusUnauthorized, "Invalid API credentials")
	}
	return key, nil
}
