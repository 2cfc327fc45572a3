package config

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// TestResult is how a routing test went.
type TestResult struct {
	Name     string        `json:"name"`
	Pos      engine.Pos    `json:"pos"`
	Passed   bool          `json:"passed"`
	Failures []TestFailure `json:"failures,omitempty"`
	// Note says that the configuration does not know the organization.
	Note string `json:"note,omitempty"`
	// Routes are the path through the routes; only of a test that failed.
	Routes   []Tried         `json:"routes,omitempty"`
	Decision engine.Decision `json:"-"`
}

// TestFailure is one expectation that was not met.
type TestFailure struct {
	Expectation
	Got string `json:"got"` // empty for none
	// From says which block decided it; empty where none did.
	From string `json:"from,omitempty"`
}

// Run runs routing tests with the code that routes in production.
func (o *Offline) Run(tests []RoutingTest) []TestResult {
	results := make([]TestResult, 0, len(tests))
	for _, t := range tests {
		results = append(results, o.run(t))
	}
	return results
}

func (o *Offline) run(t RoutingTest) TestResult {
	key, known := o.Organization(t.Organization, t.Account)
	inc := t.Incident
	inc.OrganizationID = key.OrganizationID
	d := o.Policy.Decide(key.AccountID, inc)
	r := TestResult{Name: t.Name, Pos: t.Pos, Passed: true, Decision: d}
	for _, x := range t.Expect {
		got := o.outcome(x.Attribute, d, inc)
		if fold(got) == fold(x.Want) {
			continue
		}
		r.Passed = false
		r.Failures = append(r.Failures, TestFailure{Expectation: x, Got: got, From: decidedBy(x.Attribute, d)})
	}
	if !r.Passed {
		r.Routes = Trace(o.Policy, key.AccountID, inc)
		if !known && t.Organization != "" {
			r.Note = o.unknown(t.Organization)
		}
	}
	return r
}

// unknown tells of an organization that no block is about.
func (o *Offline) unknown(organization string) string {
	note := fmt.Sprintf("The configuration has no organization %q, so it is unmapped.", organization)
	if near := o.resolver.population.names.closestNames(organization, 1); len(near) > 0 {
		note += fmt.Sprintf(" Did you mean %q?", near[0])
	}
	return note
}

// outcome is what a decision says about one attribute of an expectation.
func (o *Offline) outcome(attribute string, d engine.Decision, inc engine.Incident) string {
	switch attribute {
	case "client":
		return o.Policy.ClientName(d.ClientID)
	case "board":
		return o.Policy.BoardName(d.BoardID)
	case "priority":
		return o.Policy.PriorityName(d.PriorityID)
	case "category":
		return o.categoryName(d)
	case "close":
		if d.Close == nil {
			return ""
		}
		return d.Close.Status
	case "route":
		return d.Route
	case "unmapped":
		return strconv.FormatBool(d.Unmapped)
	default: // tickets
		return strconv.FormatBool(!d.OptedOut && inc.Status != engine.StatusDeleting)
	}
}

func (o *Offline) categoryName(d engine.Decision) string {
	var name engine.CategoryName
	for _, c := range o.Policy.Catalogue.Categories {
		switch c.ID {
		case d.CategoryID:
			name.Category = c.Name
		case d.SubcategoryID:
			name.Subcategory = c.Name
		}
	}
	return name.String()
}

func decidedBy(attribute string, d engine.Decision) string {
	for _, s := range d.Steps {
		if s.Attribute == attribute {
			return s.From
		}
	}
	return ""
}

// Report tells, on several lines, what a test that failed expected, what it got,
// and the path through the routes.
func (r TestResult) Report() string {
	var b strings.Builder
	for _, f := range r.Failures {
		fmt.Fprintf(&b, "%s: want %s, got %s", f.Attribute, quoteOrNone(f.Want), quoteOrNone(f.Got))
		if f.From != "" {
			fmt.Fprintf(&b, ", from %s", f.From)
		}
		fmt.Fprintf(&b, " (%s line %d)\n", f.Pos.File, f.Pos.Line)
	}
	if r.Note != "" {
		fmt.Fprintln(&b, r.Note)
	}
	if r.Decision.Problem != "" {
		fmt.Fprintf(&b, "It goes to the fallback: %s\n", r.Decision.Problem)
	}
	if len(r.Routes) > 0 {
		b.WriteString("The path through the routes:\n")
	}
	for _, t := range r.Routes {
		fmt.Fprintf(&b, "  %s\n", t)
	}
	return printable(b.String())
}

func quoteOrNone(s string) string {
	if s == "" {
		return "none"
	}
	return strconv.Quote(s)
}

// The JUnit format, as far as continuous integration reads it.
type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr"`
		Line    int           `xml:"line,attr"`
		Failure *junitFailure `xml:"failure,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes results in the XML format of JUnit.
func WriteJUnit(w io.Writer, results []TestResult) error {
	suite := junitSuite{Name: "huntsync", Tests: len(results)}
	for _, r := range results {
		c := junitCase{Name: printable(r.Name), Class: r.Pos.File, File: r.Pos.File, Line: r.Pos.Line}
		if !r.Passed {
			suite.Failures++
			text := r.Report()
			first, _, _ := strings.Cut(text, "\n")
			c.Failure = &junitFailure{Message: first, Text: text}
		}
		suite.Cases = append(suite.Cases, c)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return fmt.Errorf("write JUnit results: %w", err)
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(suite); err != nil {
		return fmt.Errorf("write JUnit results: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}
