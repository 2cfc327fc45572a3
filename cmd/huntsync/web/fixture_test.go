package web_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
	"github.com/huntsync/huntsync/cmd/huntsync/web"
	"github.com/huntsync/huntsync/engine"
)

var update = flag.Bool("update", false, "write the golden files anew")

// daemon is a process that only seems to run.
type daemon struct {
	world  *statustest.World
	polls  atomic.Int32
	reload func(ctx context.Context) web.ReloadResult
}

func (d *daemon) Poll() { d.polls.Add(1) }

func (d *daemon) Reload(ctx context.Context) web.ReloadResult { return d.reload(ctx) }

func (d *daemon) Status(ctx context.Context) (status.Status, error) { return d.world.Status(ctx) }

func (d *daemon) Policy() *engine.Policy { return d.world.Policy }

// site is a server on a world.
type site struct {
	*web.Server

	daemon *daemon
	log    *bytes.Buffer
}

func newSite(tb testing.TB, world *statustest.World) *site {
	tb.Helper()
	registry := prometheus.NewRegistry()
	up := prometheus.NewGauge(prometheus.GaugeOpts{Name: "huntsync_polling_enabled", Help: "1 while polling goes on."})
	registry.MustRegister(up)
	s := &site{daemon: &daemon{world: world}, log: new(bytes.Buffer)}
	server, err := web.New(web.Options{
		Daemon: s.daemon, Books: world.Books, Gatherer: registry,
		Log: slog.New(slog.NewTextHandler(s.log, nil)), Now: func() time.Time { return world.Now },
		Suggest: func(organization string) string {
			if strings.HasPrefix(organization, "Umbrella") {
				return "Umbrella Corporation"
			}
			return ""
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	s.Server = server
	return s
}

// answer is a whole answer.
type answer struct {
	code   int
	header http.Header
	body   string
}

func (s *site) do(tb testing.TB, method, path string, header ...string) answer {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), method, path, http.NoBody)
	r.Host = "127.0.0.1:9748"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	response := w.Result()
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

func (s *site) get(tb testing.TB, path string) answer {
	tb.Helper()
	return s.do(tb, http.MethodGet, path)
}

// golden holds text against a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not as expected (go test -update accepts it); -want +got:\n%s", name, diff)
	}
}
