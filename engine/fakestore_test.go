package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// fakeStore is a store in memory. What it returned without an error is kept
// whatever becomes of the engine: a crash is a new engine on the same store.
// Everything goes through JSON and milliseconds, as in a database.
type fakeStore struct {
	mu       sync.Mutex
	now      func() time.Time
	accounts map[int64]AccountState
	records  map[Key]Record
	raw      map[Key][]byte
	journal  []Entry
	desk     DeskState
	leases   map[int64]*storedLease
	// expiring makes leases end by time, as on a server that many share, not with
	// the process.
	expiring bool
	// fails is asked before each write; an error is the answer.
	fails func(op string) error
	// dead are the processes that are no more: they write nothing.
	dead map[string]bool
	// cut are the processes that do not reach the store.
	cut map[string]bool
	// unread makes reading an account fail.
	unread bool
	// read counts the records that were listed.
	read int
	// replicas are there until a time, where leases end by time.
	replicas map[string]*storedReplica
}

type storedReplica struct {
	holder               Holder
	since, seen, expires time.Time
}

type storedLease struct {
	holder  Holder
	epoch   int64
	expires time.Time
	held    bool
	asked   int64
}

func newFakeStore(now func() time.Time) *fakeStore {
	return &fakeStore{
		now: now, accounts: map[int64]AccountState{}, records: map[Key]Record{}, raw: map[Key][]byte{},
		leases: map[int64]*storedLease{}, dead: map[string]bool{}, replicas: map[string]*storedReplica{},
		cut: map[string]bool{},
	}
}

// copied is v as a database would give it back.
func copied[T any](v T) T {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out T
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

// reached fails for a process that is dead or cut off.
func (s *fakeStore) reached(h Holder) error {
	switch {
	case s.dead[h.ID]:
		return errProcessDied
	case s.cut[h.ID]:
		return errCutOff
	}
	return nil
}

// running reports whether a lease has not ended.
func (s *fakeStore) running(l *storedLease) bool {
	return l.held && (!s.expiring || s.now().Before(l.expires))
}

func (s *fakeStore) setFails(f func(op string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = f
}

func (s *fakeStore) write(op string, lease Lease) error {
	if err := s.reached(lease.Holder); err != nil {
		return err
	}
	if s.fails != nil {
		if err := s.fails(op); err != nil {
			return err
		}
	}
	held := s.leases[lease.AccountID]
	if held == nil || !s.running(held) || held.epoch != lease.Epoch || held.holder.ID != lease.Holder.ID {
		return fmt.Errorf("%s: %w", op, ErrLeaseLost)
	}
	return nil
}

func (s *fakeStore) Accounts(context.Context) ([]AccountState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []AccountState
	for _, id := range slices.Sorted(maps.Keys(s.accounts)) {
		list = append(list, copied(s.accounts[id]))
	}
	return list, nil
}

func (s *fakeStore) Account(_ context.Context, id int64) (AccountState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unread {
		return AccountState{}, errCutOff
	}
	a, ok := s.accounts[id]
	if !ok {
		return AccountState{}, fmt.Errorf("account %d: %w", id, ErrNotFound)
	}
	return copied(a), nil
}

func (s *fakeStore) Observe(_ context.Context, lease Lease, o Observation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.write("observe", lease); err != nil {
		return err
	}
	a, ok := s.accounts[o.AccountID]
	if !ok {
		a = AccountState{Poll: PollState{Account: Account{ID: o.AccountID}}, Adoption: Adoption{AccountID: o.AccountID}}
	}
	if o.Poll != nil {
		if a.Poll.Cursor.IsZero() && !o.Poll.Cursor.IsZero() {
			a.Adoption.Owed = true
		}
		a.Poll = copied(*o.Poll)
	}
	if o.Organizations != nil {
		a.Organizations = slices.Clone(o.Organizations)
	}
	s.accounts[o.AccountID] = a
	for _, row := range o.Rows {
		r, known := s.records[row.Key]
		if known && row.Seen.Version <= r.Seen.Version {
			continue
		}
		r.Key, r.Seen = row.Key, copied(row.Seen)
		s.raw[row.Key] = row.Seen.Incident.Raw
		r.DueAt = dueAtOnce(r)
		s.records[row.Key] = r
	}
	return nil
}

func dueAtOnce(r Record) time.Time {
	since := r.Seen.ChangedAt
	if since.IsZero() {
		since = time.UnixMilli(0).UTC()
	}
	if !r.DueAt.IsZero() && r.DueAt.Before(since) {
		return r.DueAt
	}
	return since.Truncate(time.Millisecond)
}

func (s *fakeStore) SaveAdoption(_ context.Context, lease Lease, adoption Adoption) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.write("save adoption", lease); err != nil {
		return err
	}
	a := s.accounts[adoption.AccountID]
	a.Adoption = copied(adoption)
	s.accounts[adoption.AccountID] = a
	return nil
}

func (s *fakeStore) Record(_ context.Context, key Key) (Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.records[key]
	if !ok {
		return Record{}, fmt.Errorf("record %s: %w", key, ErrNotFound)
	}
	return r, nil
}

func (s *fakeStore) RawIncident(_ context.Context, key Key) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, ok := s.raw[key]
	if !ok {
		return nil, ErrNotFound
	}
	return raw, nil
}

