package config

import (
	"cmp"
	"regexp"
	"slices"
)

// Snippets show lines of the source, and people do write credentials into the
// source. These find what looks like one, whatever is wrong with the line.
var (
	// An argument whose name speaks of a credential, and everything after it.
	secretArgument = regexp.MustCompile(`(?i)["']?\b(?:api_?\w*|\w*secret\w*|\w*token\w*|\w*passw\w*|\w*credential\w*)["']?\s*[=:]\s*`)
	// What may follow such an argument and is no credential itself.
	reference = regexp.MustCompile(`^(?:"\$\{)?\s*(?:(?:var|local)\.\w+|(?:file\(\s*\\?"[^"\\]*\\?"|\w+\(\s*\\?"[A-Za-z_]\w*\\?")\s*\))\s*(?:\}")?\s*(?:[,}]|#|//|$)`)
	// The password in a URL.
	urlPassword = regexp.MustCompile(`://[^/\s:@"]*:([^@\s"]+)@`)
	// What Huntress's keys and secrets look like.
	huntressKey = regexp.MustCompile(`\bh[ks]_[A-Za-z0-9]{6,}`)
)

// span is a piece of a line, in bytes.
type span struct{ start, end int }

// secretsIn finds what must not be shown of a line of source.
func secretsIn(line string) []span {
	var found []span
	for _, m := range secretArgument.FindAllStringIndex(line, -1) {
		if rest := line[m[1]:]; rest != "" && !reference.MatchString(rest) {
			found = append(found, span{m[1], len(line)})
		}
	}
	for _, m := range urlPassword.FindAllStringSubmatchIndex(line, -1) {
		found = append(found, span{m[2], m[3]})
	}
	for _, m := range huntressKey.FindAllStringIndex(line, -1) {
		found = append(found, span{m[0], m[1]})
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	return found
}

// maskLine hides what must not be shown of a line, and says where the offsets
// of the original are in what it returns.
//
// An offset within what is hidden has two places there: before and after it.
func maskLine(line string) (masked string, move func(int) (before, after int)) {
	hidden := secretsIn(line)
	if len(hidden) == 0 {
		return line, func(at int) (int, int) { return at, at }
	}
	type piece struct {
		span
		at int
	}
	var pieces []piece
	last := 0
	for _, h := range hidden {
		if h.start < last {
			continue
		}
		masked += line[last:h.start]
		pieces = append(pieces, piece{h, len(masked)})
		masked += redacted
		last = h.end
	}
	masked += line[last:]
	return masked, func(at int) (int, int) {
		shift := 0
		for _, p := range pieces {
			switch {
			case at <= p.start:
				return at + shift, at + shift
			case at < p.end:
				return p.at, p.at + len(redacted)
			}
			shift += len(redacted) - (p.end - p.start)
		}
		return at + shift, at + shift
	}
}
