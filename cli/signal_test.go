package cli_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"shotput/cli"
)

// A session is the program under way in this process, against a server that holds every request until released.
type session struct {
	t        *testing.T
	signals  chan os.Signal
	arrived  chan struct{} // a request is in flight
	released chan struct{}
	stderr   *watched
	stdout   bytes.Buffer
	caught   []bool // what Catch was told
	code     chan int
}

func fireHeld(t *testing.T, extra ...string) *session {
	return hold(t, 3, func(url string) []string {
		return append([]string{"-c", "3", "-z", "600", "-m", "600", "-d", "x", "--no-preflight", "--progress", "lines", url + "/{{seq}}"}, extra...)
	})
}

// hold runs the arguments that are made of the server's URL, until so many requests are there.
func hold(t *testing.T, requests int, arguments func(url string) []string) *session {
	s := &session{t: t, signals: make(chan os.Signal, 4), arrived: make(chan struct{}, 1000), released: make(chan struct{}),
		stderr: &watched{seen: make(chan struct{}, 10)}, code: make(chan int, 1)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		s.arrived <- struct{}{}
		select {
		case <-s.released:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	args := arguments(server.URL)
	go func() {
		s.code <- cli.Main(context.Background(), args, cli.Stdio{In: strings.NewReader(""), Out: &s.stdout, Err: s.stderr,
			Signals: s.signals, Catch: func(on bool) { s.caught = append(s.caught, on) }})
	}()
	for range requests {
		<-s.arrived
	}
	return s
}

// interrupt sends a signal and, for the first, waits until it was acknowledged.
func (s *session) interrupt(sig os.Signal, acknowledged bool) {
	s.signals <- sig
	if acknowledged {
		<-s.stderr.seen
	}
}

func (s *session) wantCode(want int) {
	s.t.Helper()
	if got := <-s.code; got != want {
		s.t.Errorf("exit code %d, want %d\n%s", got, want, s.stderr.text())
	}
}

func (s *session) wantReport(words ...string) {
	s.t.Helper()
	for _, w := range words {
		if !strings.Contains(s.stdout.String(), w) {
			s.t.Errorf("the report does not say %q:\n%s", w, s.stdout.String())
		}
	}
}

// watched is a writer that tells when the first signal was acknowledged.
type watched struct {
	seen chan struct{}
	mu   struct {
		sync.Mutex
		bytes.Buffer
	}
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if bytes.Contains(b, []byte("no more requests")) {
		w.seen <- struct{}{}
	}
	return w.mu.Write(b)
}

func (w *watched) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.mu.String()
}

// The first signal ends claiming, what is in flight finishes, and the report comes.
func TestFirstSignalDrains(t *testing.T) {
	s := fireHeld(t)
	s.interrupt(os.Interrupt, true)
	close(s.released)
	s.wantCode(130)
	s.wantReport("3 requests", "200 OK", "interrupted")
	if len(s.arrived) != 0 {
		t.Errorf("%d requests were sent after the signal", len(s.arrived))
	}
}

// The second ends at once: what is in flight is aborted, and reported. A third would be the system's.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	s := fireHeld(t)
	s.interrupt(os.Interrupt, true)
	s.interrupt(os.Interrupt, false)
	s.wantCode(130)
	s.wantReport("3 requests", "aborted", "interrupted")
	if len(s.caught) < 2 || !s.caught[0] || s.caught[1] {
		t.Errorf("signals were caught %v: want them caught, and given back after the second", s.caught)
	}
}

// A signal ends all rounds, and what was measured is reported.
func TestSignalEndsAllRounds(t *testing.T) {
	s := fireHeld(t, "--repeat", "3")
	s.interrupt(os.Interrupt, true)
	close(s.released)
	s.wantCode(130)
	s.wantReport("3 requests", "interrupted")
	if len(s.arrived) != 0 || strings.Contains(s.stderr.text(), "round 2") {
		t.Errorf("another round was begun:\n%s", s.stderr.text())
	}
}

func TestTerminationHasItsOwnCode(t *testing.T) {
	s := fireHeld(t)
	s.interrupt(syscall.SIGTERM, true)
	close(s.released)
	s.wantCode(143)
	s.wantReport("terminated")
}

// A signal ends a plan with the scenario that it meets: what comes after it is not fired.
func TestSignalEndsAPlan(t *testing.T) {
	s := hold(t, 3, func(url string) []string {
		plan := "defaults: {url: '" + url + "/{{seq}}', concurrency: 3, requests: 100, max-time: 600, data: x, no-preflight: true}\n" +
			"scenarios: [{name: first}, {name: second}]\n"
		path := filepath.Join(t.TempDir(), "plan.yaml")
		if err := os.WriteFile(path, []byte(plan), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{"run", path, "--progress", "lines"}
	})
	s.interrupt(os.Interrupt, true)
	close(s.released)
	s.wantCode(130)
	s.wantReport("scenario first (1 of 2)", "of 100 requests", "97 unsent", "interrupted")
	if strings.Contains(s.stdout.String(), "second") {
		t.Errorf("the second scenario was begun:\n%s", s.stdout.String())
	}
}

// A signal while the first request waits is no fault of the server's.
func TestSignalEndsThePreflight(t *testing.T) {
	s := hold(t, 1, func(url string) []string { return []string{"-n", "5", "-m", "600", "-d", "x", url + "/{{seq}}"} })
	s.interrupt(os.Interrupt, true)
	s.wantCode(130)
	if said := s.stderr.text(); !strings.Contains(said, "interrupted before the first request was answered\n") || strings.Contains(said, "error:") {
		t.Errorf("it says:\n%s", said)
	}
	if s.stdout.Len() > 0 {
		t.Errorf("nothing was measured, and it reports:\n%s", s.stdout.String())
	}
}

// A search that is interrupted in its first trial has no answer, says so and is saved: from there it goes on.
func TestInterruptedSearch(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cap.json")
	s := hold(t, 3, func(url string) []string {
		return []string{"capacity", "--by", "concurrency", "-m", "600", "-d", "x", "--no-preflight", "--threshold", "p99 < 5s",
			"-o", file, url + "/{{seq}}"}
	})
	s.interrupt(os.Interrupt, true)
	close(s.released)
	s.wantCode(130)
	s.wantReport("not finished", "NOT FINISHED: no load was found to pass or to fail")
	saved, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(saved, []byte(`"irregular": "unfinished"`)) {
		t.Errorf("saved: %s, %v", saved, err)
	}
	if !strings.Contains(s.stderr.text(), "--resume "+file) {
		t.Errorf("how it goes on is not said: %s", s.stderr.text())
	}
}
