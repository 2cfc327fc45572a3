package sqlite

import "database/sql"

// Writer is the connection that writes, for tests that stand in the disk's way.
func (s *Store) Writer() *sql.DB { return s.writer.DB }
