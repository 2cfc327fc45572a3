package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// create makes a new state file: beside its place, and moves it there when it is
// whole, so that a file that is empty or half made is never one of ours.
func create(ctx context.Context, path string, files fs.FS) error {
	return underLock(ctx, path, func() error {
		if _, err := os.Lstat(path); err == nil {
			return nil // another process was faster
		}
		if err := refuseLog(path); err != nil {
			return err
		}
		if err := build(ctx, path+".new", files); err != nil {
			return errors.Join(err, remove(path+".new"))
		}
		return publish(path+".new", path)
	})
}

// refuseLog fails where the log of an earlier state lies beside the place of a new
// one: SQLite would replay it onto whatever is there.
func refuseLog(path string) error {
	for _, suffix := range []string{"-wal", "-journal"} {
		about, err := os.Stat(path + suffix)
		if errors.Is(err, fs.ErrNotExist) || err == nil && about.Size() == 0 {
			continue
		}
		if err != nil {
			return explain(path, fmt.Errorf("looking for an earlier state's log: %w", err))
		}
		return &FileError{Path: path, Problem: ProblemOldLog, Err: fmt.Errorf("%s has %d bytes", filepath.Base(path+suffix), about.Size())}
	}
	return nil
}

// build makes an empty state in a file of its own.
func build(ctx context.Context, path string, files fs.FS) error {
	if err := createNew(path); err != nil {
		return fmt.Errorf("creating the state file: %w", err)
	}
	return migrate(ctx, path, writing, files)
}

// createNew makes an empty file, readable by its owner only, in place of what an
// attempt that was cut off has left. It never writes through a link that somebody
// put there.
func createNew(path string) error {
	if err := remove(path); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("creating an unfinished file: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("creating an unfinished file: %w", err)
	}
	return nil
}

// publish gives a finished file its name, durably.
func publish(from, to string) error {
	if err := syncFile(from); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("naming the finished file: %w", err)
	}
	if runtime.GOOS == "windows" {
		return nil // a folder cannot be opened to be synced there
	}
	return syncFile(filepath.Dir(to))
}

func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening a file to sync it: %w", err)
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("syncing: %w", err)
	}
	return nil
}

// remove deletes a database that nobody uses, with what SQLite left beside it.
func remove(path string) error {
	for _, suffix := range []string{"-wal", "-shm", "-journal", ""} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing an unfinished file: %w", err)
		}
	}
	return nil
}
