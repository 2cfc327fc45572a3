package engine

import (
	"context"
	"fmt"
	"time"
)

// Store is the durable memory. Every method is one transaction; what it returned
// without an error survives the loss of power. A missing thing is [ErrNotFound].
//
// Writes carry the lease they are made under; [ErrLeaseLost] says that somebody
// else has taken the account since, and nothing was written.
type Store interface {
	// Accounts lists every account that was ever observed, by id.
	Accounts(ctx context.Context) ([]AccountState, error)
	// Account reads one account.
	Account(ctx context.Context, id int64) (AccountState, error)
	// Observe commits what was seen, together: the rows, and where set the poll
	// state and the organizations. Only the Seen half of a record is written: a
	// row whose Seen.Version is not greater than the stored one is left alone, and a
	// changed row becomes due at once. The first poll state with a cursor sets
	// adoption owed.
	Observe(ctx context.Context, lease Lease, o Observation) error
	// SaveAdoption writes how far adoption has come.
	SaveAdoption(ctx context.Context, lease Lease, a Adoption) error

	// Record reads one record.
	Record(ctx context.Context, key Key) (Record, error)
	// RawIncident reads the incident as Huntress sent it.
	RawIncident(ctx context.Context, key Key) ([]byte, error)
	// Records lists records; see [RecordQuery] for which and in which order.
	Records(ctx context.Context, q RecordQuery) ([]Record, error)
	// Save writes the Work half and DueAt of a record, with journal entries, and
	// creates the record where only its ticket is known yet. Where the incident
	// changed since the record was read (another Seen.Version is stored), the
	// record stays due at once, whatever DueAt says.
	Save(ctx context.Context, lease Lease, r Record, entries ...Entry) error
	// Forget deletes a record.
	Forget(ctx context.Context, lease Lease, key Key, entry Entry) error
	// Wake makes every record of the account due at once that is open at
	// Huntress or still owes something: since it changed, but by now where a clock
	// that was ahead put that into the future. Its cost follows these records, not all.
	Wake(ctx context.Context, lease Lease, now time.Time) error
	// Unknown counts those of the incidents that there is no record of.
	Unknown(ctx context.Context, accountID int64, incidents []int64) (int, error)
	// Tally counts. Its cost follows what is open or owed, not all records.
	Tally(ctx context.Context, accountID int64) (Tally, error)
	// Journal lists entries, the newest first.
	Journal(ctx context.Context, q JournalQuery) ([]Entry, error)

	// Desk reads what is remembered of the desk; the zero value at first.
	Desk(ctx context.Context) (DeskState, error)
	// SaveDesk writes it.
	SaveDesk(ctx context.Context, lease Lease, d DeskState) error

	// Acquire takes the account for a holder, or fails with [*HeldError]. Taking
	// it again under the same holder's ID renews it and keeps the epoch; a new
	// holder gets a greater epoch. A ttl of 0 is for stores whose hold ends with
	// the process.
	Acquire(ctx context.Context, accountID int64, h Holder, ttl time.Duration) (Lease, error)
	// Release gives it back.
	Release(ctx context.Context, lease Lease) error

	// Attend says that a replica is there for another ttl, and tells how all of
	// them stand. A store that serves a single process answers with the zero Roster.
	Attend(ctx context.Context, h Holder, ttl time.Duration) (Roster, error)
	// Roster tells how the replicas stand, without being one.
	Roster(ctx context.Context) (Roster, error)
	// AskPoll counts up [Seat.Asked] of the accounts that somebody has held, so that
	// whoever holds them now polls at once.
	AskPoll(ctx context.Context, accounts []int64) error
	// Close releases everything.
	Close() error
}

// AccountState is what is kept of an account.
type AccountState struct {
	Poll          PollState
	Adoption      Adoption
	Organizations []Organization
}

// PollState is how far an account was observed. It is written by Observe only.
type PollState struct {
	Account Account `json:"account"`
	// Identity is [AccountSettings.Identity] of the credentials that reached it.
	Identity string `json:"identity,omitempty"`
	// Cursor is up to where incidents are known to be read, by Huntress's clock.
	Cursor time.Time `json:"cursor,omitzero"`
	// LookbackFrom is when the first look-back began: what was no longer open
	// then is only recorded.
	LookbackFrom time.Time `json:"lookback_from,omitzero"`
	// OrganizationsAt is when the organizations were read.
	OrganizationsAt time.Time `json:"organizations_at,omitzero"`
	// OrganizationsOwed is true where they could not be read since.
	OrganizationsOwed bool `json:"organizations_owed,omitempty"`
	// Census is the last complete list of open incidents.
	Census Census `json:"census,omitzero"`

	AttemptAt time.Time `json:"attempt_at,omitzero"`
	SuccessAt time.Time `json:"success_at,omitzero"`
	// Failures counts polls that failed since the last that did not.
	Failures int    `json:"failures,omitempty"`
	Reason   Reason `json:"reason,omitempty"`
	// Error says why the last poll failed; without secrets, empty where it did not.
	Error string `json:"error,omitempty"`
}

// Census is the last complete list of what is open at Huntress.
type Census struct {
	At   time.Time `json:"at,omitzero"`
	Open []int64   `json:"open,omitempty"`
	// Unread are those of them that Huntress neither lists nor could read by id, in the
	// order in which they are tried again.
	Unread []int64 `json:"unread,omitempty"`
	// Gone are those that Huntress neither lists nor has, by id. They are not asked for
	// again unless it lists them.
	Gone []int64 `json:"gone,omitempty"`
}

