package cli_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"shotput/cli"
)

// A server that takes no more PUTs after the second round: all rounds are fired and reported, for only a session's
// first request is judged by itself, and the exit code is that of the round that fared worst.
func TestRefusedInALaterRound(t *testing.T) {
	var seen, connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if seen.Add(1) > 4 { // two requests, twice
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	var stdout, stderr bytes.Buffer
	code := cli.Main(context.Background(),
		[]string{"-n", "2", "-c", "1", "-d", "x", "--repeat", "5", server.URL + "/{{seq}}"},
		cli.Stdio{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
	if code != 3 || seen.Load() != 10 {
		t.Errorf("exit code %d after %d requests, want 3 after 10", code, seen.Load())
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections were opened: they are to stay warm from round to round", n)
	}
	for _, want := range []string{"\n 2 ", "\n 5 ", "\n median "} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the table is not of five rounds:\n%s", &stdout)
		}
	}
	for _, want := range []string{"[method-405]", "error: nothing succeeded: 0 of 2 requests were OK\n"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("standard error does not say %q:\n%s", want, &stderr)
		}
	}
}

// A creator takes each path once.
type creator struct {
	mu    sync.Mutex
	taken map[string]bool
}

func (c *creator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken[r.URL.Path] {
		w.WriteHeader(http.StatusConflict)
		return
	}
	c.taken[r.URL.Path] = true
	w.WriteHeader(http.StatusCreated)
}

// Each round draws its own, so that what is created once can be created in every round; the same line fired again draws
// the same again, and is told so.
func TestRoundsDrawTheirOwn(t *testing.T) {
	server := httptest.NewServer(&creator{taken: map[string]bool{}})
	defer server.Close()
	fire := func(args ...string) (code int, told string) {
		var stdout, stderr bytes.Buffer
		code = cli.Main(context.Background(), append(args, "-n", "20", "-d", "x", "--repeat", "3", server.URL+"/{{uuid}}"),
			cli.Stdio{In: strings.NewReader(""), Out: &stdout, Err: &stderr})
		return code, stdout.String() + stderr.String()
	}
	if code, told := fire(); code != 0 || strings.Contains(told, "409 Conflict") {
		t.Errorf("exit %d, want 0 and three rounds without a 409:\n%s", code, told)
	}
	_, told := fire()
	for _, want := range []string{"[same-seed]", "seed 1 was used before", "--seed 2"} {
		if !strings.Contains(told, want) {
			t.Errorf("of the same line again it is not said %q:\n%s", want, told)
		}
	}
	if code, told := fire("--seed", "2"); code != 0 || strings.Contains(told, "409 Conflict") {
		t.Errorf("with another seed, exit %d:\n%s", code, told)
	}
}
