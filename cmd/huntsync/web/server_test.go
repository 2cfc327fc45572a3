package web_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/huntsync/huntsync/cmd/huntsync/status/statustest"
	"github.com/huntsync/huntsync/cmd/huntsync/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve listens and answers until the test ends.
func (s *site) serve(t *testing.T, o web.ListenOptions) {
	t.Helper()
	if err := s.Listen(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("serving: %v", err)
		}
	})
}

// request asks a listening server.
func request(t *testing.T, client *http.Client, method, url string, change func(*http.Request)) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	change(r)
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func newClient(t *testing.T, config *tls.Config) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: config}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

func TestServesOnLoopback(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	s.serve(t, web.ListenOptions{Address: "127.0.0.1:0"})
	base, client := "http://"+s.Addr().String(), newClient(t, nil)
	as := func(host string) func(*http.Request) {
		return func(r *http.Request) {
			if host != "" {
				r.Host = host
			}
		}
	}
	for host, want := range map[string]int{
		"":                   http.StatusOK,
		"localhost":          http.StatusOK,
		"localhost:9748":     http.StatusOK,
		"huntsync.localhost": http.StatusOK,
		"127.0.0.1":          http.StatusOK,
		"[::1]:9748":         http.StatusOK,
		"evil.example":       http.StatusMisdirectedRequest, // a foreign name that was made to point here
		"evil.example:9748":  http.StatusMisdirectedRequest,
		"localhost.evil.com": http.StatusMisdirectedRequest,
		"127.0.0.1.nip.io":   http.StatusMisdirectedRequest,
	} {
		if code, _ := request(t, client, http.MethodGet, base+"/", as(host)); code != want {
			t.Errorf("Host %q: %d, want %d", host, code, want)
		}
	}
	code, _ := request(t, client, http.MethodPost, base+"/-/poll", as("evil.example"))
	if code != http.StatusMisdirectedRequest || s.daemon.polls.Load() != 0 {
		t.Errorf("a foreign name polled: %d", code)
	}
}

func TestRefusesToBeReachedUnprotected(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "[::]:0", ":0"} {
		s := newSite(t, statustest.Empty(t))
		err := s.Listen(t.Context(), web.ListenOptions{Address: address})
		insecure, ok := errors.AsType[*web.InsecureError](err)
		if !ok || insecure.Address != address || !strings.Contains(err.Error(), "--web.allow-insecure") {
			t.Errorf("%s: %v", address, err)
		}
	}
	s := newSite(t, statustest.Usual(t))
	s.serve(t, web.ListenOptions{Address: "0.0.0.0:0", AllowInsecure: true})
	_, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	code, _ := request(t, newClient(t, nil), http.MethodGet, "http://127.0.0.1:"+port+"/", func(r *http.Request) { r.Host = "huntsync.example.com" })
	if code != http.StatusOK {
		t.Errorf("allowed, and yet %d", code)
	}
}

