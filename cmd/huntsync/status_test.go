package main

import (
	"bufio"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// TestWatchSeesTheFirstState watches from before there is a state until its
// first account was polled.
func TestWatchSeesTheFirstState(t *testing.T) {
	w := newStory()
	t.Cleanup(w.close)
	dir := filepath.Join(t.TempDir(), "msp")
	if err := writeConfiguration(dir); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	shown, out := io.Pipe()
	watch, apply := w.program(t), w.program(t)
	watch.out = out
	ended := make(chan int, 1)
	go func() {
		ended <- watch.execute(ctx, []string{"status", "-c", dir, "--watch", "--interval", "200ms"})
		out.Close()
	}()
	pages := bufio.NewScanner(shown)
	next := func() (polled bool) {
		for pages.Scan() {
			switch {
			case strings.Contains(pages.Text(), "Account Northstar IT Services: last poll succeeded"):
				return true
			case strings.Contains(pages.Text(), "No Huntress account was polled yet"):
				return false
			}
		}
		t.Fatal("it ended early")
		return false
	}
	if next() {
		t.Fatal("something was polled before there was a state")
	}
	if code := apply.execute(ctx, []string{"apply", "-c", dir, "--yes"}); code != exitOK {
		t.Fatalf("apply ended with %d", code)
	}
	polled := next()
	if !polled { // that look began before
		polled = next()
	}
	if !polled {
		t.Error("it never saw the state")
	}
	end()
	if _, err := io.Copy(io.Discard, shown); err != nil {
		t.Error(err)
	}
	if code := <-ended; code != exitOK {
		t.Errorf("status --watch ended with %d", code)
	}
}
