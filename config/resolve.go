package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// Resolve holds the configuration against what the desk and Huntress have. What
// [Config.Incomplete] lists is blocking too, and comes first.
func (c *Config) Resolve(catalogue *engine.Catalogue, accounts []engine.AccountOrganizations) engine.Resolution {
	return newResolver(c, catalogue, accounts).resolve()
}

// resolver turns names into ids.
type resolver struct {
	config   *Config
	accounts []engine.AccountOrganizations
	policy   *engine.Policy

	boards, clients, priorities *things
	// statusesOf are the statuses of each board.
	statusesOf map[string][]engine.TicketStatus
	// population are the live organizations, labels which of them each
	// organization block is about.
	population *population
	labels     map[string][]engine.OrganizationKey

	blocking, warnings []engine.Reminder
}

func newResolver(c *Config, catalogue *engine.Catalogue, accounts []engine.AccountOrganizations) *resolver {
	if catalogue == nil {
		catalogue = &engine.Catalogue{}
	}
	r := &resolver{
		config: c, accounts: accounts, statusesOf: map[string][]engine.TicketStatus{},
		boards: newThings("board", catalogue.Boards, func(b engine.Board) thing {
			return thing{b.ID, b.Name, b.Inactive}
		}),
		clients: newThings("client", catalogue.Clients, func(c engine.Client) thing {
			return thing{c.ID, c.Name, c.Inactive}
		}),
		priorities: newThings("priority", catalogue.Priorities, func(p engine.Priority) thing {
			return thing{p.ID, p.Name, false}
		}),
	}
	r.policy = &engine.Policy{
		Hash: c.Hash, Catalogue: catalogue,
		Priorities:        map[engine.Severity]string{},
		Organizations:     map[engine.OrganizationKey]engine.Mapping{},
		OrganizationNames: map[engine.OrganizationKey]string{},
		Accounts:          map[int64]engine.Account{},
		MoveOnMap:         c.routing.moves,
		Ticket:            c.ticket,
		Settle:            defaultSettle,
	}
	if c.Desk != nil {
		r.policy.Settle = c.Desk.Settle
	}
	if closing := c.routing.close; closing != nil {
		r.policy.Close = closing.resolved()
	}
	for _, a := range accounts {
		r.policy.Accounts[a.Account.ID] = a.Account
		for _, o := range a.Organizations {
			r.policy.OrganizationNames[engine.OrganizationKey{AccountID: a.Account.ID, OrganizationID: o.ID}] = o.Name
		}
	}
	return r
}

func (r *resolver) resolve() engine.Resolution {
	r.blocking = r.config.Incomplete()
	r.warnings = r.config.idle()
	r.statuses()
	r.routing()
	r.organizations()
	r.routes()
	return engine.Resolution{Policy: r.policy, Blocking: r.blocking, Warnings: r.warnings}
}

// statuses finds the statuses to use on every board of the desk.
func (r *resolver) statuses() {
	byBoard := r.statusesOf
	for _, s := range r.policy.Catalogue.Statuses {
		byBoard[s.BoardID] = append(byBoard[s.BoardID], s)
	}
	others := r.config.otherClosed()
	r.policy.Boards = make(map[string]engine.BoardStatuses, len(r.policy.Catalogue.Boards))
	for _, b := range r.policy.Catalogue.Boards {
		use := engine.BoardStatuses{OpenID: openStatus(byBoard[b.ID])}
		if closing := r.config.routing.close; closing != nil && closing.status.given() {
			use.ClosedID, _ = closedStatus(b, byBoard[b.ID], closing.status.value)
		}
		for _, name := range others {
			if id, _ := closedStatus(b, byBoard[b.ID], name); id != "" {
				if use.Closed == nil {
					use.Closed = map[string]string{}
				}
				use.Closed[name] = id
			}
		}
		r.policy.Boards[b.ID] = use
	}
}

