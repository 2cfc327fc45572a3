package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"
)

// chromium is a headless browser that is spoken to over a pair of pipes, in the
// DevTools protocol: JSON messages, each ended by a zero byte.
type chromium struct {
	requests io.WriteCloser

	mu      sync.Mutex
	last    int
	waiting map[int]chan message
	events  map[string]func(message) // by session
	failed  error
}

// message is a request, an answer or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// findChromium looks for the browser. Where it is missing the test is skipped,
// except in CI, where nobody would notice.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "Chromium is missing; on Debian: apt-get install chromium"
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// newChromium starts a browser that ends with the test.
func newChromium(t *testing.T) *chromium {
	t.Helper()
	path := findChromium(t)
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// The context of a test ends before its cleanup: the browser is closed there.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), path,
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-extensions", "--hide-scrollbars", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // descriptors 3 and 4 there
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	c := &chromium{requests: ourOut, waiting: map[int]chan message{}, events: map[string]func(message){}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.read(ourIn)
	}()
	t.Cleanup(func() {
		ourOut.Close() // The browser ends when nobody speaks to it any more.
		err := cmd.Wait()
		ourIn.Close()
		<-ended
		if t.Failed() {
			t.Logf("the browser ended with %v", err)
		}
	})
	return c
}

// read hands answers to those who wait for them, and events to their sessions.
func (c *chromium) read(from io.Reader) {
	r := bufio.NewReader(from)
	for {
		text, err := r.ReadBytes(0)
		if err == nil {
			var m message
			if err = json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m); err == nil {
				c.dispatch(m)
				continue
			}
		}
		c.mu.Lock()
		c.failed = fmt.Errorf("the browser is gone: %w", err)
		for id, w := range c.waiting {
			close(w)
			delete(c.waiting, id)
		}
		c.mu.Unlock()
		return
	}
}

func (c *chromium) dispatch(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w, ok := c.waiting[m.ID]; m.ID != 0 && ok {
		w <- m
		delete(c.waiting, m.ID)
		return
	}
	if f := c.events[m.Session]; f != nil && m.Method != "" {
		f(m)
	}
}

// call asks for something and waits for the answer.
func (c *chromium) call(ctx context.Context, session, method string, params, result any) error {
	text, err := json.Marshal(params)
	if err != nil {
		return err
	}
	answer := make(chan message, 1)
	c.mu.Lock()
	if c.failed != nil {
		c.mu.Unlock()
		return c.failed
	}
	c.last++
	request := message{ID: c.last, Session: session, Method: method, Params: text}
	c.waiting[request.ID] = answer
	c.mu.Unlock()
	text, err = json.Marshal(request)
	if err != nil {
		return err
	}
	if _, err := c.requests.Write(append(text, 0)); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, context.Cause(ctx))
	case m, ok := <-answer:
		switch {
		case !ok:
			return fmt.Errorf("%s: the browser is gone", method)
		case m.Error != nil:
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		case result != nil:
			return json.Unmarshal(m.Result, result)
		}
		return nil
	}
}

// browserTab is one page of the browser, with what it complained about.
type browserTab struct {
	*chromium

	t       *testing.T
	session string
	loaded  chan struct{}

	complaints []string // guarded by chromium.mu
}

// screen is what a tab looks like to a page.
type screen struct {
	name          string
	width, height int
	mobile        bool
	scheme        string // light or dark
}

type object = map[string]any

