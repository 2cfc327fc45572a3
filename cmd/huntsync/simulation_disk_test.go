package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/sqlite"
	"github.com/huntsync/huntsync/state/sqlite/sqlitetest"
)

// spoilDisk lets the disk be full or read-only for a while.
func (s *simulation) spoilDisk() {
	fault := []sqlitetest.Fault{sqlitetest.Full, sqlitetest.ReadOnly}[s.rng.IntN(2)]
	s.say("the disk is %s", fault)
	s.totals.disaster("disk: " + string(fault))
	s.setDisk(fault)
	s.diskUntil = time.Now().Add(time.Duration(1+s.rng.IntN(30)) * time.Minute)
}

// mendDisk ends what is wrong with the disk when its time has come.
func (s *simulation) mendDisk(now time.Time) {
	if s.unwell() && now.After(s.diskUntil) {
		s.say("the disk is well again")
		s.setDisk(sqlitetest.Well)
	}
}

// unwell reports whether something is wrong with the disk.
func (s *simulation) unwell() bool { return s.disk.Fault() != sqlitetest.Well }

func (s *simulation) setDisk(fault sqlitetest.Fault) {
	s.t.Helper()
	if err := s.disk.Set(fault, s.process.store != nil); err != nil {
		s.t.Fatal(err)
	}
}

// damageState damages the state file of a process that has ended. The next start
// has to refuse it and to leave it as it is; then it is replaced as
// "huntsync state rebuild" does it.
func (s *simulation) damageState() {
	s.stop()
	path := s.statePath()
	whole, err := readImage(path)
	if err != nil {
		s.t.Fatal(err)
	}
	damaged := maps.Clone(whole)
	var what string
	damaged[imageFile], what = s.damaged(whole[imageFile])
	if err := damaged.write(path); err != nil {
		s.t.Fatal(err)
	}
	s.say("the state is damaged: %s; beside it are %d bytes of log", what, len(whole[imageLog]))
	problem := s.refusal(path)
	if problem == "" {
		// Nothing that is in use was hit, as far as can be seen.
		if err := whole.write(path); err != nil {
			s.t.Fatal(err)
		}
		s.start()
		return
	}
	s.totals.disaster("state: " + what)
	s.excuseUnseen()
	s.replace(path, problem, damaged)
	s.began = time.Now()
	s.start()
}

// damaged is a state file after something happened to it.
func (s *simulation) damaged(whole []byte) (damaged []byte, what string) {
	const page = 4096
	damaged = bytes.Clone(whole)
	switch s.rng.IntN(5) {
	case 0:
		return []byte{}, "emptied"
	case 1:
		return damaged[:s.rng.IntN(len(damaged))], "cut off"
	case 2:
		return damaged[:len(damaged)-page*(1+s.rng.IntN(len(damaged)/page-1))], "cut off between pages"
	case 3:
		for i := range damaged[:page] {
			damaged[i] = byte(s.rng.Uint32())
		}
		return damaged, "without its header"
	default:
		from := page * s.rng.IntN(len(damaged)/page)
		pages := damaged[from:min(len(damaged), from+page*(1+s.rng.IntN(4)))]
		for i := range pages {
			pages[i] = byte(s.rng.Uint32())
		}
		return damaged, "overwritten in places"
	}
}

// refusal starts a process on a damaged state, and tells why it is refused; empty
// where it is not.
func (s *simulation) refusal(path string) sqlite.Problem {
	s.t.Helper()
	before, err := readImage(path)
	if err != nil {
		s.t.Fatal(err)
	}
	store, err := sqlite.Open(context.Background(), sqlite.Options{Path: path})
	if err == nil {
		if err := errors.Join(store.Check(context.Background()), store.Close()); err != nil {
			s.t.Fatalf("a damaged state was opened: %v", err)
		}
		return ""
	}
	e, ok := errors.AsType[*sqlite.FileError](err)
	if !ok || e.Problem != sqlite.ProblemDamaged && e.Problem != sqlite.ProblemForeign || !strings.Contains(err.Error(), path) {
		s.t.Fatalf("a damaged state was refused with: %v", err)
	}
	after, err := readImage(path)
	if err != nil || !after.same(before) {
		s.t.Fatalf("a damaged state did not stay as it was (%v)", err)
	}
	return e.Problem
}

