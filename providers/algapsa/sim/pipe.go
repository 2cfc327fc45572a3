package sim

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// Pipe serves a handler over in-memory connections, so that an HTTP client and server can live in one synctest
// bubble, where time stands still while a socket is waited for.
type Pipe struct {
	server *http.Server
	client *http.Transport
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// NewPipe starts to serve h; [Pipe.Close] stops it.
func NewPipe(h http.Handler) *Pipe {
	p := &Pipe{conns: make(chan net.Conn), closed: make(chan struct{})}
	p.server = &http.Server{Handler: h} //nolint:gosec // G112: both ends are in this process.
	p.client = &http.Transport{DialContext: p.dial}
	go func() { _ = p.server.Serve(pipeListener{p}) }()
	return p
}

// Transport is the way in, whatever host the address names.
func (p *Pipe) Transport() *http.Transport { return p.client }

// Close ends the server and every connection.
func (p *Pipe) Close() error {
	p.client.CloseIdleConnections()
	return p.server.Close()
}

func (p *Pipe) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pipeListener hides the methods of [net.Listener] from the users of a Pipe.
type pipeListener struct{ *Pipe }

// Accept waits for the next dial.
func (l pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the listening.
func (l pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr names the pipe.
func (pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "sim", Net: "pipe"} }
