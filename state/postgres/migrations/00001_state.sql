-- +goose Up

-- Grows with each change of a record or an adoption; a row an account, so that
-- accounts do not wait for each other.
CREATE TABLE serial (
	account_id BIGINT PRIMARY KEY,
	value      BIGINT NOT NULL
);

CREATE TABLE desk (
	id       INTEGER PRIMARY KEY CHECK (id = 1),
	document TEXT NOT NULL
);

-- The present holder of each account; without one, holder_id is empty. The epoch
-- only ever grows. Times are the database's.
CREATE TABLE leases (
	account_id BIGINT PRIMARY KEY,
	epoch      BIGINT NOT NULL,
	holder_id  TEXT NOT NULL,
	holder     TEXT NOT NULL,
	expires_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE accounts (
	account_id BIGINT PRIMARY KEY,
	poll       TEXT NOT NULL DEFAULT '',
	adoption   TEXT NOT NULL DEFAULT ''
);

-- Apart from accounts, because it is long and seldom changes.
CREATE TABLE organizations (
	account_id BIGINT PRIMARY KEY REFERENCES accounts,
	document   TEXT NOT NULL
);

CREATE TABLE records (
	id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account_id  BIGINT NOT NULL,
	incident_id BIGINT NOT NULL,
	kind        TEXT COLLATE "C" NOT NULL,

	-- What was observed; written by observing only. Times are milliseconds.
	version    BIGINT NOT NULL DEFAULT 0,
	open       BOOLEAN NOT NULL DEFAULT FALSE,
	severity   INTEGER NOT NULL DEFAULT 3,
	since      BIGINT NOT NULL DEFAULT 0,
	changed_at BIGINT,
	pruned     BOOLEAN NOT NULL DEFAULT FALSE,

	-- What was done and is owed; written by saving only.
	begun             BOOLEAN NOT NULL DEFAULT FALSE,
	in_doubt          BOOLEAN NOT NULL DEFAULT FALSE,
	ticket            BOOLEAN NOT NULL DEFAULT FALSE,
	deleted_by_person BOOLEAN NOT NULL DEFAULT FALSE,
	extras            BOOLEAN NOT NULL DEFAULT FALSE,

	-- Written by both.
	due_at BIGINT,
	turn   INTEGER NOT NULL GENERATED ALWAYS AS (
		CASE WHEN begun THEN 0 WHEN NOT ticket THEN 4 - severity ELSE 4 END
	) STORED,

	-- The two halves whole. As JSON text: the database's own JSON keeps no NUL.
	work TEXT NOT NULL DEFAULT '{}',
	seen TEXT NOT NULL DEFAULT '{}',

	UNIQUE (account_id, incident_id, kind)
);

-- What is due, with all that its order needs.
CREATE INDEX records_due ON records (account_id, due_at, turn, since, incident_id, kind)
	WHERE due_at IS NOT NULL;
CREATE INDEX records_open ON records (account_id, severity) WHERE open;
CREATE INDEX records_in_doubt ON records (account_id) WHERE in_doubt;
CREATE INDEX records_deleted_by_person ON records (account_id) WHERE deleted_by_person;
CREATE INDEX records_extras ON records (account_id) WHERE extras;
-- What retention takes next.
CREATE INDEX records_closed ON records (account_id, changed_at) WHERE NOT open AND due_at IS NULL AND NOT pruned;

-- Incidents as Huntress sent them; encoding 0 is plain, 1 is DEFLATE.
CREATE TABLE raw_incidents (
	record_id BIGINT PRIMARY KEY REFERENCES records ON DELETE CASCADE,
	encoding  BIGINT NOT NULL,
	document  BYTEA NOT NULL
);

CREATE TABLE journal (
	id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	account_id  BIGINT NOT NULL,
	incident_id BIGINT NOT NULL,
	kind        TEXT COLLATE "C" NOT NULL,
	at          BIGINT NOT NULL,
	document    TEXT NOT NULL
);
CREATE INDEX journal_by_record ON journal (account_id, incident_id, kind, id);
CREATE INDEX journal_by_age ON journal (account_id, at);
