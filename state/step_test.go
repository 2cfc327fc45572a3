package state_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/huntsync/huntsync/state/postgres"
	"github.com/huntsync/huntsync/state/sqlite"
)

// shape is what a migration makes: "table.column", and "index on table", in order.
func shape(t *testing.T, text string) []string {
	t.Helper()
	create := regexp.MustCompile(`^CREATE TABLE (\w+) \($`)
	index := regexp.MustCompile(`^CREATE INDEX (\w+) ON (\w+) (\([\w, ]+\))`)
	added := regexp.MustCompile(`^ALTER TABLE (\w+) ADD COLUMN (\w+) `)
	column := regexp.MustCompile(`^\t(\w+) +[A-Z]`)
	var found []string
	table := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case create.MatchString(line):
			table = create.FindStringSubmatch(line)[1]
		case added.MatchString(line):
			m := added.FindStringSubmatch(line)
			found = append(found, m[1]+"."+m[2])
		case index.MatchString(line):
			m := index.FindStringSubmatch(line)
			found = append(found, m[1]+" on "+m[2]+" "+m[3])
		case table != "" && column.MatchString(line):
			found = append(found, table+"."+column.FindStringSubmatch(line)[1])
		case strings.HasPrefix(line, ")"):
			table = ""
		}
	}
	return found
}

// The two stores move together: a file of one has its twin in the other, and what
// they make differs only where the way to hold an account does.
func TestMigrationsAreInStep(t *testing.T) {
	t.Parallel()
	sqliteFiles, err := sqlite.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	postgresFiles, err := postgres.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	names := func(files fs.FS) []string {
		found, err := fs.Glob(files, "*")
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if diff := cmp.Diff(names(sqliteFiles), names(postgresFiles)); diff != "" {
		t.Fatalf("migrations of sqlite (-) and postgres (+):\n%s", diff)
	}
	ofOne := map[string]bool{
		"serial.id": true, "serial.account_id": true, // a counter for all, and one an account
		"leases.holder": true, "leases.expires_at": true, // SQLite has a lock of the operating system
		"replicas.holder_id": true, "replicas.holder": true, "replicas.since": true, "replicas.seen_at": true,
		"leases.asked": true, "replicas.expires_at": true,
	}
	both := func(files fs.FS, name string) []string {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, what := range shape(t, string(text)) {
			if !ofOne[what] {
				found = append(found, what)
			}
		}
		return found
	}
	if len(both(sqliteFiles, "00001_state.sql")) == 0 {
		t.Error("nothing was read from the first migration")
	}
	for _, name := range names(sqliteFiles) {
		if diff := cmp.Diff(both(sqliteFiles, name), both(postgresFiles, name)); diff != "" {
			t.Errorf("%s of sqlite (-) and postgres (+):\n%s", name, diff)
		}
	}
}
