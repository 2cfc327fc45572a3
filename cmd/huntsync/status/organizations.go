package status

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// Mapping is how an organization is mapped. The set is closed.
type Mapping string

// The mappings.
const (
	Mapped   Mapping = "mapped"    // has a client of its own
	Unmapped Mapping = "unmapped"  // its incidents go to the fallback
	OptedOut Mapping = "opted_out" // gets no tickets
)

// Label is the mapping in words.
func (m Mapping) Label() string {
	switch m {
	case Mapped:
		return "mapped"
	case Unmapped:
		return "unmapped"
	case OptedOut:
		return "opted out"
	}
	return string(m)
}

// MappingOf tells how an organization is mapped. One whose block cannot be used
// is unmapped: its incidents go to the fallback.
func MappingOf(p *engine.Policy, accountID, organizationID int64) Mapping {
	m, ok := p.Organizations[engine.OrganizationKey{AccountID: accountID, OrganizationID: organizationID}]
	switch {
	case ok && m.OptedOut:
		return OptedOut
	case !ok || m.Problem != "":
		return Unmapped
	}
	return Mapped
}

// Organization is one row of a list of organizations.
type Organization struct {
	AccountID int64   `json:"account_id"`
	ID        int64   `json:"id"`
	Name      string  `json:"name"`
	Agents    int     `json:"agents"`
	Mapping   Mapping `json:"mapping"`
	// Client, Board and By are of a mapped organization: where its incidents go
	// and how it was recognized.
	Client string `json:"client,omitempty"`
	Board  string `json:"board,omitempty"`
	By     string `json:"by,omitempty"`
	// Problem is why its block cannot be used.
	Problem string     `json:"problem,omitempty"`
	Pos     engine.Pos `json:"pos,omitzero"`
	// Block is the HCL that maps an unmapped organization, to be pasted.
	Block string `json:"block,omitempty"`
}

// OrganizationQuery says which organizations.
type OrganizationQuery struct {
	// Mapping keeps one kind; empty keeps all.
	Mapping Mapping
	// AccountID limits it to one account; 0 is all.
	AccountID int64
	// Text keeps those whose name, number or client holds it, in whatever case.
	Text string
}

// OrganizationList is a complete answer.
type OrganizationList struct {
	Organizations []Organization
	// Counts are of all organizations, whatever was asked for.
	Counts Organizations
}

// ListOrganizations lists organizations, the unmapped first, by name. It needs a
// policy: without the routing nobody knows what is mapped.
func ListOrganizations(ctx context.Context, books Books, p *engine.Policy, q OrganizationQuery) (OrganizationList, error) {
	accounts, err := books.Accounts(ctx)
	if err != nil {
		return OrganizationList{}, fmt.Errorf("read accounts: %w", err)
	}
	text := strings.ToLower(strings.TrimSpace(q.Text))
	var list OrganizationList
	for _, a := range accounts {
		for _, o := range a.Organizations {
			row := organization(p, a.Poll.Account.ID, o)
			list.Counts = list.Counts.and(row.Mapping)
			if (q.AccountID == 0 || q.AccountID == row.AccountID) && (q.Mapping == "" || q.Mapping == row.Mapping) && row.holds(text) {
				list.Organizations = append(list.Organizations, row)
			}
		}
	}
	slices.SortFunc(list.Organizations, func(a, b Organization) int {
		return cmp.Or(
			cmp.Compare(a.Mapping.rank(), b.Mapping.rank()),
			cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
			cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.ID, b.ID),
		)
	})
	return list, nil
}

// WithBlocks adds to unmapped organizations the HCL that maps them.
func WithBlocks(list []Organization, suggest func(organization string) string) {
	for i := range list {
		o := &list[i]
		if o.Mapping != Unmapped || o.Problem != "" {
			continue
		}
		client := ""
		if suggest != nil {
			client = suggest(o.Name)
		}
		o.Block = engine.MappingBlock(o.Name, o.ID, client)
	}
}

// and counts one more.
func (o Organizations) and(m Mapping) Organizations {
	switch m {
	case Mapped:
		o.Mapped++
	case Unmapped:
		o.Unmapped++
	case OptedOut:
		o.OptedOut++
	}
	return o
}

func (m Mapping) rank() int {
	switch m {
	case Unmapped:
		return 0
	case Mapped:
		return 1
	case OptedOut:
		return 2
	}
	return 3
}

func organization(p *engine.Policy, accountID int64, o engine.Organization) Organization {
	row := Organization{
		AccountID: accountID, ID: o.ID, Name: engine.CleanLine(o.Name), Agents: o.Agents,
		Mapping: MappingOf(p, accountID, o.ID),
	}
	if row.Name == "" {
		row.Name = fmt.Sprintf("organization %d", o.ID)
	}
	m := p.Organizations[engine.OrganizationKey{AccountID: accountID, OrganizationID: o.ID}]
	row.Problem, row.Pos = engine.CleanLine(m.Problem), m.Pos
	if row.Mapping == Mapped {
		row.By, row.Client = m.By, engine.CleanLine(p.ClientName(m.ClientID))
		board := p.BoardID
		if m.BoardID != "" {
			board = m.BoardID
		}
		row.Board = engine.CleanLine(p.BoardName(board))
	}
	return row
}

func (o Organization) holds(text string) bool {
	if text == "" {
		return true
	}
	for _, s := range []string{strconv.FormatInt(o.ID, 10), o.Name, o.Client} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}
