package sqlite

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// How a file is opened. PRAGMAs belong to a connection, so each of a pool needs
// them: only the name of the database sees to that.
const (
	// writing begins every transaction with the write lock, because one that
	// reads first and then cannot have it fails at once, without waiting. A commit
	// is on the disk when it returns.
	writing = "mode=rw&_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=journal_size_limit(67108864)" +
		"&_pragma=cache_size(-16384)&_dqs=0&_error_rc=1"
	// querying is for connections that only read.
	querying = "&_pragma=busy_timeout(5000)&_pragma=query_only(1)&_pragma=cache_size(-16384)&_dqs=0&_error_rc=1"
	// reading is for a file whose write-ahead log is empty: the last connection
	// that is closed removes the log, and nothing is left behind.
	reading = "mode=rw" + querying
	// readingLog is for a file with a log, of a process that is at work or was
	// killed: it stays as it is.
	readingLog = "mode=ro" + querying
	// copying reads, and may write to another file.
	copying = "mode=ro&_pragma=busy_timeout(5000)&_dqs=0&_error_rc=1"
	// inMemory is the empty state that is read where there is no file.
	inMemory = "mode=memory&_dqs=0&_error_rc=1"
)

// readers is how many queries run beside each other.
const readers = 4

// howToRead is one of the ways above to only read a file.
func howToRead(path string) string {
	if hasLog(path) {
		return readingLog
	}
	return reading
}

// open opens the file at a path in one of the ways above, with a pool of at most
// so many connections.
func open(path, how string, connections int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, how))
	if err != nil {
		return nil, fmt.Errorf("opening the state file %s: %w", path, err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// dsn escapes what a path may hold and a URI may not.
func dsn(path, how string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: how}).String()
}