// Adoption is how far an account's tickets were matched with the desk's.
type Adoption struct {
	AccountID int64 `json:"account_id"`
	// Owed is true until a complete read of the tickets with our marker: while it
	// stands nothing is created for the account.
	Owed bool `json:"owed"`
	// ReadAt is up to where tickets with our marker are known, by the desk's clock.
	ReadAt time.Time `json:"read_at,omitzero"`
	// Unseen are incidents that only an open ticket of ours is known of: they may have
	// ended where no walk comes any more, so the census reads them by id. Some may have
	// been observed since.
	Unseen []int64 `json:"unseen,omitempty"`
}

// Observation is what one step of observing found.
type Observation struct {
	AccountID int64
	// Rows hold Key and Seen (with Incident.Raw); the rest of them is ignored.
	Rows []Record
	// Poll is nil where the poll state stays as it is.
	Poll *PollState
	// Organizations is nil where they stay as they are.
	Organizations []Organization
}

// RecordQuery says which records. Fields that are set all apply.
type RecordQuery struct {
	AccountID   int64 // 0: of every account
	IncidentIDs []int64
	// DueBy keeps records with a DueAt no later. They come in the order in which
	// they are worked on: in doubt first, then those without a ticket by severity
	// and age, then the rest by DueAt. Without it they come by account and incident id.
	DueBy time.Time
	// Owing keeps records with a DueAt, whenever it is.
	Owing bool
	// Open keeps incidents that are open at Huntress.
	Open bool
	// Ticketless keeps records without a ticket.
	Ticketless bool
	// After pages through records in id order.
	After Key
	Limit int // 0: all
}

// Tally counts the records of an account that somebody may have to look at.
type Tally struct {
	Open            map[Severity]int // open at Huntress, by effective severity
	Pending         int              // something is owed, more than [Record.OnlyDetails]
	InDoubt         int
	DeletedByPeople int
	Extras          int       // records with more than one ticket
	OldestPending   time.Time // when the longest-waiting pending record changed; zero: none
	NextDue         time.Time // the earliest DueAt; zero: none
}

// Entry is a row of the journal: who did what, when and why.
type Entry struct {
	ID      int64     `json:"id,omitempty"`
	At      time.Time `json:"at"`
	Key     Key       `json:"key"`
	Action  Action    `json:"action"`
	Cause   Cause     `json:"cause,omitempty"`
	Outcome Outcome   `json:"outcome"`
	Ticket  string    `json:"ticket,omitempty"` // number, or id where there is none
	Detail  string    `json:"detail,omitempty"`
	Policy  string    `json:"policy,omitempty"` // hash
	Who     string    `json:"who,omitempty"`    // "run@host"
	PassID  string    `json:"pass_id,omitempty"`
}

// Outcome is how a change ended. The set is closed.
type Outcome string

// The outcomes.
const (
	OutcomeDone    Outcome = "done"
	OutcomeInDoubt Outcome = "in_doubt"
	OutcomeRefused Outcome = "refused" // the desk refused this one; it is tried again later
	OutcomeFailed  Outcome = "failed"  // the desk could not be worked with
	OutcomeSkipped Outcome = "skipped" // what a person did makes it unnecessary
	OutcomeFound   Outcome = "found"   // a change in doubt had happened
	OutcomeAbsent  Outcome = "absent"  // a change in doubt had not happened
	OutcomeAdopted Outcome = "adopted"
)

// Outcomes lists every outcome, so that metrics can start each at zero.
func Outcomes() []Outcome {
	return []Outcome{
		OutcomeDone, OutcomeInDoubt, OutcomeRefused, OutcomeFailed,
		OutcomeSkipped, OutcomeFound, OutcomeAbsent, OutcomeAdopted,
	}
}

// JournalQuery says which entries.
type JournalQuery struct {
	Key   Key   // the zero Key: all
	After int64 // entries older than this id; 0: from the newest
	Limit int   // 0: all
}

// DeskState is what is remembered of the desk.
type DeskState struct {
	// URL binds the state to one desk.
	URL string `json:"url,omitempty"`
	// Author is who our tickets are entered by.
	Author string `json:"author,omitempty"`
	// Catalogue is the last one read, so that a restart while the desk is away goes on.
	Catalogue *Catalogue `json:"catalogue,omitempty"`
	// CreatesStopped is why no more tickets are made: the desk does not keep our
	// correlation id, so a lost answer would double a ticket.
	CreatesStopped string `json:"creates_stopped,omitempty"`
}

// Holder is who works an account.
type Holder struct {
	// ID is made anew for each process.
	ID      string    `json:"id"`
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// String is the holder as messages show it.
func (h Holder) String() string {
	return fmt.Sprintf("huntsync %s on %s (pid %d, since %s)",
		h.Command, h.Host, h.PID, h.Since.UTC().Format(time.RFC3339))
}

// Lease is the right to write for one account.
type Lease struct {
	AccountID int64
	Holder    Holder
	// Epoch grows with every new holder; a write with an older one is refused.
	Epoch int64
	// Expires is when the lease ends unless it is renewed; the zero time where it
	// ends with the process.
	Expires time.Time
}

// HeldError says who has the account.
type HeldError struct {
	Holder Holder
	// Expires is when it becomes free by itself; zero where it ends with the process.
	Expires time.Time
}

// Error names the holder.
func (e *HeldError) Error() string {
	return "the state is held by " + e.Holder.String() + ": stop it first; what only reads works beside it"
}

// ErrLeaseLost says that a write came under a lease that is no longer held.
var ErrLeaseLost = fmt.Errorf("the lease on the account was lost to another holder")
