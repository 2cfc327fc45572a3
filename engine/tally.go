package engine

import "sync"

// passTally counts what one pass did.
type passTally struct {
	mu    sync.Mutex
	count map[Action]map[Outcome]int
}

func (t *passTally) add(a Action, o Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count == nil {
		t.count = map[Action]map[Outcome]int{}
	}
	if t.count[a] == nil {
		t.count[a] = map[Outcome]int{}
	}
	t.count[a][o]++
}