// openStatus is the default status that is open; of several the first in order.
func openStatus(statuses []engine.TicketStatus) string {
	best := engine.TicketStatus{}
	for _, s := range statuses {
		if s.Default && !s.Closed && (best.ID == "" || s.Order < best.Order) {
			best = s
		}
	}
	return best.ID
}

// closedStatus is the one closed status of a name, or why there is none.
func closedStatus(board engine.Board, statuses []engine.TicketStatus, wanted string) (id, problem string) {
	var found []engine.TicketStatus
	open := false
	for _, s := range statuses {
		if s.ID == wanted && s.Closed {
			return s.ID, ""
		}
		if fold(s.Name) != fold(wanted) {
			continue
		}
		if s.Closed {
			found = append(found, s)
		} else {
			open = true
		}
	}
	switch {
	case len(found) == 1:
		return found[0].ID, ""
	case len(found) > 1:
		return "", fmt.Sprintf("The board %q has %d closed statuses named %q.", board.Name, len(found), wanted)
	case open:
		return "", fmt.Sprintf("On the board %q the status %q is an open one.", board.Name, wanted)
	default:
		return "", fmt.Sprintf("The board %q has no closed status %q.", board.Name, wanted)
	}
}

// routing resolves what every incident depends on: all of it blocks.
func (r *resolver) routing() {
	rules, p := &r.config.routing, r.policy
	p.BoardID = r.required(r.boards, rules.board, "routing.board")
	p.Fallback.ClientID = r.required(r.clients, rules.fallback.client, "routing.fallback.client")
	p.Fallback.BoardID = r.required(r.boards, rules.fallback.board, "routing.fallback.board")
	for _, s := range engine.Severities() {
		if id := r.required(r.priorities, rules.severity[s], "routing.severity."+string(s)); id != "" {
			p.Priorities[s] = id
		}
	}
	p.Category = r.requiredCategory(rules.category, p.BoardID, "routing.category")
	p.Fallback.Category = r.requiredCategory(rules.fallback.category, p.Fallback.BoardID, "routing.fallback.category")
	r.requiredStatuses(rules.board, p.BoardID, "routing.board")
	if p.Fallback.BoardID != p.BoardID {
		r.requiredStatuses(rules.fallback.board, p.Fallback.BoardID, "routing.fallback.board")
	}
}

// required resolves a name, and blocks where it cannot. A name that is not given
// is missed by Incomplete already.
func (r *resolver) required(t *things, n name, path string) string {
	if !n.given() {
		return ""
	}
	id, problem := t.find(n, path)
	if problem != nil {
		r.blocking = append(r.blocking, *problem)
	}
	return id
}

func (r *resolver) requiredCategory(c category, boardID, path string) engine.CategoryName {
	if c.given() && boardID != "" {
		if problem := r.checkCategory(c, boardID, path); problem != nil {
			r.blocking = append(r.blocking, *problem)
		}
	}
	return c.name
}

// checkCategory makes sure that a board has a category.
func (r *resolver) checkCategory(c category, boardID, path string) *engine.Reminder {
	if _, _, ok := r.policy.FindCategory(boardID, c.name); ok {
		return nil
	}
	reminder := &engine.Reminder{
		Path: path, Pos: c.pos,
		Problem: fmt.Sprintf("The board %q has not exactly one category %q.", r.policy.BoardName(boardID), c.name),
		Help:    `Write "Category" or "Category / Subcategory" as the desk shows them on that board, or the ids.`,
	}
	reminder.Candidates = NewNames(r.categoriesOf(boardID)).closestNames(c.name.String(), 3)
	return reminder
}

// categoriesOf lists the categories of a board as the configuration writes them.
func (r *resolver) categoriesOf(boardID string) []string {
	parents := map[string]string{}
	for _, c := range r.policy.Catalogue.Categories {
		if c.BoardID == boardID && c.ParentID == "" {
			parents[c.ID] = c.Name
		}
	}
	var names []string
	for _, c := range r.policy.Catalogue.Categories {
		if c.BoardID != boardID {
			continue
		}
		names = append(names, engine.CategoryName{Category: c.Name}.String())
		if parent, ok := parents[c.ParentID]; ok {
			names[len(names)-1] = engine.CategoryName{Category: parent, Subcategory: c.Name}.String()
		}
	}
	return names
}

