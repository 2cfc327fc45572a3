package engine

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// checkClean holds cleaned text against what it promises.
func checkClean(fail func(string, ...any), in string) {
	out := Clean(in)
	if !utf8.ValidString(out) {
		fail("%q: not valid UTF-8: %q", in, out)
	}
	for _, r := range out {
		if hidden(r) || unicode.IsControl(r) && r != '\n' && r != '\t' {
			fail("%q: %U is left in %q", in, r, out)
		}
	}
	if again := Clean(out); again != out {
		fail("%q: cleaned twice it is %q, once %q", in, again, out)
	}
	line := CleanLine(in)
	if strings.ContainsAny(line, "\r\n\t") || strings.TrimSpace(line) != line || CleanLine(line) != line {
		fail("%q: not one clean line: %q", in, line)
	}
	// Nothing that can be read is lost.
	for _, r := range in {
		if r != utf8.RuneError && unicode.IsPrint(r) && !hidden(r) && !strings.ContainsRune(out, r) {
			fail("%q: %q is gone from %q", in, r, out)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                         "plain",
		"two\r\nlines\rthree":           "two\nlines\nthree",
		"tab\tstays":                    "tab\tstays",
		"bell\a and \x1b[31mred":        "bell and [31mred",
		"C1 \u0085 next line":           "C1  next line",
		"\u202Eexe.fdp":                 "U+202Eexe.fdp",
		"zero\u200Bwidth\uFEFF":         "zeroU+200BwidthU+FEFF",
		"isolate\u2066x\u2069":          "isolateU+2066xU+2069",
		"tag\U000E0041":                 "tagU+E0041",
		"line\u2028separator":           "lineU+2028separator",
		"Größe 大小 🙂":                    "Größe 大小 🙂",
		"broken \xff\xfe bytes":         "broken �� bytes",
		"soft\u00ADhyphen":              "softU+00ADhyphen",
		"swap\u206A shape\u206F":        "swapU+206A shapeU+206F",
		"vowel\u180Eseparator":          "vowelU+180Eseparator",
		"filler\u3164\u115F\uFFA0":      "fillerU+3164U+115FU+FFA0",
		"joiner\u034F":                  "joinerU+034F",
		"smuggled\U000E0101\U000E01EF":  "smuggledU+E0101U+E01EF",
		"private\uE000 \U0010FFFD":      "privateU+E000 U+10FFFD",
		"warning ⚠️":                    "warning ⚠️",
		"<script>alert(1)</script> **b": "<script>alert(1)</script> **b",
	} {
		if got := Clean(in); got != want {
			t.Errorf("Clean(%q) is %q, want %q", in, got, want)
		}
	}
	if got := CleanLine("  a \n\t b\u00A0c \r\n"); got != "a b c" {
		t.Errorf("CleanLine gives %q", got)
	}
}

func TestCleanAnything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := rapid.OneOf(
			rapid.String(),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
			rapid.Map(rapid.SliceOf(rapid.Rune()), func(r []rune) string { return string(r) }),
		).Draw(rt, "text")
		checkClean(rt.Fatalf, in)
	})
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "a\r\nb", "\u202Eabc", "\xff", "\U000E0041", "x\x00y", "\u2028"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) { checkClean(t.Fatalf, in) })
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		in    string
		limit int
		want  string
	}{
		{"short", 5, "short"},
		{"one sentence here. And another one", 25, "one sentence here. And…"},
		{"one sentence here. And another one", 22, "one sentence here.…"},
		{"first line is long\nsecond", 22, "first line is long…"},
		{"unbroken", 4, "unb…"},
		{"größer", 4, "grö…"},
		{"x", 0, ""},
		{"", 0, ""},
	} {
		if got := cut(test.in, test.limit); got != test.want {
			t.Errorf("cut(%q, %d) is %q, want %q", test.in, test.limit, got, test.want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		in, limit := rapid.String().Draw(rt, "text"), rapid.IntRange(0, 60).Draw(rt, "limit")
		out := cut(in, limit)
		if n := utf8.RuneCountInString(out); n > limit {
			rt.Fatalf("%d characters, want at most %d", n, limit)
		}
		if !strings.HasPrefix(in, strings.TrimSuffix(out, "…")) {
			rt.Fatalf("%q does not begin %q", out, in)
		}
	})
}

func TestCutUTF16(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		in := rapid.StringOf(rapid.SampledFrom([]rune("ab 大ß🙂𐍈"))).Draw(rt, "text")
		limit := rapid.IntRange(1, 40).Draw(rt, "limit")
		out := cutUTF16(in, limit)
		if n := utf16Len(out); n > limit {
			rt.Fatalf("%q has %d units, want at most %d", out, n, limit)
		}
		if utf16Len(in) <= limit && out != in {
			rt.Fatalf("%q was cut though it fits", in)
		}
		if !utf8.ValidString(out) || !strings.HasPrefix(in, strings.TrimSuffix(out, "…")) {
			rt.Fatalf("%q does not begin %q", out, in)
		}
	})
}
