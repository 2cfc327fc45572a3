package sqlite

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// What is asked at every turn is answered by an index that holds only what is
// due, so that the cost follows the changes and not the history.
func TestDueIsAnsweredByItsIndex(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, q := range map[string]engine.RecordQuery{
		"of an account":          {AccountID: 5, DueBy: time.Unix(1, 0)},
		"the first of them":      {AccountID: 5, DueBy: time.Unix(1, 0), Limit: 10},
		"of every account":       {DueBy: time.Unix(1, 0), Limit: 10},
		"owing, of an account":   {AccountID: 5, Owing: true, DueBy: time.Unix(1, 0)},
		"due and open, together": {AccountID: 5, Open: true, DueBy: time.Unix(1, 0)},
	} {
		query, args, err := recordsQuery(q)
		if err != nil {
			t.Fatal(err)
		}
		text := planOf(t, s, query, args...)
		if !strings.Contains(text, "INDEX records_due") || strings.Contains(text, "SCAN records\n") {
			t.Errorf("due records %s are found like this:\n%s", name, text)
		}
	}
}

// A wake is about what is open or owes something, however much does neither.
func TestWakeIsAnsweredByItsIndexes(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	plan := planOf(t, s, wakeRecords, 5, 1)
	for _, index := range []string{"INDEX records_open", "INDEX records_due"} {
		if !strings.Contains(plan, index) || strings.Contains(plan, "SCAN records") {
			t.Errorf("what is to be woken is found without %s:\n%s", index, plan)
		}
	}
}

// planOf is how SQLite goes about a query.
func planOf(t *testing.T, s *Store, query string, args ...any) string {
	t.Helper()
	rows, err := s.reader.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}
