package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// live is an organization that Huntress has.
type live struct {
	key     engine.OrganizationKey
	account engine.Account
	engine.Organization
}

// population finds live organizations.
type population struct {
	all    []live
	byID   map[int64][]*live
	byKey  map[string][]*live
	byName map[string][]*live
	names  *Names
}

func newPopulation(accounts []engine.AccountOrganizations) *population {
	p := &population{byID: map[int64][]*live{}, byKey: map[string][]*live{}, byName: map[string][]*live{}}
	for _, a := range accounts {
		for _, o := range a.Organizations {
			p.all = append(p.all, live{engine.OrganizationKey{AccountID: a.Account.ID, OrganizationID: o.ID}, a.Account, o})
		}
	}
	names := make([]string, len(p.all))
	for i := range p.all {
		o := &p.all[i]
		p.byID[o.ID] = append(p.byID[o.ID], o)
		if o.Key != "" {
			p.byKey[o.Key] = append(p.byKey[o.Key], o)
		}
		p.byName[o.Name] = append(p.byName[o.Name], o)
		names[i] = o.Name
	}
	p.names = NewNames(names)
	return p
}

// meant lists the organizations that a block is about, and how it says so.
func (p *population) meant(o *organization) (found []*live, by string) {
	switch {
	case o.id != 0:
		found, by = p.byID[o.id], "id"
	case o.key != "":
		found, by = p.byKey[o.key], "key"
	default:
		found, by = p.byName[o.label], "name"
	}
	if o.account == "" {
		return found, by
	}
	var within []*live
	for _, f := range found {
		if isAccount(f.account, o.account) {
			within = append(within, f)
		}
	}
	return within, by
}

// isAccount reports whether an account is named by its name, subdomain or number.
func isAccount(a engine.Account, wanted string) bool {
	return strconv.FormatInt(a.ID, 10) == wanted || strings.EqualFold(a.Name, wanted) || strings.EqualFold(a.Subdomain, wanted)
}

// organizations maps the live organizations: those that are pinned first, with
// their account before others, then those that are named with their account, those
// that are just named, and those that match by themselves.
func (r *resolver) organizations() {
	p := newPopulation(r.accounts)
	r.population = p
	r.labels = map[string][]engine.OrganizationKey{}
	for _, o := range r.config.organizations {
		r.labels[o.label] = nil
	}
	for _, precision := range []int{3, 2, 1, 0} {
		for i := range r.config.organizations {
			if o := &r.config.organizations[i]; o.precision() == precision {
				r.organization(o, p)
			}
		}
	}
	if r.config.autoMatch {
		r.autoMatch(p)
	}
}

// organization maps what one block is about.
func (r *resolver) organization(o *organization, p *population) {
	meant, by := p.meant(o)
	var free []*live
	taken := ""
	for _, m := range meant {
		if earlier, ok := r.policy.Organizations[m.key]; ok {
			taken = fmt.Sprintf("organization %q (%s line %d)", earlier.Label, earlier.Pos.File, earlier.Pos.Line)
		} else {
			free = append(free, m)
		}
	}
	if len(free) == 0 {
		if len(r.accounts) > 0 {
			r.unmatched(o, p, taken)
		}
		return
	}
	mapping := r.mapping(o, by)
	if len(free) > 1 {
		mapping.Problem = r.ambiguous(o, free)
	}
	for _, m := range free {
		r.policy.Organizations[m.key] = mapping
		r.labels[o.label] = append(r.labels[o.label], m.key)
	}
	if o.pinned() && len(free) == 1 && free[0].Name != o.label {
		r.warnings = append(r.warnings, engine.Reminder{
			Path: o.path(), Pos: o.pos,
			Problem: fmt.Sprintf("Huntress now calls this organization %q.", free[0].Name),
			Help:    "It stays mapped, because it is pinned. Change the label so that it reads right.",
		})
	}
}

