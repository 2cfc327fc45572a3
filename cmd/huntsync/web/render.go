package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/engine"
)

//go:embed templates
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// views are the parsed templates and the assets.
type views struct {
	pages  map[string]*template.Template
	assets map[string][]byte
	// version is of the content of all assets; it is part of their addresses.
	version string
}

func newViews() (*views, error) {
	v := &views{pages: map[string]*template.Template{}, assets: map[string][]byte{}}
	hash := sha256.New()
	files, err := fs.ReadDir(assetFiles, "assets")
	if err != nil {
		return nil, fmt.Errorf("read assets: %w", err)
	}
	for _, f := range files {
		content, err := assetFiles.ReadFile("assets/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("read asset: %w", err)
		}
		v.assets[f.Name()] = content
		fmt.Fprintf(hash, "%s %d %s", f.Name(), len(content), content)
	}
	v.version = hex.EncodeToString(hash.Sum(nil))[:12]
	for _, name := range []string{"status", "organizations", "incidents", "incident", "asked", "error"} {
		t, err := template.New("layout.html").Funcs(functions()).ParseFS(templateFiles,
			"templates/layout.html", "templates/parts.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse page %s: %w", name, err)
		}
		v.pages[name] = t
	}
	return v, nil
}

func functions() template.FuncMap {
	return template.FuncMap{
		"when":       whenOf,
		"because":    status.Because,
		"did":        status.Did,
		"ended":      status.Ended,
		"counted":    status.Counted,
		"tone":       tone,
		"words":      func(s engine.Status) string { return strings.ReplaceAll(string(s), "_", " ") },
		"severity":   severityTone,
		"duration":   func(seconds int) string { return status.Span(time.Duration(seconds) * time.Second) },
		"incidentAt": incidentPath,
		"number":     func(n *int) int { return *n },
		"list":       func(items ...string) []string { return items },
	}
}

// when is a time as pages show it: how long ago, with the exact time beside it.
type when struct{ ISO, Exact, Ago string }

func whenOf(at, now time.Time) when {
	if at.IsZero() {
		return when{Ago: "never"}
	}
	return when{
		ISO: at.UTC().Format(time.RFC3339), Exact: at.UTC().Format("2006-01-02 15:04:05") + " UTC", Ago: status.Ago(at, now),
	}
}

// tone is the color of an outcome or a standing: good, warn, bad or none.
func tone(v any) string {
	switch fmt.Sprint(v) {
	case string(status.ConnectionOK), string(status.StandingTicket), string(engine.OutcomeDone), string(status.Mapped):
		return "good"
	case string(status.StandingInDoubt), string(status.StandingTriage), string(status.ConnectionStarting),
		string(status.StandingDeleted), string(status.StandingWaiting), string(status.Unmapped):
		return "warn"
	case string(status.ConnectionFailing), string(status.ConnectionPaused),
		string(status.StandingRefused), string(engine.OutcomeFailed):
		return "bad"
	}
	return "quiet"
}

// severityTone is the color of a severity; an unknown one looks critical.
func severityTone(s engine.Severity) string { return string(s.Effective()) }

func incidentPath(account, incident int64) string {
	return "/incidents/" + strconv.FormatInt(account, 10) + "/" + strconv.FormatInt(incident, 10)
}

// frame is what every page has around it.
type frame struct {
	Title string
	// Here is the address of the navigation's current entry.
	Here    string
	Assets  string
	Now     time.Time
	Refresh string // what the page reads itself anew from; empty for a page that stays
}

func (s *Server) frame(title, here string) frame {
	return frame{Title: title, Here: here, Assets: "/assets/" + s.views.version, Now: s.now().UTC()}
}

// render writes a page whole, or an error: never half a page.
func (s *Server) render(w http.ResponseWriter, r *http.Request, code int, name string, data any) {
	var page bytes.Buffer
	if err := s.views.pages[name].Execute(&page, data); err != nil {
		s.log.ErrorContext(r.Context(), "A page could not be made", "page", name, "error", err)
		http.Error(w, "The page could not be made; the log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	s.write(w, r, page.Bytes())
}

// pageError shows why a page cannot be shown.
func (s *Server) pageError(w http.ResponseWriter, r *http.Request, err error) {
	s.logFailure(r, err)
	code := codeOf(err)
	title := "This page cannot be shown"
	if code == http.StatusNotFound {
		title = "There is no such incident"
	}
	s.render(w, r, code, "error", struct {
		frame
		Reason string
	}{s.frame(title, ""), engine.CleanLine(err.Error())})
}

// asset answers with an embedded file. Its address holds its version, so that it
// is never asked for twice.
func (v *views) asset(w http.ResponseWriter, r *http.Request) {
	content, ok := v.assets[r.PathValue("name")]
	if !ok || r.PathValue("version") != v.version {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", cmp.Or(mime.TypeByExtension(path.Ext(r.PathValue("name"))), "application/octet-stream"))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}
