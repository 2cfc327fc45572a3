//go:build !unix

package postgrestest

import "syscall"

// unprivileged is who runs PostgreSQL: ourselves.
func unprivileged(string) (*syscall.SysProcAttr, error) {
	return &syscall.SysProcAttr{}, nil
}
