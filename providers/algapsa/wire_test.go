package algapsa

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huntsync/huntsync/engine"
	"github.com/huntsync/huntsync/providers/algapsa/sim"
)

// created is a success of a create.
const created = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 61\r\n\r\n" +
	`{"data":{"ticket_id":"00000000-0000-4000-8000-000000000001"}}`

// server speaks HTTP by hand over connections in memory, so that a test decides about every byte.
type server struct {
	mu    sync.Mutex
	conns int
	got   []string // Methods of the requests that came whole.
	// serve answers the nth request of the nth connection, both from 1; false closes the connection.
	serve func(conn, request int, c net.Conn) bool
}

func (s *server) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	s.mu.Lock()
	s.conns++
	n := s.conns
	s.mu.Unlock()
	go s.run(n, far)
	return near, nil
}

func (s *server) run(n int, c net.Conn) {
	defer func() { _ = c.Close() }()
	in := bufio.NewReader(c)
	for i := 1; ; i++ {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		s.mu.Lock()
		s.got = append(s.got, r.Method)
		s.mu.Unlock()
		if !s.serve(n, i, c) {
			return
		}
	}
}

func (s *server) requests() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.got, " ")
}

// talking runs a test against a server of that kind.
func talking(t *testing.T, s *server, test func(*testing.T, *Client, engine.Draft)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		transport := newTransport(s.dial)
		t.Cleanup(transport.CloseIdleConnections)
		test(t, newClient(t, transport, nil), newSim(sim.Options{}).draft(1))
	})
}

func say(c net.Conn, text string) bool {
	_, err := io.WriteString(c, text)
	return err == nil
}

