package engine

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"maps"
	"slices"
	"unicode/utf8"
)

// What is worked with of an incident, in bytes and in number: several times what a
// ticket shows. Its raw text is kept whole.
const (
	longKept         = 256 << 10 // a text of many lines
	shortKept        = 4 << 10   // a text of one line
	indicatorsKept   = 1000
	remediationsKept = 100
	listKept         = 64 << 10 // all texts of a list of short ones
	// listSpare is left free in a list that was cut, for what is put in afterwards.
	listSpare = 16 << 10
)

// bounded is the incident without what is too much of it, for whoever sends that may
// want the memory of this process. What was left out is said, and where a ticket is
// told of changes, another rest is another text. An ordinary incident stays as it is,
// and so does one that is bounded.
func (inc Incident) bounded() Incident {
	inc.Subject = bound(inc.Subject, shortKept)
	inc.Summary, inc.Body = bound(inc.Summary, longKept), bound(inc.Body, longKept)
	inc.Severity, inc.Status = bound(inc.Severity, shortKept), bound(inc.Status, shortKept)
	inc.Platform = bound(inc.Platform, shortKept)
	if !fewTexts(slices.Values(inc.Indicators)) || !fewTexts(maps.Keys(inc.IndicatorCounts)) {
		inc.IndicatorTotal = max(inc.IndicatorTotal, len(inc.Indicators))
		inc.Indicators, inc.IndicatorCounts = boundIndicators(inc.Indicators, inc.IndicatorCounts)
	}
	inc.RemediationTotal = max(inc.RemediationTotal, len(inc.Remediations))
	inc.Remediations = boundRemediations(inc.Remediations)
	return inc
}

// bound cuts a text that is longer than limit, and says of what length it was. The
// digest tells it from others that begin alike.
func bound[T ~string](text T, limit int) T {
	if len(text) <= limit {
		return text
	}
	sum, rest := sha256.New(), text
	var piece [shortKept]byte
	for len(rest) > 0 {
		n := copy(piece[:], rest)
		_, _ = sum.Write(piece[:n])
		rest = rest[n:]
	}
	end := limit - 128
	for !utf8.RuneStart(text[end]) && end > limit-256 {
		end--
	}
	return text[:end] + T(fmt.Sprintf("… (cut here: %d bytes in all, SHA-256 %x)", len(text), sum.Sum(nil)[:8]))
}

// fewTexts reports whether a list of short texts can be kept as it is.
func fewTexts(list iter.Seq[string]) bool {
	number, size := 0, 0
	for text := range list {
		number, size = number+1, size+len(text)
		if number > indicatorsKept || size > listKept || len(text) > shortKept {
			return false
		}
	}
	return true
}

// boundIndicators keeps the first of the indicators and, for routes ask for them, all
// that Huntress documents.
func boundIndicators(all []string, counts map[string]int64) (some []string, ofSome map[string]int64) {
	ofSome = map[string]int64{}
	wanted := map[string]bool{}
	for _, name := range Indicators() {
		wanted[name] = true
	}
	size := 0
	for _, name := range all {
		short := bound(name, shortKept)
		full := len(some) >= indicatorsKept-len(wanted) || size+len(short) > listKept-listSpare
		if full && !wanted[name] {
			continue
		}
		some, size = append(some, short), size+len(short)
		if n, ok := counts[name]; ok {
			ofSome[short] = n
		}
		delete(wanted, name)
	}
	return some, ofSome
}

// boundRemediations keeps the first of them, each bounded. [Incident.RemediationTotal]
// tells how many there are.
func boundRemediations(all []Remediation) []Remediation {
	n := min(len(all), remediationsKept)
	all = all[:n:n]
	if !slices.ContainsFunc(all, Remediation.isLong) {
		return all
	}
	some := make([]Remediation, 0, len(all))
	for _, r := range all {
		some = append(some, r.bounded())
	}
	return some
}

// isLong reports whether there is too much of it.
func (r Remediation) isLong() bool {
	size, longest := 0, max(len(r.Type), len(r.Action), len(r.Status), len(r.ApprovedBy))
	for _, p := range r.Parameters {
		size += p.size()
		longest = max(longest, len(p.Name), len(p.Value))
	}
	return size > listKept || longest > shortKept
}

// bounded is the remediation without what is too much of it.
func (r Remediation) bounded() Remediation {
	if !r.isLong() {
		return r
	}
	r.Type, r.Action = bound(r.Type, shortKept), bound(r.Action, shortKept)
	r.Status, r.ApprovedBy = bound(r.Status, shortKept), bound(r.ApprovedBy, shortKept)
	all, size := r.Parameters, 0
	r.Parameters = nil
	for _, p := range all {
		p.Name, p.Value = bound(p.Name, shortKept), bound(p.Value, shortKept)
		if size += p.size(); size > listKept-listSpare {
			r.Parameters = append(r.Parameters, Parameter{Value: "and more, to be seen in the Huntress portal"})
			break
		}
		r.Parameters = append(r.Parameters, p)
	}
	return r
}

// size is what a parameter takes of a list, an empty one too.
func (p Parameter) size() int { return len(p.Name) + len(p.Value) + 16 }

// bounded is the host without what is too much of it.
func (a Agent) bounded() Agent {
	for _, text := range []*string{&a.Hostname, &a.OS, &a.IPv4, &a.ExternalIP, &a.Serial} {
		*text = bound(*text, shortKept)
	}
	return a
}
