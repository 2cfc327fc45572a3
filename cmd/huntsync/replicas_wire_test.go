package main

import (
	"net"
	"sync"
	"testing"
)

// wire is a network between a replica and its database that can be broken: what is
// sent while it is waits, and arrives when it is mended.
type wire struct {
	listener net.Listener
	socket   string

	mu     sync.Mutex
	mended *sync.Cond
	broken bool
}

func newWire(t *testing.T, socket string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the test.
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, socket: socket}
	w.mended = sync.NewCond(&w.mu)
	t.Cleanup(func() {
		w.set(false)
		_ = listener.Close()
	})
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go w.carry(connection)
		}
	}()
	return w
}

// set breaks or mends the wire.
func (w *wire) set(broken bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = broken
	w.mended.Broadcast()
}

func (w *wire) pass() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.broken {
		w.mended.Wait()
	}
}

func (w *wire) carry(client net.Conn) {
	w.pass()
	server, err := net.Dial("unix", w.socket) //nolint:noctx // it ends with the test.
	if err != nil {
		_ = client.Close()
		return
	}
	copied := func(to, from net.Conn) {
		defer to.Close()
		defer from.Close()
		buffer := make([]byte, 32<<10)
		for {
			n, err := from.Read(buffer)
			w.pass()
			if n > 0 {
				if _, err := to.Write(buffer[:n]); err != nil {
					return
				}
			}
			if err != nil {
				return // io.EOF, or the other side is gone.
			}
		}
	}
	go copied(server, client)
	copied(client, server)
}
