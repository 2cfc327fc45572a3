package main

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/huntress/sim/dataset"
	"github.com/huntsync/huntsync/state"
	"github.com/huntsync/huntsync/state/postgres/postgrestest"
)

// TestMain lets scripts run this program as "huntsync".
func TestMain(m *testing.M) {
	testscript.Main(tidy{m}, map[string]func(){"huntsync": func() { os.Exit(recorded()) }}) //nolint:forbidigo // this is the main of the program that scripts run.
}

// tidy are tests that fail when one of them leaves a goroutine behind.
type tidy struct{ *testing.M }

func (m tidy) Run() int {
	code := m.M.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, "goroutines were left behind:", err)
		return 1
	}
	return 0
}

// transcriptVariable names the file that keeps everything the program says.
const transcriptVariable = "TEST_TRANSCRIPT"

// recorded is run, with what the program says kept for the search for secrets,
// unless it says that to a terminal.
func recorded() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	transcript, err := os.OpenFile(os.Getenv(transcriptVariable), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	defer transcript.Close()
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, lookupEnv: os.LookupEnv}
	if !a.output().Interactive {
		a.out, a.err = io.MultiWriter(os.Stdout, transcript), io.MultiWriter(os.Stderr, transcript)
	}
	return a.execute(ctx, os.Args[1:])
}

// TestStories plays each user story of testdata/script with the real program
// against both simulators.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Setup:               setUpStory,
		Cmds:                storyCommands(),
		Condition: func(condition string) (bool, error) {
			return condition == "root" && os.Geteuid() == 0, nil
		},
	})
}

// TestPostgresStories plays the stories of a state in PostgreSQL, where there is one.
func TestPostgresStories(t *testing.T) {
	server := postgrestest.New(t)
	t.Run("stories", func(t *testing.T) {
		testscript.Run(t, testscript.Params{
			Dir:                 "testdata/postgres",
			RequireExplicitExec: true,
			Setup: func(env *testscript.Env) error {
				tb, ok := env.T().(testing.TB)
				if !ok {
					return errors.New("the stories need a testing.TB")
				}
				env.Setenv("DATABASE_URL", server.Fresh(tb))
				return setUpStory(env)
			},
			Cmds: storyCommands(),
		})
	})
}

func setUpStory(env *testscript.Env) error {
	w := newStory()
	env.Defer(w.close)
	env.Values[storyKey{}] = w
	transcript := filepath.Join(env.WorkDir, ".tmp", "transcript")
	env.Setenv(transcriptVariable, transcript)
	env.Setenv("GORACE", "atexit_sleep_ms=0") // The race detector would hold each program back for a second.
	env.Setenv("HUNTSYNC_VAR_huntress_url", w.huntressServer.URL)
	env.Setenv("HUNTSYNC_VAR_desk_url", w.deskServer.URL)
	env.Setenv("HUNTRESS_API_KEY", huntressKey)
	env.Setenv("HUNTRESS_API_SECRET", huntressSecret)
	env.Setenv("ALGAPSA_API_KEY", deskKey)
	t, ok := env.T().(testing.TB)
	if !ok {
		return errors.New("the stories need a testing.TB")
	}
	env.Defer(func() {
		searchSecrets(t, env.WorkDir)
		searchHidden(t, transcript)
	})
	return writeConfiguration(filepath.Join(env.WorkDir, "msp"))
}

// searchSecrets fails where a credential is in anything that a story left behind:
// what the program said, states, plans, backups, locks.
func searchSecrets(tb testing.TB, dir string) {
	tb.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte(huntressKey + ":" + huntressSecret))
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == "secrets" {
			return fs.SkipDir // where a story planted them
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, secret := range []string{huntressKey, huntressSecret, deskKey, basic} {
			if strings.Contains(string(content), secret) {
				tb.Errorf("%s holds a credential", path)
			}
		}
		return nil
	})
	if err != nil {
		tb.Error(err)
	}
}

// searchHidden fails where the program said anything that hides or reorders other
// text, or moves a terminal's cursor: incidents are written by attackers.
func searchHidden(tb testing.TB, transcript string) {
	tb.Helper()
	content, err := os.ReadFile(transcript)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		hidden := func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }
		if strings.ContainsFunc(line, hidden) {
			tb.Errorf("the program said %q", line)
		}
	}
}

func storyCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits":      exits,
		"settled":    settled,
		"desk":       deskCommand,
		"soc":        socCommand,
		"replace":    replace,
		"hold":       hold,
		"let-go":     letGo,
		"eventually": eventually,
		"newer":      newer,
		"truncated": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Check(os.Truncate(ts.MkAbs(args[0]), 20_000))
		},
	}
}

// exits runs a command that has to end with a code: exits CODE COMMAND...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT]...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// settled plans, and wants nothing to be due: settled [FLAG]... What is owed about a
// host that could not be read in time may be: it comes due by itself, a minute later.
func settled(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: settled [FLAG]...")
	}
	ts.Check(ts.Exec("huntsync", append([]string{"plan", "-o", "json"}, args...)...))
	var plan struct {
		Complete bool
		Changes  []struct {
			Action string
			Reason engine.Cause
			Title  string
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &plan))
	if !plan.Complete {
		ts.Fatalf("the configuration is not complete")
	}
	for _, c := range plan.Changes {
		if c.Reason != engine.CauseHost && c.Reason != engine.CauseAsset {
			ts.Fatalf("due is to %s %s, because %s", c.Action, c.Title, c.Reason)
		}
	}
}

// replace changes text in a file, \n in NEW being a line break: replace FILE OLD NEW.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	content := ts.ReadFile(args[0])
	if !strings.Contains(content, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(content, args[1], strings.ReplaceAll(args[2], `\n`, "\n"))), 0o600))
}

// hold takes a state as another huntsync would, until the story ends: hold FILE.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	store, err := state.Open(context.Background(), state.Options{Kind: state.KindSQLite, Path: ts.MkAbs(args[0])})
	ts.Check(err)
	ts.Defer(func() { _ = store.Close() })
	storyOf(ts).held = store
	_, err = store.Acquire(context.Background(), dataset.AccountID, engine.Holder{
		ID: "another", Host: "psa-host", PID: 4711, Command: "run", Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}, 0)
	ts.Check(err)
}

// letGo ends a hold.
func letGo(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(storyOf(ts).held.Close()) }

// newer makes a state look like one of a later huntsync: newer FILE.
func newer(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = db.ExecContext(context.Background(), `INSERT INTO schema_versions (version_id, is_applied) VALUES (9999, 1)`)
	ts.Check(errors.Join(err, db.Close()))
}

// eventually runs a command until its output matches: eventually PATTERN COMMAND...
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND [ARGUMENT]...")
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for range 300 {
		if err := ts.Exec(args[1], args[2:]...); err == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		<-ticker.C
	}
	ts.Fatalf("no output of %q ever matched %s", args[1:], args[0])
}
