package config

import (
	"bytes"
	"cmp"
	"regexp"
	"slices"
)

// Snippets show lines of the source, and people do write credentials into the
// source. These find what looks like one, whatever is wrong with the line.
var (
	// An argument whose name speaks of a credential, and everything after it.
	secretArgument = regexp.MustCompile(`(?i)["']?\b(?:api_?\w*|\w*secret\w*|\w*token\w*|\w*pass\w*|\w*pwd\w*|\w*credential\w*)["']?\s*[=:]\s*`)
	// The same at the end of a line, where only the next one holds the credential.
	secretAhead = regexp.MustCompile(secretArgument.String() + `(?:[(\[{]|<<-?\w+)?\s*$`)
	// What may follow such an argument and is no credential itself.
	reference = regexp.MustCompile(`^(?:"\$\{)?\s*(?:(?:var|local)\.\w+|(?:file\(\s*\\?"[^"\\]*\\?"|\w+\(\s*\\?"[A-Za-z_]\w*\\?")\s*\))\s*(?:\}")?\s*(?:[,}]|#|//|$)`)
	// The password in a URL, which may hold anything, and the query, which may
	// hold the password.
	urlPassword = regexp.MustCompile(`://[^/\s:"]*:((?:[^"\\]|\\.)+)@`)
	urlQuery    = regexp.MustCompile(`://[^\s"?]*\?([^"]+)`)
	// What Huntress's keys and secrets look like.
	huntressKey = regexp.MustCompile(`\bh[ks]_[A-Za-z0-9]{6,}`)
)

// span is a piece of a line, in bytes.
type span struct{ start, end int }

// secretsIn finds what must not be shown of a line of source. Open is true where
// the value of an argument may go on in the next line.
func secretsIn(line string) (found []span, open bool) {
	for _, m := range secretArgument.FindAllStringIndex(line, -1) {
		rest := line[m[1]:]
		if reference.MatchString(rest) {
			continue
		}
		open = true
		if rest != "" {
			found = append(found, span{m[1], len(line)})
		}
	}
	for _, pattern := range []*regexp.Regexp{urlPassword, urlQuery} {
		for _, m := range pattern.FindAllStringSubmatchIndex(line, -1) {
			found = append(found, span{m[2], m[3]})
		}
	}
	for _, m := range huntressKey.FindAllStringIndex(line, -1) {
		found = append(found, span{m[0], m[1]})
	}
	return found, open
}

// secretAheadOf reports whether a credential begins on the line that starts there:
// the last one before that is not empty ends with the name of an argument.
func secretAheadOf(content []byte, lineStart int) bool {
	before := bytes.TrimRight(content[:lineStart], " \t\r\n")
	last := before[bytes.LastIndexByte(before, '\n')+1:]
	return secretAhead.Match(last[max(0, len(last)-lineBytes):])
}

// merged sorts spans, and makes one of those that overlap.
func merged(all []span) []span {
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var apart []span
	for _, s := range all {
		if last := len(apart) - 1; last >= 0 && s.start < apart[last].end {
			apart[last].end = max(apart[last].end, s.end)
		} else {
			apart = append(apart, s)
		}
	}
	return apart
}

// maskLine hides parts of a line, and says where the offsets of the original are
// in what it returns.
//
// An offset within what is hidden has two places there: before and after it.
func maskLine(line string, hidden []span) (masked string, move func(int) (before, after int)) {
	type piece struct {
		span
		at int
	}
	var pieces []piece
	last := 0
	for _, h := range merged(hidden) {
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
