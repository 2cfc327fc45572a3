package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestCredentialThatSpoilsTheConfiguration puts something into the file of a
// credential that can be none, and then the credential back. The configuration's own
// files never change: what is right again has to run all the same.
func TestCredentialThatSpoilsTheConfiguration(t *testing.T) {
	dir := simulationDir(t)
	file := filepath.Join(t.TempDir(), "desk-key")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(deskKey)
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		x.edit(`api_key = env("DESK")`, `api_key = file("`+file+`")`)
		ctx, stop := context.WithCancel(t.Context())
		ended, changes := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			x.r.follow(ctx, changes, nil, nil)
		}()
		look := func() ReloadResult {
			changes <- struct{}{}
			time.Sleep(5 * time.Second) // the desk is slow at times
			return x.r.result()
		}
		if r := look(); !r.OK() {
			t.Fatalf("the good configuration does not run: %+v", r)
		}
		put(strings.Repeat("x", 100<<10))
		if r := look(); !r.Diagnostics.HasErrors() {
			t.Fatalf("a key of 100 KiB is taken: %+v", r)
		}
		first := x.r.result().At
		time.Sleep(time.Minute)
		if r := look(); !r.At.Equal(first) {
			t.Error("what is as bad as before was tried again")
		}
		put(deskKey)
		if r := look(); !r.OK() {
			t.Errorf("the key is back, and the configuration does not run: %+v", r)
		}
		stop()
		<-ended
	})
}

// TestCredentialFilesOfWhatRuns watches the files of the configuration that runs, not
// of the one that huntsync was started with.
func TestCredentialFilesOfWhatRuns(t *testing.T) {
	dir := simulationDir(t)
	file := filepath.Join(t.TempDir(), "desk-key")
	if err := os.WriteFile(file, []byte(deskKey), 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		x := startReloading(t, dir)
		defer x.closePipes()
		started := x.read(t.Context()).config
		if r := x.r.reload(t.Context()); !r.OK() {
			t.Fatalf("the good configuration does not run: %+v", r)
		}
		x.edit(`api_key = env("DESK")`, `api_key = file("`+file+`")`)
		if r := x.r.reload(t.Context()); !r.OK() {
			t.Fatalf("the configuration with a file does not run: %+v", r)
		}
		if files := x.r.credentialFiles(started); !slices.Equal(files, []string{file}) {
			t.Errorf("watched are %q, want %q", files, file)
		}
		x.edit(`routing {`, `routing {{`)
		x.r.reload(t.Context())
		if files := x.r.credentialFiles(started); !slices.Equal(files, []string{file}) {
			t.Errorf("beside an invalid configuration watched are %q, want %q", files, file)
		}
	})
}
