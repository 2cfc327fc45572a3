package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// supervisor listens as systemd does.
type supervisor struct {
	t    *testing.T
	conn *net.UnixConn
	path string
}

func newSupervisor(t *testing.T) *supervisor {
	t.Helper()
	// Not t.TempDir: the path of a socket must be short.
	dir, err := os.MkdirTemp("", "sd") //nolint:usetesting // see above.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(dir, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &supervisor{t: t, conn: conn, path: path}
}

// next is what is said next, but for "I am alive".
func (s *supervisor) next() string {
	s.t.Helper()
	for {
		if said := s.read(); said != "WATCHDOG=1" {
			return said
		}
	}
}

func (s *supervisor) read() string {
	s.t.Helper()
	if err := s.conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	buffer := make([]byte, 4096)
	n, err := s.conn.Read(buffer)
	if err != nil {
		s.t.Fatalf("nothing more was said: %v", err)
	}
	return string(buffer[:n])
}

func (s *supervisor) expect(pattern string) {
	s.t.Helper()
	if said := s.next(); !regexp.MustCompile("^(?:" + pattern + ")$").MatchString(said) {
		s.t.Errorf("systemd is told %q, want %q", said, pattern)
	}
}

// TestSystemdIsTold runs the real program below a supervisor: it is ready, feeds
// the watchdog, reloads well and badly, and stops.
func TestSystemdIsTold(t *testing.T) {
	w := newStory()
	t.Cleanup(w.close)
	dir := filepath.Join(t.TempDir(), "msp")
	if err := writeConfiguration(dir); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "web.hcl", "web {\n  listen = \"127.0.0.1:0\"\n}\n")
	s := newSupervisor(t)
	d := startDaemon(t, w, dir, "NOTIFY_SOCKET="+s.path, "WATCHDOG_USEC=200000")
	s.expect("READY=1\nSTATUS=Reading the configuration")
	s.expect("RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+")
	s.expect("READY=1\nSTATUS=Polling")
	for alive := false; !alive; {
		alive = s.read() == "WATCHDOG=1"
	}

	write(t, dir, "zz.hcl", "nonsense {}\n")
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.expect("RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+")
	s.expect("READY=1\nSTATUS=Polling by the last good configuration; the new one is not used")
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		d.stop()
	}()
	defer func() { <-stopped }()
	for {
		said := s.next()
		if strings.HasPrefix(said, "STOPPING=1\n") {
			break
		}
		// The watcher may see the change that the signal told of already.
		if !strings.HasPrefix(said, "RELOADING=1") && !strings.HasPrefix(said, "READY=1") {
			t.Errorf("at the end systemd is told %q", said)
		}
	}
}

// TestWatchdogStarves stops feeding while there is no answer, and goes on with it.
func TestWatchdogStarves(t *testing.T) {
	s := newSupervisor(t)
	environment := map[string]string{"NOTIFY_SOCKET": s.path, "WATCHDOG_USEC": "20000"}
	n, err := newNotifier(func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	var feeding sync.WaitGroup
	defer feeding.Wait()
	defer cancel()
	var asked atomic.Int64
	feeding.Go(func() {
		n.feed(ctx, func(context.Context) error {
			if at := asked.Add(1); at > 2 && at <= 5 {
				return errors.New("it hangs")
			}
			return nil
		})
	})
	for _, want := range []int64{1, 2, 6} {
		if said := s.read(); said != "WATCHDOG=1" {
			t.Errorf("systemd is told %q", said)
		}
		if at := asked.Load(); at < want {
			t.Errorf("fed at question %d, before question %d", at, want)
		}
	}
}

// TestWatchdogOf reads what systemd asks for.
func TestWatchdogOf(t *testing.T) {
	for name, c := range map[string]struct {
		environment map[string]string
		want        time.Duration
		wrong       bool
	}{
		"none":          {},
		"thirty s":      {environment: map[string]string{"WATCHDOG_USEC": "30000000"}, want: 30 * time.Second},
		"for another":   {environment: map[string]string{"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}},
		"infinity":      {environment: map[string]string{"WATCHDOG_USEC": "18446744073709551615"}},
		"ages":          {environment: map[string]string{"WATCHDOG_USEC": "9223372036854775807"}},
		"not a number":  {environment: map[string]string{"WATCHDOG_USEC": "soon"}, wrong: true},
		"less than one": {environment: map[string]string{"WATCHDOG_USEC": "0"}, wrong: true},
	} {
		got, err := watchdogOf(func(name string) (string, bool) {
			value, ok := c.environment[name]
			return value, ok
		})
		if got != c.want || (err != nil) != c.wrong {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// TestNobodyListens has no systemd around.
func TestNobodyListens(t *testing.T) {
	n, err := newNotifier(func(string) (string, bool) { return "", false }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	n.ready(t.Context(), "Polling")
	n.reloading(t.Context())
	n.feed(t.Context(), nil)
	if err := n.close(); err != nil {
		t.Error(err)
	}
	gone := func(string) (string, bool) { return filepath.Join(t.TempDir(), "gone"), true }
	if _, err := newNotifier(gone, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a socket that is not there is no error")
	}
}
