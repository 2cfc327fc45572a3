package main

import (
	"context"
	"errors"
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
	disk    *sqlitetest.Disk
	totals  *tallies
}

// write does something while the process lives.
func (m *mortalStore) write(do func() error) error {
	if m.crashed.Load() {
		return errCrashed
	}
	err := m.disk.Use(do)
	if e, ok := errors.AsType[*sqlite.FileError](err); ok {
		m.totals.disaster("disk: refused a write, " + string(e.Problem))
	}
	return err
}

// Observe writes while the process lives, as do the others.
func (m *mortalStore) Observe(ctx context.Context, l engine.Lease, o engine.Observation) error {
	return m.write(func() error { return m.Store.Observe(ctx, l, o) })
}

// Save writes while the process lives.
func (m *mortalStore) Save(ctx context.Context, l engine.Lease, r engine.Record, e ...engine.Entry) error {
	return m.write(func() error { return m.Store.Save(ctx, l, r, e...) })
}

// SaveAdoption writes while the process lives.
func (m *mortalStore) SaveAdoption(ctx context.Context, l engine.Lease, a engine.Adoption) error {
	return m.write(func() error { return m.Store.SaveAdoption(ctx, l, a) })
}

// SaveDesk writes while the process lives.
func (m *mortalStore) SaveDesk(ctx context.Context, l engine.Lease, d engine.DeskState) error {
	return m.write(func() error { return m.Store.SaveDesk(ctx, l, d) })
}

// Wake writes while the process lives.
func (m *mortalStore) Wake(ctx context.Context, l engine.Lease, now time.Time) error {
	return m.write(func() error { return m.Store.Wake(ctx, l, now) })
}

// Acquire writes while the process lives.
func (m *mortalStore) Acquire(ctx context.Context, account int64, h engine.Holder, ttl time.Duration) (l engine.Lease, err error) {
	err = m.write(func() error {
		l, err = m.Store.Acquire(ctx, account, h, ttl)
		return err
	})
	return l, err
}
