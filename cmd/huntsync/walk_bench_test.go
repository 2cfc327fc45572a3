package main

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
	"github.com/huntsync/huntsync/state"
)

// BenchmarkWalk reads a first look-back of many closed incidents, page by page, and
// tells by how much the reachable heap grew at most: with every page at its fullest,
// as its rows are committed. What the simulators hold is not counted. The heap of
// one size and of ten times that is to be nearly the same.
func BenchmarkWalk(b *testing.B) {
	for _, incidents := range []int64{10_000, 100_000} {
		b.Run(fmt.Sprintf("incidents=%d", incidents), func(b *testing.B) {
			peak := uint64(0)
			for b.Loop() {
				b.StopTimer()
				w := newBenchWorld(b, `state "sqlite" { path = "state.db" }`)
				w.publishClosed(incidents)
				h := &watchedHeap{huntress: w.huntress}
				l := w.start(b, func(s state.Store) state.Store {
					h.Store = s
					return h
				})
				w.warm(b)
				b.StartTimer()
				peak = max(peak, h.walk(b, l))
				b.StopTimer()
				size, err := h.Size(b.Context())
				if err != nil || int64(size) != incidents {
					b.Fatalf("%d records, want %d: %v", size, incidents, err)
				}
				l.end(b)
				b.StartTimer()
			}
			b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
		})
	}
}

// publishClosed sends so many incidents that are over.
func (w *benchWorld) publishClosed(many int64) {
	for n := range many {
		if n%perSecond == 0 {
			w.clock.forward(time.Second)
		}
		i := w.incident(liveID + n)
		i.Status = huntresssim.StatusClosed
		w.huntress.AddIncident(i)
	}
	w.clock.forward(2 * time.Minute)
}

// warm reads every page once: the simulator keeps what it sent.
func (w *benchWorld) warm(b *testing.B) {
	b.Helper()
	source := &benchSource{transport: w.network, clock: w.clock}
	for q := (engine.PageQuery{Limit: engine.MaxPage}); ; {
		page, err := source.Page(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		if q.Token = page.Next; q.Token == "" {
			break
		}
	}
	w.clock.forward(2 * time.Minute) // Another minute, another budget.
}

// watchedHeap is a store that looks at the heap whenever something is observed.
type watchedHeap struct {
	state.Store

	huntress *huntresssim.Server
	stop     context.CancelFunc
	commits  int
	base     uint64
	peak     uint64
}

// walk makes the engine observe, and ends it before it applies.
func (h *watchedHeap) walk(b *testing.B, l *benchLife) (growth uint64) {
	b.Helper()
	h.base = reachable()
	ctx, stop := context.WithCancel(b.Context())
	h.stop = stop
	defer stop()
	if _, err := l.engine.Pass(ctx, nil); ctx.Err() == nil {
		b.Fatalf("the walk did not end: %v", err)
	}
	return h.peak - min(h.peak, h.base)
}

// Observe looks at the heap, now and then: that takes longer than the page.
func (h *watchedHeap) Observe(ctx context.Context, lease engine.Lease, o engine.Observation) error {
	h.huntress.ResetRequests()
	if h.commits++; h.commits%8 == 0 {
		h.peak = max(h.peak, reachable())
	}
	err := h.Store.Observe(ctx, lease, o)
	if o.Poll != nil && !o.Poll.Cursor.IsZero() {
		h.peak = max(h.peak, reachable())
		h.stop()
	}
	return err
}

// reachable is the heap without garbage.
func reachable() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
