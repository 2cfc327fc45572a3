package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/huntsync/huntsync/cmd/huntsync/views"
	"github.com/huntsync/huntsync/config"
)

// Exit codes. They are documented in --help and tested by the scripts.
const (
	exitOK         = 0
	exitFailure    = 1 // something went wrong, or the configuration is invalid
	exitChanges    = 2 // plan --detailed-exitcode: there is something to do
	exitIncomplete = 3 // validate: valid, but not yet complete
)

// app is what all commands share: streams, environment and global flags.
type app struct {
	in        io.Reader
	out, err  io.Writer
	lookupEnv func(string) (string, bool)

	configPath string
	variables  variables
	logLevel   string

	// unwritten is why output was lost; the first reason.
	unwritten error
}

// output writes to standard output, and remembers what was lost: views write line
// by line, and somebody may rely on what the exit code says.
type output struct{ app *app }

func (o output) Write(text []byte) (int, error) {
	n, err := o.app.out.Write(text)
	if err != nil && o.app.unwritten == nil {
		o.app.unwritten = fmt.Errorf("write the output: %w", err)
	}
	return n, err
}

// exit ends a command with a code whose reason has been told already.
type exit struct{ code int }

// Error is never shown.
func (e exit) Error() string { return fmt.Sprintf("exit %d", e.code) }

// execute runs one command line.
func (a *app) execute(ctx context.Context, args []string) int {
	// Libraries log what others sent, our credentials repeated among it, and here
	// nobody blots them out: what matters they return as an error.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(output{a})
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	told, ok := errors.AsType[exit](err)
	switch {
	case (err == nil || ok) && a.unwritten != nil:
		err = a.unwritten
	case err == nil:
		return exitOK
	case ok:
		return told.code
	}
	views.Error(a.errors(), err)
	return exitFailure
}

// root is the whole command tree.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "huntsync",
		Short: "Huntress incidents become tickets: exactly one each, none dropped",
		Long: `huntsync makes every incident report of the Huntress SOC exactly one ticket at your desk,
on the right board, for the right client. Where it goes is written in HCL files that
live in git; incidents of organizations that nobody mapped go to a triage board.`,
		Example: `  huntsync demo                     watch it work on simulated data
  huntsync validate -c ./routing    check a configuration, offline
  huntsync plan -c ./routing        see what would be done, without doing it
  huntsync run -c ./routing         poll, for ever`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.configPath, "config", "c", ".", "directory (or one file) of the configuration")
	flags.Var(&a.variables, "var", "set a variable of the configuration (also HUNTSYNC_VAR_name)")
	flags.StringVar(&a.logLevel, "log-level", "info", "debug, info, warn or error")
	root.AddCommand(
		a.validateCommand(), a.planCommand(), a.applyCommand(), a.runCommand(),
		a.statusCommand(), a.explainCommand(), a.historyCommand(), a.orgsCommand(),
		a.fmtCommand(), a.testCommand(), a.stateCommand(),
		a.checkCommand(), a.demoCommand(), a.versionCommand(),
	)
	return root
}

// terminal describes a stream: colors and width are for terminals only.
func (a *app) terminal(w io.Writer) views.Terminal {
	t := views.Terminal{Writer: w}
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return t
	}
	noColor, _ := a.lookupEnv("NO_COLOR")
	kind, _ := a.lookupEnv("TERM")
	t.Interactive, t.Color = true, noColor == "" && kind != "dumb"
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		t.Width = width
	}
	return t
}

// interactive reports whether a person can be asked.
func (a *app) interactive() bool {
	file, ok := a.in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && a.output().Interactive
}

func (a *app) output() views.Terminal {
	t := a.terminal(a.out)
	t.Writer = output{a}
	return t
}

func (a *app) errors() views.Terminal { return a.terminal(a.err) }

// logger logs text on a terminal and JSON otherwise, to standard error.
func (a *app) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.logLevel)); err != nil {
		return nil, fmt.Errorf("--log-level %q is not debug, info, warn or error", a.logLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	if a.errors().Interactive {
		return slog.New(slog.NewTextHandler(a.err, options)), nil
	}
	return slog.New(slog.NewJSONHandler(a.err, options)), nil
}

// load reads and checks the configuration. Diagnostics are shown here; errors
// among them end the command.
func (a *app) load(ctx context.Context) (*config.Config, error) {
	tried := a.read(ctx)
	if err := views.Diagnostics(a.errors(), tried.diags); err != nil {
		return nil, err
	}
	if tried.config == nil {
		return nil, exit{exitFailure}
	}
	return tried.config, nil
}

func (a *app) read(ctx context.Context) attempt {
	snapshot, diags := config.Read(ctx, a.configPath)
	if diags.HasErrors() {
		return attempt{diags: diags}
	}
	c, more := config.Load(snapshot, config.Options{Variables: a.variables.values, LookupEnv: a.lookupEnv})
	return attempt{snapshot: snapshot, config: c, diags: append(diags, more...)}
}
