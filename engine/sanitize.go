package engine

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes text from an incident safe to show in any view: it is valid UTF-8,
// control characters are gone and characters that reorder or hide text are shown
// as U+XXXX. Line breaks and tabs stay.
func Clean(s string) string {
	if !needsCleaning(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune(utf8.RuneError)
		case r == '\r':
			if i+1 >= len(s) || s[i+1] != '\n' {
				b.WriteByte('\n')
			}
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case hidden(r):
			fmt.Fprintf(&b, "U+%04X", r)
		case unicode.IsControl(r):
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// CleanLine is Clean for text that has to stay on one line.
func CleanLine(s string) string {
	return strings.Join(strings.Fields(Clean(s)), " ")
}

func needsCleaning(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || c == 0x7f || c < 0x20 && c != '\n' && c != '\t' {
			return true
		}
	}
	return false
}

// hidden reports whether r reorders text, joins or hides it, shows nothing, or is
// no character at all: what an attacker would use to make a title read as something
// else, or to put into it what nobody sees. The selectors of emoji stay.
func hidden(r rune) bool {
	if r < 0xAD {
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Other_Default_Ignorable_Code_Point) ||
		r > 0xFFFF && unicode.Is(unicode.Variation_Selector, r)
}

// cut shortens s to at most limit characters, at the end of a sentence, a line or
// a word where there is one near, and says so with an ellipsis.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	if limit < 1 {
		return ""
	}
	end := 0
	for range limit - 1 {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	head := s[:end]
	for _, sep := range []string{"\n", ". ", " "} {
		if i := strings.LastIndex(head, sep); i > len(head)*3/4 {
			return strings.TrimRight(head[:i+len(sep)], " \n") + "…"
		}
	}
	return head + "…"
}
