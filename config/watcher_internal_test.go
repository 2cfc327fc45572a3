package config

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fsnotify/fsnotify"
)

// bench runs the loop of a watcher on made-up events in a bubble of time.
func bench(t *testing.T, run func(t *testing.T, w *Watcher, events chan fsnotify.Event, errs chan error, followed *int)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := NewWatcher("nowhere", WatchOptions{})
		events, errs, followed := make(chan fsnotify.Event), make(chan error), 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.loop(ctx, events, errs, func() { followed++ })
		}()
		synctest.Wait()
		<-w.Changes() // it looks once after it began to watch
		run(t, w, events, errs, &followed)
		cancel()
		<-done
	})
}

// after waits for the next word of the watcher and says how long that took.
func after(w *Watcher) time.Duration {
	start := time.Now()
	<-w.Changes()
	return time.Since(start)
}

func TestWatcherWaitsForQuiet(t *testing.T) {
	bench(t, func(t *testing.T, w *Watcher, events chan fsnotify.Event, _ chan error, followed *int) {
		for range 5 {
			events <- fsnotify.Event{}
			time.Sleep(400 * time.Millisecond)
		}
		if got := after(w); got != 100*time.Millisecond {
			t.Errorf("it spoke %v after the last pause, want 100ms: 500ms after the last event", got)
		}
		if *followed != 2 {
			t.Errorf("it looked for what to watch %d times, want 2", *followed)
		}
	})
}

func TestWatcherDoesNotWaitForEver(t *testing.T) {
	bench(t, func(t *testing.T, w *Watcher, events chan fsnotify.Event, _ chan error, _ *int) {
		start := time.Now()
		go func() {
			for range 30 {
				events <- fsnotify.Event{}
				time.Sleep(300 * time.Millisecond)
			}
		}()
		<-w.Changes()
		if got := time.Since(start); got != 5*time.Second {
			t.Errorf("it spoke after %v of events, want 5s", got)
		}
		time.Sleep(10 * time.Second) // the events come to their end
	})
}

func TestWatcherPolls(t *testing.T) {
	bench(t, func(t *testing.T, w *Watcher, _ chan fsnotify.Event, _ chan error, _ *int) {
		for range 3 {
			if got := after(w); got != 30*time.Second {
				t.Errorf("without events it spoke after %v, want 30s", got)
			}
		}
	})
}

// TestWatcherPollsBesideABurst has a tick come while files are being written: it
// waits for quiet all the same, or half of them would be read.
func TestWatcherPollsBesideABurst(t *testing.T) {
	bench(t, func(t *testing.T, w *Watcher, events chan fsnotify.Event, _ chan error, _ *int) {
		time.Sleep(29 * time.Second)
		for range 5 {
			events <- fsnotify.Event{}
			time.Sleep(400 * time.Millisecond) // the tick comes in the third pause
		}
		if got := after(w); got != 100*time.Millisecond {
			t.Errorf("it spoke %v after the last pause, want 100ms: 500ms after the last event", got)
		}
		if got := after(w); got != 28900*time.Millisecond {
			t.Errorf("without events it spoke after %v more, want 28.9s: with the next tick", got)
		}
	})
}

func TestWatcherTakesLostEventsForEvents(t *testing.T) {
	bench(t, func(t *testing.T, w *Watcher, _ chan fsnotify.Event, errs chan error, _ *int) {
		errs <- errors.New("queue overflow")
		if got := after(w); got != 500*time.Millisecond {
			t.Errorf("it spoke %v after the error, want 500ms", got)
		}
	})
}

func TestWatcherHoldsOneChange(t *testing.T) {
	bench(t, func(t *testing.T, w *Watcher, events chan fsnotify.Event, _ chan error, _ *int) {
		for range 3 { // nobody looks
			events <- fsnotify.Event{}
			time.Sleep(time.Second)
		}
		<-w.Changes()
		select {
		case <-w.Changes():
			t.Error("it spoke twice of what happened while nobody looked")
		default:
		}
	})
}