// open opens a tab.
func (c *chromium) open(t *testing.T, s screen) *browserTab {
	t.Helper()
	b := &browserTab{chromium: c, t: t, loaded: make(chan struct{}, 1)}
	var target struct {
		ID string `json:"targetId"`
	}
	b.must("Target.createTarget", object{"url": "about:blank"}, &target)
	var attached struct {
		Session string `json:"sessionId"`
	}
	b.must("Target.attachToTarget", object{"targetId": target.ID, "flatten": true}, &attached)
	b.session = attached.Session
	c.mu.Lock()
	c.events[b.session] = b.event
	c.mu.Unlock()
	t.Cleanup(func() {
		c.mu.Lock()
		delete(c.events, b.session)
		c.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := c.call(ctx, "", "Target.closeTarget", object{"targetId": target.ID}, nil); err != nil {
			t.Error(err)
		}
	})
	for _, domain := range []string{"Page.enable", "Runtime.enable", "Log.enable"} {
		b.must(domain, object{}, nil)
	}
	b.must("Emulation.setDeviceMetricsOverride", object{"width": s.width, "height": s.height, "deviceScaleFactor": 1, "mobile": s.mobile}, nil)
	b.must("Emulation.setEmulatedMedia", object{"features": []object{{"name": "prefers-color-scheme", "value": s.scheme}}}, nil)
	return b
}

// event notes what a page complains about: errors on its console, code that
// failed, files that were refused, breaches of the content security policy.
func (b *browserTab) event(m message) {
	switch m.Method {
	case "Page.loadEventFired":
		select {
		case b.loaded <- struct{}{}:
		default:
		}
	case "Runtime.exceptionThrown":
		b.complaints = append(b.complaints, string(m.Params))
	case "Runtime.consoleAPICalled":
		var call struct{ Type string }
		if json.Unmarshal(m.Params, &call) != nil || call.Type == "error" || call.Type == "warning" {
			b.complaints = append(b.complaints, string(m.Params))
		}
	case "Log.entryAdded":
		var added struct{ Entry struct{ Level string } }
		if json.Unmarshal(m.Params, &added) != nil || added.Entry.Level == "error" || added.Entry.Level == "warning" {
			b.complaints = append(b.complaints, string(m.Params))
		}
	}
}

// complained lists what was complained about since the last time.
func (b *browserTab) complained() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := slices.Clone(b.complaints)
	b.complaints = nil
	return list
}

// must calls, and ends the test where that fails.
func (b *browserTab) must(method string, params, result any) {
	b.t.Helper()
	if err := b.try(method, params, result); err != nil {
		b.t.Fatal(err)
	}
}

// try calls in this tab.
func (b *browserTab) try(method string, params, result any) error {
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	return b.call(ctx, b.session, method, params, result)
}

// load goes to a page and waits until it is there.
func (b *browserTab) load(url string) {
	b.t.Helper()
	var navigated struct {
		ErrorText string `json:"errorText"`
	}
	b.must("Page.navigate", object{"url": url}, &navigated)
	if navigated.ErrorText != "" {
		b.t.Fatalf("%s: %s", url, navigated.ErrorText)
	}
	b.await(url)
}

// await waits until a page is there.
func (b *browserTab) await(what string) {
	b.t.Helper()
	select {
	case <-b.loaded:
	case <-time.After(time.Minute):
		b.t.Fatalf("%s: the page is not there after a minute", what)
	}
}

// evaluate runs code in the page; a promise is waited for.
func evaluate[T any](b *browserTab, code string) T {
	b.t.Helper()
	value, err := tryEvaluate[T](b, code)
	if err != nil {
		b.t.Fatal(err)
	}
	return value
}

func tryEvaluate[T any](b *browserTab, code string) (T, error) {
	var answer struct {
		Result struct {
			Value T `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	err := b.try("Runtime.evaluate", object{"expression": code, "awaitPromise": true, "returnByValue": true}, &answer)
	if e := answer.Exception; e != nil {
		err = fmt.Errorf("%.200s: %s %s", code, e.Text, e.Exception.Description)
	}
	return answer.Result.Value, err
}

// screenshot writes a picture of the whole page.
func (b *browserTab) screenshot(path string) {
	b.t.Helper()
	var shot struct {
		Data []byte `json:"data"`
	}
	b.must("Page.captureScreenshot", object{"captureBeyondViewport": true}, &shot)
	if err := os.WriteFile(path, shot.Data, 0o600); err != nil {
		b.t.Fatal(err)
	}
}
