package huntress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// darkConn is a connection on which from some moment on nothing comes and nothing
// goes, and nobody is told: a firewall that was restarted has forgotten it.
type darkConn struct {
	net.Conn

	dark *atomic.Bool
	gone chan struct{}
	once sync.Once
}

// Read waits in the dark until the connection is closed.
func (c *darkConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.dark.Load() {
		<-c.gone
		return 0, net.ErrClosed
	}
	return n, err
}

// Write takes in the dark whatever comes.
func (c *darkConn) Write(p []byte) (int, error) {
	if c.dark.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// Close ends the connection.
func (c *darkConn) Close() error {
	c.once.Do(func() { close(c.gone) })
	return c.Conn.Close()
}

// listener is a listener in memory.
type listener struct {
	conns chan net.Conn
	done  chan struct{}
	once  *sync.Once
}

// Accept waits for the next connection.
func (l listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listening.
func (l listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr names the listener.
func (listener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "memory"} }

// TestAConnectionThatGoesDark has a network forget the connection that is kept to
// Huntress. What is tried again must not go the same way for ever.
func TestAConnectionThatGoesDark(t *testing.T) {
	made := httptest.NewTLSServer(nil) // for its certificate
	made.Close()
	synctest.Test(t, func(t *testing.T) {
		protocols := make(chan string, 10)
		server := &http.Server{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				protocols <- r.Proto
				_, _ = io.WriteString(w, `{"account":{"id":5,"name":"Contoso IT"}}`)
			}),
			TLSConfig: &tls.Config{Certificates: made.TLS.Certificates, NextProtos: []string{"h2"}},
		}
		in := listener{make(chan net.Conn), make(chan struct{}), &sync.Once{}}
		served := make(chan struct{})
		go func() {
			defer close(served)
			_ = server.ServeTLS(in, "", "")
		}()
		var dark [2]atomic.Bool
		dials := 0
		transport := newTransport()
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
		transport.TLSClientConfig.RootCAs.AddCert(made.Certificate())
		transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			in.conns <- far
			dials++
			return &darkConn{Conn: near, dark: &dark[min(dials, 2)-1], gone: make(chan struct{})}, nil
		}
		c, err := New(Options{Name: "main", Key: testKey, Secret: testSecret, BaseURL: "https://example.com", Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Account(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p := <-protocols; p != "HTTP/2.0" {
			t.Fatalf("it speaks %s", p)
		}
		dark[0].Store(true)
		began := time.Now()
		if _, err := c.Account(t.Context()); err != nil {
			t.Errorf("after %v and %d connections: %v", time.Since(began), dials, err)
		}
		if dials != 2 {
			t.Errorf("%d connections, want a second one", dials)
		}
		c.CloseIdleConnections()
		_ = server.Close()
		<-served
		time.Sleep(time.Hour) // for the timers of what was closed
	})
}
