package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/huntsync/huntsync/engine"
)

// Problem is what can be wrong with a state file. The set is closed.
type Problem string

// The problems.
const (
	ProblemDamaged  Problem = "damaged"   // corrupt, cut off or empty
	ProblemForeign  Problem = "foreign"   // not a state of ours
	ProblemReadOnly Problem = "read_only" // the file, its folder or its disk cannot be written, or was opened only to be read
	ProblemFull     Problem = "full"      // the disk is full
	ProblemLocked   Problem = "locked"    // another program works on the file
	ProblemNoFolder Problem = "no_folder" // the folder of the file does not exist
	ProblemOldLog   Problem = "old_log"   // the file is gone, and its log is not
	ProblemOtherLog Problem = "other_log" // the log beside the file is not its own
)

// FileError says what is wrong with a state file and what to do about it. The
// file is as it was before.
type FileError struct {
	Path    string
	Problem Problem
	Err     error // what SQLite or the operating system says; may be nil
}

// Error says what is wrong, where, and what to do.
func (e *FileError) Error() string {
	text, advice := e.words()
	if e.Err != nil {
		text += " (" + e.Err.Error() + ")"
	}
	return fmt.Sprintf("state file %s %s: %s", e.Path, text, advice)
}

func (e *FileError) words() (text, advice string) {
	switch e.Problem {
	case ProblemDamaged:
		return "is damaged", `it was left as it is; put a backup in its place, with no -wal or -shm file beside it, or move it away and run "huntsync state rebuild"`
	case ProblemForeign:
		return "is not a state of huntsync", "it was left as it is; check the path of the state block"
	case ProblemReadOnly:
		return "cannot be written", "check who owns the file and its folder, and that the disk is not mounted read-only"
	case ProblemFull:
		return "does not fit on its disk any more", "make room; what was stored is safe"
	case ProblemLocked:
		return "is locked by another program", "close what has it open; huntsync itself never locks it for long"
	case ProblemNoFolder:
		return "cannot be created, its folder does not exist", "create the folder, or correct the path of the state block"
	case ProblemOldLog:
		return "is gone, but its log lies there still", "put it back, or move the -wal and -shm files to where it went: a new state beside them would be damaged by them"
	case ProblemOtherLog:
		return "has the log of another beside it", "where it is a backup that was put there, remove the -wal and -shm files beside it: they belong to what lay there before, and would spoil it"
	default:
		return "has a problem", "see the message of the system"
	}
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// explain gives an error of SQLite or of the operating system the type that says
// what to do. Other errors pass.
func (s *Store) explain(err error) error { return explain(s.path, err) }

func explain(path string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return engine.ErrNotFound
	}
	if _, ok := errors.AsType[*FileError](err); ok {
		return err
	}
	if problem := problemOf(err); problem != "" {
		return &FileError{Path: path, Problem: problem, Err: err}
	}
	return err
}

// problemOf is empty for an error that is none of the file's.
func problemOf(err error) Problem {
	if e, ok := errors.AsType[*driver.Error](err); ok {
		switch e.Code() & 0xff { // the primary code
		case lib.SQLITE_CORRUPT:
			return ProblemDamaged
		case lib.SQLITE_NOTADB:
			return ProblemForeign
		case lib.SQLITE_READONLY, lib.SQLITE_PERM, lib.SQLITE_CANTOPEN:
			return ProblemReadOnly
		case lib.SQLITE_FULL:
			return ProblemFull
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
			return ProblemLocked
		}
		return ""
	}
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return ProblemReadOnly
	case errors.Is(err, syscall.ENOSPC):
		return ProblemFull
	}
	return ""
}
