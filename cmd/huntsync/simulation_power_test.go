package main

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
)

// image is a state as it lies on its disk, by what its files are called after the
// path: the file, the log of what is not yet in it, and what processes share about
// the log.
type image map[string][]byte

const (
	imageFile   = ""
	imageLog    = "-wal"
	imageShared = "-shm"
)

// readImage reads a state that nobody writes to at the moment.
func readImage(path string) (image, error) {
	i := image{}
	for _, part := range []string{imageFile, imageLog, imageShared} {
		text, err := os.ReadFile(path + part)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		i[part] = text
	}
	return i, nil
}

// write puts the image in the place of what is there.
func (i image) write(path string) error {
	for _, part := range []string{imageFile, imageLog, imageShared} {
		if err := os.Remove(path + part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if text, ok := i[part]; ok {
			if err := os.WriteFile(path+part, text, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// same reports whether two images hold the same: what processes share is theirs.
func (i image) same(as image) bool {
	return bytes.Equal(i[imageFile], as[imageFile]) && bytes.Equal(i[imageLog], as[imageLog])
}

// torn is what a loss of power in the middle of a write leaves, which would have
// led from one image to the other: what was durable before it, and of the rest some
// sectors, in any order, as they were meant, as zeros or as anything.
func torn(before, after image, chance *rand.Rand) image {
	log := after[imageLog]
	if !bytes.Equal(before[imageFile], after[imageFile]) || !bytes.HasPrefix(log, before[imageLog]) {
		// The log began anew, or went into the file: all of it was durable, or nothing.
		if chance.IntN(2) == 0 {
			return before
		}
		return after
	}
	const sector = 512
	durable := len(before[imageLog])
	log = bytes.Clone(log[:durable+chance.IntN(len(log)-durable+1)])
	whole := chance.IntN(2) == 0
	for at := durable; at < len(log) && !whole; at += sector {
		part := log[at:min(at+sector, len(log))]
		switch chance.IntN(4) {
		case 0:
			clear(part)
		case 1:
			scribble(part, chance)
		}
	}
	left := image{imageFile: after[imageFile], imageLog: log}
	switch chance.IntN(3) {
	case 0:
		left[imageShared] = after[imageShared]
	case 1:
		left[imageShared] = bytes.Clone(after[imageShared])
		scribble(left[imageShared], chance)
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
