package views

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

type organizationsJSON struct {
	FormatVersion int                  `json:"format_version"`
	Counts        status.Organizations `json:"counts"`
	Organizations []organizationJSON   `json:"organizations"`
}

type organizationJSON struct {
	status.Organization

	Tickets bool `json:"tickets"`
}

// WriteOrganizations lists organizations: mapped to which client, by what,
// tickets on or off. Accounts names the accounts where there are several.
func WriteOrganizations(t Terminal, l status.OrganizationList, accounts map[int64]string, asJSON bool) error {
	if asJSON {
		rows := make([]organizationJSON, 0, len(l.Organizations))
		for _, o := range l.Organizations {
			rows = append(rows, organizationJSON{Organization: o, Tickets: o.Mapping != status.OptedOut})
		}
		return writeJSON(t, organizationsJSON{FormatVersion: 1, Counts: l.Counts, Organizations: rows})
	}
	if len(l.Organizations) > 0 {
		t.table(organizationRows(l.Organizations, accounts))
		t.line("")
	}
	t.line("%s: %d mapped, %d unmapped, %d opted out.",
		plural(l.Counts.Total(), "organization"), l.Counts.Mapped, l.Counts.Unmapped, l.Counts.OptedOut)
	if l.Counts.Unmapped > 0 {
		t.line("Incidents of the unmapped go to the fallback. Blocks that map them: huntsync orgs match")
	}
	return nil
}

func organizationRows(list []status.Organization, accounts map[int64]string) [][]string {
	head := []string{"ID", "TICKETS", "MAPPED BY", "ORGANIZATION", "CLIENT"}
	if accounts != nil {
		head = append([]string{"ACCOUNT"}, head...)
	}
	rows := [][]string{head}
	for _, o := range list {
		tickets, by, client := "on", o.By, o.Client
		switch {
		case o.Mapping == status.OptedOut:
			tickets, by, client = "off", "opted out", "-"
		case o.Problem != "":
			by, client = "not usable", "fallback: "+o.Problem
		case o.Mapping == status.Unmapped:
			by, client = "-", "fallback"
		}
		row := []string{strconv.FormatInt(o.ID, 10), tickets, by, fit(safe(o.Name), 40), safe(client)}
		if accounts != nil {
			row = append([]string{safe(accounts[o.AccountID])}, row...)
		}
		rows = append(rows, row)
	}
	return rows
}

// Candidate is an organization that is not mapped, with the clients that it could
// belong to.
type Candidate struct {
	engine.Organization

	// Account is empty where there is only one.
	Account string
	// Namesakes are further organizations of the same normalized name, Clients
	// the active clients of it.
	Namesakes, Clients int
	// Closest are clients of a similar name, the closest first.
	Closest []config.Match
}

// Exact reports whether exactly one client has the organization's name, and no
// other organization has it.
func (c Candidate) Exact() bool { return c.Namesakes == 0 && c.Clients == 1 && len(c.Closest) > 0 }

// Compare puts exact matches first, then orders by account and name.
func (c Candidate) Compare(other Candidate) int {
	first := func(c Candidate) int {
		if c.Exact() {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(first(c), first(other)), cmp.Compare(c.Account, other.Account),
		cmp.Compare(strings.ToLower(c.Name), strings.ToLower(other.Name)), cmp.Compare(c.ID, other.ID),
	)
}

// OrganizationBlocks is HCL with a block for every exact match, and with comments
// that propose blocks for the others.
func OrganizationBlocks(candidates []Candidate) string {
	var b strings.Builder
	b.WriteString("# Organizations of Huntress that the configuration does not map, as huntsync found them.\n" +
		"# Look at each block before you commit it.\n")
	for _, c := range candidates {
		b.WriteByte('\n')
		if c.Exact() {
			fmt.Fprintf(&b, "# %sThe names are equal but for case, punctuation and white space.\n", c.account())
			b.WriteString(engine.MappingBlock(c.Name, c.ID, c.Closest[0].Name))
			continue
		}
		fmt.Fprintf(&b, "# %s%s\n", c.account(), c.doubt())
		client := ""
		if len(c.Closest) > 0 {
			client = c.Closest[0].Name
		}
		for line := range strings.Lines(engine.MappingBlock(c.Name, c.ID, client)) {
			b.WriteString("# " + line)
		}
		for _, m := range c.Closest[min(1, len(c.Closest)):] {
			fmt.Fprintf(&b, "# or: %s (score %.2f)\n", safe(m.Name), m.Score)
		}
	}
	return b.String()
}

func (c Candidate) account() string {
	if c.Account == "" {
		return ""
	}
	return fmt.Sprintf("Account %s. ", safe(c.Account))
}

// doubt says why the organization is not mapped by itself.
func (c Candidate) doubt() string {
	switch {
	case len(c.Closest) == 0:
		return "No client has a similar name; fill in the client."
	case c.Namesakes > 0 && c.Clients > 0:
		return fmt.Sprintf("%s of this name, so it is not clear which one is the client's.", plural(c.Namesakes+1, "organization"))
	case c.Clients > 1:
		return fmt.Sprintf("%s of this name; write the id of the right one.", plural(c.Clients, "client"))
	}
	return fmt.Sprintf("Only similar to the client (score %.2f): if that is right, delete the # before its lines.", c.Closest[0].Score)
}

// Matched tells what was proposed.
func Matched(t Terminal, candidates, exact int, file string) {
	switch {
	case candidates == 0:
		t.line("Nothing to propose: every organization is mapped or opted out.")
		return
	case file != "":
		t.line("%s written to %s.", plural(exact, "block"), safe(file))
	}
	if rest := candidates - exact; rest > 0 {
		t.line("%s for you to decide: see the comments.", plural(rest, "organization"))
	}
}