// A web configuration file that asks for neither TLS nor a password protects
// nothing: not off loopback, and on loopback not from a foreign page.
func TestAWebConfigurationThatProtectsNothing(t *testing.T) {
	for name, content := range map[string]string{"empty.yml": "", "limit.yml": "rate_limit:\n  interval: 1s\n  burst: 100\n"} {
		file := write(t, t.TempDir(), name, content)
		err := newSite(t, statustest.Empty(t)).Listen(t.Context(), web.ListenOptions{Address: "0.0.0.0:0", ConfigFile: file})
		if _, ok := errors.AsType[*web.InsecureError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
		s := newSite(t, statustest.Usual(t))
		s.serve(t, web.ListenOptions{Address: "127.0.0.1:0", ConfigFile: file})
		code, _ := request(t, newClient(t, nil), http.MethodGet, "http://"+s.Addr().String()+"/", func(r *http.Request) { r.Host = "evil.example" })
		if code != http.StatusMisdirectedRequest {
			t.Errorf("%s: a foreign name is answered with %d", name, code)
		}
	}
}

func TestAddressInUse(t *testing.T) {
	s := newSite(t, statustest.Empty(t))
	s.serve(t, web.ListenOptions{Address: "127.0.0.1:0"})
	if err := newSite(t, statustest.Empty(t)).Listen(t.Context(), web.ListenOptions{Address: s.Addr().String()}); err == nil {
		t.Error("two servers on one address")
	}
}

func TestShutdownBeforeServe(t *testing.T) {
	s := newSite(t, statustest.Empty(t))
	if err := s.Listen(t.Context(), web.ListenOptions{Address: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := newSite(t, statustest.Empty(t))
	again.serve(t, web.ListenOptions{Address: s.Addr().String()}) // The address is free again.
	if err := s.Serve(); err != nil {
		t.Errorf("serving after the end: %v", err)
	}
}

func TestTLSAndBasicAuth(t *testing.T) {
	folder := t.TempDir()
	pool := certificate(t, folder)
	const hash = "$2a$04$DIshvoN2ekEggSkDp27ge.aEesPM9WvhkCpTAEGvivnHHIjt3IS9a" // bcrypt of "secret", at the lowest cost
	file := write(t, folder, "web.yml", "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\nbasic_auth_users:\n  operator: "+hash+"\n")
	s := newSite(t, statustest.Usual(t))
	s.serve(t, web.ListenOptions{Address: "127.0.0.1:0", ConfigFile: file})
	base, client := "https://"+s.Addr().String(), newClient(t, &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12})
	for _, path := range []string{"/", "/metrics", "/api/v1/status"} {
		if code, body := request(t, client, http.MethodGet, base+path, func(*http.Request) {}); code != http.StatusUnauthorized || strings.Contains(body, "huntsync_") {
			t.Errorf("%s without a password: %d %s", path, code, body)
		}
		code, _ := request(t, client, http.MethodGet, base+path, func(r *http.Request) { r.SetBasicAuth("operator", "wrong") })
		if code != http.StatusUnauthorized {
			t.Errorf("%s with a wrong password: %d", path, code)
		}
		code, _ = request(t, client, http.MethodGet, base+path, func(r *http.Request) { r.SetBasicAuth("operator", "secret") })
		if code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
	}
	if code, _ := request(t, client, http.MethodPost, base+"/-/poll", func(*http.Request) {}); code != http.StatusUnauthorized || s.daemon.polls.Load() != 0 {
		t.Errorf("polled without a password: %d", code)
	}
}

func TestBadWebConfigurationFile(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{"unknown.yml": "no_such_key: 1\n", "no-cert.yml": "tls_server_config:\n  cert_file: none.pem\n  key_file: none.pem\n"} {
		err := newSite(t, statustest.Empty(t)).Listen(t.Context(), web.ListenOptions{Address: "127.0.0.1:0", ConfigFile: write(t, folder, name, content)})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, content := range map[string]string{
		"space.yml": "basic_auth_users:\n  operator:hunter2\n", "no-map.yml": "basic_auth_users: hunter2\n",
		"alias.yml": "basic_auth_users:\n  operator: *hunter2\n", "tag.yml": "basic_auth_users:\n  operator: !hunter2 [1]\n",
		"plain.yml": "basic_auth_users:\n  operator: hunter2\n",
	} {
		err := newSite(t, statustest.Empty(t)).Listen(t.Context(), web.ListenOptions{Address: "127.0.0.1:0", ConfigFile: write(t, folder, name, content)})
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "operato...") {
			t.Errorf("%s shows what may be a password: %v", name, err)
		}
	}
	if err := newSite(t, statustest.Empty(t)).Listen(t.Context(), web.ListenOptions{Address: "127.0.0.1:0", ConfigFile: filepath.Join(folder, "none.yml")}); err == nil {
		t.Error("listens without the file that protects it")
	}
}

// TestShutdownWaits shows that a request that is under way is answered.
func TestShutdownWaits(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	begun, end := make(chan struct{}), make(chan struct{})
	s.daemon.reload = func(context.Context) web.ReloadResult {
		close(begun)
		<-end
		return web.ReloadResult{Applied: true, Text: "done"}
	}
	if err := s.Listen(t.Context(), web.ListenOptions{Address: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	served, answered, stopped := make(chan error, 1), make(chan string, 1), make(chan error, 1)
	go func() { served <- s.Serve() }()
	client := newClient(t, nil)
	go func() {
		_, body := request(t, client, http.MethodPost, "http://"+s.Addr().String()+"/-/reload", func(*http.Request) {})
		answered <- body
	}()
	<-begun
	go func() { stopped <- s.Shutdown(t.Context()) }()
	if err := <-served; err != nil {
		t.Errorf("serving: %v", err)
	}
	select {
	case err := <-stopped:
		t.Errorf("stopped before the answer: %v", err)
	default:
	}
	close(end)
	if body := <-answered; body != "done\n" {
		t.Errorf("the answer was cut: %q", body)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestShutdownGivesUp shows that a request that never ends does not hold up a stop.
func TestShutdownGivesUp(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	begun, end := make(chan struct{}), make(chan struct{})
	s.daemon.reload = func(context.Context) web.ReloadResult {
		close(begun)
		<-end
		return web.ReloadResult{}
	}
	if err := s.Listen(t.Context(), web.ListenOptions{Address: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	served, asked := make(chan error, 1), make(chan struct{})
	go func() { served <- s.Serve() }()
	client := newClient(t, nil)
	go func() {
		defer close(asked)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Addr().String()+"/-/reload", http.NoBody)
		if err != nil {
			t.Error(err)
			return
		}
		if response, err := client.Do(r); err == nil {
			t.Errorf("an answer: %s", response.Status)
			response.Body.Close()
		}
	}()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	<-asked
	close(end)
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestLargeRequestsAreRefused(t *testing.T) {
	s := newSite(t, statustest.Usual(t))
	s.serve(t, web.ListenOptions{Address: "127.0.0.1:0"})
	code, _ := request(t, newClient(t, nil), http.MethodGet, "http://"+s.Addr().String()+"/", func(r *http.Request) {
		r.Header.Set("X-Large", strings.Repeat("x", 64<<10))
	})
	if code != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a header of 64 KiB: %d", code)
	}
}

func write(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// certificate writes cert.pem and key.pem for 127.0.0.1, and returns who trusts them.
func certificate(t *testing.T, folder string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "huntsync test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, folder, "cert.pem", string(cert))
	write(t, folder, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(cert)
	return pool
}
