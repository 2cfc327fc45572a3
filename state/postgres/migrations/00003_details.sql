-- +goose Up

-- When a record is due for details alone, which keep nobody waiting; in milliseconds.
ALTER TABLE records ADD COLUMN aside BIGINT;
