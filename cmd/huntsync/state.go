package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state"
)

// repairLease is how long a command may hold an account, unless it renews it, where
// the hold does not end with the process.
const repairLease = time.Minute

func (a *app) stateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Look at the state, and repair it on a bad day",
		Long: `Look at what huntsync keeps of each incident, and repair it on a bad day. What writes
asks first (--yes answers), needs the state for itself, and is in the journal.`,
		Example: `  huntsync state list --select pending
  huntsync state show 2090017
  huntsync state backup huntsync-backup.db`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.stateListCommand(), a.stateShowCommand(), a.stateAdoptCommand(), a.stateForgetCommand(),
		a.stateBackupCommand(), a.stateRebuildCommand(), a.stateRebindCommand(), a.stateMigrateCommand(),
	)
	return cmd
}

// approve asks before something is written; yes is the answer given beforehand.
func (a *app) approve(yes bool, question string) (bool, error) {
	if yes {
		return true, nil
	}
	if !a.interactive() {
		return false, errors.New("nobody can be asked here: use --yes. " + question)
	}
	return a.confirm(question)
}

// repair is a state opened to be changed by an operator.
type repair struct {
	state.Store
	wiring *wiring
	holder engine.Holder
	leases []engine.Lease
	// renewed is when they were last taken.
	renewed time.Time
}

// repairOptions say which states will do.
type repairOptions struct {
	// anyDesk takes a state that belongs to another desk than the configuration's.
	anyDesk bool
	// create makes a state where there is none.
	create bool
}

// openRepair opens the state that the configuration names to be changed.
func (a *app) openRepair(ctx context.Context, command string, o repairOptions) (*repair, *config.Config, error) {
	c, err := a.load(ctx)
	if err != nil {
		return nil, nil, err
	}
	log, err := a.logger()
	if err != nil {
		return nil, nil, err
	}
	w := newWiring(command, log)
	named := &config.Config{State: c.State}
	if !o.anyDesk {
		named.Desk = c.Desk
	}
	if _, err := os.Stat(c.State.Path); errors.Is(err, fs.ErrNotExist) && c.State.Type == config.StateSQLite && !o.create {
		return nil, nil, fmt.Errorf("there is no state yet: %s does not exist", c.State.Path)
	}
	store, err := w.open(ctx, named, false)
	if err != nil {
		return nil, nil, err
	}
	return &repair{Store: store, wiring: w, holder: w.holder()}, c, nil
}

// desk is the way to the desk that the configuration names.
func (r *repair) desk(c *config.Config) (engine.Desk, error) {
	if c.Desk == nil || c.Desk.APIKey.Empty() {
		return nil, &engine.IncompleteError{Blocking: c.Incomplete()}
	}
	return r.wiring.desk(c.Desk)
}

// take takes an account for writing, or fails with [*engine.HeldError].
func (r *repair) take(ctx context.Context, accountID int64) (engine.Lease, error) {
	lease, err := r.Acquire(ctx, accountID, r.holder, repairLease)
	if err != nil {
		return engine.Lease{}, fmt.Errorf("nothing was changed: %w", err)
	}
	r.leases = append(r.leases, lease)
	return lease, nil
}

// keep renews what is held, in time before it ends; long work calls it on the way.
func (r *repair) keep(ctx context.Context) error {
	if time.Since(r.renewed) < repairLease/4 {
		return nil
	}
	r.renewed = time.Now()
	for _, held := range r.leases {
		lease, err := r.Acquire(ctx, held.AccountID, r.holder, repairLease)
		if err != nil {
			return fmt.Errorf("go on holding account %d: %w", held.AccountID, err)
		}
		if lease.Epoch != held.Epoch {
			return engine.ErrLeaseLost
		}
	}
	return nil
}

// close gives every account back.
func (r *repair) close(ctx context.Context) error {
	var failures []error
	for _, lease := range r.leases {
		failures = append(failures, r.Release(context.WithoutCancel(ctx), lease))
	}
	return errors.Join(append(failures, r.Close())...)
}

// entry is what the journal tells of the operator's change.
func (r *repair) entry(key engine.Key, detail string) engine.Entry {
	return engine.Entry{
		At: time.Now(), Key: key, Outcome: engine.OutcomeDone, Detail: detail,
		Who: r.holder.Command + "@" + r.holder.Host,
	}
}
