package sim

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// PipeServer serves a handler in memory, over net.Pipe instead of sockets. Inside
// a testing/synctest bubble its waits let the bubble's time advance.
type PipeServer struct {
	server *http.Server
	pipes  *pipeListener
	done   chan struct{}
}

// Serve starts serving h. Close must be called, inside the same bubble.
func Serve(h http.Handler) *PipeServer {
	p := &PipeServer{
		server: &http.Server{Handler: h, ReadHeaderTimeout: time.Minute},
		pipes:  &pipeListener{connections: make(chan net.Conn), closed: make(chan struct{})},
		done:   make(chan struct{}),
	}
	go func() {
		defer close(p.done)
		// Serve always returns an error; after Close it is the one that says so.
		_ = p.server.Serve(p.pipes)
	}()
	return p
}

// Transport returns a new transport that reaches the handler whatever the host of
// the request is. Its idle connections end with Close.
func (p *PipeServer) Transport() *http.Transport {
	return &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return p.pipes.dial(ctx) },
		DisableKeepAlives: true,
	}
}

// Client returns a client on a new Transport.
func (p *PipeServer) Client() *http.Client { return &http.Client{Transport: p.Transport()} }

// Close cuts every connection and waits until the server has ended.
func (p *PipeServer) Close() error {
	err := p.server.Close()
	<-p.done
	return err
}

var errPipeClosed = errors.New("the simulator is closed")

type pipeListener struct {
	connections chan net.Conn
	once        sync.Once
	closed      chan struct{}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.connections <- server:
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: errPipeClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.connections:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
