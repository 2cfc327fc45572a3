package status

import (
	"time"

	"github.com/huntsync/huntsync/engine"
)

// FormatVersion is the version of the JSON form. It grows when a field changes
// its meaning or goes away, not when one is added.
const FormatVersion = 1

// Status is how everything stands at one moment. Times are UTC.
type Status struct {
	// FormatVersion is the version of this document's form.
	FormatVersion int `json:"format_version"`
	// At is when the status was read.
	At time.Time `json:"at"`
	// Daemon is the process that answers; absent where the state was read without one.
	Daemon *Daemon `json:"daemon,omitempty"`
	// Configuration is what the daemon runs on; absent where the state was read without one.
	Configuration *Configuration `json:"configuration,omitempty"`
	// Attention says what a person should look at although no poll failed, a
	// sentence each; empty where all is well.
	Attention []string `json:"attention"`
	// Desk is the ticketing system.
	Desk Desk `json:"desk"`
	// Accounts are the Huntress accounts, by name.
	Accounts []Account `json:"accounts"`
	// Replicas are the processes that share the state, the oldest first; absent where
	// a single process has it.
	Replicas []Replica `json:"replicas,omitempty"`
	// Recent are the last changes of the journal, the newest first.
	Recent []Change `json:"recent"`
}

// Daemon is the process that answers.
type Daemon struct {
	// Version is that of the program.
	Version string `json:"version,omitempty"`
	// Ready is true when polling is enabled and no account's last poll failed.
	Ready bool `json:"ready"`
	// NotReady says why the daemon is not ready, a sentence each.
	NotReady []string `json:"not_ready,omitempty"`
}

// Configuration is what the daemon runs on.
type Configuration struct {
	// Hash is of the content of the configuration that runs.
	Hash string `json:"hash,omitempty"`
	// Complete is true where nothing blocks polling.
	Complete bool `json:"complete"`
	// Blocking lists what keeps polling disabled.
	Blocking []engine.Reminder `json:"blocking"`
	// Warnings list what is wrong without blocking.
	Warnings []engine.Reminder `json:"warnings"`
	// Reload is the last configuration that was read; absent before the first.
	Reload *Reload `json:"reload,omitempty"`
}

// Outcome is what became of a configuration that was read. The set is closed.
type Outcome string

// The outcomes of a reload.
const (
	OutcomeApplied    Outcome = "applied"    // it is the one that runs
	OutcomeInvalid    Outcome = "invalid"    // it has errors; the last good one runs on
	OutcomeIncomplete Outcome = "incomplete" // it lacks something; the last good one runs on
	OutcomeWaiting    Outcome = "waiting"    // the desk or Huntress is out of reach; it is tried again
)

// Reload is what became of the configuration that was read last.
type Reload struct {
	// At is when it was read.
	At time.Time `json:"at"`
	// Outcome is applied, invalid, incomplete or waiting.
	Outcome Outcome `json:"outcome"`
	// Problems say why it was not applied, with their places.
	Problems []engine.Reminder `json:"problems,omitempty"`
}

// Desk is the ticketing system.
type Desk struct {
	// Name is what messages call it.
	Name string `json:"name,omitempty"`
	// URL is the desk that the state is bound to.
	URL string `json:"url,omitempty"`
	// Paused is set while the desk cannot be worked with.
	Paused *Pause `json:"paused,omitempty"`
	// CreatesStopped says why no tickets are created; absent where they are.
	CreatesStopped string `json:"creates_stopped,omitempty"`
}

// Pause is why the desk is left alone for the moment.
type Pause struct {
	// Reason is auth, rate_limited, timeout, unavailable, rejected or internal.
	Reason engine.Reason `json:"reason"`
	// Detail is what the desk said.
	Detail string `json:"detail"`
	// Until is when it is tried again.
	Until time.Time `json:"until"`
}

// Connection is how an account's polling stands. The set is closed.
type Connection string

// The states of a connection.
const (
	ConnectionOK       Connection = "ok"       // the last poll succeeded
	ConnectionFailing  Connection = "failing"  // the last poll failed, or Huntress does not tell which account it is
	ConnectionStarting Connection = "starting" // no poll has ended yet
	ConnectionPaused   Connection = "paused"   // polling is disabled: the configuration is incomplete
)

