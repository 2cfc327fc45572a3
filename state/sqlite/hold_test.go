package sqlite_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// holdVariable names the state that [TestProcessThatHolds] holds.
const holdVariable = "HUNTSYNC_TEST_HOLD"

// TestProcessThatHolds is the other process: it holds a state until it is killed.
func TestProcessThatHolds(t *testing.T) {
	path := os.Getenv(holdVariable)
	if path == "" {
		t.Skip("this is the other process of TestHoldEndsWithTheProcess")
	}
	s := openStore(t, sqlite.Options{Path: path})
	observe(t, s, acquire(t, s, "to be killed"), rows(1, 3))
	t.Log("the state is held")
	<-time.After(time.Minute) // should nobody kill it
	t.Fatal(s.Close())
}

// startHolder starts the other process, and returns once it holds the state.
func startHolder(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcessThatHolds$", "-test.v")
	other.Env = append(os.Environ(), holdVariable+"="+path)
	output, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "the state is held") {
			return other
		}
		t.Log(lines.Text())
	}
	t.Fatal("the other process does not hold the state")
	return nil
}

// A restart after kill -9 is never refused, finds what was committed, and keeps
// out whatever the dead holder still had on the way.
func TestHoldEndsWithTheProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state.db")
	other := startHolder(t, path)
	s := temporary(t, sqlite.Options{Path: path})
	_, err := s.Acquire(t.Context(), account, holder("b"), 0)
	held, ok := errors.AsType[*engine.HeldError](err)
	if !ok || held.Holder.ID != "to be killed" || held.Holder.PID != other.Process.Pid || !held.Expires.IsZero() {
		t.Fatalf("beside another process: got %v", err)
	}
	want := fmt.Sprintf("the state is held by huntsync run on host (pid %d, since 1970-01-01T00:00:01Z): stop it first; what only reads works beside it", other.Process.Pid)
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
