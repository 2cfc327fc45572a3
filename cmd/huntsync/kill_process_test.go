package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The moments at which a process is killed.
const (
	momentAny     = "at any moment"
	momentObserve = "at a request to Huntress"
	momentBefore  = "before a write to the desk was done"
	momentWhile   = "while a write was under way"
	momentAfter   = "after a write was done, before its answer"
)

func killMoments() []string {
	return []string{momentAny, momentObserve, momentBefore, momentWhile, momentAfter}
}

// longestLife is when a process is killed that does not come to its moment.
const longestLife = 5 * time.Second

// trap is what a process dies of.
type trap struct {
	moment string
	// left is how many requests of the kind that kills go by before.
	left atomic.Int64
	// kill ends the process, once.
	kill func()
}

// springs reports whether this request is the one.
func (t *trap) springs(write, observe bool) bool {
	if t.moment == momentObserve && !observe || t.moment != momentObserve && !write || t.moment == momentAny {
		return false
	}
	return t.left.Add(-1) == 0
}

// killable is one life of the program.
type killable struct {
	cmd  *exec.Cmd
	page chan string // the address of its page, once it listens
	said strings.Builder
	// ended is closed when it is dead and what it said was read.
	ended chan struct{}
}

// begin starts the program.
func (w *killWorld) begin() *killable {
	w.t.Helper()
	p := &killable{page: make(chan string, 1), ended: make(chan struct{})}
	p.cmd = exec.CommandContext(context.WithoutCancel(w.t.Context()), "huntsync", "run", "-c", w.dir)
	p.cmd.Env = w.env
	out, err := p.cmd.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(p.die)
	go func() {
		defer close(p.ended)
		p.listen(out)
		_ = p.cmd.Wait() // It never ends well.
	}()
	return p
}

// listen reads the log for the address of the page.
func (p *killable) listen(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		p.said.WriteString(lines.Text() + "\n")
		var line struct {
			Page string `json:"page"`
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Page != "" {
			p.page <- strings.TrimSuffix(line.Page, "/")
		}
	}
}

// die kills the process and waits until it is dead.
func (p *killable) die() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// life lets the program live until one of the moments.
func (w *killWorld) life(moment int) {
	w.t.Helper()
	trap := &trap{moment: killMoments()[moment]}
	trap.left.Store(1 + w.rng.Int64N(1<<w.rng.IntN(5)))
	p := w.begin()
	var once sync.Once
	dead := make(chan struct{})
	trap.kill = func() {
		once.Do(func() {
			close(dead)
			_ = p.cmd.Process.Kill()
		})
	}
	w.set(trap)
	lifetime := longestLife
	if trap.moment == momentAny {
		lifetime = time.Duration(w.rng.Int64N(int64(longestLife / 3)))
	}
	end := time.NewTimer(lifetime)
	defer end.Stop()
	poke := time.NewTicker(150 * time.Millisecond)
	defer poke.Stop()
	page, cause := "", trap.moment
	for killed := false; !killed; {
		select {
		case page = <-p.page:
		case <-poke.C:
			if page != "" {
				_, _ = w.ask(http.MethodPost, page+"/-/poll") // It may be dead by now.
			}
		case <-dead:
			killed = true
		case <-end.C:
			cause, killed = momentAny, true
			trap.kill()
		case <-p.ended:
			select {
			case <-dead:
				killed = true
			default:
				w.t.Fatalf("the program ended by itself:\n%s", p.said.String())
			}
		}
	}
	<-p.ended
	w.set(nil)
	w.killed[cause]++
	w.buried()
}

func (w *killWorld) set(t *trap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trap = t
}

// mend lets the program live until nothing is wrong any more.
func (w *killWorld) mend() {
	w.t.Helper()
	p := w.begin()
	defer func() {
		p.die()
		w.buried()
	}()
	ctx, cancel := context.WithTimeout(w.t.Context(), 3*time.Minute)
	defer cancel()
	page := ""
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for calm := 0; calm < 3; {
		select {
		case page = <-p.page:
			continue
		case <-ticker.C:
		case <-p.ended:
			w.t.Fatalf("the program ended by itself:\n%s", p.said.String())
		case <-ctx.Done():
			return // The judge says what is wrong.
		}
		if page == "" {
			continue
		}
		calm++
		if w.problems() != nil || w.inDoubt(page) {
			calm = 0
		}
		if _, err := w.ask(http.MethodPost, page+"/-/poll"); err != nil {
			w.t.Error(err)
		}
	}
}

var inDoubtMetric = regexp.MustCompile(`(?m)^huntsync_incidents_in_doubt\{.*\} 0$`)

// inDoubt reports whether some change is in doubt, by the page of metrics.
func (w *killWorld) inDoubt(page string) bool {
	w.t.Helper()
	text, err := w.ask(http.MethodGet, page+"/metrics")
	if err != nil {
		w.t.Error(err)
	}
	return !inDoubtMetric.MatchString(text)
}

func (w *killWorld) ask(method, url string) (string, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", method, url, err)
	}
	return string(body), nil
}
