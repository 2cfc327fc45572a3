-- +goose Up

-- A file serves one process: the replicas of the other stores have nothing here.
SELECT 1;
