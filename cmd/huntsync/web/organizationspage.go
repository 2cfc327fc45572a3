package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/engine"
)

// rowsShown is how many rows of a list are on one page.
const rowsShown = 100

// longestSearch bounds what is searched for, in bytes.
const longestSearch = 200

type organizationsPage struct {
	frame
	status.OrganizationList

	Known bool // whether there is a routing to hold them against
	Query string
	Show  status.Mapping
	Tabs  []tab
	// Matching counts what was asked for; Rows is one page of that.
	Matching int
	Rows     []status.Organization
	First    int
	Last     int
	Previous string
	Next     string
}

// tab is one choice of a list.
type tab struct {
	Label   string
	Count   int // -1 where it is not known
	Address string
	Current bool
}

func (s *Server) organizationsPage(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	p := organizationsPage{frame: s.frame("Organizations", "/organizations"), Query: search(values), Show: status.Mapping(values.Get("show"))}
	if !slices.Contains([]status.Mapping{status.Unmapped, status.Mapped, status.OptedOut}, p.Show) {
		p.Show = "" // all
	}
	policy := s.daemon.Policy()
	if policy == nil {
		s.render(w, r, http.StatusOK, "organizations", p)
		return
	}
	list, err := status.ListOrganizations(r.Context(), s.books, policy, status.OrganizationQuery{Mapping: p.Show, Text: p.Query})
	if err != nil {
		s.pageError(w, r, err)
		return
	}
	p.Known, p.OrganizationList, p.Matching = true, list, len(list.Organizations)
	for _, t := range []struct {
		mapping status.Mapping
		label   string
		count   int
	}{
		{"", "All", list.Counts.Total()},
		{status.Unmapped, "Unmapped", list.Counts.Unmapped},
		{status.Mapped, "Mapped", list.Counts.Mapped},
		{status.OptedOut, "Opted out", list.Counts.OptedOut},
	} {
		p.Tabs = append(p.Tabs, tab{t.label, t.count, address("/organizations", "show", string(t.mapping), "q", p.Query), t.mapping == p.Show})
	}
	number := 1
	if n, err := strconv.Atoi(values.Get("page")); err == nil && n > 1 {
		number = min(n, 1+max(p.Matching-1, 0)/rowsShown)
	}
	first := (number - 1) * rowsShown
	p.Rows = list.Organizations[first:min(first+rowsShown, p.Matching)]
	p.First, p.Last = first+1, first+len(p.Rows)
	status.WithBlocks(p.Rows, s.suggest)
	if number > 1 {
		p.Previous = address("/organizations", "show", string(p.Show), "q", p.Query, "page", strconv.Itoa(number-1))
	}
	if first+rowsShown < p.Matching {
		p.Next = address("/organizations", "show", string(p.Show), "q", p.Query, "page", strconv.Itoa(number+1))
	}
	s.render(w, r, http.StatusOK, "organizations", p)
}

// search is what a list is searched for. A link can be written by anybody, and what
// it searches for is shown: clean, as the names are that it is held against.
func search(values url.Values) string {
	q := engine.CleanLine(values.Get("q"))
	if len(q) > longestSearch {
		q = strings.ToValidUTF8(q[:longestSearch], "")
	}
	return q
}

// address adds to a path those of the parameters, given in pairs, that have a value.
func address(path string, pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}
