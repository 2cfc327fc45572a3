package main

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/huntsync/huntsync/engine"
	algapsasim "github.com/huntsync/huntsync/providers/algapsa/sim"
	algapsadata "github.com/huntsync/huntsync/providers/algapsa/sim/dataset"
	huntresssim "github.com/huntsync/huntsync/providers/huntress/sim"
	huntressdata "github.com/huntsync/huntsync/providers/huntress/sim/dataset"
)

// TestDaemonFollowsItsFiles runs the daemon on a folder that is edited: a bad
// edit changes nothing and is told with its place, a good one is taken up by
// itself, a hang-up reads again what did not change.
func TestDaemonFollowsItsFiles(t *testing.T) {
	huntress, desk := huntresssim.New(huntresssim.Options{}), algapsasim.New(algapsasim.Options{})
	huntressdata.Load(huntress, time.Now())
	algapsadata.Load(desk)
	h, d := httptest.NewServer(huntress), httptest.NewServer(desk)
	defer h.Close()
	defer d.Close()
	dir := t.TempDir()
	for name, text := range demoFiles(h.URL, d.URL) {
		write(t, dir, name, text)
	}
	write(t, dir, "web.hcl", "web {\n  listen = \"127.0.0.1:0\"\n}\n")

	var log syncBuffer
	a := &app{in: strings.NewReader(""), out: &log, err: &log, lookupEnv: os.LookupEnv, configPath: dir, logLevel: "info"}
	c, err := a.load(t.Context())
	if err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	logger, err := a.logger()
	if err != nil {
		t.Fatal(err)
	}
	w := newWiring("run", logger)
	store, err := w.open(t.Context(), c, false)
	if err != nil {
		t.Fatal(err)
	}
	run := newDaemon(a, w, store)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run.serve(ctx, c, runOptions{}) }()

	waitUntil(t, "the configuration runs", func() bool { return run.Policy() != nil })
	unmapped := engine.OrganizationKey{AccountID: huntressdata.AccountID}
	for _, o := range huntressdata.Organizations() {
		if o.Unmapped {
			unmapped.OrganizationID = o.ID
		}
	}
	before := run.Policy()

	write(t, dir, "organizations.hcl", demoOrganizations()+"\norganization \"Juniper Street Coffee Roasters\" {\n  cliend = \"Juniper Street Coffee\"\n}\n")
	waitUntil(t, "the bad edit is noticed", func() bool {
		return testutil.ToFloat64(w.metrics.reloadSuccessful) == 0
	})
	if run.Policy().Hash != before.Hash {
		t.Error("a bad edit replaced what runs")
	}
	result := run.Reload(t.Context())
	if result.Applied || !strings.Contains(result.Text, filepath.Join(dir, "organizations.hcl")+" line ") || !strings.Contains(result.Text, `"client"`) {
		t.Errorf("the answer to a reload does not tell where and what: %s", result.Text)
	}

	write(t, dir, "organizations.hcl", demoOrganizations()+"\norganization \"Juniper Street Coffee Roasters\" {\n  client = \"Juniper Street Coffee\"\n}\n")
	waitUntil(t, "the good edit is taken up", func() bool {
		_, mapped := run.Policy().Organizations[unmapped]
		return mapped && testutil.ToFloat64(w.metrics.reloadSuccessful) == 1
	})

	last := run.reloader.result().At
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "a hang-up reads again", func() bool { return run.reloader.result().At.After(last) })

	stop()
	if err := <-ended; err != nil {
		t.Errorf("the daemon did not end in order: %v", err)
	}
	if err := run.engine.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
	for _, secret := range []string{huntressdata.Secret, algapsadata.Key} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds the credential %q", secret)
		}
	}
}

// waitUntil waits for something that happens beside the test.
func waitUntil(t *testing.T, what string, happened func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !happened() {
		select {
		case <-ticker.C:
		case <-deadline.C:
			t.Fatalf("this did not happen: %s", what)
		}
	}
}

// syncBuffer is a buffer that goroutines share.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write appends.
func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// String is everything written so far.
func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
