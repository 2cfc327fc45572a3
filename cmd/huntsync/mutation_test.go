package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// mutationsVariable asks for the mutations to be played; "make mutations" sets it.
const mutationsVariable = "HUNTSYNC_MUTATIONS"

// mutation is a bug that somebody could plausibly make.
type mutation struct {
	invariant string
	what      string // in a few words, as the one who makes it sees it
	file      string // below the root of the module
	old, new  string
	// test finds it; empty is the simulation.
	test string
}

// source is the file as it is today, and mutated.
func (m mutation) source(t *testing.T) (path, today, mutated string) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", filepath.FromSlash(m.file)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	today = string(text)
	return path, today, strings.Replace(today, m.old, m.new, 1)
}

// TestMutationsApply keeps the list of mutations true: each changes today's
// source in exactly one place, and each invariant has at least three.
func TestMutationsApply(t *testing.T) {
	count := map[string]int{}
	for _, m := range mutations() {
		count[m.invariant]++
		if _, today, mutated := m.source(t); strings.Count(today, m.old) != 1 || today == mutated {
			t.Errorf("%s %q: %s holds its text %d times, want once:\n%s", m.invariant, m.what, m.file, strings.Count(today, m.old), m.old)
		}
	}
	for _, invariant := range []string{"I1", "I2", "I3", "I4", "I5", "I6"} {
		if count[invariant] < 3 {
			t.Errorf("%s has %d mutations, want at least 3", invariant, count[invariant])
		}
	}
}

// TestMutations plants each bug, in a build of the tests of its own, and wants the
// simulation to find it within the seeds that every run of the tests plays.
func TestMutations(t *testing.T) {
	if os.Getenv(mutationsVariable) == "" {
		t.Skip("it takes minutes; run it with: make mutations")
	}
	for _, m := range mutations() {
		t.Run(m.invariant+" "+m.what, func(t *testing.T) {
			output, err := m.play(t)
			if _, failed := errors.AsType[*exec.ExitError](err); !failed {
				t.Fatalf("nothing found it (%v)", err)
			}
			if !verdict.MatchString(output) {
				t.Fatalf("it ended without a verdict:\n%s", output)
			}
			t.Logf("found: %.300s", strings.TrimSpace(verdict.FindString(output)))
		})
	}
}

// verdict is how a test says that it found something, after which its name and
// time do not matter.
var verdict = regexp.MustCompile(`(?m)^ +[a-z_]+_test\.go:\d+: .*|^panic: .*`)

// play runs the test that is to find the mutation.
func (m mutation) play(t *testing.T) (output string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	dir := t.TempDir()
	path, _, mutated := m.source(t)
	file := filepath.Join(dir, "mutated.go")
	if err := os.WriteFile(file, []byte(mutated), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: file}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "mutated.test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", list, "-o", binary, ".")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the mutated program does not build: %v\n%s", err, text)
	}
	test := m.test
	if test == "" {
		test = "TestSimulation$"
	}
	run := exec.CommandContext(ctx, binary, "-test.run", test, "-test.failfast", "-test.timeout", "5m")
	run.Env = append(os.Environ(), seedVariable+"=", secondsVariable+"=", seedsVariable+"=", firstVariable+"=")
	text, err := run.CombinedOutput()
	return string(text), err
}
