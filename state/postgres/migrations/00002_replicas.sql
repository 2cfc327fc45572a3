-- +goose Up

-- The processes that share the state and are there to work accounts, each until
-- it expires. Times are the database's.
CREATE TABLE replicas (
	holder_id  TEXT PRIMARY KEY,
	holder     TEXT NOT NULL,
	since      TIMESTAMPTZ NOT NULL,
	seen_at    TIMESTAMPTZ NOT NULL,
	expires_at TIMESTAMPTZ NOT NULL
);

-- How often a poll at once was asked for.
ALTER TABLE leases ADD COLUMN asked BIGINT NOT NULL DEFAULT 0;
