package config

import (
	"slices"
	"strconv"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// Offline is a configuration resolved against itself; see [Config.Offline].
type Offline struct {
	engine.Resolution
	resolver *resolver
}

// Offline resolves the configuration against itself: a desk that has exactly what
// the configuration names, under ids that equal the names, and accounts that have
// exactly the organizations that it names. Routing can be tested and explained so
// with the code that runs in production, and without anything to connect to.
//
// Every category is taken to exist on every board: which of them really does, only
// the desk knows. Blocking is what [Config.Incomplete] lists.
func (c *Config) Offline() *Offline {
	r := newResolver(c, c.imagined(), c.imaginedAccounts())
	return &Offline{Resolution: r.resolve(), resolver: r}
}

// Organization finds an organization by the label of its block, or else by its
// name; account narrows it down where it is not empty: to the block of that account,
// or else to one that names none and so is of every account. Not ok is one that the
// configuration does not know: it is unmapped.
func (o *Offline) Organization(name, account string) (key engine.OrganizationKey, ok bool) {
	for _, found := range o.resolver.organizationsNamed(name) {
		of := o.Policy.Accounts[found.AccountID]
		if account == "" || isAccount(of, account) {
			return found, true
		}
		if of.Name == "" && !ok {
			key, ok = found, true
		}
	}
	return key, ok
}

// imagined is a desk that has everything that is named.
func (c *Config) imagined() *engine.Catalogue {
	r := &c.routing
	boards, clients := &nameSet{}, &nameSet{}
	priorities, categories := &nameSet{}, &nameSet{}
	boards.add(r.board, r.fallback.board)
	clients.add(r.fallback.client)
	categories.addCategories(r.category, r.fallback.category)
	for _, s := range engine.Severities() {
		priorities.add(r.severity[s])
	}
	for i := range c.organizations {
		o := &c.organizations[i]
		boards.add(o.board)
		clients.add(o.client)
		categories.addCategories(o.category)
		for _, s := range engine.Severities() {
			priorities.add(o.severity[s])
		}
	}
	for i := range c.routes {
		boards.add(c.routes[i].board)
		clients.add(c.routes[i].client)
		priorities.add(c.routes[i].priority)
		categories.addCategories(c.routes[i].category)
	}

	catalogue := &engine.Catalogue{}
	for _, n := range boards.all {
		catalogue.Boards = append(catalogue.Boards, engine.Board{ID: n, Name: n})
		catalogue.Statuses = append(catalogue.Statuses, c.imaginedStatuses(n)...)
		catalogue.Categories = append(catalogue.Categories, imaginedCategories(n, categories.all)...)
	}
	for _, n := range clients.all {
		catalogue.Clients = append(catalogue.Clients, engine.Client{ID: n, Name: n})
	}
	for _, n := range priorities.all {
		catalogue.Priorities = append(catalogue.Priorities, engine.Priority{ID: n, Name: n})
	}
	return catalogue
}

// nameSet keeps names in the order in which they come, each once.
type nameSet struct {
	all  []string
	seen map[string]bool
}

func (s *nameSet) add(names ...name) {
	for _, n := range names {
		s.put(n.value, n.value)
	}
}

// addCategories takes names that differ in case only as one, as the engine does.
func (s *nameSet) addCategories(categories ...category) {
	for _, c := range categories {
		s.put(fold(c.name.String()), c.name.String())
	}
}

func (s *nameSet) put(key, name string) {
	if name == "" || s.seen[key] {
		return
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[key] = true
	s.all = append(s.all, name)
}

func (c *Config) imaginedStatuses(board string) []engine.TicketStatus {
	statuses := []engine.TicketStatus{{ID: board + " / open", BoardID: board, Name: "open", Default: true}}
	names := &nameSet{}
	if closing := c.routing.close; closing != nil {
		names.put(fold(closing.status.value), closing.status.value)
	}
	for _, other := range c.otherClosed() {
		names.put(fold(other), other)
	}
	for i, name := range names.all {
		statuses = append(statuses, engine.TicketStatus{
			ID: board + " / closed / " + name, BoardID: board, Name: name, Closed: true, Order: 1 + i,
		})
	}
	return statuses
}

func imaginedCategories(board string, names []string) []engine.Category {
	var categories []engine.Category
	parents := map[string]string{}
	parent := func(name string) string {
		id, ok := parents[fold(name)]
		if !ok {
			id = board + " / " + name
			parents[fold(name)] = id
			categories = append(categories, engine.Category{ID: id, BoardID: board, Name: name})
		}
		return id
	}
	for _, n := range names {
		category, sub, hasSub := strings.Cut(n, " / ")
		id := parent(category)
		if hasSub {
			categories = append(categories, engine.Category{ID: id + " / " + sub, ParentID: id, BoardID: board, Name: sub})
		}
	}
	return categories
}

// firstImaginedAccount is beyond the numbers that a configuration may name.
const firstImaginedAccount = 1 << 60

// imaginedAccounts are accounts that have every organization that is named: one
// for each account that an organization block names, or else one for all.
func (c *Config) imaginedAccounts() []engine.AccountOrganizations {
	var accounts []engine.AccountOrganizations
	account := func(name string) *engine.AccountOrganizations {
		for i := range accounts {
			if accounts[i].Account.Name == name {
				return &accounts[i]
			}
		}
		id, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			id = firstImaginedAccount + int64(len(accounts))
		}
		accounts = append(accounts, engine.AccountOrganizations{Account: engine.Account{ID: id, Name: name}})
		return &accounts[len(accounts)-1]
	}
	account("") // for the blocks that name none
	used := map[int64]bool{}
	for _, o := range c.organizations {
		used[o.id] = true
	}
	next := int64(1)
	free := func() int64 {
		for used[next] {
			next++
		}
		used[next] = true
		return next
	}
	named := map[string]bool{}
	for _, o := range c.organizations {
		id := o.id
		if id == 0 {
			id = free()
		}
		named[o.label] = true
		a := account(o.account)
		a.Organizations = append(a.Organizations, engine.Organization{ID: id, Name: o.label, Key: o.key})
	}
	for _, r := range c.routes {
		for _, o := range r.organizations {
			if !named[o.value] {
				named[o.value] = true
				a := account("")
				a.Organizations = append(a.Organizations, engine.Organization{ID: free(), Name: o.value})
			}
		}
	}
	if len(accounts) > 1 && len(accounts[0].Organizations) == 0 {
		accounts = slices.Delete(accounts, 0, 1)
	}
	return accounts
}
