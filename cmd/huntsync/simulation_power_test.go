package main

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
)

// image is a state as it lies on its disk: the file, the log of what is not yet in
// the file, and what processes share about the log. Only the file need be there.
type image struct{ file, log, shared []byte }

// readImage reads a state that nobody writes to at the moment.
func readImage(path string) (i image, err error) {
	for suffix, part := range i.parts() {
		text, err := os.ReadFile(path + suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return image{}, err
		}
		*part = text
	}
	return i, nil
}

// write puts the image in the place of what is there.
func (i image) write(path string) error {
	for suffix, part := range i.parts() {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if *part == nil {
			continue
		}
		if err := os.WriteFile(path+suffix, *part, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// same reports whether two images hold the same: what processes share is theirs.
func (i image) same(as image) bool { return bytes.Equal(i.file, as.file) && bytes.Equal(i.log, as.log) }

func (i *image) parts() map[string]*[]byte {
	return map[string]*[]byte{"": &i.file, "-wal": &i.log, "-shm": &i.shared}
}

// torn is what a loss of power in the middle of a write leaves, which would have
// led from one image to the other: what was durable before it, and of the rest some
// sectors, in any order, as they were meant, as zeros or as anything.
func torn(before, after image, chance *rand.Rand) image {
	if !bytes.Equal(before.file, after.file) || !bytes.HasPrefix(after.log, before.log) {
		// The log began anew, or went into the file: all of it was durable, or nothing.
		if chance.IntN(2) == 0 {
			return before
		}
		return after
	}
	const sector = 512
	added := len(after.log) - len(before.log)
	left := image{file: after.file, log: bytes.Clone(after.log[:len(before.log)+chance.IntN(added+1)])}
	whole := chance.IntN(2) == 0
	for at := len(before.log); at < len(left.log) && !whole; at += sector {
		part := left.log[at:min(at+sector, len(left.log))]
		switch chance.IntN(4) {
		case 0:
			clear(part)
		case 1:
			scribble(part, chance)
		}
	}
	switch chance.IntN(3) {
	case 0:
		left.shared = after.shared
	case 1:
		left.shared = bytes.Clone(after.shared)
		scribble(left.shared, chance)
	}
	return left
}

// scribble writes anything.
func scribble(over []byte, chance *rand.Rand) {
	for i := range over {
		over[i] = byte(chance.Uint32())
	}
}

// power decides whether it fails in the middle of a write, and of whose chances
// what is left then is.
func (w *weather) power(what string) (fails bool, chance *rand.Rand) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.next("power while " + what)
	if w.over || int(n%4000) >= w.crash {
		return false, nil
	}
	w.totals.disaster("crash: the power fails in the middle of a write")
	return true, rand.New(rand.NewPCG(w.seed, n))
}