// unmatched warns of a block that is about no organization.
func (r *resolver) unmatched(o *organization, p *population, taken string) {
	reminder := engine.Reminder{Path: o.path(), Pos: o.pos}
	switch {
	case taken != "":
		reminder.Problem = "It is about an organization that " + taken + " is about already."
		reminder.Help = "Remove one of the blocks, or pin this one by another id."
	case o.id != 0:
		reminder.Problem = fmt.Sprintf("Huntress has no organization with the id %d%s.", o.id, in(o.account))
		reminder.Help = "Remove the block if the organization is gone."
	case o.key != "":
		reminder.Problem = fmt.Sprintf("Huntress has no organization with the key %q%s.", o.key, in(o.account))
		reminder.Help = "Remove the block if the organization is gone."
	default:
		reminder.Problem = fmt.Sprintf("Huntress has no organization %q%s.", o.label, in(o.account))
		reminder.Help = "Write the label as Huntress shows the name, or pin the organization by its id. Remove the block if the organization is gone."
		reminder.Candidates = p.names.closestNames(o.label, 3)
	}
	r.warnings = append(r.warnings, reminder)
}

func in(account string) string {
	if account == "" {
		return ""
	}
	return fmt.Sprintf(" in the account %q", account)
}

// ambiguous warns of a block that could be about several organizations. It maps
// none of them.
func (r *resolver) ambiguous(o *organization, found []*live) string {
	reminder := engine.Reminder{
		Path: o.path(), Pos: o.pos,
		Problem: fmt.Sprintf("%d organizations in Huntress are meant by this block, so it maps none of them.", len(found)),
		Help:    "Pin the one that is meant by id = NUMBER, and write a block for each of the others.",
	}
	for _, f := range found {
		reminder.Candidates = append(reminder.Candidates, fmt.Sprintf("id = %d (account %q)", f.ID, accountName(f.account)))
	}
	r.warnings = append(r.warnings, reminder)
	return fmt.Sprintf("%s: %s", o.path(), reminder.Problem)
}

func accountName(a engine.Account) string {
	if a.Name != "" {
		return a.Name
	}
	return strconv.FormatInt(a.ID, 10)
}

// mapping resolves what a block sets.
func (r *resolver) mapping(o *organization, by string) engine.Mapping {
	v := &override{resolver: r, path: o.path()}
	m := engine.Mapping{
		Label: o.label, By: by, Contact: o.contact, OptedOut: o.optedOut, Pos: o.pos,
		ClientID: v.find(r.clients, o.client, "client"),
		BoardID:  v.board(o.board),
		Category: o.category.name,
	}
	if o.category.given() {
		board := m.BoardID
		if !o.board.given() {
			board = r.policy.BoardID
		}
		if board != "" {
			if problem := r.checkCategory(o.category, board, v.path+".category"); problem != nil {
				v.warn(*problem)
			}
		}
	}
	for _, s := range engine.Severities() {
		if id := v.find(r.priorities, o.severity[s], "severity."+string(s)); id != "" {
			if m.Priorities == nil {
				m.Priorities = map[engine.Severity]string{}
			}
			m.Priorities[s] = id
		}
	}
	if o.optedOut && !o.client.given() {
		m.ClientID = r.policy.Fallback.ClientID // nothing is created, but an older ticket has to belong to somebody
	}
	m.Problem = v.problem
	return m
}

// autoMatch maps organizations whose normalized name equals that of exactly one
// active client, where no other organization has that name.
func (r *resolver) autoMatch(p *population) {
	clients := map[string][]string{}
	for _, c := range r.policy.Catalogue.Clients {
		if n := Normalize(c.Name); n != "" && !c.Inactive {
			clients[n] = append(clients[n], c.ID)
		}
	}
	organizations := map[string]int{}
	for i := range p.all {
		organizations[Normalize(p.all[i].Name)]++
	}
	for i := range p.all {
		o := &p.all[i]
		normalized := Normalize(o.Name)
		if _, mapped := r.policy.Organizations[o.key]; mapped || organizations[normalized] != 1 || len(clients[normalized]) != 1 {
			continue
		}
		r.policy.Organizations[o.key] = engine.Mapping{By: "auto_match", ClientID: clients[normalized][0]}
	}
}
