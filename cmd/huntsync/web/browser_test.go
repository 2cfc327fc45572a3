package web_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
	"github.com/huntsync/huntsync/cmd/huntsync/web"
	"github.com/huntsync/huntsync/engine"
)

// screens are what people look at the pages on. The worlds with most to show are
// looked at on each, the others on two that differ in everything.
func screens(world string) []screen {
	two := []screen{
		{"phone", 390, 844, true, "light"},
		{"desktop-dark", 1280, 900, false, "dark"},
	}
	if world == "empty" || world == "paused" || world == "large" || world == "crowd" || world == "shared" {
		return two
	}
	return append(two,
		screen{"phone-dark", 390, 844, true, "dark"},
		screen{"desktop", 1280, 900, false, "light"},
	)
}

// TestBrowser shows every page in every state to a real browser: it complains
// about nothing, nothing has to be scrolled sideways, and nobody is left out.
// The pictures are artifacts: go test -artifacts -outputdir=DIR keeps them.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("it opens every page on every screen; run without -short")
	}
	browser := newChromium(t)
	artifacts := t.ArtifactDir()
	axe := ""
	t.Run("axe", func(t *testing.T) { axe = axeScript(t) })
	for world, newWorld := range worlds() {
		s := newSite(t, newWorld(t))
		s.serve(t, web.ListenOptions{Address: "127.0.0.1:0"})
		for _, on := range screens(world) {
			t.Run(world+"/"+on.name, func(t *testing.T) {
				b := browser.open(t, on)
				for page, address := range pages() {
					if (world == "crowd" || world == "shared") && page != "status" {
						continue // The others are as in the failing world.
					}
					missing := page == "incident" && !detailed(world)
					if missing && world != "empty" {
						continue
					}
					b.load("http://" + s.Addr().String() + address)
					b.screenshot(filepath.Join(artifacts, fmt.Sprintf("%s-%s-%s.png", world, page, on.name)))
					for _, c := range b.complained() {
						if !missing || !strings.Contains(c, "404") {
							t.Errorf("%s: the browser complains: %s", page, c)
						}
					}
					if wide := evaluate[int](b, "document.documentElement.scrollWidth"); wide > on.width {
						t.Errorf("%s is %d wide on a screen of %d", page, wide, on.width)
					}
					if axe != "" {
						b.accessible(page, axe)
					}
				}
			})
		}
	}
}

// accessible holds the page against the rules of WCAG 2.2 A and AA and axe's own
// best practices.
func (b *browserTab) accessible(page, axe string) {
	b.t.Helper()
	evaluate[any](b, axe+"; null")
	type violation struct {
		ID    string   `json:"id"`
		Help  string   `json:"help"`
		Where []string `json:"where"`
	}
	for _, v := range evaluate[[]violation](b, `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(
		v => ({id: v.id, help: v.help, where: v.nodes.map(n => n.html + " " + n.failureSummary)})))`) {
		b.t.Errorf("%s: %s (%s):\n%.2000s", page, v.Help, v.ID, strings.Join(v.Where, "\n"))
	}
	b.complained() // axe speaks to the console as well.
}

// TestBrowserPolls presses the button: the result shows on the page, without
// anybody loading it again.
func TestBrowserPolls(t *testing.T) {
	browser := newChromium(t)
	world := statustest.Usual(t)
	s := newSite(t, world)
	s.serve(t, web.ListenOptions{Address: "127.0.0.1:0"})
	b := browser.open(t, screens("usual")[0])
	b.load("http://" + s.Addr().String() + "/")
	evaluate[any](b, `document.querySelector("form button").click()`)
	b.until(`location.pathname === "/" && document.querySelector(".poll.running") !== null`)
	if s.daemon.polls.Load() != 1 {
		t.Fatalf("%d polls, want 1", s.daemon.polls.Load())
	}
	evaluate[any](b, `window.same = true; document.querySelector("form button").focus()`)
	world.Poll(t, func(p *engine.PollState) { p.AttemptAt, p.SuccessAt = world.Now, world.Now })
	b.until(`document.querySelector(".poll.ok") !== null`)
	if !evaluate[bool](b, `window.same && document.activeElement.textContent === "Poll now"`) {
		t.Error("the page was loaded again, or lost the focus")
	}
	if c := b.complained(); len(c) > 0 {
		t.Errorf("the browser complains: %s", c)
	}
}

// TestBrowserSaysWhenNobodyAnswers stops the daemon below an open page.
func TestBrowserSaysWhenNobodyAnswers(t *testing.T) {
	browser := newChromium(t)
	s := newSite(t, statustest.Usual(t))
	if err := s.Listen(t.Context(), web.ListenOptions{Address: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	b := browser.open(t, screens("usual")[1])
	b.load(fmt.Sprintf("http://%s/?asked=%d", s.Addr(), statustest.Noon().UnixMilli())) // It reads itself again soon.
	if evaluate[bool](b, `document.getElementById("offline").checkVisibility()`) {
		t.Error("the page says that nobody answers while somebody does")
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	b.until(`document.getElementById("offline").checkVisibility()`)
}

// until waits until code in the page says true. A page that is just being left
// answers nothing.
func (b *browserTab) until(code string) {
	b.t.Helper()
	var yes bool
	var err error
	for end := time.Now().Add(time.Minute); !yes; {
		if time.Now().After(end) {
			b.t.Fatalf("not so after a minute (%v): %s", err, code)
		}
		yes, err = tryEvaluate[bool](b, `new Promise(done => setTimeout(() => done(`+code+`), 50))`)
	}
}
