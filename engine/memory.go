package engine

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"
)

// catalogueAge is how long a catalogue, and a contact, is taken as true.
const catalogueAge = 15 * time.Minute

// catalogueRetry is how long one that could not be read anew is not asked for again:
// tickets do not wait for a list that fails while the rest of the desk works.
const catalogueRetry = time.Minute

// deskMemory is what all accounts remember of the one desk.
type deskMemory struct {
	store Store
	// storing admits one at a time to what the store has of it: what a call that is over
	// has shown is written down whatever happens. Nobody waits for the store under mu:
	// what is only looked up must not wait with them.
	storing turn

	mu      sync.Mutex
	state   DeskState
	expired bool
	// unsaved is set where state was learned before there was a lease to write under.
	unsaved bool
	// lifted is the stop of creates that ends with the start of this process.
	lifted string
	people map[contactKey]contactFound
	// noAssets is true once it was told that the desk lets us see no assets.
	noAssets bool
	// unread is when the catalogue could not be read anew last, by the monotonic clock.
	unread time.Time
	// vanished is when so many tickets vanished last that none was believed to have, by
	// the monotonic clock.
	vanished time.Time
	// mute is true once a note did not tell who wrote it: no more are added to find out.
	mute bool
}

type contactKey struct{ clientID, name string }

type contactFound struct {
	contacts []Contact
	at       time.Time
}

func (m *deskMemory) author() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Author
}

func (m *deskMemory) createsStopped() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.CreatesStopped
}

func (m *deskMemory) catalogue() *Catalogue {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Catalogue
}

// catalogueOf is the catalogue of a desk, where it is the one that is remembered.
func (m *deskMemory) catalogueOf(url string) *Catalogue {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !SameDesk(m.state.URL, url) {
		return nil
	}
	return m.state.Catalogue
}

// learn remembers the desk that is worked with from now on. The state is bound to it
// by the next flush.
func (m *deskMemory) learn(url string, c *Catalogue) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state.URL == url && m.state.Catalogue == c {
		return
	}
	m.state.URL, m.state.Catalogue, m.expired, m.unsaved = url, c, false, true
}

// expireCatalogue makes the catalogue, and contacts, be read again before the next
// pass: the desk said that something we named is gone.
func (m *deskMemory) expireCatalogue() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expired, m.people = true, nil
}

// assetsDenied reports whether it is news that the desk lets us see no assets.
func (m *deskMemory) assetsDenied() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	news := !m.noAssets
	m.noAssets = true
	return news
}

// disbelieves reports whether no ticket is believed to have vanished: many did in this
// pass, or in one of which this may read the rest.
func (m *deskMemory) disbelieves(many bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if many {
		m.vanished = time.Now()
	}
	return !m.vanished.IsZero() && time.Since(m.vanished) < 2*vanishAgain
}

func (m *deskMemory) notesAreMute() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mute
}

func (m *deskMemory) muteNotes() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mute = true
}

// stale reports whether the catalogue has to be read again.
func (m *deskMemory) stale(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.state.Catalogue
	if c == nil || time.Since(m.unread) < catalogueRetry {
		return c == nil
	}
	return m.expired || now.Sub(c.ReadAt) >= catalogueAge || c.ReadAt.After(now)
}

// catalogueFailed notes that the catalogue could not be read anew.
func (m *deskMemory) catalogueFailed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unread = time.Now()
}

// now is the state as it stands.
func (m *deskMemory) now() DeskState {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state
}

// change writes a changed state.
func (m *deskMemory) change(ctx context.Context, lease Lease, change func(*DeskState)) error {
	if err := m.storing.take(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	defer m.storing.give()
	if err := m.hearOthers(ctx, lease); err != nil {
		return err
	}
	before := m.now()
	next := before
	change(&next)
	if next == before {
		return nil
	}
	if err := m.store.SaveDesk(context.WithoutCancel(ctx), lease, next); err != nil {
		return fmt.Errorf("write what is known of the desk: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.state)
	return nil
}

// listen takes in what other replicas found out about the desk.
func (m *deskMemory) listen(ctx context.Context, lease Lease) error {
	if err := m.storing.take(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	defer m.storing.give()
	return m.hearOthers(ctx, lease)
}

// hearOthers is listen for whose turn it is. Under a lease that ends with the process
// there are no others.
func (m *deskMemory) hearOthers(ctx context.Context, lease Lease) error {
	if lease.Expires.IsZero() {
		return nil
	}
	return m.hear(ctx)
}

// hear takes in what the store says of the desk, except for the catalogue.
func (m *deskMemory) hear(ctx context.Context) error {
	state, err := m.store.Desk(ctx)
	if err != nil {
		return fmt.Errorf("read what is known of the desk: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !bindable(state.URL, m.state.URL) {
		return &OtherDeskError{Bound: state.URL, Wanted: m.state.URL}
	}
	if state.CreatesStopped == m.lifted {
		state.CreatesStopped = ""
	}
	m.state.CreatesStopped, m.state.Author = state.CreatesStopped, cmp.Or(state.Author, m.state.Author)
	return nil
}

// flush writes what was learned before there was a lease, beside what others wrote.
func (m *deskMemory) flush(ctx context.Context, lease Lease) error {
	if err := m.storing.take(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	defer m.storing.give()
	m.mu.Lock()
	unsaved := m.unsaved
	m.mu.Unlock()
	if !unsaved {
		return nil
	}
	if err := m.hear(ctx); err != nil {
		return err
	}
	saved := m.now()
	if err := m.store.SaveDesk(context.WithoutCancel(ctx), lease, saved); err != nil {
		return fmt.Errorf("write what is known of the desk: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	// Another catalogue may have been learned meanwhile.
	m.unsaved, m.lifted = saved != m.state, ""
	return nil
}

func (m *deskMemory) learnAuthor(ctx context.Context, lease Lease, author string) error {
	return m.change(ctx, lease, func(s *DeskState) { s.Author = author })
}

func (m *deskMemory) stopCreates(ctx context.Context, lease Lease, why string) error {
	return m.change(ctx, lease, func(s *DeskState) { s.CreatesStopped = why })
}

func (m *deskMemory) setCatalogue(ctx context.Context, lease Lease, c *Catalogue) error {
	err := m.change(ctx, lease, func(s *DeskState) { s.Catalogue = c })
	if err == nil {
		m.mu.Lock()
		m.expired = false
		m.mu.Unlock()
	}
	return err
}

// contacts returns what a contact's name found, where that is no older than a
// catalogue may be.
func (m *deskMemory) contacts(key contactKey, now time.Time) ([]Contact, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, ok := m.people[key]
	return found.contacts, ok && now.Sub(found.at) < catalogueAge && !found.at.After(now)
}

func (m *deskMemory) setContacts(key contactKey, contacts []Contact, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.people == nil {
		m.people = map[contactKey]contactFound{}
	}
	m.people[key] = contactFound{contacts: contacts, at: now}
}
