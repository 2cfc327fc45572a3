package views

import (
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// FileName lists a file.
func FileName(t Terminal, name string) { t.line("%s", safe(name)) }

// FileDiff shows the difference between two versions of a file.
func FileDiff(t Terminal, diff string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(diff, "\n"), "\n") {
		text := engine.Clean(line)
		switch {
		case strings.HasPrefix(line, "+++") || strings.HasPrefix(line, "---"):
			text = t.paint(bold, text)
		case strings.HasPrefix(line, "+"):
			text = t.paint(green, text)
		case strings.HasPrefix(line, "-"):
			text = t.paint(red, text)
		case strings.HasPrefix(line, "@@"):
			text = t.paint(cyan, text)
		}
		t.line("%s", text)
	}
}
