package sqlite

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Whatever is in the place of the state is opened or refused, never trusted: a
// file that opens can be read through.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "state.db")
	s, err := Open(f.Context(), Options{Path: path})
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint(len(whole)), uint(0), []byte(nil))
	f.Add(uint(100), uint(0), []byte(nil))
	f.Add(uint(len(whole)), uint(16), []byte{0xff, 0xff})
	f.Add(uint(len(whole)), uint(4096), []byte("noise"))
	f.Fuzz(func(t *testing.T, size, offset uint, noise []byte) {
		content := bytes.Clone(whole[:size%uint(len(whole)+1)])
		copy(content[min(offset, uint(len(content))):], noise)
		damaged := filepath.Join(t.TempDir(), "state.db")
		if err := os.WriteFile(damaged, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), Options{Path: damaged, ReadOnly: true})
		if err != nil {
			after, readErr := os.ReadFile(damaged)
			if readErr != nil || !bytes.Equal(after, content) {
				t.Errorf("a refused file was changed: %v, %v", err, readErr)
			}
			return
		}
		if err := s.Check(t.Context()); err != nil {
			t.Errorf("a file that was opened cannot be read through: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// The lock file is whatever somebody wrote there.
func FuzzReadHolder(f *testing.F) {
	f.Add([]byte(`{"id":"a","host":"h","pid":1,"command":"run","since":"2026-08-03T12:00:00Z"}`))
	f.Add([]byte(`{"id":`))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		if h := readHolder(bytes.NewReader(text)); h.String() == "" {
			t.Error("a holder has no words")
		}
	})
}
