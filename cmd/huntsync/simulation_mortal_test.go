package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state"
	"github.com/huntsync/huntsync/state/sqlite"
	"github.com/huntsync/huntsync/state/sqlite/sqlitetest"
)

// mortalStore is a state that a dead process can no longer use.
type mortalStore struct {
	state.Store
	crashed *atomic.Bool
	path    string
	disk    *sqlitetest.Disk
	totals  *tallies
	// power decides whether it fails in the middle of a write; die ends the process
	// then, and left is what lies on the disk.
	power func(what string) (fails bool, chance *rand.Rand)
	die   func(of string)
	left  image
}

// write does something while the process lives.
func (m *mortalStore) write(what string, do func() error) error {
	if m.crashed.Load() {
		return errCrashed
	}
	fails, chance := m.power(what)
	if fails {
		return m.disk.Alone(func() error { return m.tear(what, do, chance) })
	}
	err := m.disk.Use(do)
	if e, ok := errors.AsType[*sqlite.FileError](err); ok {
		m.totals.disaster("disk: refused a write, " + string(e.Problem))
	}
	return err
}

// tear dies in the middle of a write.
func (m *mortalStore) tear(what string, do func() error, chance *rand.Rand) error {
	if m.crashed.Load() {
		return errCrashed
	}
	before, err := readImage(m.path)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := readImage(m.path)
	if err != nil {
		return err
	}
	m.left = torn(before, after, chance)
	m.die(what)
	return errCrashed
}

// end closes the state. Of a process that died it leaves on the disk what lay there
// when it did: what was made durable, and nothing that is done on closing.
func (m *mortalStore) end() error {
	if !m.crashed.Load() {
		return m.Close()
	}
	if m.left == nil {
		var err error
		if m.left, err = readImage(m.path); err != nil {
			return err
		}
	}
	return errors.Join(m.Close(), m.left.write(m.path))
}

// Observe writes while the process lives, as do the others.
func (m *mortalStore) Observe(ctx context.Context, l engine.Lease, o engine.Observation) error {
	return m.write("observing", func() error { return m.Store.Observe(ctx, l, o) })
}

// Save writes while the process lives.
func (m *mortalStore) Save(ctx context.Context, l engine.Lease, r engine.Record, e ...engine.Entry) error {
	return m.write(fmt.Sprintf("saving %d", r.Key.IncidentID), func() error { return m.Store.Save(ctx, l, r, e...) })
}

// SaveAdoption writes while the process lives.
func (m *mortalStore) SaveAdoption(ctx context.Context, l engine.Lease, a engine.Adoption) error {
	return m.write("adopting", func() error { return m.Store.SaveAdoption(ctx, l, a) })
}

// SaveDesk writes while the process lives.
func (m *mortalStore) SaveDesk(ctx context.Context, l engine.Lease, d engine.DeskState) error {
	return m.write("saving the desk", func() error { return m.Store.SaveDesk(ctx, l, d) })
}

// Wake writes while the process lives.
func (m *mortalStore) Wake(ctx context.Context, l engine.Lease, now time.Time) error {
	return m.write("waking", func() error { return m.Store.Wake(ctx, l, now) })
}

// Acquire writes while the process lives.
func (m *mortalStore) Acquire(ctx context.Context, account int64, h engine.Holder, ttl time.Duration) (l engine.Lease, err error) {
	err = m.write("acquiring", func() error {
		l, err = m.Store.Acquire(ctx, account, h, ttl)
		return err
	})
	return l, err
}

// Release writes while the process lives.
func (m *mortalStore) Release(ctx context.Context, l engine.Lease) error {
	return m.write("releasing", func() error { return m.Store.Release(ctx, l) })
}
