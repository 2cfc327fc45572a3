package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state"
)

// migrateBatch is how many records or journal entries are copied at a time.
const migrateBatch = 500

func (a *app) stateMigrateCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "migrate FILE",
		Short: "Copy a state from an SQLite file into the state that the configuration names",
		Long: `Copy a state, its journal included, from an SQLite file into the state that the
configuration names: usually from SQLite to PostgreSQL. The new state has to be empty.
Nobody may work on the old one meanwhile, nor ever again: its file is kept, and renamed
to FILE.migrated.`,
		Example: `  huntsync state migrate huntsync.db
  huntsync state migrate /var/lib/huntsync/huntsync.db --yes`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.stateMigrate(cmd.Context(), args[0], yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) stateMigrate(ctx context.Context, file string, yes bool) error {
	kept := file + ".migrated"
	if _, err := os.Stat(kept); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s exists and is not overwritten, so nothing was copied: move it away first", kept)
	}
	old, err := a.openOld(ctx, file)
	if err != nil {
		return err
	}
	moved, err := a.migrateFrom(ctx, old, file, yes)
	if err = errors.Join(err, old.close(ctx)); err != nil || moved == nil {
		return err
	}
	if err := moveState(file, kept); err != nil {
		return fmt.Errorf("everything was copied, but the old file could not be renamed; move it away: %w", err)
	}
	_, err = fmt.Fprintf(a.out, "%d incidents and %d journal entries were copied. The old state is kept as %s.\n",
		moved.records, moved.entries, kept)
	return err
}

// openOld opens the state to be copied, to be held meanwhile.
func (a *app) openOld(ctx context.Context, file string) (*repair, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no state file %s", file)
	}
	log, err := a.logger()
	if err != nil {
		return nil, err
	}
	store, err := state.Open(ctx, state.Options{Kind: state.KindSQLite, Path: file})
	if err != nil {
		return nil, err
	}
	w := newWiring("state migrate", log)
	return &repair{Store: store, wiring: w, holder: w.holder()}, nil
}

// migrateFrom copies into the state that the configuration names; nil is for an
// operator who said no.
func (a *app) migrateFrom(ctx context.Context, old *repair, file string, yes bool) (moved *migration, err error) {
	to, c, err := a.openRepair(ctx, "state migrate", repairOptions{anyDesk: true, create: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, to.close(ctx)) }()
	if err := to.empty(ctx); err != nil {
		return nil, err
	}
	size, err := old.Size(ctx)
	if err != nil {
		return nil, err
	}
	question := fmt.Sprintf("Copy %d incidents into the %s state that the configuration names?", size, c.State.Type)
	if ok, err := a.approve(yes, question); err != nil || !ok {
		return nil, err
	}
	if _, err := old.takeAll(ctx); err != nil {
		return nil, err
	}
	m := &migration{from: old, to: to, file: file}
	return m, m.run(ctx)
}

// empty fails where the state holds anything.
func (r *repair) empty(ctx context.Context) error {
	accounts, err := r.Accounts(ctx)
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	entries, err := r.Journal(ctx, engine.JournalQuery{Limit: 1})
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	records, err := r.Records(ctx, engine.RecordQuery{Limit: 1})
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	if len(accounts)+len(entries)+len(records) > 0 {
		return errors.New("the state that the configuration names is not empty: nothing was copied. " +
			"Name an empty one; if an earlier copy was cut short, delete what it left")
	}
	return nil
}

// migration copies a state. How far accounts were read comes last: a copy that
// was cut short is a state that still has all of that before it, and creates
// nothing before it knows every ticket.
type migration struct {
	from, to         *repair
	file             string // what it is copied from
	records, entries int
}

func (m *migration) run(ctx context.Context) error {
	accounts, err := m.from.Accounts(ctx)
	if err != nil {
		return fmt.Errorf("read accounts: %w", err)
	}
	if len(accounts) == 0 {
		return errors.New("the old state is empty: there is nothing to copy")
	}
	leases := map[int64]engine.Lease{}
	for _, account := range accounts {
		id := account.Poll.Account.ID
		if leases[id], err = m.to.take(ctx, id); err != nil {
			return err
		}
		if err := m.copyRecords(ctx, leases[id]); err != nil {
			return err
		}
	}
	if err := m.copyJournal(ctx, leases); err != nil {
		return err
	}
	for _, account := range accounts {
		if err := m.copyAccount(ctx, leases[account.Poll.Account.ID], account); err != nil {
			return err
		}
	}
	desk, err := m.from.Desk(ctx)
	if err != nil {
		return err
	}
	first := leases[accounts[0].Poll.Account.ID]
	if err := m.to.SaveDesk(ctx, first, desk); err != nil {
		return err
	}
	return m.to.note(ctx, first, "the state was copied here from "+m.file)
}

func (m *migration) copyAccount(ctx context.Context, lease engine.Lease, account engine.AccountState) error {
	err := m.to.Observe(ctx, lease, engine.Observation{
		AccountID: lease.AccountID, Poll: &account.Poll, Organizations: account.Organizations,
	})
	if err != nil {
		return err
	}
	return m.to.SaveAdoption(ctx, lease, account.Adoption)
}

// copyRecords copies the records of an account, both halves of each.
func (m *migration) copyRecords(ctx context.Context, lease engine.Lease) error {
	query := engine.RecordQuery{AccountID: lease.AccountID, Limit: migrateBatch}
	for {
		records, err := m.from.Records(ctx, query)
		if err != nil || len(records) == 0 {
			return err
		}
		var seen []engine.Record
		for _, r := range records {
			if r.Seen.Version == 0 {
				continue // Only its ticket is known.
			}
			raw, err := m.from.RawIncident(ctx, r.Key)
			if err != nil && !errors.Is(err, engine.ErrNotFound) {
				return err
			}
			r.Seen.Incident.Raw = raw
			seen = append(seen, r)
		}
		if err := m.to.Observe(ctx, lease, engine.Observation{AccountID: lease.AccountID, Rows: seen}); err != nil {
			return err
		}
		for _, r := range records {
			if err := m.to.keep(ctx); err != nil {
				return err
			}
			if err := m.to.Save(ctx, lease, r); err != nil {
				return err
			}
			m.records++
		}
		query.After = records[len(records)-1].Key
	}
}

// copyJournal copies the journal, the oldest entry first. Entries go with a
// record, so one of them is saved again as it is.
func (m *migration) copyJournal(ctx context.Context, leases map[int64]engine.Lease) error {
	carriers, err := m.from.Records(ctx, engine.RecordQuery{Limit: 1})
	if err != nil || len(carriers) == 0 {
		return err
	}
	carrier := carriers[0]
	entries, err := m.from.Journal(ctx, engine.JournalQuery{})
	if err != nil {
		return err
	}
	slices.Reverse(entries)
	for batch := range slices.Chunk(entries, migrateBatch) {
		if err := m.to.keep(ctx); err != nil {
			return err
		}
		if err := m.to.Save(ctx, leases[carrier.Key.AccountID], carrier, batch...); err != nil {
			return err
		}
		m.entries += len(batch)
	}
	return nil
}
