package postgres

// Fence is the beginning of every write, for tests of what comes between.
var Fence = fence

// MigrationLock is what a process that migrates begins with.
const MigrationLock = migrationLock
