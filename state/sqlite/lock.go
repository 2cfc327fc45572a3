package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// The file itself is locked only in passing, while it is created or migrated:
// who meets that waits a little.
const (
	preparing    = "preparing the state"
	lockPatience = 5 * time.Second
	lockInterval = 10 * time.Millisecond
)

// errLocked is what the operating system's lock says when another has it.
var errLocked = errors.New("locked")

// fileLock is the operating system's lock on the file beside the state. It ends
// with the process, so nothing is ever left behind; the file stays, with the
// holder in it for messages.
type fileLock struct {
	file *os.File
}

// lockFor takes the lock, or fails with [*engine.HeldError]. A holder that is
// only preparing the file is waited for.
func lockFor(ctx context.Context, path string, h engine.Holder) (*fileLock, error) {
	patience, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		lock, err := tryLock(path, h)
		held, ok := errors.AsType[*engine.HeldError](err)
		if !ok || held.Holder.Command != preparing && held.Holder.ID != "" {
			return lock, err
		}
		select {
		case <-patience.Done():
			return nil, errors.Join(ctx.Err(), err)
		case <-time.After(lockInterval):
		}
	}
}

func tryLock(path string, h engine.Holder) (*fileLock, error) {
	name := path + ".lock"
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, explain(path, fmt.Errorf("opening the lock file: %w", err))
	}
	if err := lockFile(file); err != nil {
		if errors.Is(err, errLocked) {
			err = &engine.HeldError{Holder: readHolder(file)}
		} else {
			err = explain(path, fmt.Errorf("locking %s: %w", name, err))
		}
		return nil, errors.Join(err, file.Close())
	}
	lock := &fileLock{file: file}
	if err := lock.write(h); err != nil {
		return nil, errors.Join(explain(path, err), file.Close())
	}
	return lock, nil
}

// write notes the holder for those who find the lock taken.
func (l *fileLock) write(h engine.Holder) error {
	text, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encoding the holder: %w", err)
	}
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	if _, err := l.file.WriteAt(append(text, '\n'), 0); err != nil {
		return fmt.Errorf("writing the lock file: %w", err)
	}
	return nil
}

// release gives the lock back. Closing the file would be enough; emptying it
// first keeps the next reader from taking us for the holder.
func (l *fileLock) release() error {
	err := l.file.Truncate(0)
	if closeErr := l.file.Close(); closeErr != nil || err != nil {
		return fmt.Errorf("giving back the lock file: %w", errors.Join(err, closeErr))
	}
	return nil
}

// readHolder reads who has the lock; the zero Holder where that is not written yet.
func readHolder(file io.ReaderAt) engine.Holder {
	var h engine.Holder
	text := io.NewSectionReader(file, 0, 1<<16)
	if err := json.NewDecoder(text).Decode(&h); err != nil {
		return engine.Holder{}
	}
	return h
}

// preparer is this process while it creates or migrates the file.
func preparer(now time.Time) (engine.Holder, error) {
	host, err := os.Hostname()
	if err != nil {
		return engine.Holder{}, fmt.Errorf("asking for the name of this host: %w", err)
	}
	return engine.Holder{ID: preparing, Host: host, PID: os.Getpid(), Command: preparing, Since: now}, nil
}
