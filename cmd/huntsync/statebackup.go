package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"
)

func (a *app) stateBackupCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a copy of the state to a new file, while a daemon goes on",
		Long: `Write a copy of the state to a new file, whole and of one moment, while a daemon goes on
reading and writing. A file that exists is not overwritten.

To go back to a backup, stop the daemon first, and take away the old state whole: its file
and what SQLite keeps beside it, FILE-wal and FILE-shm, which would spoil the backup. Then
put the backup in its place. Tickets that were made since are found again at the desk.`,
		Example: "  huntsync state backup huntsync-$(date +%F).db",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.stateBackup(cmd.Context(), args[0]) },
	}
}

func (a *app) stateBackup(ctx context.Context, file string) (err error) {
	b, err := a.openBooks(ctx, "state backup")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	switch err := b.Backup(ctx, file); {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s exists and is not overwritten: name a new file", file)
	case err != nil:
		return err
	}
	_, err = fmt.Fprintf(a.out, "The state was copied to %s.\n", file)
	return err
}
