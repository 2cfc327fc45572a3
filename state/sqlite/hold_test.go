package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/sqlite"
)

// holdVariable makes the test binary a process that holds the state it names,
// until it is killed.
const holdVariable = "HUNTSYNC_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdVariable); path != "" {
		if err := hold(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	goleak.VerifyTestMain(m)
}

func hold(path string) error {
	s, err := sqlite.Open(context.Background(), sqlite.Options{Path: path})
	if err != nil {
		return err
	}
	lease, err := s.Acquire(context.Background(), account, holder("to be killed"), 0)
	if err != nil {
		return err
	}
	if err := s.Observe(context.Background(), lease, rows(1, 3)); err != nil {
		return err
	}
	fmt.Println("held")
	select {}
}

// A restart after kill -9 is never refused, finds what was committed, and keeps
// out whatever the dead holder still had on the way.
func TestHoldEndsWithTheProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env = append(os.Environ(), holdVariable+"="+path)
	other.Stderr = os.Stderr
	output, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil || line != "held\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}

	s := temporary(t, sqlite.Options{Path: path})
	_, err = s.Acquire(t.Context(), account, holder("b"), 0)
	held, ok := errors.AsType[*engine.HeldError](err)
	if !ok || held.Holder.ID != "to be killed" || held.Holder.PID != other.Process.Pid || !held.Expires.IsZero() {
		t.Fatalf("beside another process: got %v", err)
	}
	want := fmt.Sprintf("the state is held by huntsync run on host (pid %d, since 1970-01-01T00:00:01Z)", other.Process.Pid)
	if err.Error() != want {
		t.Errorf("got the message %q, want %q", err, want)
	}
	// One process holds the file whole.
	_, err = s.Acquire(t.Context(), account+1, holder("b"), 0)
	if _, ok := errors.AsType[*engine.HeldError](err); !ok {
		t.Errorf("another account beside another process: got %v", err)
	}

	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := other.Wait(); err == nil {
		t.Error("the other process was not killed")
	}
	if lease := acquire(t, s, "b"); lease.Epoch != 2 {
		t.Errorf("after the kill the epoch is %d, want 2", lease.Epoch)
	}
	if n := count(t, s); n != 3 {
		t.Errorf("after the kill %d records are left, want 3", n)
	}
}

// Two names of one file have one lock.
func TestHoldFollowsLinks(t *testing.T) {
	t.Parallel()
	path := made(t)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	acquire(t, temporary(t, sqlite.Options{Path: path}), "a")
	_, err := temporary(t, sqlite.Options{Path: link}).Acquire(t.Context(), account, holder("b"), 0)
	if _, ok := errors.AsType[*engine.HeldError](err); !ok {
		t.Errorf("by another name: got %v", err)
	}
}

// Somebody deletes the lock file: the second holder keeps the first from writing.
func TestHoldWithoutItsFile(t *testing.T) {
	t.Parallel()
	path := made(t)
	first := temporary(t, sqlite.Options{Path: path})
	lease := acquire(t, first, "a")
	if err := os.Remove(path + ".lock"); err != nil {
		t.Skip("an open file cannot be deleted here:", err)
	}
	second := temporary(t, sqlite.Options{Path: path})
	next := acquire(t, second, "b")
	if err := first.Observe(t.Context(), lease, rows(11, 20)); !errors.Is(err, engine.ErrLeaseLost) {
		t.Errorf("the first holder's write: got %v", err)
	}
	observe(t, second, next, rows(11, 20))
}

func TestHoldIsFreeWhenNothingIsHeld(t *testing.T) {
	t.Parallel()
	path := made(t)
	one, two := temporary(t, sqlite.Options{Path: path}), temporary(t, sqlite.Options{Path: path})
	lease := acquire(t, one, "a")
	second, err := one.Acquire(t.Context(), account+1, holder("a"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := one.Release(t.Context(), lease); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Acquire(t.Context(), account, holder("b"), 0); err == nil {
		t.Error("an account was given away while its process holds another")
	}
	if err := one.Release(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	acquire(t, two, "b")
	text, err := os.ReadFile(path + ".lock")
	if err != nil || !strings.Contains(string(text), `"id":"b"`) {
		t.Errorf("the lock file says %q, %v", text, err)
	}
}
