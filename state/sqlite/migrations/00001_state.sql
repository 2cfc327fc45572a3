-- +goose Up

-- "hunt": how a state file is told from any other SQLite database.
PRAGMA application_id = 0x68756e74;

-- Grows with each change of a record or an adoption.
CREATE TABLE serial (
	id    INTEGER PRIMARY KEY CHECK (id = 1),
	value INTEGER NOT NULL
) STRICT;
INSERT INTO serial (id, value) VALUES (1, 0);

CREATE TABLE desk (
	id       INTEGER PRIMARY KEY CHECK (id = 1),
	document TEXT NOT NULL
) STRICT;

-- The present holder of each account; without one, holder_id is empty. The epoch
-- only ever grows.
CREATE TABLE leases (
	account_id INTEGER PRIMARY KEY,
	epoch      INTEGER NOT NULL,
	holder_id  TEXT NOT NULL
) STRICT;

CREATE TABLE accounts (
	account_id INTEGER PRIMARY KEY,
	poll       TEXT NOT NULL DEFAULT '',
	adoption   TEXT NOT NULL DEFAULT ''
) STRICT;

-- Apart from accounts, because it is long and seldom changes.
CREATE TABLE organizations (
	account_id INTEGER PRIMARY KEY REFERENCES accounts,
	document   TEXT NOT NULL
) STRICT;

CREATE TABLE records (
	id          INTEGER PRIMARY KEY,
	account_id  INTEGER NOT NULL,
	incident_id INTEGER NOT NULL,
	kind        TEXT NOT NULL,

	-- What was observed; written by observing only. Times are milliseconds.
	version    INTEGER NOT NULL DEFAULT 0,
	open       INTEGER NOT NULL DEFAULT 0,
	severity   INTEGER NOT NULL DEFAULT 3,
	since      INTEGER NOT NULL DEFAULT 0,
	changed_at INTEGER,
	pruned     INTEGER NOT NULL DEFAULT 0,

	-- What was done and is owed; written by saving only.
	begun             INTEGER NOT NULL DEFAULT 0,
	in_doubt          INTEGER NOT NULL DEFAULT 0,
	ticket            INTEGER NOT NULL DEFAULT 0,
	deleted_by_person INTEGER NOT NULL DEFAULT 0,
	extras            INTEGER NOT NULL DEFAULT 0,

	-- Written by both.
	due_at INTEGER,
	turn   INTEGER NOT NULL GENERATED ALWAYS AS (
		CASE WHEN begun THEN 0 WHEN NOT ticket THEN 4 - severity ELSE 4 END
	) VIRTUAL,

	-- The two halves whole; last, because they are long.
	work TEXT NOT NULL DEFAULT '{}',
	seen TEXT NOT NULL DEFAULT '{}',

	UNIQUE (account_id, incident_id, kind)
) STRICT;

-- What is due, with all that its order needs.
CREATE INDEX records_due ON records (account_id, due_at, turn, since, incident_id, kind)
	WHERE due_at IS NOT NULL;
CREATE INDEX records_open ON records (account_id, severity) WHERE open = 1;
CREATE INDEX records_in_doubt ON records (account_id) WHERE in_doubt = 1;
CREATE INDEX records_deleted_by_person ON records (account_id) WHERE deleted_by_person = 1;
CREATE INDEX records_extras ON records (account_id) WHERE extras = 1;
-- What retention takes next.
CREATE INDEX records_closed ON records (account_id, changed_at) WHERE open = 0 AND due_at IS NULL AND pruned = 0;

-- Incidents as Huntress sent them; encoding 0 is plain, 1 is DEFLATE.
CREATE TABLE raw_incidents (
	record_id INTEGER PRIMARY KEY REFERENCES records ON DELETE CASCADE,
	encoding  INTEGER NOT NULL,
	document  BLOB NOT NULL
) STRICT;

CREATE TABLE journal (
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	account_id  INTEGER NOT NULL,
	incident_id INTEGER NOT NULL,
	kind        TEXT NOT NULL,
	at          INTEGER NOT NULL,
	document    TEXT NOT NULL
) STRICT;
CREATE INDEX journal_by_record ON journal (account_id, incident_id, kind, id);
CREATE INDEX journal_by_age ON journal (account_id, at);
