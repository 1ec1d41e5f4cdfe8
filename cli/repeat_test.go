package cli_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"shotput/cli"
)

// A server that takes no more PUTs after the second round: the rounds before it are reported, and the exit code and
// its words are those of the preflight that failed.
func TestRefusedBeforeALaterRound(t *testing.T) {
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if seen.Add(1) > 6 { // a preflight and two requests, twice
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}))
	defer server.Close()
	var stdout, stderr bytes.Buffer
	code := cli.Main(context.Background(), []string{"-n", "2", "-c", "1", "-d", "x", "--repeat", "5", server.URL + "/{{seq}}"},
		cli.Stdio{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
	if code != 3 || seen.Load() != 7 {
		t.Errorf("exit code %d after %d requests, want 3 after 7", code, seen.Load())
	}
	if !strings.Contains(stdout.String(), "\n 2 ") || !strings.Contains(stdout.String(), "\n median ") || strings.Contains(stdout.String(), "\n 3 ") {
		t.Errorf("the table is not of two rounds:\n%s", &stdout)
	}
	for _, want := range []string{"[method-405]", "exit 3 before round 3; the rounds before it are reported\n"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("standard error does not say %q:\n%s", want, &stderr)
		}
	}
}