// replace does what an operator does with a damaged state. One that no longer
// looks like ours is moved away by hand.
func (s *simulation) replace(path string, problem sqlite.Problem, damaged image) {
	s.t.Helper()
	ctx := context.Background()
	a := &app{configPath: s.dir, lookupEnv: simEnvironment, logLevel: "info", out: s.leaks, err: s.leaks}
	if s.bad {
		s.writeConfig()
	}
	var err error
	if problem == sqlite.ProblemForeign {
		err = moveState(path, path+".damaged-by-hand")
	} else {
		var found *sqlite.FileError
		tried := a.read(ctx)
		if found, err = a.damage(ctx, tried.config); err == nil && found == nil {
			err = errors.New("state rebuild finds no damage")
		}
		if err == nil {
			_, err = a.replaceDamaged(ctx, path)
		}
	}
	if err != nil {
		s.t.Fatalf("replace a damaged state (%s): %v", problem, err)
	}
	kept, err := filepath.Glob(path + ".damaged-*[^lm]") // not the -wal and the -shm beside it
	if err != nil || len(kept) != 1 {
		s.t.Fatalf("the damaged state was not kept once, but as %q (%v)", kept, err)
	}
	aside, err := readImage(kept[0])
	if err != nil || !aside.same(damaged) {
		s.t.Fatalf("the damaged state was not kept as it was (%v)", err)
	}
	if err := (image{}).write(kept[0]); err != nil {
		s.t.Fatal(err)
	}
}

// backUp makes a backup while the process works.
func (s *simulation) backUp() {
	if s.process.store == nil || s.unwell() {
		return
	}
	s.say("a backup is made")
	if err := s.process.store.Backup(context.Background(), filepath.Join(s.dir, "backup")); err != nil {
		s.t.Fatal(err)
	}
}

// restoreState puts the backup into the state's place: everything that was done
// since is unknown again.
func (s *simulation) restoreState() {
	backup, err := os.ReadFile(filepath.Join(s.dir, "backup"))
	if err != nil {
		return // None was made.
	}
	s.say("the backup is put in the place of the state")
	s.totals.disaster("state: replaced by a backup")
	s.stop()
	s.excuseUnseen()
	s.removeState()
	if err := os.WriteFile(s.statePath(), backup, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if !s.observed() {
		s.began = time.Now() // It is of before the first poll, and as good as none.
	}
	s.start()
}

// observed reports whether the state has finished a walk.
func (s *simulation) observed() bool {
	store, err := sqlite.Open(context.Background(), sqlite.Options{Path: s.statePath(), ReadOnly: true})
	if err != nil {
		s.t.Fatal(err)
	}
	defer store.Close()
	account, err := store.Account(context.Background(), simAccount)
	return err == nil && !account.Poll.Cursor.IsZero()
}

// removeState deletes the state of a process that has ended.
func (s *simulation) removeState() {
	files, err := filepath.Glob(filepath.Join(s.dir, "state.db*"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			s.t.Fatal(err)
		}
	}
}

// loseState takes the state away for good.
func (s *simulation) loseState() {
	s.say("the state is lost")
	s.totals.disaster("state: lost")
	s.stop()
	s.excuseUnseen()
	s.removeState()
	s.began = time.Now()
	s.start()
}

// excuseUnseen lets tickets be as they are that Huntress had changed before the
// old state saw it: a new state takes tickets as it finds them. What was over so
// long ago that the new one's first look-back does not reach it needs no ticket.
func (s *simulation) excuseUnseen() {
	ticketed := map[int64]bool{}
	for _, t := range s.desk.Tickets() {
		id, _ := engine.ParseMarker(t.Title)
		ticketed[id] = true
		if i, ok := s.huntress.Incident(simAccount, id); ok && engine.Status(i.Status).Open() == t.StatusClosed {
			s.people.touched[t.ID] += "unseen "
		}
	}
	s.young = true
	for _, i := range s.huntress.Incidents(simAccount) {
		// The first look-back of the new state begins once Huntress answers again,
		// which can be days from now.
		over := engine.Status(i.Status).Closed() && time.Since(i.StatusUpdatedAt) > 3*24*time.Hour
		s.ancient[i.ID] = s.ancient[i.ID] || over && !ticketed[i.ID]
	}
}

// knowsTickets reports whether a state that lost something has caught up with every
// ticket. Until then no incident is ended or opened again: whether the ticket was
// left behind or somebody wanted it so could not be told.
func (s *simulation) knowsTickets() bool {
	if !s.young {
		return true
	}
	if s.process.store == nil {
		return false
	}
	records, err := s.process.store.Records(context.Background(), engine.RecordQuery{AccountID: simAccount})
	if err != nil {
		s.t.Fatal(err)
	}
	told := map[int64]engine.Status{}
	for _, r := range records {
		if r.Work.Ticket != nil {
			told[r.Key.IncidentID] = r.Work.Told.Status
		}
	}
	for _, t := range s.desk.Tickets() {
		id, _ := engine.ParseMarker(t.Title)
		if i, ok := s.huntress.Incident(simAccount, id); ok && string(told[id]) != i.Status {
			return false
		}
	}
	s.young = false
	return true
}
