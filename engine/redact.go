package engine

import "strings"

// redactedPiece is how many characters of a credential are too many to show: what
// repeats one may cut it off, or escape it in places.
const redactedPiece = 8

// Redact blots out of what somebody else says our credentials and pieces of them.
func Redact(text string, secrets ...string) string {
	secret := make([]bool, len(text))
	found := false
	for _, s := range secrets {
		n := min(len(s), redactedPiece)
		if n == 0 {
			continue
		}
		pieces := make(map[string]bool, len(s))
		for i := range len(s) - n + 1 {
			pieces[s[i:i+n]] = true
		}
		for i := range len(text) - n + 1 {
			if pieces[text[i:i+n]] {
				found = true
				for j := range n {
					secret[i+j] = true
				}
			}
		}
	}
	if !found {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		switch {
		case !secret[i]:
			b.WriteByte(text[i])
		case i == 0 || !secret[i-1]:
			b.WriteString("(sensitive)")
		}
	}
	return b.String()
}
