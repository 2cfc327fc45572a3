package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
)

func (a *app) fmtCommand() *cobra.Command {
	var check, diff bool
	cmd := &cobra.Command{
		Use:   "fmt",
		Short: "Put the configuration and its routing tests into the canonical format",
		Long: `Put the files of the configuration and its routing tests into the canonical format,
and list those that changed. Files with syntax errors are left alone and reported;
files in the JSON syntax stay as they are.

Exit codes: 0 done, or nothing to do; 1 a file cannot be read, or with --check a
file is not in the canonical format.`,
		Example: `  huntsync fmt
  huntsync fmt --check --diff -c ./routing`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.fmt(cmd.Context(), check, diff) },
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; exit with 1 when a file would change")
	cmd.Flags().BoolVar(&diff, "diff", false, "show what changes")
	return cmd
}

func (a *app) fmt(ctx context.Context, check, diff bool) error {
	snapshot, diags := config.Read(ctx, a.configPath)
	if snapshot == nil {
		if err := views.Diagnostics(a.errors(), diags); err != nil {
			return err
		}
		return exit{exitFailure}
	}
	out := a.output()
	changed := 0
	for _, f := range slices.Concat(snapshot.Files, snapshot.Tests) {
		formatted, wrong := config.Format(f)
		if wrong.HasErrors() {
			diags = append(diags, wrong...)
			continue
		}
		if bytes.Equal(formatted, f.Content) {
			continue
		}
		changed++
		if diff {
			views.FileDiff(out, config.Diff(f.Name, f.Name+" (formatted)", f.Content, formatted))
		} else {
			views.FileName(out, f.Name)
		}
		if check {
			continue
		}
		if err := replaceFile(f.Name, formatted); err != nil {
			return err
		}
	}
	if err := views.Diagnostics(a.errors(), diags); err != nil {
		return err
	}
	if diags.HasErrors() || check && changed > 0 {
		return exit{exitFailure}
	}
	return nil
}

// replaceFile writes a file whole: who reads it meanwhile (a running daemon
// does) finds the old content or the new one, never a piece of either.
func replaceFile(name string, content []byte) (err error) {
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return fmt.Errorf("format %s: %w", name, err)
	}
	info, err := os.Stat(target)
	if err != nil {
		return fmt.Errorf("format %s: %w", name, err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(target), ".huntsync-fmt-*")
	if err != nil {
		return fmt.Errorf("format %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("format %s: %w", name, err), os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(content)
	if err = errors.Join(err, temporary.Chmod(info.Mode().Perm()), temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), target)
}