func (s *fakeStore) Records(_ context.Context, q RecordQuery) ([]Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var wanted map[int64]bool
	if q.IncidentIDs != nil {
		wanted = map[int64]bool{}
		for _, id := range q.IncidentIDs {
			wanted[id] = true
		}
	}
	var found []Record
	for _, r := range s.records {
		switch {
		case q.AccountID != 0 && r.Key.AccountID != q.AccountID,
			wanted != nil && !wanted[r.Key.IncidentID],
			!q.DueBy.IsZero() && (r.DueAt.IsZero() || r.DueAt.UnixMilli() > q.DueBy.UnixMilli()),
			q.Owing && r.DueAt.IsZero(),
			q.Open && !openRecord(r),
			q.Ticketless && r.Work.Ticket != nil,
			q.After != Key{} && compareKeys(r.Key, q.After) <= 0:
			continue
		}
		found = append(found, r)
	}
	order := func(a, b Record) int { return compareKeys(a.Key, b.Key) }
	if !q.DueBy.IsZero() {
		order = compareTurns
	}
	slices.SortFunc(found, order)
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	s.read += len(found)
	return found, nil
}

func openRecord(r Record) bool { return r.Seen.Incident.ID != 0 && r.Seen.Incident.Status.Open() }

func compareTurns(a, b Record) int {
	turn := func(r Record) int {
		switch {
		case r.Work.Intent != nil:
			return 0
		case r.Work.Ticket == nil:
			return 4 - r.Seen.Incident.Severity.Rank()
		default:
			return 4
		}
	}
	age := func(r Record) time.Time {
		if t := turn(r); t == 0 || t == 4 {
			return r.DueAt
		}
		if at := r.Seen.Incident.SentAt; !at.IsZero() {
			return at
		}
		return r.Seen.FirstAt
	}
	return cmp.Or(cmp.Compare(turn(a), turn(b)), age(a).Compare(age(b)), compareKeys(a.Key, b.Key))
}

func (s *fakeStore) Save(_ context.Context, lease Lease, r Record, entries ...Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.write("save", lease); err != nil {
		return err
	}
	stored := s.records[r.Key]
	stored.Key, stored.Work = r.Key, copied(r.Work)
	if stored.Seen.Version == r.Seen.Version {
		stored.DueAt = r.DueAt.UTC().Truncate(time.Millisecond)
	} else {
		stored.DueAt = dueAtOnce(stored)
	}
	s.records[r.Key] = stored
	s.journal = append(s.journal, entries...)
	return nil
}

func (s *fakeStore) Forget(_ context.Context, lease Lease, key Key, entry Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.write("forget", lease); err != nil {
		return err
	}
	if _, ok := s.records[key]; !ok {
		return ErrNotFound
	}
	delete(s.records, key)
	s.journal = append(s.journal, entry)
	return nil
}

func (s *fakeStore) Wake(_ context.Context, lease Lease, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.write("wake", lease); err != nil {
		return err
	}
	for k, r := range s.records {
		if k.AccountID == lease.AccountID && (openRecord(r) || !r.DueAt.IsZero()) {
			if r.DueAt = dueAtOnce(r); r.DueAt.After(now) {
				r.DueAt = now
			}
			s.records[k] = r
		}
	}
	return nil
}

func (s *fakeStore) Tally(_ context.Context, accountID int64) (Tally, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := Tally{Open: map[Severity]int{}}
	for k, r := range s.records {
		if accountID != 0 && k.AccountID != accountID {
			continue
		}
		if openRecord(r) {
			t.Open[r.Seen.Incident.Severity.Effective()]++
		}
		if r.Work.Intent != nil && !r.Work.Intent.DoubtAt.IsZero() {
			t.InDoubt++
		}
		if r.Work.Skip == SkipDeletedByPerson {
			t.DeletedByPeople++
		}
		if len(r.Work.Extras) > 0 {
			t.Extras++
		}
		if r.DueAt.IsZero() {
			continue
		}
		if t.NextDue.IsZero() || r.DueAt.Before(t.NextDue) {
			t.NextDue = r.DueAt
		}
		if r.OnlyDetails() {
			continue
		}
		t.Pending++
		if at := r.Seen.ChangedAt; !at.IsZero() && (t.OldestPending.IsZero() || at.Before(t.OldestPending)) {
			t.OldestPending = at
		}
	}
	return t, nil
}

