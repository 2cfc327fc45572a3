package sqlite_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/sqlite"
)

// wordy is an incident of a size that packs, and another one for each seed.
func wordy(seed uint64, size int) []byte {
	words := rand.New(rand.NewPCG(seed, 0))
	var text bytes.Buffer
	for text.Len() < size {
		fmt.Fprintf(&text, "%d word ", words.IntN(5000))
	}
	return text.Bytes()
}

// A transaction that is canceled gives its connection away at once, while what it
// was doing goes on: who writes next shares nothing with it.
func TestWriteBesideACanceledOne(t *testing.T) {
	t.Parallel()
	s := temporary(t, sqlite.Options{Path: filepath.Join(t.TempDir(), "state.db")})
	lease := acquire(t, s, "a")

	large := rows(1, 1)
	large.Rows[0].Seen.Incident.Raw = wordy(1, 6<<20)
	hurried, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	packing := make(chan error)
	go func() { packing <- s.Observe(hurried, lease, large) }()
	<-hurried.Done()

	for id := int64(2); id < 6; id++ {
		o := rows(id, id)
		raw := wordy(uint64(id), 100_000)
		o.Rows[0].Seen.Incident.Raw = raw
		observe(t, s, lease, o)
		got, err := s.RawIncident(t.Context(), engine.Key{AccountID: account, Kind: engine.KindIncident, IncidentID: id})
		if err != nil || !bytes.Equal(got, raw) {
			t.Errorf("incident %d: %d bytes came back as %d other ones (%v)", id, len(raw), len(got), err)
		}
	}
	if err := <-packing; err == nil {
		t.Error("what took longer than its context was stored")
	}
}
