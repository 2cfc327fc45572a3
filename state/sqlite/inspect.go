package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/huntsync/huntsync/state/internal/schema"
)

// The header of an SQLite file, as its file format is documented.
const (
	headerSize          = 100
	headerMagic         = "SQLite format 3\x00"
	headerWriteVersion  = 18         // 1 without a write-ahead log, 2 with one
	headerApplicationID = 68         // where it is
	applicationID       = 0x68756e74 // what ours is: "hunt"
)

// checkedAtStart is up to which size, in bytes, a file is read through before
// it is worked on: a fraction of a second. A larger one is checked by [Store.Check];
// whatever damage a query meets is reported then.
const checkedAtStart = 256 << 20

// inspect looks at a file without changing it, and tells its schema version. A
// file that is damaged or no state of ours is a [*FileError].
func inspect(ctx context.Context, path string) (version int64, err error) {
	if err := inspectHeader(path); err != nil {
		return 0, err
	}
	db, err := open(path, howToRead(path), 1)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	query := "SELECT coalesce(max(version_id), 0) FROM " + schema.Table
	if err := db.QueryRowContext(ctx, query).Scan(&version); err != nil {
		return 0, explain(path, fmt.Errorf("reading the schema version: %w", err))
	}
	about, err := os.Stat(path)
	if err != nil {
		return 0, explain(path, fmt.Errorf("looking at the state file: %w", err))
	}
	if about.Size() > checkedAtStart {
		return version, nil
	}
	return version, quickCheck(ctx, path, db)
}

// inspectHeader tells by its first bytes whether a file is ours, and works with
// the log that lies beside it.
func inspectHeader(path string) error {
	logged := hasLog(path) // before the header is read: it says so before the log begins
	file, err := os.Open(path)
	if err != nil {
		return explain(path, fmt.Errorf("opening the state file: %w", err))
	}
	header := make([]byte, headerSize)
	n, err := io.ReadFull(file, header)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil // a short file is judged by what it has
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return explain(path, fmt.Errorf("reading the state file: %w", err))
	}
	if err := judgeHeader(path, header[:n]); err != nil {
		return err
	}
	if logged && header[headerWriteVersion] == 1 {
		return &FileError{Path: path, Problem: ProblemOtherLog}
	}
	return nil
}

// hasLog reports whether there is anything in the write-ahead log of a file.
func hasLog(path string) bool {
	about, err := os.Stat(path + "-wal")
	return err == nil && about.Size() > 0
}

// judgeHeader tells by the first 100 bytes of a file, or all that it has,
// whether it is ours.
func judgeHeader(path string, header []byte) error {
	magic := []byte(headerMagic)
	switch {
	case len(header) == 0:
		return &FileError{Path: path, Problem: ProblemDamaged, Err: errors.New("it is empty")}
	case len(bytes.Trim(header, "\x00")) == 0:
		// What was written but not made durable before a loss of power can come back so.
		return &FileError{Path: path, Problem: ProblemDamaged, Err: errors.New("it begins with zeros only")}
	case !bytes.HasPrefix(header, magic[:min(len(header), len(magic))]):
		return &FileError{Path: path, Problem: ProblemForeign, Err: errors.New("it is no SQLite database")}
	case len(header) < headerSize:
		return &FileError{Path: path, Problem: ProblemDamaged, Err: fmt.Errorf("it has only %d bytes", len(header))}
	case binary.BigEndian.Uint32(header[headerApplicationID:]) != applicationID:
		return &FileError{Path: path, Problem: ProblemForeign, Err: errors.New("it is another program's SQLite database")}
	}
	return nil
}

// Check reads the whole file and reports damage as a [*FileError].
func (s *Store) Check(ctx context.Context) error {
	return quickCheck(ctx, s.path, s.reader.DB)
}

func quickCheck(ctx context.Context, path string, db *sql.DB) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return explain(path, fmt.Errorf("checking the state file: %w", err))
	}
	if verdict != "ok" {
		return &FileError{Path: path, Problem: ProblemDamaged, Err: errors.New(verdict)}
	}
	return nil
}
