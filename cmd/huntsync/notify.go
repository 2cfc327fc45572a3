package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// notifier tells systemd how the daemon stands, as sd_notify(3) has it. One that
// is nil says nothing: nobody listens.
type notifier struct {
	conn *net.UnixConn
	log  *slog.Logger
	// watchdog is within which time systemd wants to hear that the daemon is
	// alive; 0 where it does not ask.
	watchdog time.Duration
}

// newNotifier connects to the socket that systemd names in the environment; nil
// where it names none.
func newNotifier(lookupEnv func(string) (string, bool), log *slog.Logger) (*notifier, error) {
	socket, ok := lookupEnv("NOTIFY_SOCKET")
	if !ok || socket == "" {
		return nil, nil //nolint:nilnil // a nil notifier works, and says nothing.
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("connect to the NOTIFY_SOCKET of systemd: %w", err)
	}
	watchdog, err := watchdogOf(lookupEnv)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &notifier{conn: conn, log: log, watchdog: watchdog}, nil
}

// watchdogOf is the time that systemd gives this process; 0 for none.
func watchdogOf(lookupEnv func(string) (string, bool)) (time.Duration, error) {
	if pid, ok := lookupEnv("WATCHDOG_PID"); ok && pid != strconv.Itoa(os.Getpid()) {
		return 0, nil // It is meant for another process.
	}
	text, ok := lookupEnv("WATCHDOG_USEC")
	if !ok {
		return 0, nil
	}
	micros, err := strconv.ParseUint(text, 10, 64)
	if err != nil || micros == 0 {
		return 0, fmt.Errorf("WATCHDOG_USEC is %q, not a number of microseconds", text)
	}
	if micros > math.MaxInt64/uint64(time.Microsecond) {
		return 0, nil // WatchdogSec=infinity, which systemd writes as the largest number, or as good as that.
	}
	return time.Duration(micros) * time.Microsecond, nil
}

// ready says that the page can be looked at and the work goes on.
func (n *notifier) ready(ctx context.Context, status string) {
	n.send(ctx, "READY=1", "STATUS="+status)
}

// reloading says that the configuration is read again; ready ends it.
func (n *notifier) reloading(ctx context.Context) {
	n.send(ctx, append([]string{"RELOADING=1"}, monotonicTime()...)...)
}

// stopping says that the daemon ends.
func (n *notifier) stopping(ctx context.Context) {
	n.send(ctx, "STOPPING=1", "STATUS=Waiting for the calls that are under way")
}

// send sends assignments in one datagram.
func (n *notifier) send(ctx context.Context, assignments ...string) {
	if n == nil {
		return
	}
	for i, a := range assignments {
		assignments[i] = strings.ReplaceAll(a, "\n", " ")
	}
	if _, err := n.conn.Write([]byte(strings.Join(assignments, "\n"))); err != nil {
		n.log.WarnContext(ctx, "systemd could not be told", "error", err)
	}
}

// feed keeps the watchdog quiet for as long as alive has an answer, which it gets
// half of the watchdog's time for.
func (n *notifier) feed(ctx context.Context, alive func(context.Context) error) {
	if n == nil || n.watchdog == 0 {
		return
	}
	ticker := time.NewTicker(n.watchdog / 2)
	defer ticker.Stop()
	hangs := false
	for {
		askCtx, cancel := context.WithTimeout(ctx, n.watchdog/2)
		err := alive(askCtx)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			hangs = false
			n.send(ctx, "WATCHDOG=1")
		case !hangs:
			hangs = true
			n.log.ErrorContext(ctx, "systemd will restart huntsync unless it answers soon", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// close ends the connection.
func (n *notifier) close() error {
	if n == nil {
		return nil
	}
	return n.conn.Close()
}

// statusLine is what systemctl status shows after a reload.
func statusLine(result ReloadResult, running bool) string {
	switch {
	case result.OK():
		return "Polling"
	case result.Failure != nil && !running:
		return "Polling waits: the configuration cannot be held against the desk and Huntress yet"
	case result.Active, !running:
		return "Polling is disabled until the configuration is complete"
	default:
		return "Polling by the last good configuration; the new one is not used"
	}
}