func (s *fakeStore) Journal(_ context.Context, q JournalQuery) ([]Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Entry
	for _, e := range slices.Backward(s.journal) {
		if q.Key == (Key{}) || q.Key == e.Key {
			list = append(list, e)
		}
	}
	if q.Limit > 0 && len(list) > q.Limit {
		list = list[:q.Limit]
	}
	return list, nil
}

func (s *fakeStore) Desk(context.Context) (DeskState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copied(s.desk), nil
}

func (s *fakeStore) SaveDesk(_ context.Context, lease Lease, d DeskState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.write("save desk", lease); err != nil {
		return err
	}
	s.desk = copied(d)
	return nil
}

func (s *fakeStore) Unknown(_ context.Context, accountID int64, incidents []int64) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range incidents {
		if _, ok := s.records[Key{AccountID: accountID, Kind: KindIncident, IncidentID: id}]; !ok {
			n++
		}
	}
	return n, nil
}

func (s *fakeStore) Acquire(_ context.Context, accountID int64, h Holder, ttl time.Duration) (Lease, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.reached(h); err != nil {
		return Lease{}, err
	}
	if s.fails != nil {
		if err := s.fails("acquire"); err != nil {
			return Lease{}, err
		}
	}
	l := s.leases[accountID]
	if l == nil {
		l = &storedLease{}
		s.leases[accountID] = l
	}
	running := s.running(l)
	if running && l.holder.ID != h.ID {
		return Lease{}, &HeldError{Holder: l.holder, Expires: l.expires}
	}
	if l.holder.ID != h.ID || !running {
		l.epoch++
	}
	l.holder, l.held = h, true
	if s.expiring {
		l.expires = s.now().Add(ttl)
	}
	return Lease{AccountID: accountID, Holder: h, Epoch: l.epoch, Expires: l.expires}, nil
}

func (s *fakeStore) Release(_ context.Context, lease Lease) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.leases[lease.AccountID]
	if l == nil || l.epoch != lease.Epoch || l.holder.ID != lease.Holder.ID {
		return ErrLeaseLost
	}
	l.held = false
	return nil
}

func (s *fakeStore) Attend(ctx context.Context, h Holder, ttl time.Duration) (Roster, error) {
	s.mu.Lock()
	if err := s.reached(h); err != nil {
		s.mu.Unlock()
		return Roster{}, err
	}
	if s.expiring {
		now := s.now()
		r := s.replicas[h.ID]
		if r == nil || !now.Before(r.expires) {
			r = &storedReplica{holder: h, since: now}
			s.replicas[h.ID] = r
		}
		r.seen, r.expires = now, now.Add(ttl)
	}
	s.mu.Unlock()
	return s.Roster(ctx)
}

func (s *fakeStore) Roster(context.Context) (Roster, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var roster Roster
	if !s.expiring {
		return roster, nil
	}
	now := s.now()
	for _, id := range slices.Sorted(maps.Keys(s.replicas)) {
		if r := s.replicas[id]; now.Before(r.expires) {
			roster.Replicas = append(roster.Replicas, Replica{Holder: r.holder, Age: r.seen.Sub(r.since)})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.leases)) {
		if l := s.leases[id]; l.held && now.Before(l.expires) {
			roster.Seats = append(roster.Seats, Seat{AccountID: id, Holder: l.holder, Expires: l.expires, Asked: l.asked})
		}
	}
	return roster, nil
}

func (s *fakeStore) AskPoll(_ context.Context, accounts []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range accounts {
		if l := s.leases[id]; l != nil {
			l.asked++
		}
	}
	return nil
}

func (s *fakeStore) Close() error { return nil }

// cutOff is a broken network between a process and the store, and its repair.
func (s *fakeStore) cutOff(h Holder, broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut[h.ID] = broken
}

func (s *fakeStore) setUnread(unread bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unread = unread
}

// died is the end of a process: its holds end with it, unless they end by time.
func (s *fakeStore) died(h Holder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead[h.ID] = true
	for _, l := range s.leases {
		if l.holder.ID == h.ID && !s.expiring {
			l.held = false
		}
	}
}

func (s *fakeStore) isDead(h Holder) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead[h.ID]
}

// lose forgets everything, as if the disk were lost.
func (s *fakeStore) lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.accounts)
	clear(s.records)
	clear(s.raw)
	s.journal, s.desk = nil, DeskState{URL: s.desk.URL}
}

func (s *fakeStore) entries() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal)
}

// errCutOff is what a process gets that does not reach the store.
var errCutOff = errors.New("the store does not answer")

// errProcessDied is what everything answers to a process that is no more.
var errProcessDied = errors.New("this process has died")
