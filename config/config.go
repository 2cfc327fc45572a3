package config

import (
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/huntsync/huntsync/engine"
)

// Config is a valid configuration. It may be incomplete: see [Config.Incomplete].
// It is never changed once loaded, and implements [engine.Configuration].
type Config struct {
	// Hash is of the files and of the variables that were set from outside, in
	// hexadecimal. Credentials are no part of it.
	Hash string
	// Huntress are the accounts, in the order of the configuration.
	Huntress []Huntress
	// Desk is nil where there is none yet.
	Desk  *Desk
	State State
	Web   Web

	routing       routing
	organizations []organization
	routes        []route
	ticket        engine.TicketSettings
	autoMatch     bool

	absent   []absentCredential
	snapshot string // hash of the files alone
	inputs   *inputs
	ctx      *hcl.EvalContext // for routing tests
}

// Huntress is a huntress block: the way to one or more Huntress accounts.
type Huntress struct {
	Label string
	// APIKey and APISecret are empty where they are absent.
	APIKey, APISecret Secret
	BaseURL           string // without a slash at the end
	PollInterval      time.Duration
	Backfill          time.Duration
	Census            time.Duration
	// Accounts are names, subdomains and numbers of the accounts wanted of a
	// reseller key, or "*" for all of them; empty for the key's own account.
	Accounts []string
	Pos      engine.Pos
}

// Desk is the desk block.
type Desk struct {
	Type   string // "algapsa"
	URL    string // without a slash at the end
	APIKey Secret // empty where it is absent
	Settle time.Duration
	Pos    engine.Pos
}

// The types of state.
const (
	StateSQLite   = "sqlite"
	StatePostgres = "postgres"
)

// State is the state block, or what holds without one.
type State struct {
	Type string // [StateSQLite] or [StatePostgres]
	// Path is of the SQLite database: absolute, or from the working directory.
	Path string
	// URL is of the PostgreSQL database; empty where it is absent.
	URL Secret
	// Retention is how long the journal and closed records are kept.
	Retention time.Duration
	Pos       engine.Pos
}

// Web is the web block, or what holds without one.
type Web struct {
	Listen string // host:port
	Pos    engine.Pos
}

// name is a name or an id of something at the desk; the zero value is none.
type name struct {
	value string
	pos   engine.Pos
}

func (n name) given() bool { return n.value != "" }

// category is a category as an argument gives it.
type category struct {
	name engine.CategoryName
	pos  engine.Pos
}

func (c category) given() bool { return c.name != engine.CategoryName{} }

// routing is the routing block; the zero value where there is none.
type routing struct {
	pos      engine.Pos
	board    name
	category category
	severity map[engine.Severity]name
	fallback fallback
	close    *closing
	moves    bool
}

type fallback struct {
	pos      engine.Pos
	client   name
	board    name
	category category
}

// closing is a close block, of the routing or of a route.
type closing struct {
	status     name
	severities map[engine.Severity]name // of the routing only
	note       string
	resolution *bool // nil where it is not given
}

// organization is an organization block.
type organization struct {
	label    string
	pos      engine.Pos
	id       int64
	key      string
	account  string
	client   name
	board    name
	category category
	severity map[engine.Severity]name
	contact  string
	optedOut bool
}

// pinned reports whether the block names the organization by more than its label.
func (o *organization) pinned() bool { return o.id != 0 || o.key != "" }

// precision orders blocks by how closely they say what they are about.
func (o *organization) precision() int {
	switch {
	case o.id != 0, o.key != "" && o.account != "":
		return 3
	case o.key != "":
		return 2
	case o.account != "":
		return 1
	default:
		return 0
	}
}

func (o *organization) path() string { return blockName("organization", o.label) }

// route is a route block.
type route struct {
	name          string
	at            hcl.Range
	pos           engine.Pos
	severities    []string
	platforms     []string
	indicators    []string
	organizations []item
	board         name
	priority      name
	client        name
	category      category
	close         *closing
}

func (r *route) path() string { return blockName("route", r.name) }

// absentCredential reminds of a credential, and of which side.
type absentCredential struct {
	engine.Reminder
	huntress bool
}

// Stale reports whether the configuration has to be loaded again: its files are
// no longer those of the snapshot, or a file that it takes a credential from has
// changed.
func (c *Config) Stale(s *Snapshot) bool {
	if s.Hash != c.snapshot {
		return true
	}
	for path, was := range c.inputs.digests {
		if digestOf(c.inputs.readFile(path)) != was {
			return true
		}
	}
	return false
}

// CredentialFiles lists the files that credentials are taken from, so that they
// can be watched.
func (c *Config) CredentialFiles() []string {
	var paths []string
	for path := range c.inputs.digests {
		paths = append(paths, path)
	}
	return paths
}
