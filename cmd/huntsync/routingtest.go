package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
)

func (a *app) testCommand() *cobra.Command {
	var format outputFormat
	cmd := &cobra.Command{
		Use:   "test",
		Short: "Run the routing tests, offline",
		Long: `Run the routing tests (*.test.hcl) beside the configuration, with the code that routes
in production and without asking anybody. A test that fails shows what it expected,
what it got, and the path through the routes.

Exit codes: 0 all passed (or there are none), 1 a test failed or something is invalid.`,
		Example: `  huntsync test
  huntsync test -c ./routing -o junit > routing-tests.xml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.test(cmd.Context(), format) },
	}
	format.flag(cmd, "junit")
	return cmd
}

func (a *app) test(ctx context.Context, format outputFormat) error {
	tried := a.read(ctx)
	diags := tried.diags
	var results []config.TestResult
	if c := tried.config; c != nil {
		tests, wrong := c.LoadTests(tried.snapshot)
		diags = append(diags, wrong...)
		results = c.Offline().Run(tests)
	}
	if !format.json() {
		if err := views.Diagnostics(a.errors(), diags); err != nil {
			return err
		}
	}
	t := views.Tests{Results: results, Diagnostics: diags, Path: a.configPath}
	if err := t.Write(a.output(), format.String()); err != nil {
		return err
	}
	if t.Failed() {
		return exit{exitFailure}
	}
	return nil
}
