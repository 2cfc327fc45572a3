package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLibrariesLogNothing has a server repeat the request behind its answer, where
// nobody asked for it: net/http quotes that to the standard logger.
func TestLibrariesLogNothing(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go repeat(conn)
		}
	}()
	dir := t.TempDir()
	if err := writeConfiguration(dir); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "huntsync", "check", "-c", dir)
	address := "http://" + listener.Addr().String()
	cmd.Env = append(
		os.Environ(), transcriptVariable+"="+filepath.Join(t.TempDir(), "transcript"),
		"HUNTSYNC_VAR_huntress_url="+address, "HUNTSYNC_VAR_desk_url="+address,
		"HUNTRESS_API_KEY="+huntressKey, "HUNTRESS_API_SECRET="+huntressSecret, "ALGAPSA_API_KEY="+deskKey,
	)
	said, err := cmd.CombinedOutput()
	basic := base64.StdEncoding.EncodeToString([]byte(huntressKey + ":" + huntressSecret))
	if err == nil || !strings.Contains(string(said), "HTTP 404") {
		t.Fatalf("%v: %s", err, said)
	}
	for _, secret := range []string{huntressKey, huntressSecret, deskKey, basic} {
		if strings.Contains(string(said), secret) {
			t.Errorf("a credential is shown: %s", said)
		}
	}
}

// repeat answers a request, and sends its credentials back after the answer.
func repeat(conn net.Conn) {
	defer conn.Close()
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	fmt.Fprintf(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}%s %s\r\n\r\n",
		request.Header.Get("Authorization"), request.Header.Get("X-Api-Key"))
	_, _ = io.Copy(io.Discard, conn)
}
