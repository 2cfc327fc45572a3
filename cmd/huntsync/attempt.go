package main

import "github.com/huntsync/huntsync/config"

// attempt is what was read of a configuration at one time.
type attempt struct {
	snapshot *config.Snapshot // nil where the files could not be read
	config   *config.Config   // nil where they are invalid
	diags    config.Diagnostics
}
