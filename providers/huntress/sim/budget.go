package sim

import (
	"fmt"
	"time"
)

// window is the exact sliding window of one account: the times of the requests
// that were let through, oldest first.
type window struct {
	passed []time.Time
}

// prune forgets what is more than Window old. A request exactly Window ago still
// counts: no 61 requests may lie in 60 seconds, both ends included.
func (w *window) prune(now time.Time) {
	i := 0
	for i < len(w.passed) && now.Sub(w.passed[i]) > Window {
		i++
	}
	w.passed = w.passed[i:]
}

// take lets a request through or says how long there is no room for it.
func (w *window) take(now time.Time) (time.Duration, bool) {
	w.prune(now)
	if len(w.passed) >= Budget {
		return Window - now.Sub(w.passed[len(w.passed)-Budget]), false
	}
	w.passed = append(w.passed, now)
	return 0, true
}

// SpendBudget makes n requests of another tool of the same account happen now, as
// when an MSP has more than one integration.
func (s *Server) SpendBudget(accountID int64, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.window(accountBudget(accountID))
	now := s.Now()
	w.prune(now)
	for range n {
		w.passed = append(w.passed, now)
	}
}

// admit counts a request against the budget that it belongs to.
func (s *Server) admit(k Key, accountID int64) (retryAfter time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := accountBudget(accountID)
	if k.Reseller != 0 && (s.options.OneBudgetPerKey || accountID == 0) {
		name = fmt.Sprintf("reseller %d", k.Reseller)
	}
	return s.window(name).take(s.Now())
}

// window returns the window of that name. The caller holds the lock.
func (s *Server) window(name string) *window {
	w := s.windows[name]
	if w == nil {
		w = &window{}
		s.windows[name] = w
	}
	return w
}

func accountBudget(id int64) string { return fmt.Sprintf("account %d", id) }
