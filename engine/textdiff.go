package engine

import (
	"slices"
	"strings"
)

// textChange is one place where a text was edited: the sentences that were there,
// and those that are there now. Either may be empty.
type textChange struct{ before, after []string }

// diffCells bounds the table that a difference is found with.
const diffCells = 250_000

// diffText finds what was edited, sentence by sentence, and how many sentences
// stayed. Spaces and line breaks are no edits.
func diffText(before, after string) (changes []textChange, kept int) {
	return diffSequences(sentences(before), sentences(after))
}

// sentences splits a text at its line breaks and at the ends of its sentences, the
// spaces in each made one.
func sentences(text string) []string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		words := strings.Fields(line)
		from := 0
		for i, w := range words {
			if i == len(words)-1 || strings.ContainsAny(w[len(w)-1:], ".!?") {
				all = append(all, strings.Join(words[from:i+1], " "))
				from = i + 1
			}
		}
	}
	return all
}

// diffSequences keeps the longest common subsequence, where the two are short
// enough to look for it; else everything between what both begin and end with
// counts as edited.
func diffSequences(a, b []string) (changes []textChange, kept int) {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	kept = head + tail
	a, b = a[head:len(a)-tail], b[head:len(b)-tail]
	var open textChange
	end := func() {
		if len(open.before)+len(open.after) > 0 {
			changes = append(changes, open)
			open = textChange{}
		}
	}
	if len(a)*len(b) <= diffCells {
		common := commonTable(a, b)
		for len(a) > 0 && len(b) > 0 {
			rows, columns := len(common)-len(a)-1, len(common[0])-len(b)-1
			switch {
			case a[0] == b[0]:
				end()
				kept++
				a, b = a[1:], b[1:]
			case common[rows+1][columns] >= common[rows][columns+1]:
				open.before, a = append(open.before, a[0]), a[1:]
			default:
				open.after, b = append(open.after, b[0]), b[1:]
			}
		}
	}
	open.before, open.after = append(open.before, a...), append(open.after, b...)
	end()
	return changes, kept
}

// commonTable holds, at row i and column j, how long the longest common
// subsequence of a from i on and b from j on is.
func commonTable(a, b []string) [][]int32 {
	table := make([][]int32, len(a)+1)
	for i := range table {
		table[i] = make([]int32, len(b)+1)
	}
	for i, x := range slices.Backward(a) {
		for j, y := range slices.Backward(b) {
			if x == y {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}

// wordsAround is how many words are shown on either side of what changed in a
// sentence.
const wordsAround = 4

// shortenPair leaves of two versions of a sentence what differs, with some words
// around it.
func shortenPair(before, after string) (string, string) {
	a, b := strings.Fields(before), strings.Fields(after)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	from, to := max(head-wordsAround, 0), max(tail-wordsAround, 0)
	show := func(words []string) string {
		text := strings.Join(words[from:len(words)-to], " ")
		if from > 0 {
			text = "… " + text
		}
		if to > 0 {
			text += " …"
		}
		return text
	}
	return show(a), show(b)
}
