package postgres_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/state/postgres"
)

// wire is a network between a store and its server that can go dark: what is sent
// then is lost, and nobody is told.
type wire struct {
	dark atomic.Bool
	// last is what was to be sent when it goes dark: nothing where it is nil, and
	// anything where it is empty.
	last atomic.Pointer[string]
}

// through makes a wire, and the address of the same place at its other end.
func through(tb testing.TB, address string) (*wire, string) {
	tb.Helper()
	folder := tb.TempDir()
	listener, err := net.Listen("unix", filepath.Join(folder, ".s.PGSQL.5432")) //nolint:noctx // it ends with the test
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = listener.Close() })
	w := &wire{}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", server.Socket()) //nolint:noctx // it ends with its client
			if err != nil {
				tb.Error(err)
				return
			}
			go w.carry(tb.Context(), server, client)
			go w.carry(tb.Context(), client, server)
		}
	}()
	u, err := url.Parse(address)
	if err != nil {
		tb.Fatal(err)
	}
	query := u.Query()
	query.Set("host", folder)
	query.Set("connect_timeout", "3")
	u.RawQuery = query.Encode()
	return w, u.String()
}

// carry forwards until one end is closed, or in the dark until the test ends.
func (w *wire) carry(ctx context.Context, to io.WriteCloser, from io.Reader) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if last := w.last.Load(); last != nil && bytes.Contains(buffer[:n], []byte(*last)) {
			w.dark.Store(true)
		}
		if w.dark.Load() {
			<-ctx.Done()
			return
		}
		if _, writeErr := to.Write(buffer[:n]); err != nil || writeErr != nil {
			return
		}
	}
}

// Whatever is asked of a database that a broken network hides is given up.
func TestDarkNetwork(t *testing.T) {
	t.Parallel()
	const patience = 2 * time.Second
	row := engine.Record{
		Key: engine.Key{AccountID: account, Kind: engine.KindIncident, IncidentID: 1},
		Seen: engine.Seen{
			Version: 1, ChangedAt: time.Unix(1, 0),
			Incident: engine.Incident{ID: 1, AccountID: account, Status: engine.StatusClosed, Raw: []byte("{}")},
		},
	}
	tests := []struct {
		name, last string
		do         func(context.Context, *postgres.Store, engine.Lease) error
	}{
		{"statement", "UPDATE records SET due_at", func(ctx context.Context, s *postgres.Store, lease engine.Lease) error {
			return s.Wake(ctx, lease, time.Unix(2, 0))
		}},
		{"batch", "WITH written AS", func(ctx context.Context, s *postgres.Store, lease engine.Lease) error {
			return s.Observe(ctx, lease, engine.Observation{AccountID: account, Rows: []engine.Record{row}})
		}},
		{"another batch", "UPDATE records SET seen", func(ctx context.Context, s *postgres.Store, lease engine.Lease) error {
			return prune(ctx, s, lease, row)
		}},
		{"check", "", func(ctx context.Context, s *postgres.Store, _ engine.Lease) error { return s.Check(ctx) }},
		{"idle connection", "", func(ctx context.Context, s *postgres.Store, lease engine.Lease) error {
			return s.Wake(ctx, lease, time.Unix(2, 0))
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			wire, address := through(t, server.Fresh(t))
			s, err := postgres.OpenHasty(t.Context(), postgres.Options{URL: address}, patience)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() }) // the lease cannot be given back in the dark
			lease := acquire(t, s, "a", time.Hour)
			wire.last.Store(&test.last)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := test.do(ctx, s, lease); err == nil || ctx.Err() != nil {
				t.Errorf("it ended with %v; its context with %v", err, ctx.Err())
			}
			if !wire.dark.Load() {
				t.Error("the network never went dark")
			}
		})
	}
}

// prune observes an incident, and prunes it once it owes nothing.
func prune(ctx context.Context, s *postgres.Store, lease engine.Lease, row engine.Record) error {
	if err := s.Observe(ctx, lease, engine.Observation{AccountID: account, Rows: []engine.Record{row}}); err != nil {
		return err
	}
	if err := s.Save(ctx, lease, row); err != nil {
		return err
	}
	_, _, err := s.Prune(ctx, lease, time.Now())
	return err
}
