// Package postgrestest runs a throw-away PostgreSQL server for tests, from the
// binaries that are installed. It listens on a socket in a folder of its own and
// keeps nothing.
package postgrestest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a server that starts when it is first needed. The zero value is
// ready to be used.
type Server struct {
	once    sync.Once
	err     error // why it could not start
	folder  string
	process *exec.Cmd
	schemas atomic.Int64

	binaries string
	user     *syscall.SysProcAttr
}

// New is a server that ends with the test.
func New(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{}
	tb.Cleanup(func() {
		if err := s.Stop(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// errMissing skips tests on a machine without PostgreSQL, unless CI is set.
var errMissing = errors.New("no PostgreSQL server is installed (Debian: apt-get install postgresql)")

// startTimeout is how long a server may take to begin.
const startTimeout = time.Minute

// Fresh makes a place without any tables and returns its address. Where no
// PostgreSQL is installed it skips the test; in CI (where the environment has CI
// set) it fails it.
func (s *Server) Fresh(tb testing.TB) string {
	tb.Helper()
	s.once.Do(func() { s.err = s.start(tb.Context()) })
	if errors.Is(s.err, errMissing) && os.Getenv("CI") == "" {
		tb.Skip(s.err)
	}
	if s.err != nil {
		tb.Fatal(s.err)
	}
	name := fmt.Sprintf("place_%d", s.schemas.Add(1))
	connection, err := pgx.Connect(tb.Context(), s.address("public"))
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := connection.Exec(tb.Context(), "CREATE SCHEMA "+name); err != nil {
		tb.Fatal(err)
	}
	if err := connection.Close(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s.address(name)
}

// find is the folder of the newest installed version.
func find() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errMissing
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1]), nil
}

// start starts the server and waits until it answers.
func (s *Server) start(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	binaries, err := find()
	if err != nil {
		return err
	}
	// A socket's path has to be short.
	if s.folder, err = os.MkdirTemp("", "huntsync-pg-"); err != nil {
		return fmt.Errorf("making a folder for PostgreSQL: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	user, err := unprivileged(s.folder)
	if err != nil {
		return err
	}
	data := filepath.Join(s.folder, "data")
	initialize := exec.CommandContext(ctx, filepath.Join(binaries, "initdb"), //nolint:gosec // an installed binary
		"--pgdata", data, "--auth", "trust", "--username", "huntsync", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	initialize.SysProcAttr, initialize.Dir = user, s.folder
	if output, err := initialize.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output)
	}
	s.binaries, s.user = binaries, user
	return s.launch()
}

// launch starts the server on what is there.
func (s *Server) launch() error {
	process := exec.Command( //nolint:gosec,noctx // an installed binary; it outlives the test that starts it
		filepath.Join(s.binaries, "postgres"), "-D", filepath.Join(s.folder, "data"), "-k", s.folder,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")
	process.SysProcAttr, process.Dir = s.user, s.folder
	log, err := process.StderrPipe()
	if err != nil {
		return fmt.Errorf("reading PostgreSQL's log: %w", err)
	}
	if err := process.Start(); err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	s.process = process
	return await(log)
}

// await reads the server's log until it says that it is ready, and lets the rest
// of it pass by.
func await(log io.Reader) error {
	lines := bufio.NewScanner(log)
	var said []string
	for lines.Scan() {
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go io.Copy(io.Discard, log) //nolint:errcheck // ends with the server
			return nil
		}
		said = append(said, lines.Text())
	}
	return fmt.Errorf("PostgreSQL did not start: %s", strings.Join(said, "\n"))
}

// Restart ends the server, and with it every connection, and starts it again.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	if err := s.end(syscall.SIGINT); err != nil {
		tb.Fatal(err)
	}
	if err := s.launch(); err != nil {
		tb.Fatal(err)
	}
}

// Socket is the path of the socket that the server listens on.
func (s *Server) Socket() string { return filepath.Join(s.folder, ".s.PGSQL.5432") }

func (s *Server) end(how syscall.Signal) error {
	if s.process == nil {
		return nil
	}
	if err := s.process.Process.Signal(how); err != nil {
		return fmt.Errorf("stopping PostgreSQL: %w", err)
	}
	// It was told to quit without care: its exit code says just that.
	if err := s.process.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		return fmt.Errorf("waiting for PostgreSQL to end: %w", err)
	}
	s.process = nil
	return nil
}

// Stop ends the server, where it was started, and removes what it kept.
func (s *Server) Stop() error {
	if err := s.end(syscall.SIGQUIT); err != nil {
		return err
	}
	if s.folder == "" {
		return nil
	}
	if err := os.RemoveAll(s.folder); err != nil {
		return fmt.Errorf("removing what PostgreSQL kept: %w", err)
	}
	return nil
}

// address is how a client reaches a schema.
func (s *Server) address(schema string) string {
	query := url.Values{"host": {s.folder}, "search_path": {schema}}
	return (&url.URL{
		Scheme: "postgres", User: url.User("huntsync"), Path: "/postgres", RawQuery: query.Encode(),
	}).String()
}
