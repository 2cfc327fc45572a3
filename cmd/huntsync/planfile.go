package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
	"github.com/huntsync/huntsync/engine"
)

// planFile is a saved plan: what was shown, and what it was made from.
type planFile struct {
	FormatVersion int                `json:"format_version"`
	CreatedAt     time.Time          `json:"created_at"`
	Config        string             `json:"config"` // hash
	Desk          string             `json:"desk"`   // URL
	Changes       []views.ChangeJSON `json:"changes"`
}

const planFormat = 1

// savePlan writes a plan for apply. It holds titles of incidents, so only its
// owner may read it.
func savePlan(path string, c *config.Config, p engine.Preview) error {
	if len(p.Blocking) > 0 {
		return errors.New("the plan was not saved: the configuration is incomplete, so there is nothing to apply")
	}
	text, err := json.MarshalIndent(planFile{
		FormatVersion: planFormat, CreatedAt: time.Now().UTC(), Config: c.Hash, Desk: c.Desk.URL, Changes: views.Changes(p),
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the plan: %w", err)
	}
	if err := writePrivate(path, append(text, '\n')); err != nil {
		return fmt.Errorf("save the plan: %w", err)
	}
	return nil
}

// writePrivate writes a file that only its owner may read, whatever was there. What
// is no file, such as a link or /dev/stdout, is written through.
func writePrivate(path string, text []byte) error {
	if there, err := os.Lstat(path); err == nil && !there.Mode().IsRegular() {
		return writeThrough(path, text)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".huntsync-plan-*") // for its owner only
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// writeThrough writes to where a link leads. A file there is its owner's before it
// holds anything.
func writeThrough(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm() != 0o600 {
		err = file.Chmod(0o600)
	}
	if err == nil {
		_, err = file.Write(text)
	}
	return errors.Join(err, file.Close())
}

func readPlan(path string) (planFile, error) {
	var p planFile
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, fmt.Errorf("there is no plan file %s: make one with huntsync plan --out %s", path, path)
	}
	if err != nil {
		return p, fmt.Errorf("read the plan: %w", err)
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("%s is not a plan file: %w", path, err)
	}
	if p.FormatVersion != planFormat {
		return p, fmt.Errorf("%s is a plan file of format %d, but this huntsync knows format %d: plan again", path, p.FormatVersion, planFormat)
	}
	return p, nil
}

// stale tells why a saved plan is not what would be done now; empty where it is.
func (p planFile) stale(c *config.Config, now engine.Preview) string {
	switch {
	case p.Config != c.Hash:
		return "the configuration has changed since"
	case p.Desk != c.Desk.URL:
		return "it was made for another desk, " + p.Desk
	case !slices.Equal(p.Changes, views.Changes(now)):
		return "incidents, tickets or the state have changed since"
	}
	return ""
}

// approved limits a pass to the changes of a plan, the one that was saved or shown.
func approved(p engine.Preview) func(engine.Change) bool {
	type step struct {
		action engine.Action
		key    engine.Key
	}
	planned := map[step]bool{}
	for _, c := range p.Changes {
		planned[step{c.Action, c.Key}] = true
	}
	return func(c engine.Change) bool { return planned[step{c.Action, c.Key}] }
}
