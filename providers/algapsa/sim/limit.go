package sim

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// RateMode says what the rate limit does.
type RateMode string

// The modes of the rate limit.
const (
	RateObserve   RateMode = ""           // Counts and lets everything through: the default of a new installation.
	RateEnforce   RateMode = "enforce"    // Refuses with 429.
	RateRedisDown RateMode = "redis-down" // Cannot count: lets everything through and shows -1 left.
)

// RateLimit is the token bucket of each key.
type RateLimit struct {
	Mode   RateMode
	Burst  int // 0 means 120.
	Refill int // A minute; 0 means 60.
}

// limiter holds the buckets.
type limiter struct {
	RateLimit
	buckets map[string]*bucket
}

type bucket struct {
	tokens float64
	at     time.Time
}

// verdict is what the limiter said of one request.
type verdict struct {
	refused   bool
	limit     int
	remaining int
	wait      time.Duration
}

func newLimiter(l RateLimit) limiter {
	if l.Burst == 0 {
		l.Burst = 120
	}
	if l.Refill == 0 {
		l.Refill = 60
	}
	return limiter{RateLimit: l, buckets: map[string]*bucket{}}
}

// SetRateLimit changes the limit and fills every bucket, as an administrator's change does.
func (s *Sim) SetRateLimit(l RateLimit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = newLimiter(l)
}

// take asks for one token.
func (l *limiter) take(key string, now time.Time) verdict {
	if l.Mode == RateRedisDown {
		return verdict{limit: l.Burst, remaining: -1}
	}
	b := l.buckets[key]
	if b == nil {
		b = &bucket{tokens: float64(l.Burst), at: now}
		l.buckets[key] = b
	}
	perSecond := float64(l.Refill) / 60
	b.tokens = min(float64(l.Burst), b.tokens+max(0, now.Sub(b.at).Seconds())*perSecond)
	b.at = now
	if b.tokens < 1 {
		wait := time.Duration(math.Ceil((1 - b.tokens) / perSecond * float64(time.Second)))
		return verdict{refused: l.Mode == RateEnforce, limit: l.Burst, wait: wait}
	}
	b.tokens--
	return verdict{limit: l.Burst, remaining: int(b.tokens)}
}

func (v verdict) headers() map[string]string {
	return map[string]string{"X-RateLimit-Limit": strconv.Itoa(v.limit), "X-RateLimit-Remaining": strconv.Itoa(v.remaining)}
}

// answer is the 429.
func (v verdict) answer(now time.Time) answer {
	a := fail(http.StatusTooManyRequests, "RATE_LIMITED", "Too many requests", map[string]any{
		"retry_after_ms": v.wait.Milliseconds(), "remaining": 0,
	})
	a.header = v.headers()
	a.header["Retry-After"] = fmt.Sprint(max(1, int(math.Ceil(v.wait.Seconds()))))
	a.header["X-RateLimit-Reset"] = now.Add(v.wait).UTC().Format(stamp)
	return a
}
