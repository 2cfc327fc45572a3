// Package sqlite keeps the state in one SQLite file: the store of an operator
// with one machine.
//
// The file is created whole or not at all, readable by its owner only. Reading
// needs no hold on it: any number of processes read while one writes. Who writes
// for an account holds the operating system's lock on the file named like the
// state with ".lock" behind it, from the first [Store.Acquire] to the last
// [Store.Release]; the lock ends with the process, however that ends.
//
// The state belongs on a local disk: SQLite's write-ahead log does not work over
// a network file system.
package sqlite
