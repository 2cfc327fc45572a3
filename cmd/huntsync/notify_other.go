//go:build !linux

package main

// monotonicTime is empty: there is no systemd to compare it.
func monotonicTime() []string { return nil }
