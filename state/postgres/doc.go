// Package postgres keeps the state in a PostgreSQL database, so that replicas on
// several machines share the work.
//
// An account is worked by who holds its lease: a row with an epoch and an end, by
// the database's clock. Every write locks that row and fails with
// [engine.ErrLeaseLost] unless the lease is still its own and has not ended, so
// a holder that was paused past its end cannot write, whatever it believes.
//
// Connections keep prepared statements: a pooler between huntsync and the
// database has to pool sessions, not transactions or statements.
package postgres
