package sim

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// base is where the API lives.
const base = "/api/v1"

// call is one request on its way through the simulator.
type call struct {
	method, path string
	query        map[string]string // The last value of each parameter wins, as it does in the real server.
	header       http.Header
	body         []byte
	now          time.Time
	fault        *Fault

	params map[string]string
	key    *Key
	user   *User
}

// route is one method of one path, with what stands before its handler.
type route struct {
	method, pattern string
	permissions     []string // "resource:action", checked in order.
	limited         bool     // Counts against the rate limit.
	headers         bool     // Shows the rate limit in its answer.
	handle          func(*Sim, *call) answer
}

// dispatch is the order of a real request: edge check of the header, route, key, limit, permission, handler.
func (s *Sim) dispatch(c *call) answer {
	if c.header.Get("x-api-key") == "" && strings.HasPrefix(c.path, base+"/") {
		return answer{status: http.StatusUnauthorized, body: map[string]any{"error": "Unauthorized: API key missing"}}
	}
	r, found := s.match(c)
	switch {
	case r == nil && found:
		return answer{status: http.StatusMethodNotAllowed}
	case r == nil:
		return htmlPage(http.StatusNotFound, "404: This page could not be found.")
	}
	if !s.authenticate(c) {
		return fail(http.StatusUnauthorized, "UNAUTHORIZED", "Invalid API key", nil)
	}
	var headers map[string]string
	if r.limited {
		verdict := s.limit.take(c.key.Key, c.now)
		if verdict.refused {
			return verdict.answer(c.now)
		}
		if r.headers {
			headers = verdict.headers()
		}
	}
	for _, p := range r.permissions {
		if !slices.Contains(c.key.Permissions, p) {
			return forbidden(p)
		}
	}
	a := r.handle(s, c)
	if a.status < http.StatusBadRequest {
		a.header = headers
	}
	return a
}

// match finds the route; found is true when the path exists with another method.
func (s *Sim) match(c *call) (r *route, found bool) {
	path, ok := strings.CutPrefix(c.path, base)
	if !ok {
		return nil, false
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	literal := "" // A literal path hides the pattern with a parameter in its place, whatever the method.
	for i := range s.routes {
		candidate := &s.routes[i]
		params, ok := matchPattern(candidate.pattern, parts)
		if !ok || (literal != "" && literal != candidate.pattern) {
			continue
		}
		found, literal = true, candidate.pattern
		if candidate.method == c.method {
			c.params = params
			return candidate, true
		}
	}
	return nil, found
}

func matchPattern(pattern string, parts []string) (map[string]string, bool) {
	wants := strings.Split(strings.Trim(pattern, "/"), "/")
	if len(wants) != len(parts) {
		return nil, false
	}
	params := map[string]string{}
	for i, want := range wants {
		if strings.HasPrefix(want, "{") {
			params[strings.Trim(want, "{}")] = parts[i]
			continue
		}
		if want != parts[i] {
			return nil, false
		}
	}
	return params, true
}

// authenticate sets the key and its user; the tenant header, where sent, must name this tenant.
func (s *Sim) authenticate(c *call) bool {
	key, ok := s.world.keys[c.header.Get("x-api-key")]
	if !ok || key.Inactive {
		return false
	}
	if tenant := c.header.Get("x-tenant-id"); tenant != "" && !strings.EqualFold(tenant, s.world.tenant) {
		return false
	}
	user, ok := s.world.users[key.UserID]
	if !ok {
		return false
	}
	c.key, c.user = key, user
	return true
}

// forbidden is the 403 of a missing permission.
func forbidden(permission string) answer {
	resource, action, _ := strings.Cut(permission, ":")
	return fail(http.StatusForbidden, "FORBIDDEN", "Permission denied: Cannot "+action+" "+resource, nil)
}

func lastValues(values url.Values) map[string]string {
	last := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) > 0 {
			last[name] = all[len(all)-1]
		}
	}
	return last
}
