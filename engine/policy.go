package engine

import (
	"sync"
	"text/template"
	"time"
)

// Configuration is a loaded and valid configuration. It is resolved to a
// [Policy] anew whenever the desk's catalogue or Huntress's organizations change.
type Configuration interface {
	Resolve(c *Catalogue, accounts []AccountOrganizations) Resolution
}

// AccountOrganizations is an account with its live organizations.
type AccountOrganizations struct {
	Account       Account
	Organizations []Organization
}

// Resolution is a configuration held against what really exists.
type Resolution struct {
	// Policy is never nil, but is run only where Blocking is empty.
	Policy *Policy
	// Blocking says what keeps polling disabled.
	Blocking []Reminder
	// Warnings say what is wrong without blocking: a dead name in an
	// organization or a route, a mapping of an organization that does not exist.
	Warnings []Reminder
}

// Pos is a place in the configuration; the zero value is nowhere.
type Pos struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

// Reminder is one thing that the configuration lacks or names wrongly.
type Reminder struct {
	// Path is where it belongs: "routing.fallback.client".
	Path string `json:"path"`
	// Problem says what is wrong, Help what to do about it, a sentence each.
	Problem string `json:"problem"`
	Help    string `json:"help,omitempty"`
	// Candidates are the names that could have been meant, the closest first.
	Candidates []string `json:"candidates,omitempty"`
	Pos        Pos      `json:"pos,omitzero"`
}

// Policy is the routing, checked, compiled and resolved to the desk's ids: what
// the engine runs on. It is never changed once made.
type Policy struct {
	// Hash is of the configuration's content, in hexadecimal.
	Hash      string
	Catalogue *Catalogue

	// BoardID, Category and Priorities are those of the routing block.
	BoardID    string
	Category   CategoryName
	Priorities map[Severity]string // priority id by severity; all three
	Fallback   Fallback

	// Organizations maps the live organizations. One that is not in it is unmapped.
	Organizations map[OrganizationKey]Mapping
	// OrganizationNames names the live organizations.
	OrganizationNames map[OrganizationKey]string
	// Accounts names the accounts by id.
	Accounts map[int64]Account
	// Routes are in the order of the configuration.
	Routes []Route
	// Boards holds the statuses to use, by board id, for every board of the desk.
	Boards map[string]BoardStatuses

	// Close is of the routing block; nil where it closes nothing.
	Close     *Close
	MoveOnMap bool
	Ticket    TicketSettings
	// Settle is how long an unclear answer is left alone before it is looked up.
	Settle time.Duration

	indexOnce sync.Once
	index     *names
}

// CategoryName names a category, and perhaps a subcategory of it, to be found on
// whatever board a ticket ends on. Each may be a name or an id.
type CategoryName struct {
	Category    string
	Subcategory string
}

// Fallback is where incidents of unmapped organizations go.
type Fallback struct {
	ClientID string
	BoardID  string
	Category CategoryName
}

// Close is what is done when an incident ends, unless a route says otherwise.
type Close struct {
	// Status is the status to set, as the configuration names it; its id on each
	// board is [BoardStatuses.ClosedID].
	Status string
	// Severities are other statuses, for incidents of a severity; optional.
	Severities map[Severity]string
	// Note is text that the closing note begins with; optional.
	Note string
	// Resolution marks the closing note as the ticket's resolution.
	Resolution bool
}

// RouteClose is what a route says about the end of its incidents. What it does not
// set comes from the next route, or from the routing block.
type RouteClose struct {
	Status     string
	Note       string
	Resolution *bool
}

// BoardStatuses are the statuses of a board that the engine sets.
type BoardStatuses struct {
	// OpenID is the board's default open status; empty where it has none.
	OpenID string
	// ClosedID is the status that close-through sets; empty where the board has
	// none of that name.
	ClosedID string
	// Closed are the statuses that severities and routes set instead, by the names
	// that the configuration gives them. What the board does not have is not in it.
	Closed map[string]string
}

// TicketSettings is how tickets read.
type TicketSettings struct {
	// Subject, Intro and Outro are nil where the configuration has none.
	Subject *template.Template
	Intro   *template.Template
	Outro   *template.Template
	// Location is the MSP's time zone; nil is UTC.
	Location *time.Location
	// NotifyClient lets updates and closes e-mail the client.
	NotifyClient bool
}

// OrganizationKey names an organization among all accounts.
type OrganizationKey struct {
	AccountID      int64
	OrganizationID int64
}

// Mapping is what an organization block (or an automatic match) says of one live
// organization.
type Mapping struct {
	// Label is the label of the block; empty for an automatic match.
	Label string
	// By is how the organization was recognized: "id", "key", "name" or "auto_match".
	By       string
	ClientID string
	// The rest is optional.
	BoardID    string
	Category   CategoryName
	Priorities map[Severity]string
	Contact    string // a name, an e-mail or an id, looked up at the desk
	OptedOut   bool   // tickets = false
	// Problem is why the block cannot be used: its incidents go to the fallback.
	Problem string
	Pos     Pos
}

// Route is one route block.
type Route struct {
	Name  string
	Match Matcher
	// What the route sets; empty leaves it to the next route, the organization
	// or the routing block.
	BoardID    string
	ClientID   string
	Category   CategoryName
	PriorityID string
	Close      *RouteClose // nil where the route has no close block
	// Problem is why the route cannot be used: its incidents go to the fallback.
	Problem string
	Pos     Pos
}

// Matcher holds an incident against sets of values: it matches when each set
// that is not empty holds one of the incident's values.
type Matcher struct {
	Severities    map[Severity]bool
	Platforms     map[string]bool
	Indicators    map[string]bool
	Organizations map[OrganizationKey]bool
	// NoOrganization is true where organizations are asked for but none of them
	// exists: such a route matches nothing.
	NoOrganization bool
}