func (r *resolver) requiredStatuses(board name, id, path string) {
	if id == "" {
		return
	}
	if r.policy.Boards[id].OpenID == "" {
		r.blocking = append(r.blocking, engine.Reminder{
			Path: path, Pos: board.pos, Problem: r.noOpen(id),
			Help: "At the desk, make one of the board's open statuses its default.",
		})
	}
	closing := r.config.routing.close
	if closing == nil {
		return
	}
	r.requiredClosed(closing.status, id, "routing.close.status")
	for _, s := range engine.Severities() {
		r.requiredClosed(closing.severities[s], id, "routing.close.severity."+string(s))
	}
}

// requiredClosed blocks where a board does not have a closed status.
func (r *resolver) requiredClosed(status name, boardID, path string) {
	if problem := r.closedProblem(status, boardID); problem != "" {
		r.blocking = append(r.blocking, engine.Reminder{
			Path: path, Pos: status.pos, Problem: problem,
			Help:       "Name a closed status that both the board and the fallback's board have.",
			Candidates: NewNames(r.closedOf(boardID)).closestNames(status.value, 3),
		})
	}
}

func (r *resolver) noOpen(boardID string) string {
	return fmt.Sprintf("The board %q has no default open status.", r.policy.BoardName(boardID))
}

// closedOf lists the closed statuses of a board.
func (r *resolver) closedOf(boardID string) []string {
	var names []string
	for _, s := range r.policy.Catalogue.Statuses {
		if s.BoardID == boardID && s.Closed && !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// override resolves what an organization or a route sets. Nothing of it blocks:
// the first problem makes the block unusable.
type override struct {
	*resolver
	path    string
	problem string
}

// warn records a problem of the block; it makes it unusable.
func (o *override) warn(reminder engine.Reminder) {
	o.warnings = append(o.warnings, reminder)
	if o.problem == "" {
		o.problem = strings.TrimSuffix(o.path+": "+reminder.Problem, ".") + "."
	}
}

func (o *override) find(t *things, n name, argument string) string {
	if !n.given() {
		return ""
	}
	id, problem := t.find(n, o.path+"."+argument)
	if problem != nil {
		o.warn(*problem)
	}
	return id
}

// board resolves a board, which needs a status to open tickets with; that it
// lacks the closed one is only said.
func (o *override) board(n name) string {
	id := o.find(o.boards, n, "board")
	if id == "" {
		return ""
	}
	if o.policy.Boards[id].OpenID == "" {
		o.warn(engine.Reminder{
			Path: o.path + ".board", Pos: n.pos, Problem: o.noOpen(id),
			Help: "At the desk, make one of the board's open statuses its default.",
		})
	}
	o.closedStatuses(n, id)
	return id
}

// closedStatuses says which of the statuses that the routing sets a board lacks.
func (o *override) closedStatuses(board name, id string) {
	closing := o.config.routing.close
	if closing == nil {
		return
	}
	if problem := o.closedProblem(closing.status, id); problem != "" {
		o.warnings = append(o.warnings, engine.Reminder{
			Path: o.path + ".board", Pos: board.pos, Problem: problem,
			Help: "Tickets there get a note when their incident closes, but stay open.",
		})
		return
	}
	for _, s := range engine.Severities() {
		if problem := o.closedProblem(closing.severities[s], id); problem != "" {
			o.warnings = append(o.warnings, engine.Reminder{
				Path: o.path + ".board", Pos: board.pos, Problem: problem,
				Help: fmt.Sprintf("Tickets of severity %s there get the status %q when their incident closes.", s, closing.status.value),
			})
		}
	}
}
