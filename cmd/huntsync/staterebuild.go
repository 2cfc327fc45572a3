package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/sqlite"
)

func (a *app) stateRebuildCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "rebuild",
		Short: "Make the state anew from Huntress and the desk, after a loss",
		Long: `Make the state anew from Huntress and the desk, after a loss. The incidents are read from
Huntress, and every ticket of ours at the desk finds its incident again. Nothing is
created or changed at the desk; look at huntsync plan afterwards.

A damaged state file is moved aside, not deleted. A state that is whole keeps what it
knows; its tickets are read again all the same.`,
		Example: `  huntsync state rebuild
  huntsync state rebuild --yes && huntsync plan`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.stateRebuild(cmd.Context(), yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) stateRebuild(ctx context.Context, yes bool) (err error) {
	c, err := a.load(ctx)
	if err != nil {
		return err
	}
	damaged, err := a.damage(ctx, c)
	if err != nil {
		return err
	}
	question := "Read everything again from Huntress and the desk?"
	if damaged != nil {
		question = fmt.Sprintf("%s. Move it aside and make the state anew?", damaged)
	}
	if ok, err := a.approve(yes, question); err != nil || !ok {
		return err
	}
	var anew bool
	if damaged != nil {
		anew, err = a.replaceDamaged(ctx, damaged.Path)
	} else {
		anew, err = a.owe(ctx)
	}
	if err != nil {
		return err
	}
	return a.readAgain(ctx, anew)
}

// readAgain reads Huntress and the desk, and changes nothing there. A state that is
// made anew has something that a row of the journal can go with only then.
func (a *app) readAgain(ctx context.Context, anew bool) (err error) {
	s, resolution, err := a.start(ctx, "state rebuild", false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close(ctx)) }()
	if len(resolution.Blocking) > 0 {
		return a.refuseIncomplete(resolution)
	}
	if err := s.engine.Hold(ctx); err != nil {
		return err
	}
	reports, err := s.engine.Pass(ctx, func(engine.Change) bool { return false })
	if err != nil {
		return err
	}
	if anew {
		if err := s.record(ctx, "the state was made anew: everything was read from Huntress and the desk"); err != nil {
			return err
		}
	}
	tally, err := s.store.Tally(ctx, 0)
	if err != nil {
		return err
	}
	size, err := s.store.Size(ctx)
	if err != nil {
		return err
	}
	views.WriteRebuilt(a.output(), reports, size, tally.Pending)
	return nil
}

// damage opens the state and reads all of it; nil where it is whole or absent.
func (a *app) damage(ctx context.Context, c *config.Config) (*sqlite.FileError, error) {
	log, err := a.logger()
	if err != nil {
		return nil, err
	}
	store, err := newWiring("state rebuild", log).open(ctx, c, true)
	if err == nil {
		err = errors.Join(store.Check(ctx), store.Close())
	}
	if damaged, ok := errors.AsType[*sqlite.FileError](err); ok && damaged.Problem == sqlite.ProblemDamaged {
		return damaged, nil
	}
	return nil, err
}

// replaceDamaged moves a damaged file aside and begins a new state in its place.
// Where somebody still works on the old one it is put back.
func (a *app) replaceDamaged(ctx context.Context, path string) (anew bool, err error) {
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102T150405Z")
	if err := moveState(path, aside); err != nil {
		return false, fmt.Errorf("move the damaged state aside: %w", err)
	}
	if anew, err = a.owe(ctx); err != nil {
		return false, errors.Join(err, moveState(aside, path))
	}
	_, err = fmt.Fprintf(a.out, "The damaged file is kept as %s.\n", aside)
	return anew, err
}

// moveState renames a state file with what SQLite keeps beside it.
func moveState(from, to string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(from+suffix, to+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// owe has the tickets of every account that the state knows read again. Anew is true
// for a state that knows none: it owes that from its first poll on.
func (a *app) owe(ctx context.Context) (anew bool, err error) {
	r, _, err := a.openRepair(ctx, "state rebuild", repairOptions{create: true})
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, r.close(ctx)) }()
	leases, err := r.takeAll(ctx)
	if err != nil {
		return false, err
	}
	for _, lease := range leases {
		if lease.AccountID == 0 {
			return true, nil
		}
		if err := r.oweAdoption(ctx, lease); err != nil {
			return false, err
		}
		if err := r.note(ctx, lease, "the state was rebuilt: everything is read again"); err != nil {
			return false, err
		}
	}
	return false, nil
}

// record puts into the journal what was done to the accounts that the session holds.
func (s *session) record(ctx context.Context, detail string) error {
	r := &repair{Store: s.store, wiring: s.wiring, holder: s.engine.Holder()}
	leases, err := r.takeAll(ctx)
	if err != nil {
		return err
	}
	for _, lease := range leases {
		if err := r.note(ctx, lease, detail); err != nil {
			return err
		}
	}
	return nil
}