// Account is how one Huntress account stands.
type Account struct {
	// Name is the one that the configuration gives the account; without a daemon,
	// the one that Huntress gives it.
	Name string `json:"name"`
	// ID is Huntress's number of the account; absent until it is known.
	ID int64 `json:"id,omitempty"`
	// HuntressName is what Huntress calls the account.
	HuntressName string `json:"huntress_name,omitempty"`
	// Leader is the process that works the account; absent where none does, and where
	// the state serves a single process.
	Leader *Replica `json:"leader,omitempty"`
	// Connection is ok, failing, starting or paused.
	Connection Connection `json:"connection"`
	// Poll is how far the account was read.
	Poll Poll `json:"poll"`
	// Organizations counts them by mapping; absent where the routing is not known.
	Organizations *Organizations `json:"organizations,omitempty"`
	// Open counts the incidents that are open at Huntress.
	Open Open `json:"incidents_open"`
	// Pending counts the incidents whose ticket is owed something.
	Pending int `json:"incidents_pending"`
	// OldestPendingAt is since when the longest-waiting of them waits.
	OldestPendingAt time.Time `json:"oldest_pending_at,omitzero"`
	// InDoubt counts the incidents with a change whose answer was unclear.
	InDoubt int `json:"incidents_in_doubt"`
	// Unticketed counts the incidents that the last census found open, that have
	// been due for more than two poll intervals, and that have no ticket. Must be
	// 0; absent where it cannot be known.
	Unticketed *int `json:"incidents_unticketed,omitempty"`
	// CensusAt is when the open incidents were last listed completely.
	CensusAt time.Time `json:"census_at,omitzero"`
	// DeletedByPeople counts the tickets that a person deleted; they are not made again.
	DeletedByPeople int `json:"tickets_deleted_by_people"`
	// Doubled counts the incidents with more than one ticket.
	Doubled int `json:"incidents_with_several_tickets"`
	// AdoptionOwed is true while nothing is created because the tickets that the
	// desk already has were not yet read completely.
	AdoptionOwed bool `json:"adoption_owed"`
	// Waiting lists the first of the pending incidents, in the order in which they
	// are worked on: what is in doubt first.
	Waiting []Waiting `json:"waiting"`
}

// Poll is how far an account was read.
type Poll struct {
	// AttemptAt is when the last poll began.
	AttemptAt time.Time `json:"attempt_at,omitzero"`
	// SuccessAt is when the last poll that succeeded ended.
	SuccessAt time.Time `json:"success_at,omitzero"`
	// NextAt is when the next poll is due; absent where that is not known.
	NextAt time.Time `json:"next_at,omitzero"`
	// IntervalSeconds is the time between two polls; absent where that is not known.
	IntervalSeconds int `json:"interval_seconds,omitempty"`
	// Failures counts the polls that failed since the last that succeeded.
	Failures int `json:"failures"`
	// Reason is auth, rate_limited, timeout, unavailable, rejected or internal;
	// absent where the last poll did not fail.
	Reason engine.Reason `json:"reason,omitempty"`
	// Error says why the last poll failed.
	Error string `json:"error,omitempty"`
}

// Organizations counts an account's organizations by mapping.
type Organizations struct {
	// Mapped is how many have a client of their own.
	Mapped int `json:"mapped"`
	// Unmapped is how many go to the fallback.
	Unmapped int `json:"unmapped"`
	// OptedOut is how many get no tickets.
	OptedOut int `json:"opted_out"`
}

// Total is how many there are.
func (o Organizations) Total() int { return o.Mapped + o.Unmapped + o.OptedOut }

// Open counts open incidents by severity. An unknown severity counts as critical.
type Open struct {
	Critical int `json:"critical"`
	High     int `json:"high"`
	Low      int `json:"low"`
}

// Total is how many there are.
func (o Open) Total() int { return o.Critical + o.High + o.Low }

// Waiting is an incident whose ticket is owed something.
type Waiting struct {
	AccountID  int64  `json:"account_id"`
	IncidentID int64  `json:"incident_id"`
	Subject    string `json:"subject"`
	// Severity is as Huntress sent it.
	Severity engine.Severity `json:"severity,omitempty"`
	// Ticket is the number of the ticket; absent where there is none yet.
	Ticket string `json:"ticket,omitempty"`
	// TicketURL is where the ticket is opened; absent where the desk has no such place.
	TicketURL string `json:"ticket_url,omitempty"`
	// InDoubt is true where the answer to a change was unclear.
	InDoubt bool `json:"in_doubt"`
	// Why says in a sentence what it waits for.
	Why string `json:"why"`
	// Since is when the incident changed.
	Since time.Time `json:"since,omitzero"`
	// At is when it is decided, or tried again.
	At time.Time `json:"at,omitzero"`
}

// Change is one row of the journal.
type Change struct {
	// ID grows with each row.
	ID         int64     `json:"id"`
	At         time.Time `json:"at"`
	AccountID  int64     `json:"account_id"`
	IncidentID int64     `json:"incident_id"`
	// Action is what was done: create, note, close, reopen, move, reprioritize, link, lookup.
	Action engine.Action `json:"action"`
	// Cause is why it was owed.
	Cause engine.Cause `json:"cause,omitempty"`
	// Outcome is how it ended: done, in_doubt, refused, failed, skipped, found, absent, adopted.
	Outcome engine.Outcome `json:"outcome"`
	// Ticket is the number of the ticket, or its id where there is none.
	Ticket string `json:"ticket,omitempty"`
	// Detail is what else there is to tell.
	Detail string `json:"detail,omitempty"`
	// Policy is the hash of the configuration that it was done under.
	Policy string `json:"policy,omitempty"`
	// Who is the process that did it.
	Who string `json:"who,omitempty"`
	// PassID names the pass that it was part of.
	PassID string `json:"pass_id,omitempty"`
}
