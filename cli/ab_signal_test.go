package cli_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"shotput/cli"
	"shotput/stats/curve"
)

// A telling is a writer that calls told once, when it has been told a word. Several may write at once, as to a terminal.
type telling struct {
	mu   sync.Mutex
	text bytes.Buffer // no field that is embedded: a copy would pass Write by
	word string
	told func()
}

func (w *telling) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told != nil && bytes.Contains(b, []byte(w.word)) {
		w.told()
		w.told = nil
	}
	return w.text.Write(b)
}

// Interrupted within its fifth round, it shows and saves the two pairs that there are, which no verdict is made of.
func TestInterruptedPairs(t *testing.T) {
	signals, acknowledged := make(chan os.Signal, 1), make(chan struct{})
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if seen.Add(1) == 9 { // two in each of four rounds
			signals <- os.Interrupt
			<-acknowledged
		}
	}))
	defer server.Close()
	saved := filepath.Join(t.TempDir(), "ab.json")
	var stdout bytes.Buffer
	stderr := &telling{word: "no more requests", told: func() { close(acknowledged) }}
	code := cli.Main(context.Background(), []string{"ab", "-n", "2", "-c", "1", "-d", "x", "--progress", "lines", "-o", saved, server.URL + "/a/{{seq}}", server.URL + "/b/{{seq}}"},
		cli.Stdio{In: strings.NewReader(""), Out: &stdout, Err: stderr, Signals: signals})
	if code != 130 || seen.Load() != 9 || !strings.Contains(stdout.String(), "not judged\n 2 rounds against 2\n") ||
		!strings.HasSuffix(stdout.String(), "\n NOT FINISHED: 2 and 2 rounds are too few\n") || !strings.Contains(stderr.text.String(), "--resume "+saved) {
		t.Errorf("exit code %d after %d requests:\n%s\n%s", code, seen.Load(), &stdout, &stderr.text)
	}
	for _, name := range []string{"a", "b"} {
		rounds, err := os.ReadFile(strings.Replace(saved, "ab.json", "ab-"+name+".json", 1))
		if err != nil || bytes.Count(rounds, []byte(`"schema": "shotput/run/`)) != 2 {
			t.Errorf("of side %s there are saved %d bytes: %v", name, len(rounds), err)
		}
	}
}

// Interrupted behind its first load, a curve is saved as far as it is known, says how it goes on, and goes on so.
func TestInterruptedCurve(t *testing.T) {
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		seen.Add(1)
	}))
	defer server.Close()
	saved := filepath.Join(t.TempDir(), "curve.json")
	args := []string{"curve", "-c", "1..3", "--steps", "3", "--trial", "100ms", "-d", "x", "--progress", "lines", "-o", saved, server.URL}
	signals := make(chan os.Signal, 1)
	var stdout bytes.Buffer
	stderr := &telling{word: "1 of 3", told: func() { signals <- os.Interrupt }}
	code := cli.Main(context.Background(), args, cli.Stdio{In: strings.NewReader(""), Out: &stdout, Err: stderr, Signals: signals})
	text, err := os.ReadFile(saved)
	if err != nil || code != 130 || !strings.Contains(stderr.text.String(), "--resume "+saved) {
		t.Fatalf("exit code %d, %v\n%s\n%s", code, err, &stdout, &stderr.text)
	}
	first, _, err := curve.Decode(bytes.NewReader(text))
	if err != nil || len(first) == 0 || len(first) == 3 {
		t.Fatalf("%d runs are saved: %v", len(first), err)
	}
	before := seen.Load()
	var said bytes.Buffer
	args = append(args[:len(args)-1:len(args)-1], "--resume", saved, server.URL)
	if code = cli.Main(context.Background(), args, cli.Stdio{In: strings.NewReader(""), Out: &stdout, Err: &said}); code != 0 || seen.Load() == before {
		t.Errorf("exit code %d: %s", code, &said)
	}
	text, _ = os.ReadFile(saved)
	all, _, err := curve.Decode(bytes.NewReader(text))
	if err != nil || len(all) != 3 || !all[0].Started.Equal(first[0].Started) {
		t.Errorf("%d runs: %v", len(all), err)
	}
}

// A setup is ended by the first signal: there is nothing in it to wait for.
func TestInterruptedSetup(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no sh")
	}
	signals := make(chan os.Signal, 1)
	stderr := &telling{word: "begun", told: func() { signals <- os.Interrupt }}
	var stdout bytes.Buffer
	code := cli.Main(context.Background(), []string{"ab", "-s", "-n", "2", "--setup-a", "echo begun; sleep 600", "http://127.0.0.1:1/"},
		cli.Stdio{In: strings.NewReader(""), Out: &stdout, Err: stderr, Signals: signals})
	if code != 130 || stdout.Len() > 0 {
		t.Errorf("exit code %d: %s\n%s", code, &stdout, &stderr.text)
	}
}
