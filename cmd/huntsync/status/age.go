package status

import (
	"fmt"
	"time"
)

// Ago is how long before now something was, in the largest unit that says
// enough: "40 s ago", "3 min ago", "2 h ago", "5 days ago"; "in 3 min" for what
// is still to come, and "never" for the zero time.
func Ago(at, now time.Time) string {
	if at.IsZero() {
		return "never"
	}
	d := now.Sub(at)
	switch {
	case d < -time.Second:
		return "in " + Span(-d)
	case d < time.Second:
		return "just now"
	}
	return Span(d) + " ago"
}

// Span is a length of time in its largest unit.
func Span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	}
	return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
}

// Counted is "1 incident" or "2 incidents".
func Counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
