package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
)

func (a *app) orgsMatchCommand() *cobra.Command {
	var write string
	cmd := &cobra.Command{
		Use:   "match",
		Short: "Propose organization blocks for the organizations that are not mapped",
		Long: `Propose organization blocks for the organizations that are not mapped. One whose name
equals exactly one client's (but for case, punctuation and white space) gets a block,
pinned by its id; for the others the closest clients are proposed in comments, with a
score from 0 to 1. Nothing is mapped before you put the blocks into the configuration.

With --write they go into a new file; a file that exists is never overwritten.

Exit codes: 0 proposed (or nothing to propose), 1 something went wrong.`,
		Example: `  huntsync orgs match
  huntsync orgs match --write organizations.hcl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.orgsMatch(cmd.Context(), write) },
	}
	cmd.Flags().StringVar(&write, "write", "", "write the blocks into this new file")
	return cmd
}

func (a *app) orgsMatch(ctx context.Context, write string) error {
	if write != "" && (!strings.HasSuffix(write, ".hcl") || config.IsTest(write)) {
		return fmt.Errorf("--write %s: a file of the configuration ends in .hcl (and not in .test.hcl)", write)
	}
	w, err := a.census(ctx, "orgs match")
	if err != nil {
		return err
	}
	candidates := w.unmapped()
	matched := 0
	for _, c := range candidates {
		if c.Exact() {
			matched++
		}
	}
	text := views.OrganizationBlocks(candidates)
	formatted, wrong := config.Format(config.File{Name: "organizations.hcl", Content: []byte(text)})
	if wrong.HasErrors() {
		return fmt.Errorf("a fault of huntsync: the blocks are not valid HCL: %s", wrong[0].Summary)
	}
	if len(candidates) > 0 {
		if err := deliver(a.out, write, formatted); err != nil {
			return err
		}
	}
	views.Matched(a.errors(), len(candidates), matched, write)
	return nil
}

// deliver writes a new file, or to a stream where none is named.
func deliver(w io.Writer, file string, content []byte) (err error) {
	if file == "" {
		_, err = w.Write(content)
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644) //nolint:gosec // a file of the configuration, with no secret in it; others read it too.
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists and is not overwritten: name another file, or run huntsync orgs match without --write and copy what you want", file)
	}
	if err != nil {
		return fmt.Errorf("write the blocks: %w", err)
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the blocks: %w", err)
	}
	return nil
}
