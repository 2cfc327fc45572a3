package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/huntsync/huntsync/cmd/huntsync/status"
	"github.com/huntsync/huntsync/engine"
)

// Daemon is what the web surface asks of the process that it belongs to. All
// methods may be called concurrently.
type Daemon interface {
	// Poll asks for a poll of every account and returns at once.
	Poll()
	// Reload reads the configuration again and tells what became of it.
	Reload(ctx context.Context) ReloadResult
	// Status tells how everything stands.
	Status(ctx context.Context) (status.Status, error)
	// Policy is what incidents are decided by; nil before there is one.
	Policy() *engine.Policy
}

// ReloadResult is what became of a configuration that was read again.
type ReloadResult struct {
	// Applied is true where it is the one that runs now.
	Applied bool
	// Text is what there is to tell, as validate shows it without color.
	Text string
	// Diagnostics is the same for programs; it is encoded as JSON.
	Diagnostics any
}

// Options are what a server is made of. All but Now and Suggest are required.
type Options struct {
	Daemon   Daemon
	Books    status.Books
	Gatherer prometheus.Gatherer
	Log      *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Suggest names the client that an unmapped organization most likely belongs
	// to, or is empty; nil suggests nothing.
	Suggest func(organization string) string
}

// The limits of a request. Nothing that is sent here is large, and nothing that
// is answered takes long.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = time.Minute
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10
	maxBody       = 64 << 10
	// answerTimeout is how long a page may read the state, reloadTimeout how long
	// a reload may take before its caller is told that it goes on.
	answerTimeout = 20 * time.Second
	reloadTimeout = 50 * time.Second
)

// Server answers over HTTP.
type Server struct {
	daemon   Daemon
	books    status.Books
	gatherer prometheus.Gatherer
	log      *slog.Logger
	now      func() time.Time
	suggest  func(string) string
	views    *views

	listener   net.Listener
	configFile string
	http       *http.Server
}

// New makes a server. It answers through [Server.Handler] at once, and on the
// network after [Server.Listen].
func New(o Options) (*Server, error) {
	v, err := newViews()
	if err != nil {
		return nil, err
	}
	s := &Server{
		daemon: o.Daemon, books: o.Books, gatherer: o.Gatherer, log: o.Log, now: o.Now, suggest: o.Suggest, views: v,
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// ListenOptions say where a server listens, and how.
type ListenOptions struct {
	// Address is "host:port"; port 0 takes a free one.
	Address string
	// ConfigFile is the Prometheus exporter toolkit's web configuration file, for
	// TLS and basic authentication; empty for neither.
	ConfigFile string
	// AllowInsecure lets the server listen off loopback without a ConfigFile.
	AllowInsecure bool
}

// InsecureError says that an address can be reached from other machines although
// nothing protects it.
type InsecureError struct{ Address string }

// Error says what to do.
func (e *InsecureError) Error() string {
	return fmt.Sprintf("the page must not listen on %s without protection, because other machines reach that address: "+
		"give a file with TLS or basic authentication with --web.config.file, listen on 127.0.0.1, or allow it with --web.allow-insecure", e.Address)
}

// Listen takes the address. It fails with [*InsecureError] for one that is not
// loopback, where nothing protects it and that was not allowed.
func (s *Server) Listen(ctx context.Context, o ListenOptions) error {
	protected, err := protects(o.ConfigFile)
	if err != nil {
		return fmt.Errorf("web configuration file %s: %w", o.ConfigFile, err)
	}
	protected = protected || o.AllowInsecure
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Address)
	if err != nil {
		return fmt.Errorf("listen for the page: %w", err)
	}
	if !protected && !loopback(listener.Addr()) {
		return errors.Join(&InsecureError{Address: o.Address}, listener.Close())
	}
	handler := s.Handler()
	if !protected {
		handler = localOnly(handler)
	}
	s.listener, s.configFile = listener, o.ConfigFile
	s.http = &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return nil
}

func loopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// Addr is where the server listens; it is known after [Server.Listen].
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve answers until [Server.Shutdown], and returns nil then.
func (s *Server) Serve() error {
	err := toolkit.Serve(s.listener, s.http, &toolkit.FlagConfig{WebConfigFile: &s.configFile}, s.log)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve the page: %w", err)
}

// Shutdown takes no more requests and waits, as long as the context allows, for
// those that are under way.
func (s *Server) Shutdown(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("stop the page: %w", err), s.http.Close())
	}
	// Where Serve was never called, nobody else gives the address back.
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("stop the page: %w", err)
	}
	return nil
}
