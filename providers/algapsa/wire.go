package algapsa

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// idleTimeout is shorter than the five seconds after which the desk's server drops an idle connection, so that
// a write hardly ever meets a connection that is already dead.
const idleTimeout = 3 * time.Second

// errSealed is what a write gets on a connection that was given up.
var errSealed = errors.New("the request was given up before it was sent")

// dialFunc opens a connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newTransport is HTTP/1 only, where a connection carries one request at a time and its bytes can be counted.
func newTransport(dial dialFunc) *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &countedConn{Conn: conn}, nil
		},
		TLSHandshakeTimeout:    timeout,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

// countedConn knows whether bytes were written to it, and can be sealed, after which no more are.
type countedConn struct {
	net.Conn

	mu      sync.Mutex
	written int
	sealed  bool
}

// Write counts before it writes, so that a count that did not grow proves that nothing left.
func (c *countedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	if c.sealed {
		c.mu.Unlock()
		return 0, errSealed
	}
	c.written += len(p)
	c.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *countedConn) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.written
}

// seal stops all further writes and returns how many bytes were written before.
func (c *countedConn) seal() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealed = true
	return c.written
}

// delivery follows one request and answers the only question that matters after a failure: did a byte leave?
type delivery struct {
	mu       sync.Mutex
	assigned bool         // A connection was given to the request.
	conn     *countedConn // Nil where the connection is not ours to count.
	before   int
	moved    bool // Bytes left on an earlier connection.
}

// trace makes the context tell the delivery about its connections.
func (d *delivery) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.assigned { // A second connection: the library went on by itself after the first failed.
			d.moved = d.moved || d.conn == nil || d.conn.seal() > d.before
		}
		d.assigned, d.conn = true, counted(info.Conn)
		if d.conn != nil {
			d.before = d.conn.count()
		}
	}})
}

// nothingSent is true only where it is proved. It may be called once the request has failed: it seals the
// connection, which the transport is done with.
func (d *delivery) nothingSent() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.moved:
		return false
	case !d.assigned:
		return true
	case d.conn == nil:
		return false
	default:
		return d.conn.seal() == d.before
	}
}

// counted finds our connection under TLS, if it is there.
func counted(conn net.Conn) *countedConn {
	for {
		switch c := conn.(type) {
		case *countedConn:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}
