package engine

import (
	"errors"
	"sync"
)

// troubles remembers how things last failed, so that the log says when a failure
// begins, when it changes and when it ends, and not that it goes on. It outlives
// a change of the configuration. The zero value is ready.
type troubles struct {
	mu   sync.Mutex
	told map[string]string
}

// begins reports whether the failure of a thing is news: it did not fail before,
// or it failed otherwise.
func (t *troubles) begins(thing string, err error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told == nil {
		t.told = map[string]string{}
	}
	now := nature(err)
	news := t.told[thing] != now
	t.told[thing] = now
	return news
}

// ends reports whether a thing that works now failed before.
func (t *troubles) ends(thing string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, failed := t.told[thing]
	delete(t.told, thing)
	return failed
}

// nature is what two failures have in common that are the same for people. The
// words of Huntress, the desk and the network hold ports and times.
func nature(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Side + " " + string(e.Reason)
	}
	return err.Error()
}
