package engine

import (
	"context"
	"errors"
	"time"
)

// enrichTime is how long a ticket waits at most for details that it can do without.
const enrichTime = 2 * time.Second

// enrich adds the host and all remediations, where they are quickly to be had. It
// never delays a create for long: once a look-up found no room in Huntress's
// budget, the rest of the pass does without.
func (a *applier) enrich(ctx context.Context, s *subject) {
	s.remediations = s.incident.Remediations
	wantAll := s.incident.RemediationTotal > len(s.incident.Remediations)
	if s.incident.AgentID == 0 && !wantAll {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, enrichTime)
	defer cancel()
	if s.incident.AgentID != 0 {
		found, err := a.readHost(ctx, s.incident.AgentID)
		if err != nil {
			found.missing = hostLater
		}
		s.host, s.hostOwed = found, err != nil
	}
	if wantAll {
		all, err := lookUp(a, func() ([]Remediation, error) { return a.source.Remediations(ctx, s.incident.ID) })
		if err == nil && len(all) > len(s.remediations) {
			s.remediations = all
		}
	}
}

var errEnrichOff = errors.New("there is no room for details in this pass")

func lookUp[T any](a *applier, read func() (T, error)) (T, error) {
	if a.enrichOff.Load() {
		var none T
		return none, errEnrichOff
	}
	v, err := read()
	if err != nil && !errors.Is(err, ErrNotFound) {
		a.enrichOff.Store(true)
	}
	return v, err
}
