//go:build unix

package postgrestest

import (
	"fmt"
	"os"
	"syscall"
)

// nobody is the user that PostgreSQL runs as where the tests run as root, which it
// refuses to be.
const nobody = 65534

// unprivileged is who runs PostgreSQL, and owns its folder.
func unprivileged(folder string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // os/exec takes nil for "as we are"
	}
	if err := os.Chown(folder, nobody, nobody); err != nil {
		return nil, fmt.Errorf("giving PostgreSQL its folder: %w", err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}, nil
}
