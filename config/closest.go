package config

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Match is a name with how close it is: 1 for equal but for case, punctuation
// and white space, less for less.
type Match struct {
	Name  string  `json:"name"`
	Score float64 `json:"score"`
}

// minScore is below which two names have nothing to do with each other.
const minScore = 0.6

// Names finds the closest of many names quickly.
type Names struct {
	all []string
	// normalized are the same names, folded; grams lists, for each pair of
	// neighboring characters, the names that have it.
	normalized [][]rune
	grams      map[[2]rune][]int
}

// NewNames indexes names.
func NewNames(names []string) *Names {
	n := &Names{all: names, normalized: make([][]rune, len(names)), grams: map[[2]rune][]int{}}
	for i, name := range names {
		n.normalized[i] = []rune(Normalize(name))
		for _, g := range gramsOf(n.normalized[i]) {
			n.grams[g] = append(n.grams[g], i)
		}
	}
	return n
}

// gramsOf lists the pairs of neighboring characters, with the borders.
func gramsOf(text []rune) [][2]rune {
	if len(text) == 0 {
		return nil
	}
	grams := make([][2]rune, 0, len(text)+1)
	last := ' '
	for _, r := range text {
		grams = append(grams, [2]rune{last, r})
		last = r
	}
	return append(grams, [2]rune{last, ' '})
}

// Closest lists the names that a name could have been meant for, at most n, the
// closest first; names that have little in common are left out.
func (n *Names) Closest(name string, limit int) []Match {
	wanted := []rune(Normalize(name))
	likely := n.likely(wanted)
	var found []Match
	for _, i := range likely {
		if score := similarity(string(wanted), string(n.normalized[i])); score >= minScore {
			found = append(found, Match{Name: n.all[i], Score: score})
		}
	}
	slices.SortStableFunc(found, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Name, b.Name))
	})
	found = slices.CompactFunc(found, func(a, b Match) bool { return a.Name == b.Name })
	return found[:min(limit, len(found))]
}

// likely lists the names that share most pairs of characters with a normalized
// one, the most alike first.
func (n *Names) likely(wanted []rune) []int {
	const most = 32
	shared := make([]int, len(n.all))
	var touched []int
	for _, g := range gramsOf(wanted) {
		for _, i := range n.grams[g] {
			if shared[i] == 0 {
				touched = append(touched, i)
			}
			shared[i]++
		}
	}
	better := func(i, j int) int {
		return cmp.Or(
			cmp.Compare(dice(shared[j], wanted, n.normalized[j]), dice(shared[i], wanted, n.normalized[i])),
			cmp.Compare(n.all[i], n.all[j]),
		)
	}
	best := make([]int, 0, most+1)
	for _, i := range touched {
		if len(best) == most && better(best[most-1], i) <= 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, i, better)
		best = slices.Insert(best, at, i)
		best = best[:min(len(best), most)]
	}
	return best
}

// dice tells how many of their pairs two names share.
func dice(shared int, a, b []rune) float64 { return 2 * float64(shared) / float64(len(a)+len(b)+2) }

// Closest is [Names.Closest] for names that are asked for once.
func Closest(name string, candidates []string, n int) []Match {
	return NewNames(candidates).Closest(name, n)
}

// closestNames is Closest without the scores.
func (n *Names) closestNames(name string, limit int) []string {
	var names []string
	for _, m := range n.Closest(name, limit) {
		names = append(names, m.Name)
	}
	return names
}

// Normalize folds what people write differently in one name: case, punctuation
// and white space, and the many forms that Unicode has for one character.
func Normalize(name string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.ToLower(norm.NFKC.String(name)) {
		switch {
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(r)
		case unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r):
			space = true
		}
	}
	return b.String()
}

// similarity is 1 for equal names, and nearly that for names that differ in their
// legal form only: "Acme Inc." and "Acme Corporation".
func similarity(a, b string) float64 {
	if a == b && a != "" {
		return 1
	}
	whole := likeness(a, b)
	return max(whole, 0.9*likeness(essence(a), essence(b))+0.1*whole)
}

// essence is a normalized name without its legal form; the whole name where it
// has nothing else.
func essence(name string) string {
	var words []string
	for w := range strings.FieldsSeq(name) {
		switch w {
		case "inc", "incorporated", "llc", "llp", "ltd", "limited", "plc", "corp", "corporation", "co", "company",
			"gmbh", "mbh", "ag", "kg", "ohg", "se", "sa", "sarl", "srl", "spa", "bv", "nv", "ab", "as", "oy", "pty", "the", "and":
		default:
			words = append(words, w)
		}
	}
	if len(words) == 0 {
		return name
	}
	return strings.Join(words, " ")
}

// likeness compares letters. A name that has every word of the other, or its
// beginning, is closer than letters alone would tell: "Acme" and "Acme Holding".
func likeness(a, b string) float64 {
	if a == "" || b == "" {
		return 0
	}
	if a == b {
		return 1
	}
	ra, rb := []rune(a), []rune(b)
	longest := max(len(ra), len(rb))
	score := 1 - float64(distance(ra, rb))/float64(longest)
	if holdsWords(a, b) || holdsWords(b, a) {
		shortest := min(len(ra), len(rb))
		score = max(score, 0.7+0.29*float64(shortest)/float64(longest))
	}
	return min(score, 0.99)
}

func holdsWords(all, some string) bool {
	words := strings.Fields(all)
	for w := range strings.FieldsSeq(some) {
		if !slices.ContainsFunc(words, func(x string) bool { return x == w || len(w) > 2 && strings.HasPrefix(x, w) }) {
			return false
		}
	}
	return true
}

// distance is how many characters have to be inserted, deleted, replaced or
// swapped with their neighbor to get from one text to the other.
func distance(a, b []rune) int {
	older, old := make([]int, len(b)+1), make([]int, len(b)+1)
	now := make([]int, len(b)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(old[j]+1, now[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], older[j-2]+1)
			}
		}
		older, old, now = old, now, older
	}
	return old[len(b)]
}

// didYouMean is the one candidate that a misspelled name of the language was
// meant for; empty where none is near.
func didYouMean(name string, candidates []string) string {
	best, least := "", 1+len(name)/3
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		if d := distance([]rune(strings.ToLower(name)), []rune(strings.ToLower(c))); d <= least && c != name && (best == "" || d < least) {
			best, least = c, d
		}
	}
	return best
}
