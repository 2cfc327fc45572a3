// Package sqlitetest lets a disk be full or read-only under a state that is at
// work, without needing such a disk: SQLite is told on the very connection that
// writes, so that its own errors come in the middle of its own transactions.
package sqlitetest

import (
	"context"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"modernc.org/sqlite"
)

// Fault is what is wrong with a disk.
type Fault string

// The faults. They stay over a restart of who uses the disk.
const (
	Well Fault = ""
	// Full lets the file grow no further: what fits into the pages that it has is
	// still written, as on a disk without a free block.
	Full Fault = "full"
	// ReadOnly refuses all writing, as a file system does that found an error.
	ReadOnly Fault = "read-only"
)

// statement makes a connection that writes behave as the disk would.
func (f Fault) statement() string {
	switch f {
	case Full:
		return "PRAGMA max_page_count = 1" // It is never less than there are.
	case ReadOnly:
		return "PRAGMA query_only = 1"
	case Well:
	}
	return "PRAGMA max_page_count = 1073741823; PRAGMA query_only = 0"
}

// Disks know every connection that writes to a state in one of their folders.
type Disks struct {
	mu    sync.Mutex
	disks map[string]*Disk
}

// NewDisks has the driver show each connection that it makes, until the end of
// the process. No other goroutine may open a database meanwhile.
func NewDisks() *Disks {
	d := &Disks{disks: map[string]*Disk{}}
	sqlite.RegisterConnectionHook(func(c sqlite.ExecQuerierContext, name string) error {
		if !strings.Contains(name, "_txlock=immediate") {
			return nil // It only reads.
		}
		if disk := d.find(name); disk != nil {
			return disk.connected(c)
		}
		return nil
	})
	return d
}

// Add is the disk of a folder, an absolute path without symbolic links.
func (d *Disks) Add(folder string) *Disk {
	made := &Disk{}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.disks[filepath.ToSlash(folder)] = made
	return made
}

// Remove forgets a folder.
func (d *Disks) Remove(folder string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.disks, filepath.ToSlash(folder))
}

// find is the disk that a database is on; nil for one that is not ours.
func (d *Disks) find(name string) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	for folder, disk := range d.disks {
		if strings.HasPrefix(name, "file://"+folder+"/") {
			return disk
		}
	}
	return nil
}

// Disk is where one state is.
type Disk struct {
	// using is held for reading by who writes, and for writing while the disk
	// changes: a connection has one user at a time.
	using sync.RWMutex

	mu     sync.Mutex
	writer driver.ExecerContext
	fault  Fault
}

// connected is told of a new connection that writes.
func (d *Disk) connected(c driver.ExecerContext) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writer = c
	if d.fault == Well {
		return nil
	}
	return d.tell()
}

func (d *Disk) tell() error {
	if _, err := d.writer.ExecContext(context.Background(), d.fault.statement(), nil); err != nil {
		return fmt.Errorf("let the disk be %q: %w", d.fault, err)
	}
	return nil
}

// Use does something that writes to the state. All of it has to be done so, but
// for opening and closing.
func (d *Disk) Use(write func() error) error {
	d.using.RLock()
	defer d.using.RUnlock()
	return write()
}

// Alone does something while nobody else writes to the state.
func (d *Disk) Alone(do func() error) error {
	d.using.Lock()
	defer d.using.Unlock()
	return do()
}

// Set lets the disk have a fault, or be well. Opened says that the state is open:
// otherwise who opens it next meets the fault.
func (d *Disk) Set(fault Fault, opened bool) error {
	d.using.Lock()
	defer d.using.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = fault
	if !opened {
		return nil
	}
	return d.tell()
}

// Fault is what is wrong with the disk at present.
func (d *Disk) Fault() Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fault
}