// TestNoWriteIsRepeatedOnAnotherConnection meets a connection that the server gives up while a request is on its
// way: the moment at which HTTP libraries like to send it once more.
func TestNoWriteIsRepeatedOnAnotherConnection(t *testing.T) {
	s := &server{serve: func(conn, request int, c net.Conn) bool {
		return (conn > 1 || request == 1) && say(c, created)
	}}
	talking(t, s, func(t *testing.T, c *Client, d engine.Draft) {
		if _, err := c.Create(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		_, err := c.Create(t.Context(), d)
		if e := failure(t, err); e.NotDone || e.Reason != engine.ReasonUnavailable {
			t.Errorf("got %+v, want a doubt", e)
		}
		if got := s.requests(); got != "POST POST" {
			t.Errorf("the server got %s, want the second POST once", got)
		}
		if _, err := c.Create(t.Context(), d); err != nil {
			t.Errorf("on a fresh connection: %v", err)
		}
	})
}

// TestNoWriteIsRepeatedOnADeadConnection meets a connection that the server has given up before the write, and that
// the library may have noticed or not.
func TestNoWriteIsRepeatedOnADeadConnection(t *testing.T) {
	s := &server{serve: func(conn, _ int, c net.Conn) bool {
		return say(c, created) && conn > 1
	}}
	talking(t, s, func(t *testing.T, c *Client, d engine.Draft) {
		for i := range 20 {
			before := len(strings.Fields(s.requests()))
			_, err := c.Create(t.Context(), d)
			sent := len(strings.Fields(s.requests())) - before
			if sent > 1 {
				t.Fatalf("create %d was sent %d times", i, sent)
			}
			if err != nil && failure(t, err).NotDone && sent > 0 {
				t.Fatalf("create %d reached the server, and yet: %v", i, err)
			}
		}
	})
}

// TestRealServersClosingIdleConnections does the same over sockets, where the kernel takes bytes that nobody reads.
func TestRealServersClosingIdleConnections(t *testing.T) {
	var posts atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		posts.Add(1)
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"data":{"ticket_id":"00000000-0000-4000-8000-000000000001"}}`)
	}))
	s.Config.IdleTimeout = time.Millisecond
	s.Start()
	defer s.Close()
	c, err := New(Options{URL: s.URL, APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseIdleConnections()
	draft := newSim(sim.Options{}).draft(1)
	for i := range 300 {
		before := posts.Load()
		_, err := c.Create(t.Context(), draft)
		sent := posts.Load() - before
		switch {
		case err == nil && sent != 1:
			t.Fatalf("create %d worked and reached the server %d times", i, sent)
		case err != nil && failure(t, err).NotDone && sent != 0:
			t.Fatalf("create %d reached the server, and yet: %v", i, err)
		}
		timer := time.NewTimer(time.Duration(i%20) * 100 * time.Microsecond)
		<-timer.C
	}
	if n := posts.Load(); n > 300 {
		t.Errorf("%d requests came of 300 creates", n)
	}
}

// TestReadsMayBeRepeated meets the same with a read: there the library may try again.
func TestReadsMayBeRepeated(t *testing.T) {
	s := &server{serve: func(conn, request int, c net.Conn) bool {
		return (conn > 1 || request == 1) && say(c, created)
	}}
	talking(t, s, func(t *testing.T, c *Client, _ engine.Draft) {
		for range 2 {
			if _, err := c.Ticket(t.Context(), "00000000-0000-4000-8000-000000000001"); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestProofs covers how a write can fail before and after its first byte.
func TestProofs(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	tests := map[string]struct {
		dial   dialFunc
		serve  func(conn, request int, c net.Conn) bool
		proved bool
		either bool // It depends on who is faster.
		reason engine.Reason
		took   time.Duration
	}{
		"refused": {
			dial:   func(context.Context, string, string) (net.Conn, error) { return nil, refused },
			proved: true, reason: engine.ReasonUnavailable,
		},
		"no route, no answer": {
			dial: func(context.Context, string, string) (net.Conn, error) {
				time.Sleep(time.Minute)
				return nil, refused
			},
			proved: true, reason: engine.ReasonTimeout, took: timeout,
		},
		"nobody reads": {
			dial: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					time.Sleep(time.Hour)
					_ = far.Close()
				}()
				return near, nil
			},
			reason: engine.ReasonTimeout, took: timeout,
		},
		"cut at once": {
			dial: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				return near, far.Close()
			},
			either: true, reason: engine.ReasonUnavailable,
		},
		"read, then cut": {
			serve:  func(int, int, net.Conn) bool { return false },
			reason: engine.ReasonUnavailable,
		},
		"half a header": {
			serve: func(_, _ int, c net.Conn) bool {
				say(c, "HTTP/1.1 201 Crea")
				return false
			},
			reason: engine.ReasonUnavailable,
		},
		"half a body": {
			serve: func(_, _ int, c net.Conn) bool {
				say(c, created[:len(created)-20])
				return false
			},
			reason: engine.ReasonUnavailable,
		},
		"a body that stops": {
			serve: func(_, _ int, c net.Conn) bool {
				say(c, created[:len(created)-20])
				time.Sleep(time.Hour)
				return false
			},
			reason: engine.ReasonTimeout, took: timeout,
		},
		"a refusal that is cut": {
			serve: func(_, _ int, c net.Conn) bool {
				say(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n"+`{"error":{"code":"VALIDATION_ERROR","message":"x"}}`)
				return false
			},
			reason: engine.ReasonUnavailable,
		},
		"no HTTP": {
			serve: func(_, _ int, c net.Conn) bool {
				say(c, "SSH-2.0-OpenSSH_9.9\r\n")
				return false
			},
			reason: engine.ReasonUnavailable,
		},
		"an echo": {
			serve: func(_, _ int, c net.Conn) bool {
				say(c, "HTTP/1.1 200 OK\r\nX-Api-Key "+testKey+"\r\n\r\n")
				return false
			},
			reason: engine.ReasonUnavailable,
		},
		"endless headers": {
			serve: func(_, _ int, c net.Conn) bool {
				say(c, "HTTP/1.1 200 OK\r\n")
				for say(c, "X: "+strings.Repeat("y", 4000)+"\r\n") {
				}
				return false
			},
			reason: engine.ReasonUnavailable,
		},
		"informational, then cut": {
			serve: func(_, _ int, c net.Conn) bool {
				say(c, "HTTP/1.1 103 Early Hints\r\n\r\n")
				return false
			},
			reason: engine.ReasonUnavailable,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{serve: test.serve}
				dial := s.dial
				if test.dial != nil {
					dial = test.dial
				}
				transport := newTransport(dial)
				var seen observations
				c := newClient(t, transport, seen.observe)
				began := time.Now()
				_, err := c.Create(t.Context(), newSim(sim.Options{}).draft(1))
				e := failure(t, err)
				if e.NotDone != test.proved && !test.either || e.Reason != test.reason {
					t.Errorf("got %s, not done %v (%v); want %s, %v", e.Reason, e.NotDone, err, test.reason, test.proved)
				}
				if took := time.Since(began); took != test.took {
					t.Errorf("it took %v, want %v", took, test.took)
				}
				if got := s.requests(); strings.Count(got, "POST") > 1 {
					t.Errorf("the server got %s", got)
				}
				if codes := seen.all(); len(codes) != 1 || codes[0] != string(test.reason) {
					t.Errorf("observed %v, want %s once", codes, test.reason)
				}
				time.Sleep(2 * time.Hour) // Nothing is sent later either.
				if got := s.requests(); strings.Count(got, "POST") > 1 {
					t.Errorf("the server got %s", got)
				}
			})
		})
	}
}

// TestGivenUpWhileDialing gives up before there is a connection; what is dialed in the end carries nothing.
func TestGivenUpWhileDialing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{serve: func(_, _ int, c net.Conn) bool { return say(c, created) }}
		transport := newTransport(func(ctx context.Context, network, address string) (net.Conn, error) {
			time.Sleep(5 * time.Second)
			return s.dial(ctx, network, address)
		})
		defer transport.CloseIdleConnections()
		c := newClient(t, transport, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Create(ctx, newSim(sim.Options{}).draft(1))
		if e := failure(t, err); !e.NotDone || e.Reason != engine.ReasonTimeout {
			t.Errorf("got %+v, want a proof that nothing was sent", e)
		}
		time.Sleep(time.Minute)
		if got := s.requests(); got != "" {
			t.Errorf("sent all the same: %s", got)
		}
	})
}

// TestSealed gives up between the connection and the first byte: nothing may be written afterwards.
func TestSealed(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	conn := &countedConn{Conn: near}
	defer conn.Close()
	var d delivery
	if !d.nothingSent() {
		t.Error("without a connection something is said to be sent")
	}
	d.conn, d.assigned = conn, true
	if !d.nothingSent() {
		t.Error("without a byte something is said to be sent")
	}
	if n, err := conn.Write([]byte("late")); n != 0 || !errors.Is(err, errSealed) {
		t.Errorf("wrote %d bytes after the seal, %v", n, err)
	}
	foreign := delivery{assigned: true}
	if foreign.nothingSent() {
		t.Error("a connection that is not counted proves nothing")
	}
	moved := delivery{assigned: true, conn: conn, moved: true}
	if moved.nothingSent() {
		t.Error("bytes on an earlier connection are forgotten")
	}
}

// TestASecondConnection is what the library may use for a read: bytes that left on the first one are not forgotten.
func TestASecondConnection(t *testing.T) {
	for _, test := range []struct {
		name  string
		write bool
		plain bool
		want  bool
	}{
		{"nothing on either", false, false, true},
		{"something on the first", true, false, false},
		{"a first one that is not counted", false, true, false},
	} {
		first, far := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, far) }()
		counted := &countedConn{Conn: first}
		var d delivery
		got := httptrace.ContextClientTrace(d.trace(t.Context())).GotConn
		if test.plain {
			got(httptrace.GotConnInfo{Conn: first})
		} else {
			got(httptrace.GotConnInfo{Conn: counted})
		}
		if test.write {
			if _, err := counted.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
		}
		got(httptrace.GotConnInfo{Conn: &countedConn{}})
		if d.nothingSent() != test.want {
			t.Errorf("%s: nothing sent is %v", test.name, !test.want)
		}
		if _, err := counted.Write([]byte("x")); !test.plain && !errors.Is(err, errSealed) {
			t.Errorf("%s: the first connection takes more: %v", test.name, err)
		}
		_, _ = first.Close(), far.Close()
	}
}

// TestForeignTransport has a transport that does not count: only a connection that never was is a proof.
func TestForeignTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &server{serve: func(int, int, net.Conn) bool { return false }}
		c := newClient(t, &http.Transport{DialContext: s.dial}, nil)
		_, err := c.Create(t.Context(), newSim(sim.Options{}).draft(1))
		if failure(t, err).NotDone {
			t.Error("called not done without proof")
		}
		c = newClient(t, &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("no route to host")
		}}, nil)
		_, err = c.Create(t.Context(), newSim(sim.Options{}).draft(1))
		if !failure(t, err).NotDone {
			t.Error("without a connection it is not called not done")
		}
	})
}

// TestTLS counts under TLS, speaks HTTP/1.1 to a server that offers more, and sends nothing to one it does not trust.
func TestTLS(t *testing.T) {
	var protocols sync.Map
	cut := false
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocols.Store(r.Proto, true)
		if cut {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"data":{"ticket_id":"00000000-0000-4000-8000-000000000001"}}`)
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	defer s.Close()
	draft := newSim(sim.Options{}).draft(1)

	transport := newTransport((&net.Dialer{}).DialContext)
	transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
	transport.TLSClientConfig.RootCAs.AddCert(s.Certificate())
	trusting, err := New(Options{URL: s.URL, APIKey: testKey, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	defer trusting.CloseIdleConnections()
	if _, err := trusting.Create(t.Context(), draft); err != nil {
		t.Fatal(err)
	}
	cut = true
	trusting.CloseIdleConnections()
	_, err = trusting.Create(t.Context(), draft)
	if e := failure(t, err); e.NotDone {
		t.Errorf("%v: called not done after it was sent", err)
	}
	protocols.Range(func(protocol, _ any) bool {
		if protocol != "HTTP/1.1" {
			t.Errorf("spoke %s", protocol)
		}
		return true
	})
	protocols.Clear()

	doubting, err := New(Options{URL: s.URL, APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	defer doubting.CloseIdleConnections()
	_, err = doubting.Create(t.Context(), draft)
	if e := failure(t, err); !e.NotDone || e.Reason != engine.ReasonUnavailable || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want a refusal of the certificate before anything was sent", err)
	}
	protocols.Range(func(any, any) bool {
		t.Error("a server that is not trusted got a request")
		return true
	})
}

// TestRedirectsAreNotFollowed sends each method to a server that points elsewhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			var got []string
			answering(t, func(w http.ResponseWriter, r *http.Request) {
				got = append(got, r.Method+" "+r.URL.Path)
				http.Redirect(w, r, "/elsewhere", status)
			}, func(t *testing.T, c *Client) {
				const id = "00000000-0000-4000-8000-000000000001"
				_, createErr := c.Create(t.Context(), newSim(sim.Options{}).draft(1))
				_, readErr := c.Ticket(t.Context(), id)
				for name, err := range map[string]error{
					"create": createErr, "read": readErr, "update": c.Update(t.Context(), id, engine.TicketUpdate{StatusID: id}),
				} {
					if e := failure(t, err); e.Reason != engine.ReasonUnavailable || e.NotDone || e.Status != status {
						t.Errorf("%s: got %+v", name, e)
					}
				}
				if len(got) != 3 || strings.Contains(strings.Join(got, " "), "elsewhere") {
					t.Errorf("the server got %q, want three requests and none elsewhere", got)
				}
			})
		})
	}
}

// TestNothingMakesAWriteRepeatable is what net/http looks at before it sends a request again.
func TestNothingMakesAWriteRepeatable(t *testing.T) {
	c, err := New(Options{URL: "https://psa.example.com", APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		req, err := c.build(t.Context(), request{method: method, path: "/tickets", body: map[string]string{"a": "b"}})
		if err != nil {
			t.Fatal(err)
		}
		if req.GetBody != nil || req.Body == nil || req.ContentLength != int64(len(`{"a":"b"}`)) {
			t.Errorf("%s: a body of %d bytes that can be had again: %v", method, req.ContentLength, req.GetBody != nil)
		}
		for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
			if _, there := req.Header[name]; there {
				t.Errorf("%s has the header %s", method, name)
			}
		}
	}
}
