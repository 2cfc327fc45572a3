package main

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// monotonicTime is the time that systemd compares a reload with, as an assignment;
// empty where it cannot be told.
func monotonicTime() []string {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return nil
	}
	return []string{"MONOTONIC_USEC=" + strconv.FormatInt(now.Nano()/1000, 10)}
}
