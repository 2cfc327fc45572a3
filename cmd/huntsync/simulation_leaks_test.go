package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// secrets are what must appear nowhere.
func secrets() []string {
	return []string{
		huntressKey, huntressSecret, deskKey, base64.StdEncoding.EncodeToString([]byte(huntressKey + ":" + huntressSecret)),
	}
}

// leaks fails the test when a credential is written to it.
type leaks struct {
	t  *testing.T
	mu sync.Mutex
	// told keeps one leak from being told a thousand times.
	told bool
}

// Write looks for credentials.
func (l *leaks) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, secret := range secrets() {
		if !l.told && bytes.Contains(text, []byte(secret)) {
			l.told = true
			l.t.Errorf("a credential is shown: %.300s", text)
		}
	}
	return len(text), nil
}

// searchLeaks looks for credentials in what can be seen from outside: metrics,
// the status and every file.
func (s *simulation) searchLeaks() {
	s.t.Helper()
	metrics := httptest.NewRecorder()
	promhttp.HandlerFor(s.process.daemon.wiring.registry, promhttp.HandlerOpts{}).
		ServeHTTP(metrics, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", http.NoBody))
	_, _ = s.leaks.Write(metrics.Body.Bytes())
	status, err := s.process.daemon.Status(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := json.Marshal(status)
	if err != nil {
		s.t.Fatal(err)
	}
	_, _ = s.leaks.Write(text)
	searchSecrets(s.t, s.dir)
}
